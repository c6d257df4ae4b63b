"""What a step or an update makes of a member's row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.effects import (
    after_asked,
    after_happened,
    after_not_happened,
    after_seen,
    after_step,
    has_happened,
)
from telegram_gateway.core.model import (
    Approve,
    Ban,
    Cause,
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

USER, ADMIN = TgUserId(7), TgUserId(9)


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
    ("by", "state"),
    [(ADMIN, MemberState.REMOVED), (USER, MemberState.LEFT), (None, MemberState.LEFT)],
)
def test_seen__who_was_put_out_by_others_was_removed(by, state):
    before = member(seen_status=SeenStatus.IN, seen_role="member")
    assert after_seen(before, SeenStatus.OUT, None, Cause(by=by)).state is state


def test_seen__our_own_removal_that_comes_back_as_an_update_changes_nothing():
    removed = after_step(member(seen_status=SeenStatus.IN), RemoveMember(tg_user_id=USER))
    assert after_seen(removed, SeenStatus.OUT, None, Cause(by=ADMIN, by_us=True)) == removed


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


statuses = st.sampled_from(SeenStatus)
rows = st.builds(
    member,
    seen_status=st.none() | statuses,
    seen_role=st.sampled_from([None, "member", "admin"]),
    state=st.none() | st.sampled_from(MemberState),
)
causes = st.builds(Cause, by=st.sampled_from([None, USER, ADMIN]))


@given(rows, statuses, causes)
def test_seeing_the_same_twice_changes_nothing(row, status, cause):
    once = after_seen(row, status, None, cause)
    assert after_seen(once, status, None, cause) == once


@given(rows, statuses, causes)
def test_seeing_never_changes_what_was_agreed_on(row, status, cause):
    after = after_seen(row, status, None, cause)
    assert (after.base_status, after.base_role) == (row.base_status, row.base_role)
    assert after.told_status == row.told_status
