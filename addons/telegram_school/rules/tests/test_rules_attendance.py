"""A table of cases: the visits, and the line that they must give."""

from datetime import datetime, timedelta

import pytest
from rules.attendance import Thresholds, verdict
from rules.intervals import Event, Presence, Window, observe

T0 = datetime(2026, 3, 2, 8, 0)
WINDOW = Window(T0, T0 + timedelta(minutes=60))
CALL = [("opened", -5), ("closed", 60)]


def at(minute):
    return T0 + timedelta(minutes=minute)


def events(rows, call=1, person=None, account=None):
    """Rows `(kind, minute)` or `(kind, minute, precision in seconds)`."""
    return [
        Event(row[0], at(row[1]), call, person, account, row[2] if len(row) > 2 else 0)
        for row in rows
    ]


def line(rows, call=CALL, others=(), **kwargs):
    """The verdict on the person "a", who did `rows` from one account."""
    seen = observe(events(call) + events(rows, person="a", account=1) + list(others), WINDOW)
    return verdict(seen, seen.people.get("a", Presence()), **kwargs)


@pytest.mark.parametrize(
    ("rows", "status", "arrived", "departed", "minutes"),
    [
        ([], "absent", None, None, 0),
        ([("joined", -3), ("left", 60)], "present", -3, 60, 60),
        ([("joined", -3)], "present", -3, 60, 60),
        ([("joined", 10)], "present", 10, 60, 50),
        ([("joined", 10.1)], "late", 10.1, 60, 49.9),
        ([("joined", 0), ("left", 50)], "present", 0, 50, 50),
        ([("joined", 0), ("left", 49.9)], "left_early", 0, 49.9, 49.9),
        ([("joined", 15), ("left", 45)], "late", 15, 45, 30),
        ([("joined", 15), ("left", 44)], "partial", 15, 44, 29),
        ([("joined", 55)], "partial", 55, 60, 5),
        ([("joined", -5), ("left", -1)], "absent", None, None, 0),
        ([("joined", 60), ("left", 61)], "absent", None, None, 0),
        ([("joined", 0), ("left", 20), ("joined", 21)], "present", 0, 60, 60),
        ([("joined", 0), ("left", 20), ("joined", 21.1)], "present", 0, 60, 58.9),
        ([("joined", 0), ("joined", 30), ("left", 60)], "present", 0, 60, 60),
        ([("joined", 0), ("left", 30), ("joined", 30), ("left", 60)], "present", 0, 60, 60),
        ([("joined", 0), ("left", 30), ("joined", 30), ("left", 60)], "present", 0, 60, 60),
        ([("joined", 30), ("left", 30)], "absent", None, None, 0),
        ([("left", 30)], "absent", None, None, 0),
        ([("joined", -2), ("left", -0.5), ("joined", 0.5)], "present", -2, 60, 60),
        ([("joined", -4), ("left", -2), ("joined", 12)], "late", 12, 60, 48),
    ],
    ids=[
        "never-came", "all-of-it", "no-leave-told", "ten-minutes-late", "over-ten-minutes-late",
        "ten-minutes-early", "over-ten-minutes-early", "late-and-early", "below-half",
        "only-at-the-end", "only-before-the-start", "only-after-the-end", "reconnected",
        "away-longer-than-bridged", "second-device", "join-date-changed", "split",
        "in-and-out-at-once", "leave-without-join", "reconnected-over-the-start",
        "looked-in-before-the-start",
    ],
)  # fmt: skip
def test_verdict__seen_throughout(rows, status, arrived, departed, minutes):
    verdict = line(rows)
    assert verdict.status == status
    assert verdict.arrived_at == (None if arrived is None else at(arrived))
    assert verdict.departed_at == (None if departed is None else at(departed))
    assert verdict.minutes == pytest.approx(minutes)
    assert verdict.seconds_low == verdict.seconds == verdict.seconds_high
    assert verdict.percentage == pytest.approx(minutes / 0.6, abs=0.01)


