"""The three-way merge of one chat: base, roster and what was seen become a plan.

The rules are those of docs/dev/contract.md, "What the gateway does with a difference". Pure: the same
rows give the same plan, and a plan that was carried out leaves nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    Plan,
    Policy,
    RemoveMember,
    Role,
    RosterEntry,
    RosterStatus,
    SeenStatus,
    SetRole,
    Step,
    TgUserId,
    Title,
    step_code,
)
from telegram_gateway.core.removal_limit import hold_back_removals
from telegram_gateway.core.step_order import in_order

_RANK = {Role.STUDENT: 0, Role.TEACHER: 1, Role.SUPERVISOR: 2}
# Several partners may stand behind one Telegram user: who belongs for one of them belongs, whatever
# became of the other, and who is blocked for one is banned only where they belong for none.
_STRENGTH = {
    RosterStatus.OUT: 0,
    RosterStatus.UNDECIDED: 1,
    RosterStatus.BANNED: 2,
    RosterStatus.IN: 3,
}


@dataclass(frozen=True)
class _Wanted:
    """What the roster says of one Telegram user; without a partner: what a person said of a guest."""

    partner_id: PartnerId | None
    status: RosterStatus
    role: Role
    by_rule: bool = False  # of a guest: the rule about strangers put them out, nobody decided


def _wanted_by_user(roster: Iterable[RosterEntry]) -> dict[TgUserId, _Wanted]:
    wanted: dict[TgUserId, _Wanted] = {}
    for entry in _in_order(roster):
        mine = _Wanted(entry.partner_id, entry.status, entry.role)
        for tg_user_id in entry.tg_user_ids:
            other = wanted.get(tg_user_id)
            if other is None or _stronger(mine, other):
                wanted[tg_user_id] = mine
    # a person's word about a guest holds where the roster has nobody, or nobody any more
    for entry in roster:
        for tg_user_id in entry.tg_user_ids if entry.partner_id is None else ():
            known = wanted.get(tg_user_id)
            if known is None or known.status is RosterStatus.OUT:
                wanted[tg_user_id] = _Wanted(None, entry.status, Role.STUDENT, entry.by_rule)
    return wanted


def _wanted_unlinked(entry: RosterEntry | None) -> _Wanted | None:
    """What holds for an account in the group that was its partner's and is linked no more: it
    leaves where the partner has another one, or does not belong; unlinking alone removes nobody."""
    if entry is None or entry.status is RosterStatus.UNDECIDED:
        return None
    if entry.status is RosterStatus.IN and not entry.tg_user_ids:
        return None
    is_banned = entry.status is RosterStatus.BANNED
    status = RosterStatus.BANNED if is_banned else RosterStatus.OUT
    return _Wanted(entry.partner_id, status, Role.STUDENT)


def _in_order(roster: Iterable[RosterEntry]) -> list[RosterEntry]:
    """The entries of partners, the same order whatever the database's."""
    known = [entry for entry in roster if entry.partner_id is not None]
    return sorted(known, key=lambda one: one.partner_id or 0)


def _stronger(mine: _Wanted, other: _Wanted) -> bool:
    return (_STRENGTH[mine.status], _RANK[mine.role]) > (_STRENGTH[other.status], _RANK[other.role])


