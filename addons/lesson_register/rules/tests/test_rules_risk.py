import pytest
from hypothesis import given
from hypothesis import strategies as st
from lesson_register_rules.register import STATUSES
from lesson_register_rules.risk import Case, Limits, absences_in_a_row, case

SHORT = {"p": "present", "a": "absent", "e": "excused", "?": "unknown", "h": "partial", "l": "late"}
LIMITS = Limits(75, 3, 4)


def spelled(text):
    return [SHORT[letter] for letter in text]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("pppp", None),
        ("aa", None),
        ("aaa", Case("row", 0, 3)),
        ("aaap", Case("rate", 25, 0)),
        ("aaapppppppppp", None),
        # excused and unknown lessons neither break the row nor count in it
        ("paea?a", Case("row", 25, 3)),
        ("eeee????", None),
        # with three lessons a rate says nothing
        ("apa", None),
        ("apap", Case("rate", 50, 0)),
        ("ppph", None),
        ("pphh", None),
        ("phhh", Case("rate", 62.5, 0)),
        ("llll", None),
    ],
)
def test_case(text, found):
    assert case(spelled(text), LIMITS) == found


def test_limits__zero_switches_off():
    assert case(spelled("aaaaaa"), Limits(0, 0)) is None
    assert case(spelled("aaaaaa"), Limits(50, 0)) == Case("rate", 0, 6)


lists = st.lists(st.sampled_from(STATUSES), max_size=30)


@given(lists, st.integers(0, 30))
def test_case__what_does_not_count_changes_nothing(statuses, place):
    more = statuses[:place] + ["excused", "unknown"] + statuses[place:]
    assert case(more, LIMITS) == case(statuses, LIMITS)


@given(lists)
def test_case__being_there_ends_the_row(statuses):
    assert absences_in_a_row([*statuses, "late"]) == 0


@given(lists, st.integers(0, 100))
def test_case__who_was_always_there_is_none(statuses, percent):
    there = ["present" if status in ("absent", "partial") else status for status in statuses]
    assert case(there, Limits(percent, 1, 1)) is None
