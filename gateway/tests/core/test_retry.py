"""Retries: when, and when no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.commands import Command
from telegram_gateway.core.retry import (
    MOST_ATTEMPTS,
    MOST_WAITS,
    Again,
    GiveUp,
    after_fault,
    after_our_fault,
    after_wait,
    connect_again_s,
    look_again_s,
    probe_again_s,
    ring_again_s,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
waits = st.integers(0, 100_000)
ends = st.none() | st.integers(-10, 100_000).map(lambda s: NOW + timedelta(seconds=s))
attempts = st.integers(1, 3 * MOST_ATTEMPTS)


kinds = st.sampled_from(["send", "open_call", "close_call"])


def tried(attempts, kind="send", expires_at=None):
    return Command(id=1, kind=kind, due_at=NOW, expires_at=expires_at, attempts=attempts)


def test_wait__flood_is_waited_out():
    assert after_wait(NOW, tried(1), "FLOOD_WAIT", 30) == Again(at=NOW + timedelta(seconds=31))


def test_wait__longer_than_the_lesson_expires():
    reminder = tried(1, expires_at=NOW + timedelta(seconds=31))
    assert after_wait(NOW, reminder, "FLOOD_WAIT", 30) == GiveUp(error_code="expired")


def test_fault__a_message_that_may_have_gone_out_is_not_called_expired():
    reminder = tried(1, expires_at=NOW + timedelta(seconds=1))
    assert after_fault(NOW, reminder, "NETWORK") == Again(at=NOW + timedelta(seconds=2))
    assert after_fault(NOW, reminder, "chat_broken") == GiveUp(error_code="expired")


def test_fault__gives_up_with_the_error_itself():
    assert after_fault(NOW, tried(MOST_ATTEMPTS), "TIMEOUT") == GiveUp(error_code="TIMEOUT")


def test_fault__what_has_an_end_is_tried_until_then():
    """A quarter of an hour without the network must not cost the lesson its call."""
    opening = tried(100, "open_call", NOW + timedelta(seconds=20))
    assert after_fault(NOW, opening, "NETWORK") == Again(at=NOW + timedelta(seconds=16))
    last = tried(101, "open_call", NOW + timedelta(seconds=16))
    assert after_fault(NOW, last, "NETWORK") == GiveUp(error_code="expired")
    reminder = tried(20, expires_at=NOW + timedelta(hours=1))
    assert isinstance(after_fault(NOW, reminder, "NETWORK"), Again)


def test_fault__a_call_is_closed_however_long_it_takes():
    assert after_fault(NOW, tried(10_000, "close_call"), "NETWORK") == Again(
        at=NOW + timedelta(seconds=16)
    )


@given(waits, ends)
def test_wait_is_never_shorter_than_asked(wait_s, expires_at):
    decided = after_wait(NOW, tried(1, expires_at=expires_at), "FLOOD_WAIT", wait_s)
    if isinstance(decided, Again):
        assert decided.at >= NOW + timedelta(seconds=wait_s)


@given(waits, attempts, ends, kinds)
def test_nothing_is_tried_after_it_expired(wait_s, attempt, expires_at, kind):
    command = tried(attempt, kind, expires_at)
    for decided, is_in_doubt in (
        (after_wait(NOW, command, "FLOOD_WAIT", wait_s), False),
        (after_fault(NOW, command, "TIMEOUT"), kind == "send"),
    ):
        if isinstance(decided, Again):
            assert decided.at > NOW
            assert expires_at is None or decided.at < expires_at or is_in_doubt


@given(attempts)
def test_faults_are_tried_less_and_less_often_and_come_to_an_end(attempt):
    this, following = (after_fault(NOW, tried(n), "TIMEOUT") for n in (attempt, attempt + 1))
    if isinstance(this, GiveUp):
        assert isinstance(following, GiveUp)
    elif isinstance(following, Again):
        assert following.at >= this.at


@given(st.floats(0, 1e6), st.floats(0.1, 600), st.integers(0, 1000))
def test_connecting__never_more_often_than_wanted(since_s, every_s, failures):
    wait_s = connect_again_s(since_s, every_s, failures)
    assert wait_s + since_s >= every_s - 1e-6
    assert 0 < wait_s <= max(5.0, 5 * every_s)
    assert wait_s <= connect_again_s(since_s, every_s, failures + 1)


def test_connecting__after_long_work_soon_and_in_vain_ever_more_seldom():
    assert (connect_again_s(0, 60), connect_again_s(3600, 60)) == (60, 5)
    assert [connect_again_s(0, 60, count) for count in (1, 2, 3, 4, 9)] == [60, 120, 240, 300, 300]


@given(st.integers(1, 10_000), st.booleans())
def test_looking_again__ever_later_up_to_a_limit(failures, is_refused):
    wait_s = look_again_s(failures, is_refused=is_refused)
    assert 5 <= wait_s <= look_again_s(failures + 1, is_refused=is_refused) <= 3600


def test_our_fault__is_tried_again_and_then_set_aside():
    poison = tried(1)
    assert after_our_fault(NOW, poison) == Again(at=NOW + timedelta(seconds=1))
    assert after_our_fault(NOW, tried(MOST_ATTEMPTS)) == GiveUp(error_code="internal")


def test_wait__a_command_that_is_told_to_wait_for_ever_is_set_aside():
    assert after_wait(NOW, tried(MOST_WAITS), "FLOOD_WAIT", 1) == GiveUp(error_code="FLOOD_WAIT")
    call = tried(MOST_WAITS, kind="close_call")
    assert isinstance(after_wait(NOW, call, "FLOOD_WAIT", 1), Again), "however long that takes"


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(2, 50))
def test_a_call_is_closed_ever_more_seldom(late_s, later_s, attempts):
    """However long that takes; in its first minutes every quarter of a minute."""
    closing = tried(attempts, "close_call")

    def wait(late_s):
        now = NOW + timedelta(seconds=late_s)
        again = after_fault(now, closing, "INTERNAL")
        assert isinstance(again, Again)
        return (again.at - now).total_seconds()

    first, second = sorted((late_s, later_s))
    assert wait(first) <= wait(second) <= 301
    assert first > 300 or wait(first) <= 16


def test_a_call_that_cannot_be_closed_for_a_day_is_tried_every_few_minutes():
    now = NOW + timedelta(days=1)
    assert after_fault(now, tried(99, "close_call"), "INTERNAL") == Again(
        at=now + timedelta(seconds=301)
    )


@given(st.floats(0.01, 5), st.integers(1, 100))
def test_looks_at_a_call_that_fail_come_ever_more_seldom(first_s, failures):
    assert first_s <= probe_again_s(first_s, failures) <= probe_again_s(first_s, failures + 1) <= 30
    assert probe_again_s(first_s, 1) == first_s


@given(st.floats(0.01, 30), st.floats(0, 1e6), st.floats(0, 1e6))
def test_rings_at_an_odoo_that_is_silent_come_ever_more_seldom(first_s, one_s, other_s):
    sooner_s, later_s = sorted((one_s, other_s))
    assert first_s <= ring_again_s(first_s, sooner_s) <= ring_again_s(first_s, later_s) <= 30