def merge(
    roster: Sequence[RosterEntry],
    members: Sequence[Member],
    policy: Policy,
    our_ids: frozenset[TgUserId],
) -> Plan:
    """Compare what Odoo wants with what was seen last, against what both agreed on.

    `members` are all rows of the chat. `our_ids` are the pool's own accounts, never touched.
    Accounts that are bots or deleted are never removed and never told of.
    """
    wanted = _wanted_by_user(roster)
    rows = {member.tg_user_id: member for member in members if member.tg_user_id is not None}
    waiting = {m.partner_id: m for m in members if m.tg_user_id is None}
    steps: list[Step] = []
    stored: list[Member] = []
    tell: list[tuple[str, Member]] = []

    for entry in _in_order(roster):
        if entry.tg_user_ids:
            continue
        before = waiting.get(entry.partner_id)
        row = before or Member(tg_user_id=None, partner_id=entry.partner_id)
        row = replace(row, state=_state_unlinked(entry.status))
        if row != before:
            stored.append(row)

    partners = {entry.partner_id: entry for entry in _in_order(roster)}
    for tg_user_id in sorted({*rows, *wanted}):
        member = rows.get(tg_user_id) or Member(tg_user_id=tg_user_id)
        if member.is_deleted and member != _forgotten(member):
            stored.append(_forgotten(member))
        if tg_user_id in our_ids or member.is_bot or member.is_deleted:
            continue
        want = wanted.get(tg_user_id)
        is_in = member.seen_status is SeenStatus.IN
        if want is None and is_in and member.base_status is RosterStatus.IN:
            want = _wanted_unlinked(partners.get(member.partner_id))
        decided = _decide(member, want, policy)
        if not policy.is_reviewed:
            decided = _only_welcome(decided, rows.get(tg_user_id))
        decided = _unless_refused(decided, rows.get(tg_user_id), policy)
        steps += decided.steps
        if decided.told:
            tell.append((decided.told, decided.member))
        elif decided.member != rows.get(tg_user_id):
            stored.append(decided.member)

    kept, held = hold_back_removals(steps, members, policy)
    is_news = _hold(stored, rows, held)
    return Plan(
        steps=tuple(in_order(kept)),
        members=tuple(stored),
        tell=tuple(tell),
        held=tuple(held),
        is_held_news=is_news,
    )


def _hold(
    stored: list[Member], rows: dict[TgUserId, Member], held: Iterable[RemoveMember | Ban]
) -> bool:
    """Mark those whose removal waits for a person; whether one of them was not marked yet."""
    changed = {member.tg_user_id: index for index, member in enumerate(stored)}
    is_news = False
    for step in held:
        user = step.tg_user_id
        index = changed.get(user)
        member = rows[user] if index is None else stored[index]
        is_news = is_news or rows[user].state is not MemberState.HELD
        marked = replace(member, state=MemberState.HELD)
        if index is not None:
            stored[index] = marked
        elif marked != rows[user]:
            stored.append(marked)
    return is_news


def _state_unlinked(status: RosterStatus) -> MemberState:
    return {
        RosterStatus.IN: MemberState.WAITING_LINK,
        RosterStatus.OUT: MemberState.REMOVED,
        RosterStatus.BANNED: MemberState.BANNED,
        RosterStatus.UNDECIDED: MemberState.UNDECIDED,
    }[status]


@dataclass(frozen=True)
class _Decision:
    member: Member
    steps: tuple[Step, ...] = ()
    told: str = ""


def _forgotten(member: Member) -> Member:
    """A deleted account is still listed, but is nobody any more."""
    gone = replace(member, state=None, base_status=None, base_role=None, error_code=None)
    return _untold(replace(gone, refused=None))


def _unless_refused(decided: _Decision, before: Member | None, policy: Policy) -> _Decision:
    """The same without a step that Telegram has refused: it is not tried again before something
    else is to be done, or a person asks for it."""
    if before is None or before.refused is None:
        return decided
    if not policy.retry and before.refused in map(step_code, decided.steps):
        return _Decision(before)
    return replace(decided, member=replace(decided.member, refused=None, error_code=None))


def _decide(member: Member, want: _Wanted | None, policy: Policy) -> _Decision:
    """The plan for one person; `member.tg_user_id` is set."""
    if member.state is MemberState.REMOVING:
        return _Decision(member)  # nothing is decided before it was seen what became of it
    if want is None:
        return _decide_unknown(member)
    if want.partner_id is None:
        return _decide_guest(member, want)
    if member.partner_id != want.partner_id:
        member = replace(member, partner_id=want.partner_id)
    if want.status is RosterStatus.UNDECIDED:
        return _Decision(replace(member, state=MemberState.UNDECIDED))
    decide = {
        RosterStatus.BANNED: _decide_banned,
        RosterStatus.IN: _decide_in,
        RosterStatus.OUT: _decide_out,
    }[want.status]
    return decide(member, want, policy)


def _decide_unknown(member: Member) -> _Decision:
    """Nobody of the roster: never removed, told of once."""
    if member.seen_status is SeenStatus.IN:
        return _tell_once(member, "member_joined", MemberState.GUEST)
    if member.seen_status is SeenStatus.REQUESTED:
        return _tell_once(member, "request_waiting", MemberState.REQUESTED)
    if member.seen_status is SeenStatus.BANNED:
        state = MemberState.BANNED
    else:
        is_removed = member.state is MemberState.REMOVED
        state = MemberState.REMOVED if is_removed else MemberState.LEFT
    return _Decision(_untold(replace(member, state=state)))


