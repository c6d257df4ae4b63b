"""Kinds of steps that rest, and what that holds up."""

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
    kind_of,
)
from telegram_gateway.core.rests import RIGHTS, after_done, after_wait, may_be_done, next_of

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
users = st.integers(1, 6).map(TgUserId)
some = st.one_of(
    *(st.builds(kind, tg_user_id=users) for kind in (Approve, Decline, RemoveMember, Ban, LiftBan)),
    st.builds(SetRole, tg_user_id=users, role=st.sampled_from(Role)),
    st.builds(EditTitle, title=st.just("3A")),
)
plans = st.lists(some, max_size=12, unique_by=str)
kinds = st.sampled_from(["Ban", "Approve", "RemoveMember", "SetRole", "EditTitle", RIGHTS])


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
