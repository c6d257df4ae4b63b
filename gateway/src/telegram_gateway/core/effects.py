"""What a step that was done, or an update that was seen, makes of a member's row. Pure."""

from __future__ import annotations

from dataclasses import replace

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
    Step,
)
from telegram_gateway.core.rights import has_drifted


def after_step(member: Member, step: Step) -> Member:
    """The row once the step was done on Telegram."""
    match step:
        case Approve():
            return replace(member, seen_status=SeenStatus.IN, seen_role="member")
        case Decline() | LiftBan():
            return replace(member, seen_status=SeenStatus.OUT, seen_role=None)
        case RemoveMember():
            return replace(
                member, seen_status=SeenStatus.OUT, seen_role=None, state=MemberState.REMOVED
            )
        case Ban():
            return replace(member, seen_status=SeenStatus.BANNED, seen_role=None)
        case SetRole(role=role):
            seen_role = "member" if role is Role.STUDENT else "admin"
            return replace(member, seen_role=seen_role, base_role=role)
        case EditTitle():
            return member


def after_asked(member: Member) -> Member:
    """The row once Telegram took a removal or a ban, or may have, and nothing showed it yet."""
    return replace(member, state=MemberState.REMOVING, error_code=None)


def has_happened(member: Member, step: RemoveMember | Ban) -> bool:
    """Whether the person was seen to be removed, or banned, as was asked for."""
    if isinstance(step, Ban):
        return member.seen_status is SeenStatus.BANNED
    # who asks to come in again is out
    return member.seen_status in (SeenStatus.OUT, SeenStatus.BANNED, SeenStatus.REQUESTED)


def after_happened(member: Member, step: RemoveMember | Ban) -> Member:
    """The row once that was seen. Both sides have agreed on it, whatever the school says by now."""
    is_ban = isinstance(step, Ban)
    return replace(
        member,
        state=MemberState.BANNED if is_ban else MemberState.REMOVED,
        base_status=RosterStatus.BANNED if is_ban else RosterStatus.OUT,
        base_role=None,
    )


def after_not_happened(member: Member) -> Member:
    """The row once a look showed the person to stand as before: it is decided anew."""
    is_in = member.seen_status is SeenStatus.IN
    return replace(member, state=MemberState.IN if is_in else MemberState.LEFT)


def after_added(member: Member) -> Member:
    """The row once the account has added the person directly."""
    return replace(member, seen_status=SeenStatus.IN, seen_role="member", error_code=None)


def after_seen(
    member: Member,
    status: SeenStatus,
    role: str | None,
    cause: Cause,
    rights: frozenset[str] | None = None,
) -> Member:
    """The row once Telegram showed the person so. Who was put out by others was *removed*.

    rights: those of an admin whom we appointed. Where they are not those of the role, the role was
    never agreed on, and is given anew.
    """
    changed = replace(member, seen_status=status, seen_role=role)
    role_given = member.base_role if member.base_role is not Role.STUDENT else None
    if rights is not None and role_given is not None and has_drifted(role_given, rights):
        changed = replace(changed, base_role=None)
    if member.state is MemberState.REMOVING:
        return changed  # what we have begun is settled by what we asked for
    if status is SeenStatus.OUT and member.seen_status is not SeenStatus.OUT:
        by_others = cause.by is not None and cause.by != member.tg_user_id
        state = MemberState.REMOVED if by_others else MemberState.LEFT
        return replace(changed, state=state)
    return changed
