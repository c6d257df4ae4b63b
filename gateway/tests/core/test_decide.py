"""What a step that was carried out makes of its person's row. The decisions: test_merge.py."""

from __future__ import annotations

import pytest
from telegram_gateway.core.decide import (
    after_asked,
    after_happened,
    after_not_happened,
    after_step,
    has_happened,
)
from telegram_gateway.core.model import (
    Approve,
    Ban,
    Decline,
    EditTitle,
    LiftBan,
    Member,
    MemberState,
    RemoveMember,
    Role,
    RosterStatus,
    SeenStatus,
    SetRole,
    TgUserId,
)

USER = TgUserId(7)


def member(**fields):
    return Member(tg_user_id=USER, **fields)


@pytest.mark.parametrize(
    ("step", "status", "role"),
    [
        (Approve(tg_user_id=USER), SeenStatus.IN, "member"),
        (Decline(tg_user_id=USER), SeenStatus.OUT, None),
        (RemoveMember(tg_user_id=USER), SeenStatus.OUT, None),
        (Ban(tg_user_id=USER), SeenStatus.BANNED, None),
        (LiftBan(tg_user_id=USER), SeenStatus.OUT, None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_step__changes_what_is_seen(step, status, role):
    after = after_step(member(seen_status=SeenStatus.REQUESTED, seen_role="admin"), step)
    assert (after.seen_status, after.seen_role) == (status, role)


@pytest.mark.parametrize(
    ("role", "seen"),
    [(Role.STUDENT, "member"), (Role.TEACHER, "admin"), (Role.SUPERVISOR, "admin")],
)
def test_step__role_is_given_and_agreed_on(role, seen):
    after = after_step(member(seen_status=SeenStatus.IN), SetRole(tg_user_id=USER, role=role))
    assert (after.seen_status, after.seen_role, after.base_role) == (SeenStatus.IN, seen, role)


def test_step__title_concerns_nobody():
    assert after_step(member(), EditTitle(title="A")) == member()


@pytest.mark.parametrize(
    ("status", "removed", "banned"),
    [
        (SeenStatus.IN, False, False),
        (SeenStatus.OUT, True, False),
        (SeenStatus.BANNED, True, True),
        (SeenStatus.REQUESTED, True, False),
        (None, False, False),
    ],
)
def test_removal__counts_once_it_was_seen(status, removed, banned):
    row = after_asked(member(seen_status=status))
    assert row.state is MemberState.REMOVING
    assert has_happened(row, RemoveMember(tg_user_id=USER)) is removed
    assert has_happened(row, Ban(tg_user_id=USER)) is banned


@pytest.mark.parametrize(
    ("step", "state", "base"),
    [
        (RemoveMember(tg_user_id=USER), MemberState.REMOVED, RosterStatus.OUT),
        (Ban(tg_user_id=USER), MemberState.BANNED, RosterStatus.BANNED),
    ],
)
def test_removal__seen_is_agreed_on(step, state, base):
    row = after_happened(member(seen_status=SeenStatus.BANNED, state=MemberState.REMOVING), step)
    assert (row.state, row.base_status, row.base_role) == (state, base, None)


def test_removal__not_seen_is_decided_anew():
    row = after_asked(member(seen_status=SeenStatus.IN))
    assert after_not_happened(row).state is MemberState.IN
