"""Direct adds: the people whom the account adds to a group, and how long it must not add anybody.
Pure.

People come in by a link. Only mutual contacts of the account are added, within a daily budget. Each
is tried once per group, and never if they were ever seen in the group: so nobody who left, was
removed or was banned is brought back without their doing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from telegram_gateway.core.budget import Budget
from telegram_gateway.core.consequences import Consequence, consequence
from telegram_gateway.core.model import (
    Member,
    MemberState,
    Policy,
    RosterEntry,
    RosterStatus,
    TgUserId,
)

# Outcomes of a try that are no error.
DONE = "done"
UNKNOWN = "unknown"  # the answer was lost: it may have happened
PEER_FLOOD = "PEER_FLOOD"
PAUSED = "paused"  # somebody paused everything, or the group, just before: nothing was asked
# The limits after the first, second and each further PEER_FLOOD; a quiet month starts anew.
LADDER = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
# The same if the account may make no groups: Telegram does not say for how long.
GROUPS_LADDER = (timedelta(hours=6), timedelta(days=1), timedelta(days=3))
QUIET = timedelta(days=30)
# Refusals that say nothing of the person, who may be tried again.
_OF_THE_GROUP = {"CHAT_WRITE_FORBIDDEN", "USERS_TOO_MUCH"}
_METHOD = "channels.inviteToChannel"
# After such a refusal nobody is added to the group for so long.
GROUP_RESTS = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Telegram lets an account do less, from `since` until `until` (aware, UTC).

    kind: `direct_add` (no direct adds), `cold` (nor messages to people who did not write first), or
    `groups` (no groups are made). level: the step of the ladder, from 1; 0 for a wait of a stated
    length.
    """

    kind: Literal["direct_add", "cold", "groups"]
    code: str
    since: datetime
    until: datetime
    level: int = 0


def after_peer_flood(limits: Iterable[Limit], now: datetime) -> Limit:
    """The limit that follows from a PEER_FLOOD now. `limits`: the account's earlier ones."""
    return _next("cold", PEER_FLOOD, LADDER, limits, now)


def after_restriction(code: str, limits: Iterable[Limit], now: datetime) -> Limit:
    """The limit of making groups, after Telegram refused to make one because of the account."""
    return _next("groups", code, GROUPS_LADDER, limits, now)


def _next(
    kind: Literal["cold", "groups"],
    code: str,
    ladder: Sequence[timedelta],
    limits: Iterable[Limit],
    now: datetime,
) -> Limit:
    before = [limit for limit in limits if limit.kind == kind and limit.until > now - QUIET]
    level = min(max((limit.level for limit in before), default=0) + 1, len(ladder))
    return Limit(kind=kind, code=code, since=now, until=now + ladder[level - 1], level=level)


def groups_rest_until(limits: Iterable[Limit], now: datetime) -> datetime | None:
    """Until when the account may make no groups; None: it may."""
    return max(
        (limit.until for limit in limits if limit.kind == "groups" and limit.until > now),
        default=None,
    )


def after_flood_wait(code: str, seconds: int, now: datetime) -> Limit:
    """The limit that a FLOOD_WAIT asks for, one second more for rounding."""
    until = now + timedelta(seconds=seconds + 1)
    return Limit(kind="direct_add", code=code, since=now, until=until)


def is_of_the_account(code: str) -> bool:
    """Return whether an error concerns the account, and says nothing of the person or the group."""
    what_follows = consequence(code, method=_METHOD)
    ours = (Consequence.LIMITED, Consequence.WAIT, Consequence.FROZEN)
    return what_follows in ours or "WAIT" in code


def is_of_the_group(code: str) -> bool:
    """Return whether an error means that nobody at all can be added to this group."""
    return code in _OF_THE_GROUP or consequence(code, method=_METHOD) is Consequence.GROUP


def is_of_the_person(code: str) -> bool:
    """Return whether an outcome means that this person cannot be added."""
    return not (code in (DONE, UNKNOWN, PAUSED) or is_of_the_account(code) or is_of_the_group(code))


@dataclass(frozen=True, kw_only=True)
class Adding:
    """`add`: the people to add now, in this order. `again_at`: when more people may be added,
    unless something changes before; None if nobody waits."""

    add: tuple[TgUserId, ...] = ()
    again_at: datetime | None = None


def candidates(
    members: Iterable[Member],
    roster: Iterable[RosterEntry],
    policy: Policy,
    tried: Mapping[TgUserId, str | None],
) -> list[TgUserId]:
    """The people who belong in, have linked Telegram, were never in the group and not tried yet.

    `tried`: the outcome of each earlier try in this chat, None if it is not known.
    """
    if not policy.may_add_contacts:
        return []
    wanted = {
        user
        for entry in roster
        if entry.partner_id is not None and entry.status is RosterStatus.IN
        for user in entry.tg_user_ids
    }
    return sorted(
        member.tg_user_id
        for member in members
        if member.tg_user_id in wanted
        and member.state is MemberState.WELCOME
        and member.seen_status is None
        and member.base_status is None
        and member.error_code is None
        and not (member.is_bot or member.is_deleted)
        and _may_be_tried(tried, member.tg_user_id)
    )


def _may_be_tried(tried: Mapping[TgUserId, str | None], user: TgUserId) -> bool:
    if user not in tried:
        return True
    code = tried[user]
    if code is None:
        return False
    return code == PAUSED or is_of_the_account(code) or is_of_the_group(code)


def whom_to_add(
    waiting: Sequence[TgUserId],
    mutual: frozenset[TgUserId],
    budget: Budget,
    limits: Iterable[Limit],
    now: datetime,
) -> Adding:
    """Decide which of the `candidates` of one chat to add. `mutual`: the account's mutual contacts.
    `budget`: its direct adds, of all chats."""
    able = tuple(user for user in waiting if user in mutual)
    if not able:
        return Adding()
    of_adding = [limit.until for limit in limits if limit.kind != "groups"]
    rests_until = max((until for until in of_adding if until > now), default=now)
    if rests_until > now:
        return Adding(again_at=rests_until)
    left = budget.left(now)
    again_at = budget.free_at(now) if left == 0 else None
    return Adding(add=able[:left], again_at=again_at)
