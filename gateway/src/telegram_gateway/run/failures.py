"""Failures of a lane in a row, and the wait before its next try.

How long that is decides the pure `core/retry.py`.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from telegram_gateway.core.account_standing import FROZEN
from telegram_gateway.core.connection import FAILURES_WITHIN_S, NETWORK
from telegram_gateway.core.model import ChatId
from telegram_gateway.core.retry import look_again_s
from telegram_gateway.errors import GatewayError
from telegram_gateway.run.lanes import Key
from telegram_gateway.telegram.errors import Frozen, Ours, Refused, TelegramError, Wait

# Lanes whose number is that of a chat, and in which its group or call is read.
_LANES_OF_A_GROUP = {"membership", "call"}


class LaneFailures:
    """Failures in a row, by lane. Whatever does a lane's work clears it when it succeeds."""

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()
        # until when a lane rests for the last of them, on the running loop's clock
        self._rests_until: dict[Key, float] = {}

    def count(self, key: Key) -> int:
        """Return how often in a row the lane has failed."""
        return self._counts[key]

    def add(self, key: Key) -> int:
        """Count one more failure. Return how many there were in a row."""
        self._counts[key] += 1
        return self._counts[key]

    def clear(self, key: Key) -> bool:
        """The lane has succeeded. Return whether it had failed before."""
        return self._counts.pop(key, 0) > 0

    def rest_after(self, key: Key, error: BaseException) -> float:
        """One more failure, for this error: for how many seconds the lane rests now. Failures count
        as in a row only where they follow each other closely."""
        now = asyncio.get_running_loop().time()
        if now - self._rests_until.get(key, now) > FAILURES_WITHIN_S:
            self._counts.pop(key, None)
        # the bot's list of commands is not urgent
        wait_s = retry_wait_s(error, self.add(key), is_refused=key[0] == "commands")
        self._rests_until[key] = now + wait_s
        return wait_s

    @property
    def chats(self) -> set[ChatId]:
        """The chats whose group or call could not be dealt with."""
        return {ChatId(number) for name, number in self._counts if name in _LANES_OF_A_GROUP}


def requested_wait_s(error: BaseException) -> float:
    """For how many seconds Telegram asked to wait; 0 where it did not."""
    return float(error.seconds + 1) if isinstance(error, Wait) else 0.0


def retry_wait_s(error: BaseException, failures: int, *, is_refused: bool = False) -> float:
    """Return how many seconds to wait before the next try, after so many failures in a row.
    `is_refused`: up to an hour, since nobody waits for it, or Telegram may refuse it for days."""
    return requested_wait_s(error) or look_again_s(failures, is_refused=is_refused)


def rest_ends_with(error: BaseException) -> str:
    """The reason for a lane's rest: `Lanes.resume` with it ends the rest early. Empty: nothing
    does."""
    if isinstance(error, Frozen):
        return FROZEN
    return NETWORK if isinstance(error, TelegramError) and error.code == NETWORK else ""


def is_own_fault(error: BaseException) -> bool:
    """Return whether it is a fault of the gateway's own."""
    return isinstance(error, Exception) and not isinstance(error, TelegramError | GatewayError)


def recorded(error: Refused) -> tuple[str, str]:
    """A refusal as its command records it: error_code, error."""
    return ("internal", error.code) if isinstance(error, Ours) else (error.code, "")
