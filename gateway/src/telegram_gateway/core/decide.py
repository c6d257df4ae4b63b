"""One person of a chat: what is to be done about them, and what their row is once it was done.
Pure.

Both halves must agree: a step that was carried out leaves nothing to decide. The rules are in
docs/dev/contract.md, "What the gateway does with a difference". What the roster wants of an account
is worked out in core/merge.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from telegram_gateway.core.model import (
    Approve,
    Ban,
    Decline,
    EditTitle,
    LiftBan,
    Member,
    MemberState,
    PartnerId,
    Policy,
    RemoveMember,
    Role,
    RosterStatus,
    SeenStatus,
    SetRole,
    Step,
    TgUserId,
    step_code,
)


@dataclass(frozen=True)
class Wanted:
    """The roster's word on one Telegram account. Without a partner: what a person decided about
    a guest; `by_rule`: nobody did, the school's rule about guests put them out."""

    partner_id: PartnerId | None
    status: RosterStatus
    role: Role
    by_rule: bool = False


@dataclass(frozen=True)
class Decision:
    """The person's row as it is to be stored, the steps for them, and the kind of the fact that
    reports a difference to Odoo ("" where nothing is reported)."""

    member: Member
    steps: tuple[Step, ...] = ()
    report: str = ""


def decide(member: Member, before: Member | None, want: Wanted | None, policy: Policy) -> Decision:
    """The decision about one account; `before`: its row as it is stored, None for a new one.
    `want` None: the roster does not have it. Raises ValueError for a row without an account."""
    decided = _decide(member, want, policy)
    if not policy.is_reviewed:
        decided = _only_approvals(decided, before)
    return _unless_refused(decided, before, policy)


def cleared(member: Member) -> Member:
    """The row of a deleted account: Telegram still lists it, but it is nobody any more."""
    gone = replace(member, state=None, base_status=None, base_role=None, error_code=None)
    return _clear_reported(replace(gone, refused=None))


def _decide(member: Member, want: Wanted | None, policy: Policy) -> Decision:
    if member.state is MemberState.REMOVING:
        return Decision(member)  # first it must be seen what became of the removal
    if want is None:
        return _decide_unlisted(member)
    if want.partner_id is None:
        return _decide_guest(member, want)
    if member.partner_id != want.partner_id:
        member = replace(member, partner_id=want.partner_id)
    match want.status:
        case RosterStatus.UNDECIDED:
            return Decision(replace(member, state=MemberState.UNDECIDED))
        case RosterStatus.BANNED:
            return _decide_banned(member)
        case RosterStatus.IN:
            return _decide_in(member, want, policy)
        case RosterStatus.OUT:
            return _decide_out(member)


# --- restrictions on every decision ---------------------------------------------------------------


def _only_approvals(decided: Decision, before: Member | None) -> Decision:
    """Reduce the decision, as long as no person has reviewed the group: people are let in; nothing
    else is done, and nothing reported."""
    steps = tuple(step for step in decided.steps if isinstance(step, Approve))
    member = decided.member
    if decided.report:
        stored = before or Member(tg_user_id=member.tg_user_id)
        member = replace(
            member,
            reported_status=stored.reported_status,
            reported_inbox_id=stored.reported_inbox_id,
            is_report_handled=stored.is_report_handled,
        )
    elif member.state is None and member.seen_status is SeenStatus.IN:
        member = replace(member, state=MemberState.GUEST)
    return Decision(member, steps)


def _unless_refused(decided: Decision, before: Member | None, policy: Policy) -> Decision:
    """The decision without a step that Telegram has refused for good: it is not tried again before
    something else is to be done, or a person asks for it (`policy.retry`)."""
    if before is None or before.refused is None:
        return decided
    if not policy.retry and before.refused in map(step_code, decided.steps):
        return Decision(before)
    return replace(decided, member=replace(decided.member, refused=None, error_code=None))


# --- accounts without a partner -------------------------------------------------------------------


def _decide_unlisted(member: Member) -> Decision:
    """Decide about somebody whom the roster does not have: they are reported once, and never
    removed."""
    if member.seen_status is SeenStatus.IN:
        return _report_once(member, "member_joined", MemberState.GUEST)
    if member.seen_status is SeenStatus.REQUESTED:
        return _report_once(member, "request_waiting", MemberState.REQUESTED)
    if member.seen_status is SeenStatus.BANNED:
        state = MemberState.BANNED
    else:
        is_removed = member.state is MemberState.REMOVED
        state = MemberState.REMOVED if is_removed else MemberState.LEFT
    return Decision(_clear_reported(replace(member, state=state)))


