"""People who took part as a channel: who may have been it, and the sheet once that was answered."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.attendance import ABSENT, UNKNOWN, WORST_TO_BEST, verdict
from rules.belonging import narrowed
from rules.channels import Stay, answered, stays
from rules.intervals import CHANNEL, GROUP, Event, Presence, Window, observe

T0 = datetime(2026, 3, 2, 8, 0)
WINDOW = Window(T0, T0 + timedelta(minutes=60))


def at(minute):
    return T0 + timedelta(minutes=minute)


CALL = [Event("opened", at(-5), 1), Event("closed", at(60), 1)]


def visit(account, start, stop, mask=CHANNEL, person=None, call=1):
    return [
        Event(kind, at(minute), call, person, account, 0, mask)
        for kind, minute in (("joined", start), ("left", stop))
    ]


def line(events, answers=None, person="a", part=None, **kwargs):
    seen = observe(answered(CALL + events, answers or {}), WINDOW)
    measure = narrowed(seen, part)
    return verdict(measure, seen.people.get(person, Presence()), **kwargs)


TWO = visit(1, 0, 20) + visit(2, 10, 60)


def test_unknown__who_was_not_seen_may_have_been_any_of_them():
    found = line(TWO)
    assert (found.status, found.evidence) == ("unknown", ("masked",))
    assert (found.minutes_low, found.minutes, found.minutes_high) == (0, 0, 60)
    assert line(visit(1, 3, 4)).status == "unknown", "also where it was there for a minute only"
    not_linked = line(TWO, linked=False)
    assert (not_linked.status, not_linked.evidence) == ("unknown", ("not_linked", "masked"))


def test_unknown__not_who_was_seen_nor_for_a_channel_before_the_lesson():
    assert line(TWO + visit(7, 0, 60, "", "a")).evidence == ()
    assert line(TWO + visit(7, 0, 10, "", "a")).status == "partial"
    before = line(visit(1, -5, -1))
    assert (before.status, before.evidence) == ("absent", ())
    assert line(TWO, excused=True).status == "excused"


def test_part__a_channel_that_had_gone_before_somebody_belonged():
    assert line(visit(1, 0, 20), part=(at(25), at(60))).status == "absent"
    assert line(visit(1, 0, 30), part=(at(25), at(60))).status == "unknown"


def test_answered__is_there_as_if_by_their_own_account():
    result = line(TWO, {1: "b", 2: "a"})
    assert (result.status, result.minutes, result.evidence) == ("present", 50, ("as_channel",))
    both = line(TWO + visit(7, 0, 10, "", "a"), {1: "b", 2: "a"})
    assert (both.minutes, both.evidence) == (60, ("as_channel",))
    assert line(TWO, {1: "a", 2: "a"}).minutes == 60
    assert line(TWO, {1: "b", 2: "c"}).status == "absent"
    one_open = line(TWO, {1: "b"})
    assert (one_open.status, one_open.minutes_high) == ("unknown", 50)


def test_answered__somebody_else_makes_nobody_unknown():
    found = line(TWO, {1: None, 2: None})
    assert (found.status, found.evidence, found.minutes_high) == ("absent", (), 0)
    assert line(TWO, {1: None, 2: None}, linked=False).status == "absent"
    # a channel and an account may have the same number
    assert line(TWO + visit(1, 0, 60, "", "a"), {1: None, 2: None}).status == "present"


def test_the_group_itself__is_an_administrator():
    group = visit(9, 0, 60, GROUP)
    student = line(group)
    assert (student.status, student.evidence) == ("absent", ())
    assert line(group, linked=False).status == "absent"
    admin = line(group, is_admin=True)
    assert (admin.status, admin.evidence) == ("unknown", ("anonymous",))
    assert line(group, {9: "a"}, is_admin=True).status == "present"
    assert line(group, {9: None}, is_admin=True).status == "absent"
    assert line(group + TWO, is_admin=True).evidence == ("masked", "anonymous")


def test_stays__of_each_channel_within_the_lesson():
    events = CALL + TWO + visit(9, -5, 70, GROUP) + visit(3, -5, -1) + visit(7, 0, 60, "", "a")
    assert stays(events, WINDOW) == {
        9: Stay(at(-5), at(60), 3600, True),
        2: Stay(at(10), at(60), 3000, False),
        1: Stay(at(0), at(20), 1200, False),
    }
    again = [Event("opened", at(40), 2), Event("closed", at(60), 2), *visit(1, 45, 50, call=2)]
    assert stays(events + again, WINDOW)[1] == Stay(at(0), at(50), 1500, False)
    assert stays(TWO[:0], WINDOW) == {}


@pytest.mark.parametrize("answers", [{}, {1: "a", 2: None}])
def test_stays__whatever_was_answered(answers):
    assert set(stays(answered(CALL + TWO, answers), WINDOW)) == {1, 2}


# -- laws -----------------------------------------------------------------------------------------

minutes = st.integers(-15, 65)
PEOPLE = ("a", "b", "c", "d")


@st.composite
def some_visits(draw, mask, accounts, persons=(None,), least=0):
    events = []
    for _ in range(draw(st.integers(least, 4))):
        start, stop = sorted([draw(minutes), draw(minutes)])
        account = draw(st.sampled_from(accounts))
        person = draw(st.sampled_from(persons))
        events += visit(account, start, stop, mask, person)
    return events


own_visits = some_visits("", (11, 12), ("a", "b"))
channel_visits = some_visits(CHANNEL, (1, 2, 3))
lesson_minutes = st.tuples(st.integers(0, 59), st.integers(0, 59)).filter(
    lambda two: two[0] != two[1]
)
some_answers = st.dictionaries(st.sampled_from((1, 2, 3, 5)), st.sampled_from((None, *PEOPLE)))


def statuses(events, answers, **kwargs):
    return {person: line(events, answers, person, **kwargs).status for person in PEOPLE}


@given(own_visits, channel_visits, some_answers, lesson_minutes, st.booleans())
def test_law__nobody_is_absent_while_a_channel_is_not_answered(own, others, answers, span, linked):
    open_one = visit(4, *sorted(span))
    found = statuses(own + others + open_one, answers, linked=linked)
    assert ABSENT not in found.values()


@given(own_visits, channel_visits, st.booleans())
def test_law__all_answered_is_as_if_they_had_come_as_themselves(own, others, linked):
    answers = {1: "a", 2: "b", 3: None}
    named = [
        Event(one.kind, one.at, one.call, answers[one.account], ("own", one.account))
        for one in others
        if answers[one.account]
    ]
    for person in PEOPLE:
        truth = line(own + named, {}, person, linked=linked)
        result = line(own + others, answers, person, linked=linked)
        assert (result.status, result.seconds, result.arrived_at) == (
            truth.status,
            truth.seconds,
            truth.arrived_at,
        )
        assert {one for one in result.evidence if one != "as_channel"} == set(truth.evidence)


@given(own_visits, channel_visits, some_answers, some_visits(CHANNEL, (5, 6)))
def test_law__another_channel_is_never_worse_for_anybody(own, others, answers, more):
    before, after = statuses(own + others, answers), statuses(own + others + more, answers)
    for person in PEOPLE:
        rank = WORST_TO_BEST.index
        was, now = before[person], after[person]
        # an unseen person becomes unknown; one whom a named channel shows for minutes is partly
        # there
        assert rank(now) >= rank(was) or (was, now) == (UNKNOWN, "partial")


@given(own_visits, channel_visits, st.sampled_from((None, *PEOPLE)))
def test_law__an_answer_says_nothing_of_who_was_seen_all_the_same(own, others, who):
    """An answer only changes the lines of people who were not seen, and of the person it names."""
    before, after = statuses(own + others, {}), statuses(own + others, {1: who})
    for person in PEOPLE:
        if person != who and before[person] != after[person]:
            assert (before[person], after[person]) == (UNKNOWN, ABSENT)


@given(own_visits, channel_visits, some_answers, st.randoms(use_true_random=False))
def test_law__order_changes_nothing(own, others, answers, random):
    once = own + others
    again = list(once)
    random.shuffle(again)
    assert statuses(again, answers) == statuses(once, answers)
    assert stays(CALL + again, WINDOW) == stays(CALL + once, WINDOW)
