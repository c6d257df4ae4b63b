"""In which order the steps of a plan are done, and which of them rest. Pure.

Bans come first, then whoever waits is let in, then people are removed, and roles come last of what
concerns people: nobody waits for a role that Telegram does not want to be given yet. The title waits
for all of them. What Telegram wants left alone for a
while holds up steps of its own kind, in its own chat, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram_gateway.core.model import (
    Approve,
    Ban,
    Decline,
    EditTitle,
    LiftBan,
    RemoveMember,
    SetRole,
    Step,
)

#: What rests together: `kind_of` a step, or `RIGHTS`.
Kind = str
RIGHTS: Kind = "Rights"  # what everybody in the group may do

_PLACES: dict[type, int] = {
    Ban: 0,
    Approve: 1,
    Decline: 1,
    LiftBan: 1,
    RemoveMember: 2,
    SetRole: 3,
    EditTitle: 4,
}
_FIRST_S = 5.0
_LONGEST_S = 600.0


def kind_of(step: Step) -> Kind:
    """The kind of a step."""
    return type(step).__name__


def in_order(steps: Sequence[Step]) -> list[Step]:
    """The steps in the order in which they are done; of one kind, as they come. The request of
    somebody who is banned is turned down just before."""
    banned = {step.tg_user_id for step in steps if isinstance(step, Ban)}

    def place(step: Step) -> tuple[int, int]:
        if isinstance(step, Decline) and step.tg_user_id in banned:
            return 0, step.tg_user_id
        return _PLACES[type(step)], step.tg_user_id if isinstance(step, Ban) else 0

    return sorted(steps, key=place)


@dataclass(frozen=True, kw_only=True)
class Rest:
    """A kind of step that is not done before `until`; `tries`: how often in a row it failed;
    `refused`: the error by which Telegram refused it, where it is no mere wait."""

    until: datetime
    tries: int
    refused: str | None = None


Rests = Mapping[Kind, Rest]


def after_wait(
    rests: Rests, kind: Kind, now: datetime, wait_s: float = 0, refused: str | None = None
) -> dict[Kind, Rest]:
    """The same, and this kind rests: for as long as Telegram wants (`wait_s`), one second more for
    rounding; where it names no time, from five seconds to ten minutes, doubling."""
    tries = rests[kind].tries + 1 if kind in rests else 1
    pause_s = wait_s + 1 if wait_s else min(_LONGEST_S, _FIRST_S * 2.0 ** min(tries - 1, 20))
    until = now + timedelta(seconds=pause_s)
    return {**rests, kind: Rest(until=until, tries=tries, refused=refused)}


def after_done(rests: Rests, kind: Kind) -> dict[Kind, Rest]:
    """The same, and nothing is known against this kind any more."""
    return {one: rest for one, rest in rests.items() if one != kind}


def may_be_done(kind: Kind, rests: Rests, now: datetime) -> bool:
    """Whether this kind does not rest."""
    rest = rests.get(kind)
    return rest is None or rest.until <= now


def next_of(kinds: Iterable[Kind], rests: Rests, now: datetime) -> datetime | None:
    """When the first of those that rest may be tried again; None where none rests."""
    waiting = [rests[kind].until for kind in kinds if not may_be_done(kind, rests, now)]
    return min(waiting, default=None)
