"""The consequences of giving existing classes their groups."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.first_groups import days, in_turn

SOON, LATER = datetime.datetime(2026, 9, 1, 8), datetime.datetime(2026, 9, 2, 8)


def test_days__of_a_school_with_306_classes():
    assert days(306, 15) == 21


def test_days__those_who_wait_come_first():
    assert (days(1, 15, waiting=14), days(1, 15, waiting=15)) == (1, 2)


def test_days__without_a_group_none():
    assert days(0, 15, waiting=40) == 0


def test_days__a_limit_of_none_is_an_error():
    with pytest.raises(ValueError):
        days(3, 0)


@given(st.integers(1, 5000), st.integers(1, 500), st.integers(0, 500))
def test_days__are_just_enough(groups, a_day, waiting):
    found = days(groups, a_day, waiting)
    assert (found - 1) * a_day < groups + waiting <= found * a_day


def test_turn__by_the_next_lesson_then_by_name():
    found = [("b", None, "B"), ("a", None, "A"), ("late", LATER, "C"), ("soon", SOON, "D")]
    assert in_turn(found) == ["soon", "late", "a", "b"]


@given(st.lists(st.tuples(st.integers(), st.none() | st.integers(), st.text())))
def test_turn__loses_nobody(found):
    assert sorted(in_turn(found)) == sorted(one for one, _at, _name in found)