def _only_welcome(decided: _Decision, before: Member | None) -> _Decision:
    """The same before the group was reviewed: people are let in, nothing else is done or told."""
    steps = tuple(step for step in decided.steps if isinstance(step, Approve))
    member = decided.member
    if decided.told:
        told = before or Member(tg_user_id=member.tg_user_id)
        member = replace(
            member,
            told_status=told.told_status,
            told_inbox_id=told.told_inbox_id,
            told_handled=told.told_handled,
        )
    elif member.state is None and member.seen_status is SeenStatus.IN:
        member = replace(member, state=MemberState.GUEST)
    return _Decision(member, steps)


def _decide_guest(member: Member, want: _Wanted) -> _Decision:
    """A person has decided about this account, so nobody needs to be asked or told."""
    user = _id(member)
    seen = member.seen_status
    if want.status is RosterStatus.IN:
        if seen is SeenStatus.REQUESTED:
            return _Decision(member, (Approve(tg_user_id=user),))
        if seen is SeenStatus.BANNED:
            return _Decision(member, (LiftBan(tg_user_id=user),))
        state = MemberState.GUEST if seen is SeenStatus.IN else MemberState.WELCOME
        return _Decision(_untold(replace(member, state=state)))
    if want.status is RosterStatus.BANNED:
        return _decide_banned(member, want, Policy())
    if want.by_rule and seen is SeenStatus.REQUESTED:
        # asking is what a stranger should do: a person decides
        return _tell_once(member, "request_waiting", MemberState.REQUESTED)
    if want.by_rule and seen is SeenStatus.IN and not _is_answered(member):
        # they are back: whoever let them in this time may be somebody who may
        return _tell_once(member, "member_joined", MemberState.GUEST)
    if seen is SeenStatus.REQUESTED:
        return _Decision(member, (Decline(tg_user_id=user),))
    if seen is SeenStatus.IN:
        return _Decision(member, (RemoveMember(tg_user_id=user),))
    if seen is SeenStatus.BANNED and member.base_status is RosterStatus.BANNED:
        return _Decision(member, (LiftBan(tg_user_id=user),))
    return _agreed(member, RosterStatus.OUT, None, MemberState.REMOVED)


def _is_answered(member: Member) -> bool:
    """Whether Odoo has handled the fact that they are in the group."""
    return member.told_status == SeenStatus.IN and member.told_handled


def _decide_banned(member: Member, _want: _Wanted, _policy: Policy) -> _Decision:
    """Blocked: banned whatever was agreed on before, also someone who never came."""
    user = _id(member)
    if member.seen_status is SeenStatus.BANNED:
        return _agreed(member, RosterStatus.BANNED, None, MemberState.BANNED)
    steps: tuple[Step, ...] = (Ban(tg_user_id=user),)
    if member.seen_status is SeenStatus.REQUESTED:
        steps = (Decline(tg_user_id=user), *steps)
    return _Decision(member, steps)


def _decide_out(member: Member, _want: _Wanted, _policy: Policy) -> _Decision:
    """Unenrolled: out without a ban; who comes back by themselves is told of first."""
    user = _id(member)
    seen = member.seen_status
    if seen is SeenStatus.REQUESTED:
        if member.told_status == SeenStatus.REQUESTED and member.told_handled:
            return _Decision(member, (Decline(tg_user_id=user),))  # still out: that is the answer
        return _tell_once(member, "request_waiting", MemberState.REQUESTED)
    if seen is SeenStatus.BANNED:
        if member.base_status is RosterStatus.BANNED:  # unblocked, but not enrolled again
            return _Decision(member, (LiftBan(tg_user_id=user),))
        return _agreed(member, RosterStatus.OUT, None, MemberState.BANNED)
    if seen is not SeenStatus.IN:
        state = MemberState.LEFT if member.state is MemberState.LEFT else MemberState.REMOVED
        return _agreed(member, RosterStatus.OUT, None, state)
    if member.base_status is RosterStatus.IN or _is_answered(member):
        return _Decision(member, (RemoveMember(tg_user_id=user),))
    # first contact, or came back after it was agreed that they are out: Odoo answers first
    return _tell_once(member, "member_joined", MemberState.IN)


