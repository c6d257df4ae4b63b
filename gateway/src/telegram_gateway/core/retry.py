"""Retries of commands, lanes, connections and the doorbell: when, and when no more. Pure.

Waits are in seconds; instants are aware, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from telegram_gateway.core.commands import Command, may_be_out

MOST_ATTEMPTS = 8
# So often a command may be told to wait before it is given up, where nothing else ends it.
MOST_WAITS = 100
_FIRST_S = 1.0
_LONGEST_S = 300.0
# A lesson that goes on without its call is not left waiting for long once Telegram is back.
_LONGEST_OF_CALLS_S = 15.0
_PART_OF_CALLS = 1 / 24
_LONGEST_OF_OUR_FAULT_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Again:
    """Try again at `at`."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """Do not try again; `error_code`: why, for people."""

    error_code: str


def after_wait(now: datetime, command: Command, error_code: str, wait_s: int) -> Again | GiveUp:
    """Telegram asks to wait `wait_s`: wait one second more, for rounding, or give up if the
    command's time is over by then. A message that may have been sent is only given up after that
    was checked. `command.attempts` counts this try."""
    at = now + timedelta(seconds=wait_s + 1)
    has_no_end = command.expires_at is None and not command.row.is_tried_on
    if command.attempts >= MOST_WAITS and has_no_end:
        return GiveUp(error_code=error_code)
    is_too_late = command.expires_at is not None and at >= command.expires_at
    is_in_doubt = may_be_out(replace(command, error_code=error_code), command.attempts)
    if is_too_late and (not is_in_doubt or command.attempts >= MOST_WAITS):
        return GiveUp(error_code="expired")
    return Again(at=at)


def after_fault(now: datetime, command: Command, error_code: str) -> Again | GiveUp:
    """A fault that may pass (network, 500): try again after waits that double.

    A command that expires is tried until then, and one that `is_tried_on` for ever, ever more
    seldom; the others are tried MOST_ATTEMPTS times. `command.attempts` counts this try.
    """
    has_no_end = command.expires_at is None and not command.row.is_tried_on
    if command.attempts >= MOST_ATTEMPTS and has_no_end:
        return GiveUp(error_code=error_code)
    wait_s = _FIRST_S * 2 ** min(command.attempts - 1, 10)
    longest_s = _LONGEST_S
    if command.row.is_tried_on:
        late_s = (now - command.due_at).total_seconds()
        longest_s = min(_LONGEST_S, max(_LONGEST_OF_CALLS_S, late_s * _PART_OF_CALLS))
    return after_wait(now, command, error_code, int(min(longest_s, wait_s)))


def after_our_fault(now: datetime, command: Command) -> Again | GiveUp:
    """A fault of the gateway's own: the command is tried MOST_ATTEMPTS times, and then given up."""
    if command.attempts >= MOST_ATTEMPTS:
        return GiveUp(error_code="internal")
    wait_s = min(_LONGEST_OF_OUR_FAULT_S, _FIRST_S * 2 ** max(0, command.attempts - 1))
    return Again(at=now + timedelta(seconds=wait_s))


_CONNECT_AT_ONCE_S = 5.0
_MOST_SELDOM = 5  # times the shortest pause


def connect_again_s(since_s: float, every_s: float, failures: int = 1) -> float:
    """Return how long to wait before the next connection to Telegram, in seconds.

    since_s: seconds since the last connection was begun; failures: how many failed in a row. Two
    connections are begun at least `every_s` apart, and further apart after each failure."""
    longer_s = every_s * min(_MOST_SELDOM, 2.0 ** min(max(0, failures - 1), 10))
    return max(min(_CONNECT_AT_ONCE_S, every_s), longer_s - since_s)


_LOOK_FIRST_S = 5.0
_LOOK_LONGEST_S = 300.0
_OBSTACLE_LONGEST_S = 3600.0


def look_again_s(failures: int, *, is_refused: bool = False) -> float:
    """Return the seconds to wait before a lane's next try, after so many failures in a row (1, 2,
    ...). `is_refused`: Telegram refuses something, which may be so for days."""
    longest_s = _OBSTACLE_LONGEST_S if is_refused else _LOOK_LONGEST_S
    return float(min(longest_s, _LOOK_FIRST_S * 2 ** min(max(0, failures - 1), 10)))


_PROBE_LONGEST_S = 30.0


def probe_again_s(first_s: float, failures: int) -> float:
    """Return the seconds to wait before a running call is read again, after so many failures in a
    row (1, 2, ...); `first_s` after the first."""
    return min(_PROBE_LONGEST_S, first_s * 2.0 ** min(max(0, failures - 1), 10))


_RING_LONGEST_S = 30.0
_PART_OF_RINGS = 1 / 24


def ring_again_s(first_s: float, silent_s: float) -> float:
    """Return the seconds to wait before the doorbell is rung again, at least `first_s`, after Odoo
    has not answered for `silent_s`. Once it is back, Odoo looks for facts by itself, too."""
    return max(first_s, min(_RING_LONGEST_S, silent_s * _PART_OF_RINGS))
