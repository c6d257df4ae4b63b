"""Times, days and durations as people write them in a spreadsheet."""

from datetime import date, datetime, time, timedelta

import pytest
from classroom_rules.reading import clock, day, length, weekdays
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("lundi", {0}),
        ("Lundi, jeudi", {0, 3}),
        ("Mon+Thu", {0, 3}),
        ("mar. et mer.", {1, 2}),
        ("SATURDAY/dimanche", {5, 6}),
        ("ma", None),
        ("lundi, jouedi", None),
        ("", None),
        ("et", None),
    ],
)
def test_weekdays(text, found):
    assert weekdays(text) == (found and frozenset(found))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10:00", time(10)),
        ("8h", time(8)),
        ("8 h 30", time(8, 30)),
        ("14.15", time(14, 15)),
        ("08:00:00", time(8)),
        ("9", time(9)),
        ("24:00", None),
        ("10:75", None),
        ("midi", None),
        ("", None),
    ],
)
def test_clock(text, found):
    assert clock(text) == found


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90", 90),
        ("90 min", 90),
        ("1:30", 90),
        ("1h", 60),
        ("1 h 30", 90),
        ("01:30:00", 90),
        ("1h30min", 90),
        ("24h", 1440),
        ("25h", None),
        ("0", None),
        ("long", None),
        ("", None),
    ],
)
def test_length(text, minutes):
    assert length(text) == (minutes and timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-09-01", date(2026, 9, 1)),
        ("01/09/2026", date(2026, 9, 1)),
        ("1.9.2026", date(2026, 9, 1)),
        ("31/02/2026", None),
        ("demain", None),
        ("", None),
    ],
)
def test_day(text, found):
    assert day(text) == found


@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_every_time_that_is_written_is_read(at):
    for form in ("%H:%M", "%Hh%M", "%H h %M", "%H:%M:%S"):
        assert clock(at.strftime(form)) == at


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_every_day_that_is_written_is_read(one):
    midnight = datetime(one.year, one.month, one.day)
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S"):
        assert day(midnight.strftime(form)) == one


@given(st.text(max_size=12))
def test_nothing_that_people_write_is_an_error(text):
    for read in (weekdays, clock, length, day):
        read(text)
