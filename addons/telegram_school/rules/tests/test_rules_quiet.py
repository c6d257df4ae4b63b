"""Quiet hours by the local clock."""

from datetime import datetime, timedelta

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st
from rules.quiet import Quiet, due_at, is_quiet

PARIS, ALGIERS = pytz.timezone("Europe/Paris"), pytz.timezone("Africa/Algiers")
NIGHT = Quiet(21 * 60, 7 * 60)


@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        (PARIS, "2026-01-10 19:59", "2026-01-10 19:59"),
        (PARIS, "2026-01-10 20:00", "2026-01-11 06:00"),
        (PARIS, "2026-01-11 05:59", "2026-01-11 06:00"),
        (PARIS, "2026-01-11 06:00", "2026-01-11 06:00"),
        # the nights in which the clock is put forward and back: seven is seven
        (PARIS, "2026-03-28 22:00", "2026-03-29 05:00"),
        (PARIS, "2026-10-24 22:00", "2026-10-25 06:00"),
        (PARIS, "2026-10-25 00:30", "2026-10-25 06:00"),
        (ALGIERS, "2026-03-28 22:00", "2026-03-29 06:00"),
    ],
)
def test_due_at__night(zone, at, due):
    found = due_at(datetime.strptime(at, "%Y-%m-%d %H:%M"), NIGHT, zone)
    assert found == datetime.strptime(due, "%Y-%m-%d %H:%M")


def test_due_at__by_day_and_never():
    noon = Quiet(12 * 60, 14 * 60)
    assert due_at(datetime(2026, 1, 10, 11, 30), noon, PARIS) == datetime(2026, 1, 10, 13)
    assert due_at(datetime(2026, 1, 10, 14), noon, PARIS) == datetime(2026, 1, 10, 14)
    assert due_at(datetime(2026, 1, 10, 3), Quiet(0, 0), PARIS) == datetime(2026, 1, 10, 3)


def test_due_at__end_that_comes_twice_or_never():
    until = Quiet(21 * 60, 2 * 60 + 30)
    # half past two comes at 00:30 and at 01:30 UTC
    assert due_at(datetime(2026, 10, 25, 0, 10), until, PARIS) == datetime(2026, 10, 25, 0, 30)
    assert due_at(datetime(2026, 10, 25, 1, 10), until, PARIS) == datetime(2026, 10, 25, 1, 30)
    assert due_at(datetime(2026, 3, 29, 0, 30), until, PARIS) == datetime(2026, 3, 29, 1, 30)


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)),
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(["Europe/Paris", "Africa/Algiers", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_what_waits_is_said_when_it_is_not_quiet_any_more(at, begins, ends, name):
    zone, quiet = pytz.timezone(name), Quiet(begins, ends)
    due = due_at(at, quiet, zone)
    assert at <= due <= at + timedelta(hours=26)
    assert not is_quiet(quiet, due, zone)
    assert due == at or is_quiet(quiet, at, zone)
    assert due_at(due, quiet, zone) == due
