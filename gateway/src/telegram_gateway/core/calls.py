"""Decisions on a group's call: it ends, goes on, or is opened again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram_gateway.core.commands import Command
from telegram_gateway.core.consequences import Consequence, consequence
from telegram_gateway.core.model import TgUserId

_MARGIN_S = 2  # clocks of hosts differ


def says_over(code: str) -> bool:
    """Return whether Telegram's error of that name, about one call, means that the call has
    ended."""
    return consequence(code) is Consequence.OVER


@dataclass(frozen=True, kw_only=True)
class Need:
    """An `open_call` whose `close_call` is still to come: until then the group's call is needed.

    until: when that is due. is_open: the opening was done; else it is due, or being done.
    """

    opening: Command
    until: datetime
    is_open: bool = True

    @property
    def open_key(self) -> str:
        """The key of the `open_call`."""
        return self.opening.key or ""


@dataclass(frozen=True, kw_only=True)
class End:
    """Close the call now."""


@dataclass(frozen=True, kw_only=True)
class PassOn:
    """Let the call go on for another opening, whose `close_call` will end it."""

    open_key: str


@dataclass(frozen=True, kw_only=True)
class StayUntil:
    """Let the people talk; at `at` the call is closed whoever is in it."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class Reopen:
    """Open the call again, the `number`th time (from 1)."""

    need: Need
    number: int


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """Do not open the call again: that was done as often as is wished."""

    need: Need


def needs(
    closings: Iterable[Command], openings: Iterable[tuple[Command, str]], now: datetime
) -> tuple[Need, ...]:
    """Return the openings that need the call at `now`; the one that needs it longest comes last.

    closings: waiting `close_call` rows of a chat; openings: the `open_call` rows that they name,
    each with its state. An opening needs a call until its closing is due; and not at all if it is
    not due yet or came too late.
    """
    until = {
        str(closing.payload.get("open_key")): closing.due_at
        for closing in closings
        if closing.due_at > now
    }
    found = []
    for opening, state in openings:
        if opening.key not in until:
            continue
        is_awaited = opening.due_at <= now and (
            opening.expires_at is None or opening.expires_at > now
        )
        if state == "done" or state == "working" or (state == "pending" and is_awaited):
            found.append(Need(opening=opening, until=until[opening.key], is_open=state == "done"))
    return tuple(sorted(found, key=lambda need: (need.until, need.open_key)))


def is_deserted(present: Iterable[tuple[str, int]], ours: TgUserId) -> bool:
    """Return whether nobody is in a call, or only the school's own account. present: keys of
    participants."""
    return all(key == ("user", ours) for key in present)


def ending(
    closing: Command,
    now: datetime,
    present: Iterable[tuple[str, int]],
    ours: TgUserId,
    needed: tuple[Need, ...],
) -> End | PassOn | StayUntil:
    """Decide what a `close_call` that is due does with the call.

    Another opening that still needs the call comes first; then people who still talk, as long as
    the command's `grace_s` lets them. ours: the user account, which does not count as talking.
    """
    if needed:
        return PassOn(open_key=needed[-1].open_key)
    until = closing.due_at + timedelta(seconds=_number(closing, "grace_s"))
    if now < until and not is_deserted(present, ours):
        return StayUntil(at=until)
    return End()


def reopening(needed: tuple[Need, ...], number: int) -> Reopen | GiveUp | None:
    """Decide what to do when no call runs. Of the openings that were done, the one that needs the
    call longest decides. number: how often the call was already opened again for that opening.
    None: no opening needs a call, or reopening is not wanted."""
    need = needs_longest(needed)
    most = _number(need.opening, "reopen") if need else 0
    if need is None or not most:
        return None
    return Reopen(need=need, number=number + 1) if number < most else GiveUp(need=need)


def may_announce(at: datetime, now: datetime) -> bool:
    """Return whether a call may be scheduled for `at`; Telegram takes 10 seconds to 8 days ahead,
    by its own clock."""
    return timedelta(seconds=_MARGIN_S + 10) <= at - now <= timedelta(days=8, seconds=-_MARGIN_S)


def needs_longest(needed: tuple[Need, ...]) -> Need | None:
    """The opening that needs the call longest among those that were done."""
    return next((need for need in reversed(needed) if need.is_open), None)


def _number(command: Command, name: str) -> int:
    """A count in the payload; 0 where it is missing or no count."""
    value = command.payload.get(name)
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else 0