@pytest.mark.parametrize(
    ("rows", "blind", "status", "low", "minutes", "high"),
    [
        ([], (0, 60), "unknown", 0, 0, 60),
        ([], (0, 29), "absent", 0, 0, 29),
        ([], (0, 30), "unknown", 0, 0, 30),
        ([("joined", 0)], (10, 20), "present", 50, 60, 60),
        ([("joined", 0)], (1, 60), "unknown", 1, 60, 60),
        ([("joined", 5), ("left", 15)], (20, 30), "partial", 10, 10, 20),
        ([("joined", 5), ("left", 15)], (20, 45), "unknown", 10, 10, 35),
        ([("joined", 12)], (0, 12), "present", 48, 48, 60),
        ([("joined", 14)], (0, 12), "late", 46, 46, 58),
        ([("joined", 0), ("left", 45)], (45, 60), "present", 45, 45, 60),
        ([("joined", 0), ("left", 40)], (45, 60), "left_early", 40, 40, 55),
    ],
    ids=[
        "blind-throughout", "blind-for-less-than-half", "blind-for-half", "blind-in-between",
        "blind-from-the-first-minute", "cannot-have-been-enough", "may-have-been-enough",
        "arrival-not-seen", "arrival-seen", "departure-not-seen", "departure-seen",
    ],
)  # fmt: skip
def test_verdict__partly_not_observed(rows, blind, status, low, minutes, high):
    found = line(rows, call=[*CALL, ("lost", blind[0]), ("back", blind[1])])
    assert found.status == status
    assert (found.minutes_low, found.minutes, found.minutes_high) == (low, minutes, high)
    assert "not_observed" in found.evidence


@pytest.mark.parametrize(
    ("rows", "hidden", "status", "low", "minutes", "high"),
    [
        ([], (0, 60), "unknown", 0, 0, 60),
        ([], (0, 5), "unknown", 0, 0, 5),
        ([("joined", 0)], (0, 60), "present", 60, 60, 60),
        ([("joined", 10), ("left", 40)], (0, 60), "present", 30, 30, 60),
        ([("joined", 10), ("left", 60, 2400)], (10, 60), "unknown", 10, 50, 50),
        ([("joined", 50)], (0, 40), "unknown", 10, 10, 50),
        ([("joined", 50)], (0, 15), "partial", 10, 10, 25),
        ([("joined", 20)], (0, 20), "present", 40, 40, 60),
        ([("joined", 20)], (0, 5), "late", 40, 40, 45),
    ],
    ids=[
        "never-listed", "hidden-for-minutes-only", "listed-throughout", "listed-enough",
        "listed-too-little-to-say", "may-have-been-enough", "cannot-have-been-enough",
        "may-have-listened-before", "seen-to-be-late",
    ],
)  # fmt: skip
def test_verdict__listeners_hidden(rows, hidden, status, low, minutes, high):
    found = line(rows, call=[*CALL, ("hidden", hidden[0]), ("shown", hidden[1])])
    assert (found.minutes_low, found.minutes, found.minutes_high) == (low, minutes, high)
    assert found.status == status
    assert "listeners_hidden" in found.evidence


def test_verdict__lost_and_never_back():
    found = line([("joined", 0)], call=[*CALL, ("lost", 40)])
    assert (found.status, found.minutes_low, found.minutes_high) == ("present", 40, 60)


def test_verdict__lost_again_before_it_was_said_to_be_back():
    """The second silence is dated by the last sign of life, before the list that ended the
    first."""
    marks = [("lost", 10), ("back", 20), ("lost", 19), ("back", 40)]
    found = line([("joined", 0)], call=[*CALL, *marks])
    assert (found.status, found.minutes_low, found.minutes_high) == ("present", 30, 60)


def test_verdict__what_is_known_to_some_seconds_is_as_good_as_exact():
    assert line([("joined", 0), ("left", 60, 5)]).evidence == ()
    assert line([("joined", 0), ("left", 60, 6)]).evidence == ("imprecise",)


def test_verdict__a_leave_and_a_return_that_were_learned_turned_round():
    """There for 202 of 210 seconds; the line stood still from 95 to 120."""
    window = Window(T0, T0 + timedelta(seconds=210), bridge=timedelta(0))

    def second(at):
        return T0 + timedelta(seconds=at)

    events = [
        Event("opened", T0, 1),
        Event("closed", second(210), 1),
        Event("joined", T0, 1, "a", 1),
        Event("joined", second(108), 1, "a", 1),
        Event("left", second(120), 1, "a", 1, 25, joined_at=T0),
    ]
    seen = observe(events, window)
    result = verdict(seen, seen.people["a"])
    assert (result.status, result.seconds_low, result.seconds) == ("present", 197, 210)


def test_verdict__imprecise_leave():
    found = line([("joined", 0), ("left", 50, 300)])
    assert (found.minutes_low, found.minutes) == (45, 50)
    assert found.status == "present"
    assert found.evidence == ("imprecise",)


