"""The parts of a full read: what is known if some of them failed, and when these are tried again.
Pure.

Each part is a request of its own. One that failed changes nothing about the others, and proves
nothing: if a list was not read, nobody counts as missing from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from telegram_gateway.core.model import SeenStatus, TgUserId


class Part(StrEnum):
    """The parts. The user account reads `requests` and `log`, the bot everything else."""

    FULL = "full"  # the title, and how many members there should be
    MEMBERS = "members"
    BANNED = "banned"
    REQUESTS = "requests"  # join requests
    PEOPLE = "people"  # single people, asked about by name
    LOG = "log"  # the admin log


# The list that shows people of this status.
_SHOWN_IN = {
    SeenStatus.IN: Part.MEMBERS,
    SeenStatus.BANNED: Part.BANNED,
    SeenStatus.REQUESTED: Part.REQUESTS,
}
# Parts that Telegram tells the bot only while it is in the group.
_OF_THE_GROUP = frozenset({Part.FULL, Part.MEMBERS, Part.BANNED})
#: Our client does not know the group, or the bot does not and Telegram tells it nothing.
UNKNOWN = "CHANNEL_UNKNOWN"
_GONE = frozenset({"CHANNEL_INVALID", "CHANNEL_PRIVATE", "CHAT_FORBIDDEN"})

_FIRST = timedelta(seconds=5)
_LONGEST = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A part that is missing: since when, by which error, how often it was tried since, and when it
    is tried again. Instants in UTC."""

    part: Part
    code: str
    since: datetime
    tries: int
    again_at: datetime


Gaps = dict[Part, Gap]


def after_failure(
    before: Gap | None, part: Part, code: str, now: datetime, wait_s: float = 0
) -> Gap:
    """The gap after one more failed try. `wait_s`: how long Telegram wants to be left alone. The
    time between tries doubles, from five seconds to half an hour."""
    tries = before.tries + 1 if before is not None else 1
    rest: timedelta = min(_LONGEST, _FIRST * 2 ** min(tries - 1, 20))
    again_at = now + max(rest, timedelta(seconds=wait_s))
    since = before.since if before is not None else now
    return Gap(part=part, code=code, since=since, tries=tries, again_at=again_at)


def due(gaps: Mapping[Part, Gap], now: datetime) -> frozenset[Part]:
    """The parts that may be tried again now."""
    return frozenset(part for part, gap in gaps.items() if gap.again_at <= now)


def next_try(gaps: Mapping[Part, Gap]) -> datetime | None:
    """Return when the first of the gaps is tried again; None without gaps."""
    return min((gap.again_at for gap in gaps.values()), default=None)


def whom_to_ask(
    known: Mapping[TgUserId, SeenStatus | None], seen: Set[TgUserId], read: Set[Part]
) -> list[TgUserId]:
    """The people to ask about by name: they are on none of the lists that were read, not even on
    the one that should have them. `known`: how each stood last; `read`: the lists that were
    read."""
    return sorted(
        user
        for user, status in known.items()
        if status is not None and user not in seen and _SHOWN_IN.get(status) in read
    )


def is_gone(failed: Mapping[Part, str], read: Set[Part]) -> str | None:
    """Return the error code that shows that the bot has no place in the group any more; None if it
    has. All answers must show it: one refusal proves nothing if another request was answered."""
    asked = {part: code for part, code in failed.items() if part in _OF_THE_GROUP}
    if read & _OF_THE_GROUP or len(asked) < 2 or not all(code in _GONE for code in asked.values()):
        return None
    return asked[min(asked)]


def is_unknown(failed: Mapping[Part, str], read: Set[Part]) -> bool:
    """Return whether the bot could read nothing since it does not know the group: it was removed,
    or its login is new."""
    asked = {code for part, code in failed.items() if part in _OF_THE_GROUP}
    return asked == {UNKNOWN} and not read & _OF_THE_GROUP


def as_facts(gaps: Iterable[Gap]) -> list[dict[str, Any]]:
    """The gaps as telegram_chat_state keeps them (`missing`), in the order of the parts' names."""
    return [
        {"part": str(gap.part), "since": _iso(gap.since), "error_code": gap.code}
        for gap in sorted(gaps, key=lambda gap: gap.part)
    ]


def since_of(facts: Iterable[Mapping[str, Any]], part: Part) -> datetime | None:
    """Since when a part is missing by `as_facts`, as stored (aware, UTC); None if it is not."""
    for fact in facts:
        if fact.get("part") == part:
            return datetime.fromisoformat(str(fact["since"]).replace("Z", "+00:00"))
    return None


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
