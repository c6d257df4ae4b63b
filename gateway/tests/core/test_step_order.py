"""In which order steps are done, and what holds up what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.model import (
    Approve,
    Ban,
    Decline,
    EditTitle,
    LiftBan,
    RemoveMember,
    Role,
    SetRole,
    TgUserId,
)
from telegram_gateway.core.step_order import (
    RIGHTS,
    after_done,
    after_wait,
    in_order,
    kind_of,
    may_be_done,
    next_of,
)

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
users = st.integers(1, 6).map(TgUserId)
some = st.one_of(
    *(st.builds(kind, tg_user_id=users) for kind in (Approve, Decline, RemoveMember, Ban, LiftBan)),
    st.builds(SetRole, tg_user_id=users, role=st.sampled_from(Role)),
    st.builds(EditTitle, title=st.just("3A")),
)
plans = st.lists(some, max_size=12, unique_by=str)
kinds = st.sampled_from(["Ban", "Approve", "RemoveMember", "SetRole", "EditTitle", RIGHTS])


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


@pytest.mark.parametrize(("wait_s", "rests_s"), [(30, 31), (3600, 3601)])
def test_wait__as_long_as_telegram_says(wait_s, rests_s):
    rests = after_wait({}, "SetRole", T0, wait_s)
    assert rests["SetRole"].until == T0 + timedelta(seconds=rests_s)


def test_wait__without_a_time_doubles_and_ends():
    rests: dict = {}
    pauses = []
    for _ in range(10):
        rests = after_wait(rests, "Approve", T0)
        pauses.append((rests["Approve"].until - T0).total_seconds())
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]
    assert after_wait(after_done(rests, "Approve"), "Approve", T0)["Approve"].tries == 1


@given(kinds, st.integers(0, 10_000), plans)
def test_wait_holds_up_its_own_kind_alone(kind, wait_s, steps):
    rests = after_wait({}, kind, T0, wait_s)
    for step in steps:
        assert may_be_done(kind_of(step), rests, T0) == (kind_of(step) != kind)
        assert may_be_done(kind_of(step), rests, rests[kind].until)
    waiting = [one for one in map(kind_of, steps) if one == kind]
    assert next_of(map(kind_of, steps), rests, T0) == (rests[kind].until if waiting else None)


def test_refused__is_remembered_while_it_rests():
    rests = after_wait({}, "EditTitle", T0, refused="CHAT_TITLE_EMPTY")
    assert rests["EditTitle"].refused == "CHAT_TITLE_EMPTY"
