"""The three-way merge of one chat's people: roster, base and observations become a plan. Pure.

The same rows give the same plan, and a plan that was carried out leaves nothing to do. What is done
about one person is decided in core/decide.py; here it becomes steps in their order, within the
removal limit. The title has a merge of its own, core/merge_title.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from telegram_gateway.core.decide import Wanted, cleared, decide
from telegram_gateway.core.model import (
    Approve,
    Ban,
    Decline,
    EditTitle,
    LiftBan,
    Member,
    MemberState,
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
)

_RANK = {Role.STUDENT: 0, Role.TEACHER: 1, Role.SUPERVISOR: 2}
# Several partners may share one Telegram account: it belongs in if one of them does, whatever
# became of the others, and a block of one bans it only where it belongs in for none.
_STRENGTH = {
    RosterStatus.OUT: 0,
    RosterStatus.UNDECIDED: 1,
    RosterStatus.BANNED: 2,
    RosterStatus.IN: 3,
}
# The state of a partner who has linked no account.
_UNLINKED_STATE = {
    RosterStatus.IN: MemberState.WAITING_LINK,
    RosterStatus.OUT: MemberState.REMOVED,
    RosterStatus.BANNED: MemberState.BANNED,
    RosterStatus.UNDECIDED: MemberState.UNDECIDED,
}
# Bans come first, then people are let in, then removed, and roles come last of what concerns
# people: nobody waits for a role that Telegram does not want to be given yet. The title waits for
# all.
_PLACES: dict[type, int] = {
    Ban: 0,
    Approve: 1,
    Decline: 1,
    LiftBan: 1,
    RemoveMember: 2,
    SetRole: 3,
    EditTitle: 4,
}


def merge(
    roster: Sequence[RosterEntry],
    members: Sequence[Member],
    policy: Policy,
    our_ids: frozenset[TgUserId],
) -> Plan:
    """Compare what Odoo wants with what was seen last, against what both agreed on.

    `members` are all rows of the chat. `our_ids` are the pool's own accounts, which are never
    touched. Accounts that are bots or deleted are never removed and never reported.
    """
    wanted = _wanted_by_user(roster)
    rows = {member.tg_user_id: member for member in members if member.tg_user_id is not None}
    partners = {entry.partner_id: entry for entry in _partners_in_order(roster)}
    steps: list[Step] = []
    stored = _unlinked_rows(partners.values(), members)
    report: list[tuple[str, Member]] = []
    for tg_user_id in sorted({*rows, *wanted}):
        before = rows.get(tg_user_id)
        member = before or Member(tg_user_id=tg_user_id)
        if member.is_deleted and member != cleared(member):
            stored.append(cleared(member))
        if tg_user_id in our_ids or member.is_bot or member.is_deleted:
            continue
        want = wanted.get(tg_user_id)
        is_in = member.seen_status is SeenStatus.IN
        if want is None and is_in and member.base_status is RosterStatus.IN:
            want = _wanted_unlinked(partners.get(member.partner_id))
        decided = decide(member, before, want, policy)
        steps += decided.steps
        if decided.report:
            report.append((decided.report, decided.member))
        elif decided.member != before:
            stored.append(decided.member)

    kept, held = hold_back_removals(steps, members, policy)
    is_news = _mark_held(stored, rows, held)
    return Plan(
        steps=tuple(in_order(kept)),
        members=tuple(stored),
        report=tuple(report),
        held=tuple(held),
        is_held_news=is_news,
    )


def _wanted_by_user(roster: Iterable[RosterEntry]) -> dict[TgUserId, Wanted]:
    """Return the roster's word on each account; of several partners the strongest holds."""
    wanted: dict[TgUserId, Wanted] = {}
    for entry in _partners_in_order(roster):
        mine = Wanted(entry.partner_id, entry.status, entry.role)
        for tg_user_id in entry.tg_user_ids:
            other = wanted.get(tg_user_id)
            if other is None or _is_stronger(mine, other):
                wanted[tg_user_id] = mine
    # a person's decision about a guest holds where the roster has nobody, or nobody any more
    for entry in roster:
        for tg_user_id in entry.tg_user_ids if entry.partner_id is None else ():
            known = wanted.get(tg_user_id)
            if known is None or known.status is RosterStatus.OUT:
                wanted[tg_user_id] = Wanted(None, entry.status, Role.STUDENT, entry.by_rule)
    return wanted