def _decide_guest(member: Member, want: Wanted) -> Decision:
    """A person has decided about this account, so nothing is asked or reported."""
    user = _user_of(member)
    seen = member.seen_status
    if want.status is RosterStatus.IN:
        if seen is SeenStatus.REQUESTED:
            return Decision(member, (Approve(tg_user_id=user),))
        if seen is SeenStatus.BANNED:
            return Decision(member, (LiftBan(tg_user_id=user),))
        state = MemberState.GUEST if seen is SeenStatus.IN else MemberState.WELCOME
        return Decision(_clear_reported(replace(member, state=state)))
    if want.status is RosterStatus.BANNED:
        return _decide_banned(member)
    if want.by_rule and seen is SeenStatus.REQUESTED:
        # asking is what a guest should do: a person decides
        return _report_once(member, "request_waiting", MemberState.REQUESTED)
    if want.by_rule and seen is SeenStatus.IN and not _is_answered(member):
        # they are back, and this time somebody may have let them in who is allowed to
        return _report_once(member, "member_joined", MemberState.GUEST)
    if seen is SeenStatus.REQUESTED:
        return Decision(member, (Decline(tg_user_id=user),))
    if seen is SeenStatus.IN:
        return Decision(member, (RemoveMember(tg_user_id=user),))
    if seen is SeenStatus.BANNED and member.base_status is RosterStatus.BANNED:
        return Decision(member, (LiftBan(tg_user_id=user),))
    return _agreed(member, RosterStatus.OUT, None, MemberState.REMOVED)


# --- partners -------------------------------------------------------------------------------------


def _decide_banned(member: Member) -> Decision:
    """Blocked: banned whatever was agreed on before, even if they never came."""
    user = _user_of(member)
    if member.seen_status is SeenStatus.BANNED:
        return _agreed(member, RosterStatus.BANNED, None, MemberState.BANNED)
    steps: tuple[Step, ...] = (Ban(tg_user_id=user),)
    if member.seen_status is SeenStatus.REQUESTED:
        steps = (Decline(tg_user_id=user), *steps)
    return Decision(member, steps)


def _decide_out(member: Member) -> Decision:
    """Unenrolled: out without a ban. Rejoined on their own: report to Odoo first."""
    user = _user_of(member)
    seen = member.seen_status
    if seen is SeenStatus.REQUESTED:
        if member.reported_status == SeenStatus.REQUESTED and member.is_report_handled:
            return Decision(member, (Decline(tg_user_id=user),))  # still out: that is the answer
        return _report_once(member, "request_waiting", MemberState.REQUESTED)
    if seen is SeenStatus.BANNED:
        if member.base_status is RosterStatus.BANNED:  # unblocked, but not enrolled again
            return Decision(member, (LiftBan(tg_user_id=user),))
        return _agreed(member, RosterStatus.OUT, None, MemberState.BANNED)
    if seen is not SeenStatus.IN:
        state = MemberState.LEFT if member.state is MemberState.LEFT else MemberState.REMOVED
        return _agreed(member, RosterStatus.OUT, None, state)
    if member.base_status is RosterStatus.IN or _is_answered(member):
        return Decision(member, (RemoveMember(tg_user_id=user),))
    # first contact, or rejoined after both sides agreed that they are out: Odoo answers first
    return _report_once(member, "member_joined", MemberState.IN)


def _decide_in(member: Member, want: Wanted, policy: Policy) -> Decision:
    """Enrolled: let in when they ask, given the role; never added against their will."""
    user = _user_of(member)
    seen = member.seen_status
    if seen is SeenStatus.REQUESTED:
        return Decision(member, (Approve(tg_user_id=user),))
    if seen is SeenStatus.IN:
        return _decide_role(member, want, policy)
    is_wanted_back = user in policy.put_back or (
        member.is_wanted_again and member.is_report_handled
    )
    if is_wanted_back and member.base_status is RosterStatus.IN:
        # they left or were removed, and the school wants them back: as if both sides had agreed
        # that they are out
        member = _clear_reported(replace(member, base_status=RosterStatus.OUT, base_role=None))
    was_in = member.base_status is RosterStatus.IN
    if seen is SeenStatus.BANNED:
        if was_in:
            return _report_once(member, "member_removed", MemberState.BANNED)
        if member.base_status is not None:
            # unblocked; or banned by an admin, unenrolled because of it, and enrolled again
            return Decision(member, (LiftBan(tg_user_id=user),))
        if member.state is MemberState.WELCOME or member.reported_status == SeenStatus.BANNED:
            # an admin has banned somebody whom the school invited: Odoo answers
            return _report_once(member, "member_removed", MemberState.BANNED)
        # banned before they were enrolled: the school's word is the later one
        return Decision(member, (LiftBan(tg_user_id=user),))
    if was_in and seen is SeenStatus.OUT:
        if member.reported_status == SeenStatus.BANNED:
            # official clients remove by a ban that they lift: the ban was reported already
            return Decision(replace(member, state=MemberState.REMOVED))
        kind = "member_removed" if member.state is MemberState.REMOVED else "member_left"
        state = MemberState.REMOVED if kind == "member_removed" else MemberState.LEFT
        return _report_once(member, kind, state)
    # welcome: their next join request is approved
    return Decision(_clear_reported(replace(member, base_status=None, state=MemberState.WELCOME)))