def _decide_in(member: Member, want: _Wanted, policy: Policy) -> _Decision:
    """Belongs in: let in when they ask, given the role; never dragged in."""
    user = _id(member)
    seen = member.seen_status
    if seen is SeenStatus.REQUESTED:
        return _Decision(member, (Approve(tg_user_id=user),))
    if seen is SeenStatus.IN:
        return _decide_role(member, want, policy)
    is_wanted_back = user in policy.put_back or (member.is_wanted_again and member.told_handled)
    if is_wanted_back and member.base_status is RosterStatus.IN:
        # the school wants back who left or was put out: as somebody who was out by agreement
        member = _untold(replace(member, base_status=RosterStatus.OUT, base_role=None))
    was_in = member.base_status is RosterStatus.IN
    if seen is SeenStatus.BANNED:
        if was_in:
            return _tell_once(member, "member_removed", MemberState.BANNED)
        if member.base_status is not None:
            # unblocked; or banned by an admin, unenrolled because of it, and enrolled again
            return _Decision(member, (LiftBan(tg_user_id=user),))
        if member.state is MemberState.WELCOME or member.told_status == SeenStatus.BANNED:
            # an admin does not want whom the school has invited: Odoo answers
            return _tell_once(member, "member_removed", MemberState.BANNED)
        # banned before they belonged: the school's word is the later one
        return _Decision(member, (LiftBan(tg_user_id=user),))
    if was_in and seen is SeenStatus.OUT:
        if member.told_status == SeenStatus.BANNED:
            # removed as official clients do it, by a ban that is lifted: told already
            return _Decision(replace(member, state=MemberState.REMOVED))
        kind = "member_removed" if member.state is MemberState.REMOVED else "member_left"
        state = MemberState.REMOVED if kind == "member_removed" else MemberState.LEFT
        return _tell_once(member, kind, state)
    # welcome anew: their next request is approved
    return _Decision(_untold(replace(member, base_status=None, state=MemberState.WELCOME)))


def _decide_role(member: Member, want: _Wanted, policy: Policy) -> _Decision:
    user = _id(member)
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
            return _tell_once(member, kind, MemberState.IN, told="role")
        if member.told_status != "role":
            return _tell_once(member, kind, MemberState.IN, told="role")
    joined = replace(member, base_status=RosterStatus.IN, state=MemberState.IN)
    return _Decision(joined, (SetRole(tg_user_id=user, role=want.role),))


def _agreed(
    member: Member, status: RosterStatus, role: Role | None, state: MemberState
) -> _Decision:
    """Both sides say the same: that is the new base, and nothing is left untold."""
    return _Decision(
        _untold(replace(member, base_status=status, base_role=role, state=state, error_code=None))
    )


def _untold(member: Member) -> Member:
    if (member.told_status, member.told_inbox_id, member.told_handled) == (None, None, False):
        return member  # nearly always
    return replace(member, told_status=None, told_inbox_id=None, told_handled=False)


def _tell_once(
    member: Member, kind: str, state: MemberState, *, told: str | None = None
) -> _Decision:
    """Tell Odoo of a difference, unless it was told of just this one."""
    told = told or str(member.seen_status)
    member = replace(member, state=state)
    if member.told_status == told:
        return _Decision(member)
    return _Decision(replace(member, told_status=told, told_handled=False), told=kind)


def _id(member: Member) -> TgUserId:
    if member.tg_user_id is None:
        raise ValueError("a person without a Telegram id cannot be acted on")
    return member.tg_user_id


def merge_title(title: Title, policy: Policy) -> Plan:
    """The later change of the title wins, by policy; see docs/dev/contract.md."""
    if title.seen is None or not policy.is_reviewed:
        return Plan()
    if title.wanted == title.seen:
        is_new = title.base != title.seen or title.told is not None
        return Plan(title_base=title.seen if is_new else None)
    if title.base is None or title.seen == title.base:
        return Plan(steps=(EditTitle(title=title.wanted),))
    # the school took over what it was told of, and somebody changed it once more meanwhile
    base = title.told if title.told == title.wanted else title.base
    if title.wanted != base:
        # changed on both sides: the school's word is the later one, since it was asked for now
        return Plan(steps=(EditTitle(title=title.wanted),), lost_title=title.seen)
    if policy.restore_title:
        return Plan(steps=(EditTitle(title=title.wanted),), restored_title=title.seen)
    if title.told != title.seen:
        return Plan(tell_title=title.seen)
    return Plan(steps=(EditTitle(title=title.wanted),)) if title.told_handled else Plan()