def _wanted_unlinked(entry: RosterEntry | None) -> Wanted | None:
    """Return the standing that is wanted for an account that is in the group and no longer linked
    to this partner. It leaves if the partner has another account, or does not belong in the group;
    unlinking alone removes nobody."""
    if entry is None or entry.status is RosterStatus.UNDECIDED:
        return None
    if entry.status is RosterStatus.IN and not entry.tg_user_ids:
        return None
    is_banned = entry.status is RosterStatus.BANNED
    status = RosterStatus.BANNED if is_banned else RosterStatus.OUT
    return Wanted(entry.partner_id, status, Role.STUDENT)


def _partners_in_order(roster: Iterable[RosterEntry]) -> list[RosterEntry]:
    """The entries of partners, in the same order whatever the database's."""
    known = [entry for entry in roster if entry.partner_id is not None]
    return sorted(known, key=lambda entry: entry.partner_id or 0)


def _is_stronger(mine: Wanted, other: Wanted) -> bool:
    return (_STRENGTH[mine.status], _RANK[mine.role]) > (_STRENGTH[other.status], _RANK[other.role])


def _unlinked_rows(entries: Iterable[RosterEntry], members: Iterable[Member]) -> list[Member]:
    """The rows of partners without an account, where they are new or changed."""
    rows = {member.partner_id: member for member in members if member.tg_user_id is None}
    changed = []
    for entry in entries:
        if entry.tg_user_ids:
            continue
        before = rows.get(entry.partner_id)
        row = before or Member(tg_user_id=None, partner_id=entry.partner_id)
        row = replace(row, state=_UNLINKED_STATE[entry.status])
        if row != before:
            changed.append(row)
    return changed


def _mark_held(
    stored: list[Member], rows: dict[TgUserId, Member], held: Iterable[RemoveMember | Ban]
) -> bool:
    """Mark in `stored` the people whose removal waits for a person's confirmation. Return whether
    one of them is new."""
    places = {member.tg_user_id: index for index, member in enumerate(stored)}
    is_news = False
    for step in held:
        user = step.tg_user_id
        index = places.get(user)
        member = rows[user] if index is None else stored[index]
        is_news = is_news or rows[user].state is not MemberState.HELD
        marked = replace(member, state=MemberState.HELD)
        if index is not None:
            stored[index] = marked
        elif marked != rows[user]:
            stored.append(marked)
    return is_news


# --- order and removal limit ----------------------------------------------------------------------


def in_order(steps: Sequence[Step]) -> list[Step]:
    """The steps in the order in which they are carried out; of one kind, as they come. The join
    request of somebody who is banned is declined just before the ban."""
    banned = {step.tg_user_id for step in steps if isinstance(step, Ban)}

    def place(step: Step) -> tuple[int, int]:
        if isinstance(step, Decline) and step.tg_user_id in banned:
            return 0, step.tg_user_id
        return _PLACES[type(step)], step.tg_user_id if isinstance(step, Ban) else 0

    return sorted(steps, key=place)


def hold_back_removals(
    steps: Sequence[Step], members: Sequence[Member], policy: Policy
) -> tuple[list[Step], list[RemoveMember | Ban]]:
    """Apply the removal limit: (steps to carry out, removals held until a person confirms them).

    At most `most_removals` people or `most_removals_percent` of the group, whichever is more, are
    removed in one reconciliation; beyond that nobody is, since so many are probably a mistake.
    Banning somebody who is not in the group removes nobody, and people whose removal was confirmed
    (`policy.allowed`) do not count.
    """
    present = {m.tg_user_id for m in members if m.seen_status is SeenStatus.IN}
    removals = [
        step
        for step in steps
        if isinstance(step, RemoveMember | Ban)
        and step.tg_user_id in present
        and not (policy.allowed == "all" or step.tg_user_id in policy.allowed)
    ]
    most = max(policy.most_removals, len(present) * policy.most_removals_percent // 100)
    if len(removals) <= most:
        return list(steps), []
    return [step for step in steps if step not in removals], list(removals)
