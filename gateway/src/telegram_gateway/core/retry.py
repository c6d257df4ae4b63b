"""When to try again, and when to stop. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_ATTEMPTS = 8
_FIRST_S = 1.0
_LONGEST_S = 300.0


@dataclass(frozen=True, kw_only=True)
class Again:
    """Try again at `at`; until then the lane rests."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """Do not try again; `error_code` says why."""

    error_code: str


def after_wait(now: datetime, wait_s: int, expires_at: datetime | None) -> Again | GiveUp:
    """Telegram said FLOOD_WAIT: wait that long, one second more for rounding, or expire."""
    at = now + timedelta(seconds=wait_s + 1)
    if expires_at is not None and at >= expires_at:
        return GiveUp(error_code="expired")
    return Again(at=at)


def after_fault(
    now: datetime, attempts: int, expires_at: datetime | None, error_code: str
) -> Again | GiveUp:
    """A fault that may pass (network, 500): doubling waits, at most MOST_ATTEMPTS.

    `attempts` counts the one that just failed.
    """
    if attempts >= MOST_ATTEMPTS:
        return GiveUp(error_code=error_code)
    return after_wait(now, int(min(_LONGEST_S, _FIRST_S * 2 ** (attempts - 1))), expires_at)
