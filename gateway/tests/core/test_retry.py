"""When it is tried again, and when not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.retry import MOST_ATTEMPTS, Again, GiveUp, after_fault, after_wait

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
waits = st.integers(0, 100_000)
ends = st.none() | st.integers(-10, 100_000).map(lambda s: NOW + timedelta(seconds=s))
attempts = st.integers(1, 3 * MOST_ATTEMPTS)


def test_wait__flood_is_waited_out():
    assert after_wait(NOW, 30, None) == Again(at=NOW + timedelta(seconds=31))


def test_wait__longer_than_the_lesson_expires():
    assert after_wait(NOW, 30, NOW + timedelta(seconds=31)) == GiveUp(error_code="expired")


def test_fault__gives_up_with_the_error_itself():
    assert after_fault(NOW, MOST_ATTEMPTS, None, "TIMEOUT") == GiveUp(error_code="TIMEOUT")


@given(waits, ends)
def test_wait_is_never_shorter_than_asked(wait_s, expires_at):
    decided = after_wait(NOW, wait_s, expires_at)
    if isinstance(decided, Again):
        assert decided.at >= NOW + timedelta(seconds=wait_s)


@given(waits, attempts, ends)
def test_nothing_is_tried_after_it_expired(wait_s, tried, expires_at):
    for decided in (
        after_wait(NOW, wait_s, expires_at),
        after_fault(NOW, tried, expires_at, "TIMEOUT"),
    ):
        if isinstance(decided, Again):
            assert decided.at > NOW
            assert expires_at is None or decided.at < expires_at


@given(attempts)
def test_faults_are_tried_less_and_less_often_and_come_to_an_end(tried):
    this, following = (after_fault(NOW, n, None, "TIMEOUT") for n in (tried, tried + 1))
    if isinstance(this, GiveUp):
        assert isinstance(following, GiveUp)
    elif isinstance(following, Again):
        assert following.at >= this.at
