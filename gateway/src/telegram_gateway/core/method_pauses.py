"""Methods that Telegram wants an account to leave alone for a while, and what goes on after. Pure.

A FLOOD_WAIT that one chat meets holds for all: nobody else asks in vain meanwhile. When it is over
the most urgent command tries alone; the others follow once Telegram has taken that one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from telegram_gateway.core.commands import Command
from telegram_gateway.core.kinds import Method
from telegram_gateway.core.rate_limit import Released


def pause_until(now: datetime, seconds: int) -> datetime:
    """When a wait of so many seconds is over, one more for rounding."""
    return now + timedelta(seconds=seconds + 1)


class MethodPauses:
    """The pauses of methods, until Telegram has taken one of their requests again."""

    def __init__(self) -> None:
        self._until: dict[Method, datetime] = {}
        self._trying: dict[Method, int] = {}  # the command that finds out, by the method

    def told(self, method: Method, until: datetime) -> None:
        """Telegram wants the method left alone until then; of two pauses the longer one holds."""
        self._until[method] = max(until, self._until.get(method, until))

    def passed(self, method: Method) -> None:
        """Telegram has taken a request of the method."""
        self._until.pop(method, None)

    def is_known(self, method: Method) -> bool:
        """Whether the method was paused and Telegram has taken none of it since."""
        return method in self._until

    def rest_s(self, method: Method, now: datetime) -> int:
        """For how long the method must not be asked for, in whole seconds, rounded up."""
        left = self._until.get(method, now) - now
        return max(0, -(-left // timedelta(seconds=1)))

    def holds(self, command: Command, now: datetime) -> bool:
        """Whether `release` keeps a command back that was tried; if not, its lane has to rest."""
        method = command.row.method
        until = self._until.get(method) if method is not None else None
        return until is not None and until > now

    def release(self, commands: Iterable[Command], now: datetime) -> Released:
        """Of these due commands, the most urgent first, those that may be done now.

        During a pause a command that was never tried may: it looks whether there is anything to do
        at all (a call that somebody began is adopted), and learns of the pause where it must ask.
        """
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

    def begun(self, commands: Iterable[Command]) -> None:
        """These are being done."""
        for command in commands:
            method = command.row.method
            if method is not None and method in self._until:
                self._trying.setdefault(method, command.id)

    def ended(self, command: Command) -> None:
        """It came to its end, whatever that was."""
        method = command.row.method
        if method is not None and self._trying.get(method) == command.id:
            del self._trying[method]
