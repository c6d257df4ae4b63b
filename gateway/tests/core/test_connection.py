"""Dead connections, the pace of reconnecting, and when another process should serve."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from telegram_gateway.core.connection import (
    ALLOWED_S,
    FAILURES_WITHIN_S,
    LONGEST_ALLOWED_S,
    MOST_AT_ONCE_S,
    NEW_PULSE,
    PING_AFTER_S,
    STEADY_S,
    Attempts,
    Beat,
    Failures,
    Pulse,
    after_tick,
)

ticks = st.lists(st.floats(0, 100), max_size=200)
allowances = st.floats(ALLOWED_S, LONGEST_ALLOWED_S)
instants = st.floats(0, 1e6)
#: How connections end: after how many seconds, and whether Telegram answered until then.
ends = st.tuples(st.floats(0, 200), st.booleans())


def until(beat: Beat, pulse: Pulse, tick_s: float, allowed_s: float) -> float:
    """Seconds until something is to be done."""
    passed = 0.0
    while True:
        pulse, next_beat = after_tick(pulse, tick_s, allowed_s)
        passed += tick_s
        if next_beat is beat:
            return passed
        assert passed < 1000, f"{beat} never came"


# --- the pulse -----------------------------------------------------------------------------------


def test_pulse__a_new_connection_is_asked_at_once():
    pulse, beat = after_tick(NEW_PULSE, 0.0, ALLOWED_S)
    assert beat is Beat.PING and pulse.is_well


@given(ticks, allowances)
def test_pulse__is_well_long_before_it_is_given_up(elapsed, allowed_s):
    pulse, was_well = Pulse(), True
    for seconds in elapsed:
        pulse, beat = after_tick(pulse, seconds, allowed_s)
        assert was_well or not pulse.is_well, "only an answer makes it well again"
        assert not (pulse.is_well and beat is Beat.GIVE_UP)
        was_well = pulse.is_well


@given(allowances, st.floats(0.1, MOST_AT_ONCE_S))
def test_pulse__silence_is_noticed_in_time(allowed_s, tick_s):
    """Within 60 seconds always, within 10 on a line that is usually well."""
    passed = until(Beat.GIVE_UP, Pulse(), tick_s, allowed_s)
    assert PING_AFTER_S + allowed_s <= passed < 60
    assert allowed_s > ALLOWED_S or tick_s > 0.5 or passed <= 10


@given(ticks, allowances)
def test_pulse__nothing_is_given_up_that_was_not_asked(elapsed, allowed_s):
    pulse, is_asked = Pulse(), False
    for seconds in elapsed:
        pulse, beat = after_tick(pulse, seconds, allowed_s)
        is_asked |= beat is Beat.PING
        assert is_asked or beat is not Beat.GIVE_UP
        if beat is Beat.GIVE_UP:
            break


@given(st.floats(0, 1e6), allowances)
def test_pulse__a_process_that_slept_does_not_blame_the_line(slept_s, allowed_s):
    """However long it was held up, an answer that came meanwhile is read before it concludes."""
    pulse, _ = after_tick(Pulse(silent_s=PING_AFTER_S), 0.5, allowed_s)
    assert after_tick(pulse, slept_s, allowed_s)[1] is Beat.NOTHING


# --- attempts ------------------------------------------------------------------------------------


def played(connections, began_at=0.0) -> tuple[Attempts, list[float], float]:
    """Connections that end so, each begun as soon as may be: how that stands, when each was begun,
    and when the last one had ended."""
    attempts, begun, now = Attempts(), [], began_at
    for lasted_s, is_answered in connections:
        now += attempts.pause_s(now)
        attempts = attempts.begun(now)
        begun.append(now)
        now += lasted_s
        if is_answered:
            attempts = attempts.answered(now)
    return attempts, begun, now


@given(st.lists(ends, min_size=1, max_size=60))
def test_attempts__never_many_whatever_ends_them(connections):
    """In no half minute more than a dozen."""
    _, begun, _ = played(connections)
    for first in begun:
        assert sum(first <= at < first + 30 for at in begun) <= 12


@given(st.integers(1, 1000), st.booleans())
def test_attempts__pauses_only_grow(count, is_answered):
    """Connections that break at once are made ever further apart."""
    _, begun, _ = played([(0.0, is_answered)] * min(count, 200))
    gaps = [after - before for before, after in zip(begun, begun[1:], strict=False)]
    assert all(after >= before - 1e-6 for before, after in zip(gaps, gaps[1:], strict=False))
    assert all(gap <= 60 + 1e-6 for gap in gaps)


@given(st.lists(ends, max_size=30), st.floats(STEADY_S + 0.1, 1e5))
def test_attempts__after_a_steady_line_at_once(connections, lasted_s):
    attempts, _, now = played([*connections, (lasted_s, True)])
    assert attempts.is_steady and attempts.pause_s(now) == 0.0


@given(st.lists(st.floats(0, 10), min_size=1, max_size=60))
def test_attempts__a_line_that_comes_back_soon_is_noticed_soon(lasting):
    """Within two minutes of a break the next connection is no more than five seconds away."""
    attempts, begun, now = played([(lasted_s, False) for lasted_s in lasting])
    assume(now - begun[0] <= 120)
    assert attempts.pause_s(now) <= 5.0 + 1e-6


@given(st.floats(5, 29.9), st.integers(1, 10))
def test_attempts__what_served_for_a_while_is_replaced_at_once(lasted_s, count):
    attempts, begun, now = played([(lasted_s, True)] * count)
    assume(now - begun[0] <= 120)
    assert attempts.pause_s(now) == 0.0


@given(st.lists(ends, max_size=60), st.floats(0, 60), st.floats(0, 1e4))
def test_attempts__allowance_is_bounded(connections, round_trip_s, later_s):
    attempts, _, now = played(connections)
    assert ALLOWED_S <= attempts.allowed_s(now + later_s, round_trip_s) <= LONGEST_ALLOWED_S


def test_attempts__a_slow_line_is_given_time():
    assert Attempts().allowed_s(0.0, 0.1) == ALLOWED_S
    assert Attempts().allowed_s(0.0, 4.0) == 12.0
    ill, _, now = played([(ALLOWED_S, False)] * 200)
    assert ill.allowed_s(now, 0.0) > 20.0


def test_attempts__a_line_that_was_well_for_weeks_is_not_ill():
    attempts = Attempts().begun(0.0).answered(1e6)
    assert attempts.allowed_s(1e6 + 5, 0.1) == ALLOWED_S


# --- failures ------------------------------------------------------------------------------------


# whole seconds, whose sums are exact
@given(st.lists(st.integers(0, int(2 * FAILURES_WITHIN_S)), min_size=1, max_size=10))
def test_failures__two_that_are_close_hand_over(gaps):
    failures, now = Failures(), 0.0
    for number, gap in enumerate(gaps):
        now += gap
        failures = failures.one_more(now)
        is_first = number == 0 or gap > FAILURES_WITHIN_S
        assert failures.hands_over == (not is_first)


@pytest.mark.parametrize("now", [0.0, 5.0, 1e6])
def test_failures__the_first_is_mended_in_place(now):
    assert not Failures().one_more(now).hands_over