def test_verdict__leave_learned_from_update_and_look():
    exact = line([("joined", 0), ("left", 40)])
    assert line([("joined", 0), ("left", 40), ("left", 42, 180)]) == exact


def test_verdict__unseen_leave_told_at_the_return():
    found = line([("joined", 0), ("left", 30, 600), ("joined", 30)])
    assert (found.status, found.minutes_low, found.minutes) == ("present", 50, 60)


@pytest.mark.parametrize(
    ("call", "rows", "status", "minutes", "percentage"),
    [
        ([], [], "unknown", 0, 0),
        ([("opened", -5), ("closed", -1)], [], "unknown", 0, 0),
        ([("opened", 20), ("closed", 60)], [("joined", 21)], "present", 39, 97.5),
        ([("opened", -5), ("closed", 25)], [("joined", 0)], "present", 25, 100),
        ([("opened", -5)], [("joined", 0)], "present", 60, 100),
    ],
    ids=["no-call", "ended-before-the-start", "opened-late", "ended-early", "not-closed-yet"],
)
def test_verdict__call_and_lesson_differ(call, rows, status, minutes, percentage):
    found = line(rows, call=call)
    assert (found.status, found.minutes, found.percentage) == (status, minutes, percentage)


def test_verdict__two_calls():
    second = events([("opened", 30), ("closed", 60)], call=2)
    second += events([("joined", 31)], call=2, person="a", account=1)
    found = line([("joined", 0)], call=[("opened", -5), ("closed", 28)], others=second)
    assert (found.status, found.minutes_low, found.minutes_high) == ("present", 57, 60)
    assert found.evidence == ("not_observed", "reconnected")


def test_verdict__two_accounts_at_once():
    other = events([("joined", 20), ("left", 60)], person="a", account=2)
    found = line([("joined", 0), ("left", 30)], others=other)
    assert (found.status, found.minutes) == ("present", 60)


def test_verdict__excused_comes_first():
    assert line([], excused=True).status == "excused"
    there = line([("joined", 0)], excused=True)
    assert (there.status, there.minutes) == ("excused", 60)
    assert there.evidence == ("excused_present",)
    assert line([], call=[], excused=True).status == "excused"


def test_verdict__not_linked():
    """A person without a known account may have been the stranger, if that one was there for
    long."""
    assert line([], linked=False).status == "absent"
    brief = events([("joined", 10), ("left", 12)], account=9)
    assert line([], linked=False, others=brief).status == "absent"
    long = events([("joined", 0), ("left", 60)], account=9)
    assert line([], others=long).status == "absent"
    result = line([], linked=False, others=long)
    assert (result.status, result.evidence) == ("unknown", ("not_linked", "strangers"))


def test_verdict__own_thresholds():
    strict = Thresholds(partial_percent=90, late=timedelta(minutes=1), early=timedelta(seconds=5))
    assert line([("joined", 2)], thresholds=strict).status == "late"
    assert line([("joined", 0), ("left", 59)], thresholds=strict).status == "left_early"
    assert line([("joined", 0), ("left", 50)], thresholds=strict).status == "partial"


def test_observe__several_people():
    seen = observe(
        events(CALL)
        + events([("joined", 0)], person="a", account=1)
        + events([("joined", 30), ("left", 40)], person="b", account=2)
        + events([("joined", 5)], account=3),
        WINDOW,
    )
    assert set(seen.people) == {"a", "b"}
    assert seen.people["b"].likely == ((at(30), at(40)),)
    assert seen.strangers.likely == ((at(5), at(60)),)


@pytest.mark.parametrize(
    ("rows", "departed"),
    [
        ([("joined", 2)], None),
        ([("joined", 2), ("left", 30)], 30),
        ([("joined", 2), ("left", 30), ("joined", 40)], None),
        ([("joined", 2), ("left", 59.5)], 59.5),
        ([], None),
    ],
    ids=["still-there", "gone", "back-again", "just-gone", "never-came"],
)
def test_verdict__lesson_that_runs_has_a_departure_of_who_has_left_only(rows, departed):
    found = line(rows, call=[("opened", -5)], is_running=True)
    assert found.departed_at == (None if departed is None else at(departed))
    over = line(rows, call=[("opened", -5)])
    assert over.departed_at == (at(departed) if departed else at(60) if rows else None)
    assert over.status == found.status


def test_verdict__call_that_ended_before_is_a_departure():
    found = line([("joined", 2)], call=[("opened", -5), ("closed", 30)], is_running=True)
    assert found.departed_at == at(30)
