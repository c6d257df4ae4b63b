"""Method pauses: methods that Telegram wants an account to leave alone for a while. Pure.

A FLOOD_WAIT in one chat holds for all chats, so that none of them asks in vain meanwhile. When it
is over, the most urgent command tries alone; the others follow once Telegram has accepted that one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from telegram_gateway.core.commands import Command
from telegram_gateway.core.kinds import Method
from telegram_gateway.core.rate_limit import Released


def pause_until(now: datetime, seconds: int) -> datetime:
    """Return when a wait of so many seconds is over, with one second more for rounding."""
    return now + timedelta(seconds=seconds + 1)


class MethodPauses:
    """The pauses of methods, each until Telegram has accepted a request of the method again."""

    def __init__(self) -> None:
        self._until: dict[Method, datetime] = {}
        # the command that tries whether Telegram accepts the method again
        self._trying: dict[Method, int] = {}

    def pause(self, method: Method, until: datetime) -> None:
        """Pause the method until then; of two pauses the longer one holds."""
        self._until[method] = max(until, self._until.get(method, until))

    def accepted(self, method: Method) -> None:
        """End the method's pause: Telegram has accepted a request of it."""
        self._until.pop(method, None)

    def is_known(self, method: Method) -> bool:
        """Return whether the method was paused, and Telegram has accepted no request of it
        since."""
        return method in self._until

    def rest_s(self, method: Method, now: datetime) -> int:
        """For how many whole seconds the method must not be used yet, rounded up."""
        left = self._until.get(method, now) - now
        return max(0, -(-left // timedelta(seconds=1)))

    def holds(self, command: Command, now: datetime) -> bool:
        """Return whether `release` holds back a command that was tried; if not, its lane has to
        rest."""
        method = command.row.method
        until = self._until.get(method) if method is not None else None
        return until is not None and until > now

    def release(self, commands: Iterable[Command], now: datetime) -> Released:
        """Pick, of these due commands (the most urgent first), those that may be done now. A
        command that was never tried may be tried during a pause: perhaps it needs no request (a
        call that somebody began by hand is adopted), and if it needs one, it meets the pause
        then."""
        free: list[Command] = []
        waits: list[datetime] = []
        trying = dict(self._trying)
        for command in commands:
            method = command.row.method
            until = self._until.get(method) if method is not None else None
            if method is None or until is None or (until > now and not command.attempts):
                free.append(command)
            elif until > now:
                waits.append(until)
            elif method not in trying:
                trying[method] = command.id
                free.append(command)
        return Released(tuple(free), min(waits, default=None))

    def started(self, commands: Iterable[Command]) -> None:
        """Note that these commands are being done."""
        for command in commands:
            method = command.row.method
            if method is not None and method in self._until:
                self._trying.setdefault(method, command.id)

    def ended(self, command: Command) -> None:
        """Note that a command that was started has ended, whatever came of it."""
        method = command.row.method
        if method is not None and self._trying.get(method) == command.id:
            del self._trying[method]
