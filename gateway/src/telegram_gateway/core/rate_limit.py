"""The rate limit of messages: which may be sent now, so that Telegram never asks to wait. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from telegram_gateway.core.budget import MESSAGES_A_MINUTE_IN_A_GROUP, MESSAGES_A_SECOND, Budget
from telegram_gateway.core.commands import Command
from telegram_gateway.core.model import ChatId

_MOST_KEPT = 1000  # groups; beyond that, those are dropped to which nothing was sent lately


class Released(NamedTuple):
    """`now`: commands that may be done now. `next_at`: when the first of the others may be done;
    None: it depends on one that is being done, or there are no others."""

    now: tuple[Command, ...]
    next_at: datetime | None


@dataclass(frozen=True)
class ClockReading:
    """Another host's clock, read once.

    It showed `at` (aware) some time after our own clock, which counts seconds and only goes
    forward, had shown `asked`.
    """

    at: datetime
    asked: float

    def about(self, then: float) -> datetime:
        """The instant that the other clock shows when our own shows `then`. Never too early, else a
        message would count as sent before it was; too late by no more than the reading took."""
        return self.at + timedelta(seconds=then - self.asked)


class RateLimiter:
    """Counts the bot's recent messages and those being sent.

    A message counts from its release until one span of the limit after it *ended*. Telegram counts
    it at some moment between its release and its end, so no span of Telegram's ever holds more than
    is allowed. Instants aware, on the database's clock.
    """

    def __init__(self) -> None:
        self._all = MESSAGES_A_SECOND
        self._groups: dict[ChatId, Budget] = {}
        self._being_sent: dict[int, ChatId | None] = {}  # by the command's id

    def release(self, commands: Iterable[Command], now: datetime) -> Released:
        """Pick, of these due commands in their order, those that may be done now: all commands that
        send no message, and as many messages as the limits allow. Does not count them yet: see
        `started`."""
        free: list[Command] = []
        waits: list[datetime] = []
        being_sent = list(self._being_sent.values())
        free_at: dict[ChatId | None, datetime | None] = {}  # until one more is released
        for command in commands:
            if command.row.is_message:
                chat_id = command.chat_id
                if chat_id not in free_at:
                    free_at[chat_id] = self._free_at(chat_id, being_sent, now)
                at = free_at[chat_id]
                if at is None or at > now:
                    waits += [] if at is None else [at]
                    continue
                being_sent.append(chat_id)
                free_at.clear()
            free.append(command)
        return Released(tuple(free), min(waits, default=None))

    def started(self, commands: Iterable[Command]) -> None:
        """Count these commands as being done."""
        messages = (command for command in commands if command.row.is_message)
        self._being_sent |= {command.id: command.chat_id for command in messages}

    def ended(self, command: Command, now: datetime) -> None:
        """Count a command that was started as ended, whether its message was sent or not."""
        if self._being_sent.pop(command.id, ()) != ():
            self.sent(command.chat_id, now)

    def sent(self, chat_id: ChatId | None, at: datetime) -> None:
        """Count a message that was sent at that instant at the latest (`chat_id` None: to a
        person)."""
        self._all = self._all.use(at)
        if chat_id is not None:
            group = self._groups.get(chat_id, MESSAGES_A_MINUTE_IN_A_GROUP).use(at)
            self._groups[chat_id] = group
        if len(self._groups) > _MOST_KEPT:
            self._groups = {
                chat: budget
                for chat, budget in self._groups.items()
                if budget.left(at) < budget.most
            }

    def _free_at(
        self, chat_id: ChatId | None, being_sent: list[ChatId | None], now: datetime
    ) -> datetime | None:
        """Return when one more message may be sent there; None: not before another one has
        ended."""
        limits = [_free_at(self._all, len(being_sent), now)]
        if chat_id is not None:
            group = self._groups.get(chat_id, MESSAGES_A_MINUTE_IN_A_GROUP)
            limits.append(_free_at(group, being_sent.count(chat_id), now))
        known = [at for at in limits if at is not None]
        return max(known) if len(known) == len(limits) else None


def _free_at(budget: Budget, being_sent: int, now: datetime) -> datetime | None:
    most = budget.most - being_sent
    return replace(budget, most=most).free_at(now) if most > 0 else None
