"""When to try again, and when to stop. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .commands import Command, may_be_out

MOST_ATTEMPTS = 8
_FIRST_S = 1.0
_LONGEST_S = 300.0
# A lesson that goes on without its call is not left waiting for long once Telegram is back.
_LONGEST_OF_CALLS_S = 15.0
_CALLS = {"open_call", "close_call", "withdraw_call"}


@dataclass(frozen=True, kw_only=True)
class Again:
    """Try again at `at`; until then the lane rests."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """Do not try again; `error_code` says why."""

    error_code: str


def after_wait(now: datetime, command: Command, error_code: str, wait_s: int) -> Again | GiveUp:
    """Telegram said FLOOD_WAIT: wait that long, one second more for rounding, or expire; what may
    have gone out is not called expired before somebody could look."""
    at = now + timedelta(seconds=wait_s + 1)
    is_too_late = command.expires_at is not None and at >= command.expires_at
    if is_too_late and not may_be_out(replace(command, error_code=error_code), command.attempts):
        return GiveUp(error_code="expired")
    return Again(at=at)


def after_fault(now: datetime, command: Command, error_code: str) -> Again | GiveUp:
    """A fault that may pass (network, 500): doubling waits.

    What has an end of its own is tried until then; a call is closed however long that takes; the
    rest is tried at most MOST_ATTEMPTS times. `command.attempts` counts the one that just failed.
    """
    is_call = command.kind in _CALLS
    if command.attempts >= MOST_ATTEMPTS and command.expires_at is None and not is_call:
        return GiveUp(error_code=error_code)
    wait_s = _FIRST_S * 2 ** min(command.attempts - 1, 10)
    longest_s = _LONGEST_OF_CALLS_S if is_call else _LONGEST_S
    return after_wait(now, command, error_code, int(min(longest_s, wait_s)))
