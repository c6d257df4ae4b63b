from hypothesis import given
from hypothesis import strategies as st

from rules.admission import (
    ARCHIVED,
    ASK,
    BAN,
    EARLY,
    ENROL,
    NOTHING,
    OVER,
    PUT_OUT,
    REFUSED,
    UNENROLLED,
    Comer,
    admission,
)

PASTS = (UNENROLLED, OVER, EARLY, ARCHIVED)
comers = st.builds(
    Comer,
    st.sampled_from([None, "in", "out", "banned", "undecided"]),
    st.sampled_from([None, REFUSED, "moved away"]),
    st.booleans(),
    st.sampled_from([None, *PASTS]),
)
policies = st.sampled_from(["enrol", "ask", "remove"])


def test_who_belongs_needs_no_answer():
    assert admission("ask", [Comer("in")]) == NOTHING


def test_whom_the_class_does_not_know__as_the_class_says():
    assert admission("ask", [Comer()]) == ASK
    assert admission("enrol", [Comer()]) == ENROL
    assert admission("remove", [Comer()]) == PUT_OUT


def test_two_who_share_an_account__a_person_says_which():
    assert admission("enrol", [Comer(), Comer()]) == ASK


def test_refused__is_not_asked_about_again():
    assert admission("ask", [Comer("out", REFUSED)]) == NOTHING


@given(policies, st.lists(comers, max_size=3))
def test_archived_class__nobody_is_asked__who_is_blocked_is_banned(policy, found):
    what = admission(policy, found, is_active=False)
    assert what in (NOTHING, BAN)
    assert (what == BAN) == (admission(policy, found) == BAN)


@given(policies, st.lists(comers, max_size=3))
def test_only_whom_the_class_never_had_is_enrolled_unasked(policy, found):
    if admission(policy, found) == ENROL:
        assert policy == "enrol"
        (one,) = found
        assert one.past is None and not one.is_blocked
        assert one.status in (None, "out") and one.reason != REFUSED or one.status is None


@given(policies, st.lists(comers, max_size=3))
def test_who_is_open_is_not_asked_about_again(policy, found):
    if any(one.status in ("in", "banned", "undecided") for one in found):
        assert admission(policy, found) == NOTHING


@given(policies, comers)
def test_blocked__is_never_let_in_nor_asked_about(policy, one):
    if one.is_blocked:
        assert admission(policy, [one]) in (NOTHING, BAN)
