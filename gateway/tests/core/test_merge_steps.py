"""The steps of a plan in their order, within the removal limit: nobody empties a group by
mistake."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.merge import hold_back_removals, in_order
from telegram_gateway.core.model import (
    Approve,
    Ban,
    Decline,
    EditTitle,
    LiftBan,
    Member,
    Policy,
    RemoveMember,
    Role,
    SeenStatus,
    SetRole,
    TgUserId,
)

users = st.integers(1, 6).map(TgUserId)
some = st.one_of(
    *(st.builds(kind, tg_user_id=users) for kind in (Approve, Decline, RemoveMember, Ban, LiftBan)),
    st.builds(SetRole, tg_user_id=users, role=st.sampled_from(Role)),
    st.builds(EditTitle, title=st.just("3A")),
)
plans = st.lists(some, max_size=12, unique_by=str)


def people(count, status=SeenStatus.IN):
    return [Member(tg_user_id=TgUserId(user), seen_status=status) for user in range(1, count + 1)]


def removals(count):
    return [RemoveMember(tg_user_id=TgUserId(user)) for user in range(1, count + 1)]


def test_guard__some_leave_and_more_wait():
    assert hold_back_removals(removals(5), people(20), Policy()) == (removals(5), [])
    assert hold_back_removals(removals(6), people(20), Policy()) == ([], removals(6))


def test_guard__a_large_group_may_lose_its_percentage():
    assert hold_back_removals(removals(20), people(200), Policy())[1] == []
    assert len(hold_back_removals(removals(21), people(200), Policy())[1]) == 21


def test_guard__banning_those_outside_removes_nobody():
    steps = [Ban(tg_user_id=TgUserId(user)) for user in range(1, 30)]
    assert hold_back_removals(steps, people(30, SeenStatus.OUT), Policy()) == (steps, [])


users = st.integers(1, 40).map(TgUserId)
steps = st.lists(
    st.one_of(*(st.builds(kind, tg_user_id=users) for kind in (RemoveMember, Ban, Approve))),
    max_size=40,
    unique_by=lambda step: step.tg_user_id,
)
members = st.lists(
    st.builds(Member, tg_user_id=users, seen_status=st.sampled_from([None, *SeenStatus])),
    max_size=40,
    unique_by=lambda row: row.tg_user_id,
)
policies = st.builds(
    Policy, most_removals=st.integers(0, 10), most_removals_percent=st.integers(0, 100)
)


@given(steps, members, policies)
def test_guard_loses_no_step_and_keeps_the_order(plan, rows, policy):
    done, held = hold_back_removals(plan, rows, policy)
    assert done == [step for step in plan if step not in held]
    assert held == [step for step in plan if step in held]


@given(steps, members, policies)
def test_guard_never_lets_more_leave_than_the_policy_says(plan, rows, policy):
    done, _ = hold_back_removals(plan, rows, policy)
    inside = {row.tg_user_id for row in rows if row.seen_status is SeenStatus.IN}
    leaving = [s for s in done if isinstance(s, RemoveMember | Ban) and s.tg_user_id in inside]
    most = max(policy.most_removals, len(inside) * policy.most_removals_percent // 100)
    assert len(leaving) <= most


@given(steps, members, policies)
def test_guard_holds_all_removals_or_none_and_nothing_else(plan, rows, policy):
    done, held = hold_back_removals(plan, rows, policy)
    inside = {row.tg_user_id for row in rows if row.seen_status is SeenStatus.IN}
    leaving = [s for s in plan if isinstance(s, RemoveMember | Ban) and s.tg_user_id in inside]
    assert held in ([], leaving)


def test_guard__whom_a_person_agreed_to_goes():
    some = frozenset(TgUserId(user) for user in range(1, 8))
    done, held = hold_back_removals(removals(10), people(20), Policy(allowed=some))
    # the three others are few enough to go without a word
    assert (done, held) == (removals(10), [])
    done, held = hold_back_removals(removals(14), people(20), Policy(allowed=some))
    assert done == removals(7)
    assert [step.tg_user_id for step in held] == list(range(8, 15))


def test_guard__everybody_may_go():
    assert hold_back_removals(removals(20), people(20), Policy(allowed="all"))[1] == []


def test_order__an_example():
    one, two, three, four = map(TgUserId, range(1, 5))
    steps = [
        SetRole(tg_user_id=one, role=Role.TEACHER),
        RemoveMember(tg_user_id=two),
        Approve(tg_user_id=three),
        Decline(tg_user_id=four),
        Ban(tg_user_id=four),
    ]
    assert in_order(steps) == [steps[3], steps[4], steps[2], steps[1], steps[0]]


@given(plans)
def test_order_is_bans_then_approvals_then_removals_then_roles(steps):
    places = [
        {Ban: 0, Approve: 1, LiftBan: 1, RemoveMember: 2, SetRole: 3, EditTitle: 4}[type(step)]
        for step in in_order(steps)
        if not isinstance(step, Decline)
    ]
    assert places == sorted(places)


@given(plans)
def test_order_loses_nothing_and_is_idempotent(steps):
    ordered = in_order(steps)
    assert sorted(map(str, ordered)) == sorted(map(str, steps))
    assert in_order(ordered) == ordered


@given(plans)
def test_order_keeps_the_request_of_who_is_banned_before_the_ban(steps):
    ordered = in_order(steps)
    for number, step in enumerate(ordered):
        if isinstance(step, Decline) and Ban(tg_user_id=step.tg_user_id) in ordered:
            before = ordered[:number]
            assert all(isinstance(one, Ban | Decline) for one in before)
