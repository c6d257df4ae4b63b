"""Which messages may be sent now, so that Telegram never has to ask for a pause. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from telegram_gateway.core.budget import MESSAGES_A_MINUTE_IN_A_GROUP, MESSAGES_A_SECOND, Budget
from telegram_gateway.core.commands import Command
from telegram_gateway.core.model import ChatId

_MOST_KEPT = 1000  # groups; then those are forgotten in which nothing was said of late


class Released(NamedTuple):
    """Commands that may be done now; when to look again at those that may not (None: one that is
    under way has to end first, or there are none)."""

    now: tuple[Command, ...]
    next_at: datetime | None


@dataclass(frozen=True)
class ClockReading:
    """Another host's clock, read once: it showed `at` (aware) some time after a clock of our own,
    in seconds, which only goes forward, had shown `asked`."""

    at: datetime
    asked: float

    def about(self, then: float) -> datetime:
        """What it shows when our own shows `then`: never less, else a message would count as sent
        before it was; and more by no longer than the reading took."""
        return self.at + timedelta(seconds=then - self.asked)


class RateLimiter:
    """The bot's messages of late and those under way.

    A message counts from its release until its span after its *end*: Telegram counted it some
    time between both, so however long it took, no span of Telegram's holds more than allowed.
    """

    def __init__(self) -> None:
        self._all = MESSAGES_A_SECOND
        self._groups: dict[ChatId, Budget] = {}
        self._under_way: dict[int, ChatId | None] = {}  # by the command's id

    def release(self, commands: Iterable[Command], now: datetime) -> Released:
        """Of these due commands, in their order, those that may be done now. Counts nothing: see
        `begun`. Whatever sends no message may always."""
        free: list[Command] = []
        waits: list[datetime] = []
        under_way = list(self._under_way.values())
        free_at: dict[ChatId | None, datetime | None] = {}  # until one more is under way
        for command in commands:
            if command.row.is_message:
                chat_id = command.chat_id
                if chat_id not in free_at:
                    free_at[chat_id] = self._free_at(chat_id, under_way, now)
                at = free_at[chat_id]
                if at is None or at > now:
                    waits += [] if at is None else [at]
                    continue
                under_way.append(chat_id)
                free_at.clear()
            free.append(command)
        return Released(tuple(free), min(waits, default=None))

    def begun(self, commands: Iterable[Command]) -> None:
        """These are being done."""
        self._under_way |= {one.id: one.chat_id for one in commands if one.row.is_message}

    def ended(self, command: Command, now: datetime) -> None:
        """It was sent, or was tried."""
        if self._under_way.pop(command.id, ()) != ():
            self.sent(command.chat_id, now)

    def sent(self, chat_id: ChatId | None, at: datetime) -> None:
        """A message was sent by that instant."""
        self._all = self._all.use(at)
        if chat_id is not None:
            group = self._groups.get(chat_id, MESSAGES_A_MINUTE_IN_A_GROUP).use(at)
            self._groups[chat_id] = group
        if len(self._groups) > _MOST_KEPT:
            self._groups = {
                one: budget for one, budget in self._groups.items() if budget.left(at) < budget.most
            }

    def _free_at(
        self, chat_id: ChatId | None, under_way: list[ChatId | None], now: datetime
    ) -> datetime | None:
        """None: not before one that is under way has ended."""
        found = [_free_at(self._all, len(under_way), now)]
        if chat_id is not None:
            group = self._groups.get(chat_id, MESSAGES_A_MINUTE_IN_A_GROUP)
            found.append(_free_at(group, under_way.count(chat_id), now))
        known = [at for at in found if at is not None]
        return max(known) if len(known) == len(found) else None


def _free_at(budget: Budget, under_way: int, now: datetime) -> datetime | None:
    most = budget.most - under_way
    return replace(budget, most=most).free_at(now) if most > 0 else None
