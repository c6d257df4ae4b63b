"""Whether a group's call ends, goes on, or is opened again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram_gateway.core.commands import Command
from telegram_gateway.core.consequences import Consequence, consequence
from telegram_gateway.core.model import TgUserId

_MARGIN_S = 2  # clocks of hosts differ


def says_over(code: str) -> bool:
    """Whether Telegram's error of that name, about one call, means that the call has ended."""
    return consequence(code) is Consequence.OVER


@dataclass(frozen=True, kw_only=True)
class Need:
    """An `open_call` whose `close_call` is still to come: until then the group's call is needed.

    is_open: the opening was done; else it is due, or just being done.
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
    """Let the call go on for another one, whose `close_call` ends it."""

    open_key: str


@dataclass(frozen=True, kw_only=True)
class StayUntil:
    """Let the people talk; `at` the call is closed whoever is in it."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class Reopen:
    """Open the call again, the `number`th time (from 1)."""

    need: Need
    number: int


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """It was opened again as often as was wished."""

    need: Need


def needs(
    closings: Iterable[Command], openings: Iterable[tuple[Command, str]], now: datetime
) -> tuple[Need, ...]:
    """Who needs the call at `now`, the one that needs it longest last.

    closings: waiting `close_call` rows of a chat; openings: the `open_call` rows that they name,
    each with its state. A closing that is due needs nothing any more, an opening that is not due
    yet or came too late nothing yet.
    """
    until = {str(one.payload.get("open_key")): one.due_at for one in closings if one.due_at > now}
    found = []
    for opening, state in openings:
        if opening.key not in until:
            continue
        is_awaited = opening.due_at <= now and (
            opening.expires_at is None or opening.expires_at > now
        )
        if state == "done" or state == "working" or (state == "pending" and is_awaited):
            found.append(Need(opening=opening, until=until[opening.key], is_open=state == "done"))
    return tuple(sorted(found, key=lambda one: (one.until, one.open_key)))


def is_deserted(present: Iterable[tuple[str, int]], ours: TgUserId) -> bool:
    """Whether nobody is in a call but the school's own account. present: keys of participants."""
    return all(key == ("user", ours) for key in present)


def ending(
    closing: Command,
    now: datetime,
    present: Iterable[tuple[str, int]],
    ours: TgUserId,
    needed: tuple[Need, ...],
) -> End | PassOn | StayUntil:
    """What a `close_call` that is due does with the call.

    Who needs the call still comes first; then people who still talk, as long as the command's
    `grace_s` lets them.
    """
    if needed:
        return PassOn(open_key=needed[-1].open_key)
    until = closing.due_at + timedelta(seconds=_number(closing, "grace_s"))
    if now < until and not is_deserted(present, ours):
        return StayUntil(at=until)
    return End()


def reopening(needed: tuple[Need, ...], number: int) -> Reopen | GiveUp | None:
    """What to do when no call runs: the one decides that needs it longest, and whose opening was
    done. number: how often the call was opened again for it already.

    None: nobody needs one, or it is not wished.
    """
    need = needs_longest(needed)
    most = _number(need.opening, "reopen") if need else 0
    if need is None or not most:
        return None
    return Reopen(need=need, number=number + 1) if number < most else GiveUp(need=need)


def may_announce(at: datetime, now: datetime) -> bool:
    """Whether a call may be scheduled for `at`; Telegram takes 10 seconds to 8 days ahead, by its
    own clock."""
    return timedelta(seconds=_MARGIN_S + 10) <= at - now <= timedelta(days=8, seconds=-_MARGIN_S)


def needs_longest(needed: tuple[Need, ...]) -> Need | None:
    """The one that needs the call longest among those whose opening was done."""
    return next((one for one in reversed(needed) if one.is_open), None)


def _number(command: Command, name: str) -> int:
    """A count of the payload; 0 for what is none, or is not there."""
    value = command.payload.get(name)
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else 0
