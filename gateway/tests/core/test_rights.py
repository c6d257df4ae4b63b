"""Default restrictions of members, and the rights of each role."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.latest_seen import after_seen
from telegram_gateway.core.merge import merge
from telegram_gateway.core.model import (
    Cause,
    Member,
    PartnerId,
    Policy,
    Role,
    RosterEntry,
    RosterStatus,
    SeenStatus,
    SetRole,
    TgUserId,
)
from telegram_gateway.core.rights import CLOSED, OF_ROLE, READ_ONLY, closed, has_drifted

flags = st.dictionaries(st.sampled_from(sorted(READ_ONLY)), st.just(True), max_size=len(READ_ONLY))


@given(flags)
def test_closed__nothing_is_allowed_by_it(banned):
    after = closed(banned)
    assert set(CLOSED) <= {name for name in after if after[name]}
    assert {name for name in banned if banned[name]} <= set(after)
    assert closed(after) == after


def test_teachers__may_delete_messages_and_not_change_the_info():
    teacher, supervisor = OF_ROLE[Role.TEACHER], OF_ROLE[Role.SUPERVISOR]
    assert "delete_messages" in teacher
    assert "change_info" not in teacher
    assert teacher < supervisor
    assert {"change_info", "ban_users"} <= supervisor


def _teacher_seen_with(rights):
    row = Member(
        tg_user_id=TgUserId(7),
        partner_id=PartnerId(70),
        seen_status=SeenStatus.IN,
        seen_role="admin",
        base_status=RosterStatus.IN,
        base_role=Role.TEACHER,
    )
    row = after_seen(row, SeenStatus.IN, "admin", Cause(), rights)
    entry = RosterEntry(
        partner_id=PartnerId(70),
        role=Role.TEACHER,
        status=RosterStatus.IN,
        tg_user_ids=frozenset({TgUserId(7)}),
    )
    return merge([entry], [row], Policy(), frozenset())


@pytest.mark.parametrize(
    "rights",
    [
        pytest.param(None, id="appointed by somebody else, or not read"),
        pytest.param(OF_ROLE[Role.TEACHER], id="as they should be"),
        pytest.param(OF_ROLE[Role.TEACHER] | {"other"}, id="a flag that Telegram adds"),
    ],
)
def test_admin_with_the_rights_of_the_role__left_alone(rights):
    plan = _teacher_seen_with(rights)
    assert (plan.steps, plan.report) == ((), ())


def test_admin_with_other_rights__given_those_of_the_role():
    rights = frozenset({"manage_call", "pin_messages", "invite_users", "change_info"})
    plan = _teacher_seen_with(rights)
    assert plan.steps == (SetRole(tg_user_id=TgUserId(7), role=Role.TEACHER),)
    assert plan.report == ()


@pytest.mark.parametrize("role", [Role.TEACHER, Role.SUPERVISOR])
def test_has_drifted(role):
    assert not has_drifted(role, OF_ROLE[role])
    assert has_drifted(role, OF_ROLE[role] - {"invite_users"})