def _decide_role(member: Member, want: Wanted, policy: Policy) -> Decision:
    """Decide about somebody who is enrolled and in the group: whether Telegram's admin rights are
    those of the role."""
    user = _user_of(member)
    if member.seen_role == "creator":
        return _agreed(member, RosterStatus.IN, want.role, MemberState.IN)
    is_admin = member.seen_role == "admin"
    should = want.role is not Role.STUDENT
    if (
        is_admin == should
        and member.base_role in (want.role, None)
        and not (should and member.base_role is None)
    ):
        return _agreed(member, RosterStatus.IN, want.role, MemberState.IN)
    if member.base_role is want.role and is_admin != should:
        # nothing changed in Odoo: somebody promoted or demoted them on Telegram
        kind = "member_promoted" if is_admin else "member_demoted"
        if not policy.restore_promotion:
            return _report_once(member, kind, MemberState.IN, status="role")
        if member.reported_status != "role":
            return _report_once(member, kind, MemberState.IN, status="role")
    joined = replace(member, base_status=RosterStatus.IN, state=MemberState.IN)
    return Decision(joined, (SetRole(tg_user_id=user, role=want.role),))


# --- what decisions are made of -------------------------------------------------------------------


def _is_answered(member: Member) -> bool:
    """Return whether Odoo has handled the fact that they are in the group."""
    return member.reported_status == SeenStatus.IN and member.is_report_handled


def _agreed(
    member: Member, status: RosterStatus, role: Role | None, state: MemberState
) -> Decision:
    """Both sides say the same: that is the new base, and nothing is left to report."""
    agreed = replace(member, base_status=status, base_role=role, state=state, error_code=None)
    return Decision(_clear_reported(agreed))


def _clear_reported(member: Member) -> Member:
    """The row once nothing is reported of it any more."""
    reported = (member.reported_status, member.reported_inbox_id, member.is_report_handled)
    if reported == (None, None, False):
        return member  # nearly always
    return replace(member, reported_status=None, reported_inbox_id=None, is_report_handled=False)


def _report_once(
    member: Member, kind: str, state: MemberState, *, status: str | None = None
) -> Decision:
    """Report a difference to Odoo, unless just this one was reported already. `status`: how the
    difference is remembered, by default as the person was seen."""
    status = status or str(member.seen_status)
    member = replace(member, state=state)
    if member.reported_status == status:
        return Decision(member)
    reported = replace(member, reported_status=status, is_report_handled=False)
    return Decision(reported, report=kind)


def _user_of(member: Member) -> TgUserId:
    if member.tg_user_id is None:
        raise ValueError("a person without a Telegram id cannot be acted on")
    return member.tg_user_id


# --- effects --------------------------------------------------------------------------------------


def after_step(member: Member, step: Step) -> Member:
    """The row once the step was carried out on Telegram."""
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


def after_added(member: Member) -> Member:
    """The row once the account has added the person directly."""
    return replace(member, seen_status=SeenStatus.IN, seen_role="member", error_code=None)


def after_asked(member: Member) -> Member:
    """The row once Telegram took a removal or a ban, or may have, and nothing showed it yet."""
    return replace(member, state=MemberState.REMOVING, error_code=None)


def has_happened(member: Member, step: RemoveMember | Ban) -> bool:
    """Return whether the row shows the person removed or banned, as the step asked for."""
    if isinstance(step, Ban):
        return member.seen_status is SeenStatus.BANNED
    # a join request means that they are out
    return member.seen_status in (SeenStatus.OUT, SeenStatus.BANNED, SeenStatus.REQUESTED)


def after_happened(member: Member, step: RemoveMember | Ban) -> Member:
    """The row once that was seen: the new base, whatever the school says by now."""
    is_ban = isinstance(step, Ban)
    return replace(
        member,
        state=MemberState.BANNED if is_ban else MemberState.REMOVED,
        base_status=RosterStatus.BANNED if is_ban else RosterStatus.OUT,
        base_role=None,
    )


def after_not_happened(member: Member) -> Member:
    """Return the row after a read showed that the removal did not happen: it is decided anew."""
    is_in = member.seen_status is SeenStatus.IN
    return replace(member, state=MemberState.IN if is_in else MemberState.LEFT)
