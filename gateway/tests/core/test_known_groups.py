"""Intervals at which the account's dialog list is read for an unknown group."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.known_groups import DialogReads, after_asked

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def pauses(count, **asked):
    hearing, found = DialogReads(), []
    for _ in range(count):
        hearing = after_asked(hearing, T0, unknown=1, **asked)
        found.append((hearing.again_at - T0).total_seconds())
    return found


def test_first__at_once():
    assert DialogReads().may_ask(T0, at_once=False)


def test_pauses__double_and_have_an_end():
    assert pauses(8, is_read=False) == [5, 10, 20, 40, 80, 160, 300, 300]
    assert pauses(12, is_read=True)[-2:] == [3600, 3600]


def test_pauses__begin_anew_once_all_are_known():
    hearing = after_asked(DialogReads(tries=9), T0, unknown=0, is_read=True)
    assert after_asked(hearing, T0, unknown=1, is_read=True).again_at == T0 + timedelta(seconds=5)


@given(st.integers(0, 50), st.booleans(), st.sampled_from([0.0, 3.0, 700.0]), st.integers(0, 9000))
def test_a_person_waits_a_minute_at_most__but_for_telegram(tries, is_read, wait_s, later_s):
    hearing = after_asked(DialogReads(tries=tries), T0, unknown=1, is_read=is_read, wait_s=wait_s)
    now = T0 + timedelta(seconds=later_s)
    by_itself = hearing.may_ask(now, at_once=False)
    by_person = hearing.may_ask(now, at_once=True)
    assert by_person or not by_itself
    assert not by_person or later_s >= wait_s
    assert by_person or later_s < max(60, wait_s)
