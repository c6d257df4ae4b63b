"""The parts of a look at a group: what is known although some of them failed, and when those are
tried again. Pure.

Each part is a read of its own. One that failed takes nothing from the others, and says nothing:
who is missing from a list that was not read is not absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from telegram_gateway.core.model import SeenStatus, TgUserId


class Part(StrEnum):
    """What a look reads. The user account reads `requests` and `log`, the bot everything else."""

    FULL = "full"  # the title, and how many members there should be
    MEMBERS = "members"
    BANNED = "banned"
    REQUESTS = "requests"  # who waits to be let in
    PEOPLE = "people"  # single people, asked about by name
    LOG = "log"  # who did what was found


# Which list shows somebody who stands so.
_SHOWN_IN = {
    SeenStatus.IN: Part.MEMBERS,
    SeenStatus.BANNED: Part.BANNED,
    SeenStatus.REQUESTED: Part.REQUESTS,
}
# What the bot can only be told where it is still in the group.
_OF_THE_GROUP = frozenset({Part.FULL, Part.MEMBERS, Part.BANNED})
#: The account has never heard of the group, or the bot has not and is told nothing of it.
UNKNOWN = "CHANNEL_UNKNOWN"
_GONE = frozenset({"CHANNEL_INVALID", "CHANNEL_PRIVATE", "CHAT_FORBIDDEN"})

_FIRST = timedelta(seconds=5)
_LONGEST = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A part that could not be read: since when, for what error, how often it was tried since, and
    when it is tried again. UTC."""

    part: Part
    code: str
    since: datetime
    tries: int
    again_at: datetime


Gaps = dict[Part, Gap]


def after_failure(
    before: Gap | None, part: Part, code: str, now: datetime, wait_s: float = 0
) -> Gap:
    """The gap after one more try failed; `wait_s`: for how long Telegram wants to be left alone.
    The pauses double, up to half an hour."""
    tries = before.tries + 1 if before is not None else 1
    pause: timedelta = min(_LONGEST, _FIRST * 2 ** min(tries - 1, 20))
    again_at = now + max(pause, timedelta(seconds=wait_s))
    since = before.since if before is not None else now
    return Gap(part=part, code=code, since=since, tries=tries, again_at=again_at)


def due(gaps: Mapping[Part, Gap], now: datetime) -> frozenset[Part]:
    """The parts that may be tried again now."""
    return frozenset(part for part, gap in gaps.items() if gap.again_at <= now)


def next_try(gaps: Mapping[Part, Gap]) -> datetime | None:
    """When the first of them is tried again."""
    return min((gap.again_at for gap in gaps.values()), default=None)


def whom_to_ask(
    known: Mapping[TgUserId, SeenStatus | None], seen: Set[TgUserId], read: Set[Part]
) -> list[TgUserId]:
    """Whom to ask about by name: the lists that were read show them nowhere, not even in the one
    that should. `known`: how each stood last; `read`: the lists that could be read."""
    return sorted(
        user
        for user, status in known.items()
        if status is not None and user not in seen and _SHOWN_IN.get(status) in read
    )


def is_gone(failed: Mapping[Part, str], read: Set[Part]) -> str | None:
    """The code that says that the bot has no part in the group any more, from all that a look
    asked for: one refusal alone says nothing, where another read was answered."""
    asked = {part: code for part, code in failed.items() if part in _OF_THE_GROUP}
    if read & _OF_THE_GROUP or len(asked) < 2 or not all(one in _GONE for one in asked.values()):
        return None
    return asked[min(asked)]


def is_unknown(failed: Mapping[Part, str], read: Set[Part]) -> bool:
    """Whether the bot could read nothing of the group since it does not know it: it was put out, or
    its login is new."""
    asked = {code for part, code in failed.items() if part in _OF_THE_GROUP}
    return asked == {UNKNOWN} and not read & _OF_THE_GROUP


def as_facts(gaps: Iterable[Gap]) -> list[dict[str, Any]]:
    """The gaps as telegram_chat_state keeps them: those that are known to last, first by name."""
    return [
        {"part": str(one.part), "since": _iso(one.since), "error_code": one.code}
        for one in sorted(gaps, key=lambda one: one.part)
    ]


def since_of(facts: Iterable[Mapping[str, Any]], part: Part) -> datetime | None:
    """Since when a part is missing by what was kept, None where it is not."""
    for one in facts:
        if one.get("part") == part:
            return datetime.fromisoformat(str(one["since"]).replace("Z", "+00:00"))
    return None


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
