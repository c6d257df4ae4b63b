"""Kinds of steps that rest in a chat, since Telegram wants them left alone for a while. Pure.

A rest holds up steps of its own kind, in its own chat, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram_gateway.core.model import StepKind

#: The kind of what changes the rights of everybody in the group, which is no step of a plan.
RIGHTS: StepKind = "Rights"
_FIRST_S = 5.0
_LONGEST_S = 600.0


@dataclass(frozen=True, kw_only=True)
class Rest:
    """A kind of step that is left alone until an instant (UTC). `tries`: how often in a row it
    failed. `refused`: the error by which Telegram refused it; None if it only wants us to wait."""

    until: datetime
    tries: int
    refused: str | None = None


Rests = Mapping[StepKind, Rest]


def after_wait(
    rests: Rests, kind: StepKind, now: datetime, wait_s: float = 0, refused: str | None = None
) -> dict[StepKind, Rest]:
    """The rests once this kind rests too: for as long as Telegram wants (`wait_s`), plus one second
    for rounding; where it names no time, from five seconds to ten minutes, doubling."""
    tries = rests[kind].tries + 1 if kind in rests else 1
    if wait_s:
        rest_s = wait_s + 1
    else:
        rest_s = min(_LONGEST_S, _FIRST_S * 2.0 ** min(tries - 1, 20))
    until = now + timedelta(seconds=rest_s)
    return {**rests, kind: Rest(until=until, tries=tries, refused=refused)}


def after_done(rests: Rests, kind: StepKind) -> dict[StepKind, Rest]:
    """The rests without this kind, which was carried out."""
    return {name: rest for name, rest in rests.items() if name != kind}


def may_be_done(kind: StepKind, rests: Rests, now: datetime) -> bool:
    """Return whether this kind does not rest."""
    rest = rests.get(kind)
    return rest is None or rest.until <= now


def next_of(kinds: Iterable[StepKind], rests: Rests, now: datetime) -> datetime | None:
    """Return when the first of these kinds that rest may be tried again; None where none rests."""
    waiting = [rests[kind].until for kind in kinds if not may_be_done(kind, rests, now)]
    return min(waiting, default=None)
