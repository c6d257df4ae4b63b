from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.attendance import ABSENT, LATE, LEFT_EARLY, PRESENT, UNKNOWN, Thresholds, verdict
from rules.belonging import is_expected, narrowed
from rules.intervals import (
    BACK,
    CLOSED,
    JOINED,
    LEFT,
    LOST,
    OPENED,
    Event,
    Presence,
    Window,
    observe,
)

START = datetime(2026, 3, 2, 10, 0)
MINUTE = timedelta(minutes=1)
WINDOW = Window(START, START + 60 * MINUTE)


def at(minute):
    return START + minute * MINUTE


def seen(*stays, lost=()):
    """stays: (from, until) of one person, in minutes of a lesson of an hour."""
    events = [Event(OPENED, at(-5), 1), Event(CLOSED, at(60), 1)]
    for first, last in stays:
        events += [Event(JOINED, at(first), 1, "p", 1), Event(LEFT, at(last), 1, "p", 1)]
    for first, last in lost:
        events += [Event(LOST, at(first), 1), Event(BACK, at(last), 1)]
    return observe(events, WINDOW)


def status(observation, part):
    part = part and (at(part[0]), at(part[1]))
    presence = observation.people.get("p", Presence())
    return verdict(narrowed(observation, part), presence).status


@pytest.mark.parametrize(
    ("stays", "part", "wanted"),
    [
        ([(20, 60)], None, LATE),
        ([(20, 60)], (20, 60), PRESENT),  # enrolled in the lesson, and there from then on
        ([(20, 60)], (5, 60), LATE),
        ([(0, 40)], None, LEFT_EARLY),
        ([(0, 40)], (0, 40), PRESENT),  # unenrolled in the lesson
        ([(0, 20)], (30, 60), ABSENT),  # there before they belonged
        ([], (20, 60), ABSENT),
    ],
)
def test_measured_by_their_part(stays, part, wanted):
    assert status(seen(*stays), part) == wanted


def test_no_call_in_their_part__is_unknown():
    events = [Event(OPENED, at(0), 1), Event(CLOSED, at(20), 1)]
    assert status(observe(events, WINDOW), (30, 60)) == UNKNOWN


def test_what_was_not_observed_before_their_part__does_not_matter():
    observation = seen((30, 60), lost=[(0, 25)])
    assert narrowed(observation, (at(30), at(60))).blind == ()
    assert status(observation, (30, 60)) == PRESENT


@pytest.mark.parametrize(
    ("stays", "part", "wanted"),
    [
        ([], None, True),
        ([], (0, 60), True),
        ([], (30, 60), True),
        ([], (31, 60), False),  # too short to be missed
        ([(40, 50)], (31, 60), True),
        ([(0, 20)], (31, 60), False),
    ],
)
def test_is_expected(stays, part, wanted):
    observation = seen(*stays)
    presence = observation.people.get("p", Presence())
    part = part and (at(part[0]), at(part[1]))
    assert is_expected(observation, presence, part, Thresholds()) is wanted


@given(
    st.lists(st.tuples(st.integers(-10, 60), st.integers(0, 60)), max_size=3),
    st.integers(0, 59),
    st.integers(1, 60),
)
def test_minutes_never_exceed_the_part(stays, first, length):
    stays = [(begin, max(begin + 1, end)) for begin, end in stays]
    observation = seen(*stays)
    part = (at(first), min(at(first + length), at(60)))
    presence = observation.people.get("p", Presence())
    result = verdict(narrowed(observation, part), presence)
    assert 0 <= result.seconds_low <= result.seconds <= result.seconds_high
    assert result.seconds_high <= (part[1] - part[0]).total_seconds()
    whole = verdict(narrowed(observation, (at(0), at(60))), presence)
    assert whole == verdict(observation, presence)
