"""Filling in a sheet by hand: from the start on, and back again."""

from datetime import datetime, timedelta

from classroom_rules import by_hand as rules
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 12, 9)
MINUTES = st.integers(-200, 200).map(lambda minutes: NOW + timedelta(minutes=minutes))
STANDINGS = st.builds(
    lambda state, sheet, start, minutes: rules.LessonStatus(
        state, sheet, start, start + timedelta(minutes=minutes)
    ),
    st.sampled_from([rules.PLANNED, rules.OPEN, rules.HELD, rules.CANCELLED]),
    st.sampled_from([rules.DRAFT, rules.FINAL, rules.CONFIRMED]),
    MINUTES,
    st.integers(1, 120),
)


def lesson(begins, state=rules.PLANNED, sheet_state=rules.DRAFT):
    start = NOW + timedelta(minutes=begins)
    return rules.LessonStatus(state, sheet_state, start, start + timedelta(hours=1))


def test_refusal__until_the_start():
    assert rules.refusal(lesson(1), NOW) == rules.NOT_BEGUN
    assert rules.refusal(lesson(0), NOW) == ""
    assert rules.refusal(lesson(0, rules.CANCELLED), NOW) == rules.IS_CANCELLED
    assert rules.refusal(lesson(-9, rules.HELD, rules.CONFIRMED), NOW) == rules.IS_CONFIRMED


def test_filled_in__final_once_it_is_over():
    assert rules.filled_in(lesson(-10), NOW, False)[:2] == (rules.HELD, rules.DRAFT)
    assert rules.filled_in(lesson(-60), NOW, False)[:2] == (rules.HELD, rules.FINAL)
    assert rules.filled_in(lesson(-60), NOW, True)[:2] == (rules.HELD, rules.DRAFT)
    assert rules.filled_in(lesson(-10, rules.OPEN), NOW, False)[:2] == (rules.OPEN, rules.DRAFT)


@given(STANDINGS, st.booleans())
def test_filled_in_is_idempotent(one, is_observed):
    told = rules.filled_in(one, NOW, is_observed)
    assert rules.filled_in(told, NOW, is_observed) == told


@given(STANDINGS, st.booleans())
def test_what_may_be_filled_in_is_never_marked_early(one, is_observed):
    if rules.refusal(one, NOW) == "":
        assert not rules.is_marked_early(rules.filled_in(one, NOW, is_observed), NOW)


@given(STANDINGS)
def test_all_present_and_undone_is_as_if_nothing_had_been(one):
    if one.state == rules.PLANNED and one.sheet_state == rules.DRAFT:
        assert rules.emptied(rules.filled_in(one, NOW, False), False) == one


@given(STANDINGS, st.booleans(), st.booleans(), st.booleans())
def test_confirmed_is_never_planned_again(one, was_seen, is_of_others, is_supervisor):
    refusal = rules.no_planning_again(one, was_seen, is_of_others, is_supervisor)
    if one.sheet_state == rules.CONFIRMED:
        assert refusal == rules.IS_CONFIRMED
    if one.state == rules.HELD and (was_seen or is_of_others and not is_supervisor):
        assert refusal


def test_planned_again__by_those_who_may():
    held = lesson(60, rules.HELD)
    assert rules.no_planning_again(held, False, False, False) == ""
    assert rules.no_planning_again(held, False, True, False) == rules.OF_OTHERS
    assert rules.no_planning_again(held, False, True, True) == ""
    assert rules.no_planning_again(held, True, False, True) == rules.WAS_HELD
    assert rules.no_planning_again(lesson(60, rules.OPEN), False, False, True) == rules.IS_PLANNED
    assert rules.no_planning_again(lesson(60, rules.CANCELLED), True, True, False) == ""
