"""Commands of the outbox: which are due now, what commands that are done together ask for, and the
ids by which Telegram recognises a repeated effect. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from telegram_gateway.core.kinds import CommandKind, command_kind
from telegram_gateway.core.model import ChatId, TgUserId


@dataclass(frozen=True, kw_only=True)
class Command:
    """A row of telegram_outbox that waits or is being worked on. Instants aware, UTC."""

    id: int
    kind: str  # one of kinds.COMMANDS
    due_at: datetime
    expires_at: datetime | None = None
    priority: int = 50
    chat_id: ChatId | None = None
    tg_user_id: TgUserId | None = None
    key: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0
    again_at: datetime | None = None  # it was tried, and waits until then for its next try
    error_code: str | None = None  # why the last try failed, where that is known

    @property
    def row(self) -> CommandKind:
        """The row of its kind in the table of kinds."""
        return command_kind(self.kind)

    @property
    def is_folded(self) -> bool:
        """True if it is done as one with the other due commands of its lane."""
        return self.row.is_folded and self.chat_id is not None

    @property
    def waits_until(self) -> datetime:
        """The instant from which the command can be done. One that waits for its next try does not
        hold up its lane; commands that are folded rest together with their lane instead."""
        if self.again_at is not None and not self.row.is_folded:
            return max(self.due_at, self.again_at)
        return self.due_at

    @property
    def lane(self) -> tuple[str, int]:
        """Commands of one lane are done one after the other; lanes do not hold each other up."""
        if self.row.is_one_lane:
            return (self.row.lane, 0)
        if self.chat_id is None:
            return ("private", self.tg_user_id or 0)
        return (self.row.lane, self.chat_id)


@dataclass(frozen=True, kw_only=True)
class Pauses:
    """Pauses that a person has made: of the whole pool (`is_whole`), or of some chats."""

    is_whole: bool = False
    chats: frozenset[ChatId] = frozenset()

    def holds(self, chat_id: ChatId | None) -> bool:
        """Return whether nothing may be changed on Telegram for that chat (None: for the pool as a
        whole)."""
        return self.is_whole or chat_id in self.chats


@dataclass(frozen=True, kw_only=True)
class Agenda:
    """The waiting rows at one instant. `now`: due, the most urgent first; `expired`: their time is
    over; `next_due_at`: when the next of the others is due (None: there are no others)."""

    now: tuple[Command, ...] = ()
    expired: tuple[Command, ...] = ()
    next_due_at: datetime | None = None


def is_over(command: Command, now: datetime) -> bool:
    """Return whether the command's time is over."""
    return command.expires_at is not None and command.expires_at <= now


def agenda(waiting: Iterable[Command], now: datetime, pauses: Pauses = Pauses()) -> Agenda:
    """Sort the waiting rows into due ones, expired ones and later ones.

    Paused commands are not due, but expire when their time is over. A message that may have been
    sent already is due even if its time is over: whoever does the command first checks whether it
    was sent.
    """
    due: list[Command] = []
    expired: list[Command] = []
    later: list[datetime] = []
    for command in waiting:
        is_in_doubt = command.due_at <= now and may_be_out(command, command.attempts)
        if is_over(command, now):
            (due if is_in_doubt else expired).append(command)
        elif command.waits_until > now:
            later.append(command.waits_until)
        elif command.row.only_reads or not pauses.holds(command.chat_id):
            due.append(command)
    due.sort(
        key=lambda command: (
            command.priority,
            command.due_at,
            command.row.comes_last,
            command.id,
        )
    )
    return Agenda(now=tuple(due), expired=tuple(expired), next_due_at=min(later) if later else None)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """Wishes of `reconcile` commands beyond a plain reconciliation: see docs/dev/contract.md."""

    allowed: frozenset[TgUserId] | Literal["all"] = frozenset()
    put_back: frozenset[TgUserId] = frozenset()
    check: bool = False
    retry: bool = False
    new_group: bool = False


def wishes(commands: Iterable[Command]) -> Wishes:
    """Unite the wishes of commands that are done together."""
    folded = list(commands)
    return Wishes(
        allowed=_allowed_removals(folded),
        put_back=_people(folded, "put_back"),
        check=_has_wish(folded, "check"),
        retry=_has_wish(folded, "retry"),
        new_group=_has_wish(folded, "new_group"),
    )


def _allowed_removals(commands: Sequence[Command]) -> frozenset[TgUserId] | Literal["all"]:
    """The removals beyond the removal limit that a person has confirmed."""
    if any(command.payload.get("allow_removals") == "all" for command in commands):
        return "all"
    return _people(commands, "allow_removals")


def _people(commands: Iterable[Command], wish: str) -> frozenset[TgUserId]:
    people: set[TgUserId] = set()
    for command in commands:
        wished = command.payload.get(wish)
        if isinstance(wished, list):
            people |= {TgUserId(user) for user in wished if isinstance(user, int)}
    return frozenset(people)


def _has_wish(commands: Iterable[Command], wish: str) -> bool:
    return any(command.payload.get(wish) is True for command in commands)


def may_be_out(command: Command, tries: int) -> bool:
    """Return whether a message that was tried so often may have been sent without the gateway
    knowing, because it died meanwhile or the answer was lost. A try that Telegram answered with a
    wait was not sent."""
    if not command.row.is_message or tries < 1:
        return False
    code = command.error_code or ""
    return code != "chat_broken" and "FLOOD" not in code and "SLOWMODE" not in code


def message_random_id(mark: str, command_id: int) -> int:
    """The 63-bit id by which Telegram recognises a repeated send; never 0. `mark`: the
    database's."""
    return _digest(f"send:{mark}:{command_id}", 8) >> 1 or 1


def call_random_id(mark: str, key: str, attempt: int) -> int:
    """The 31-bit id by which Telegram recognises a repeated attempt to create a call; never 0."""
    return _digest(f"call:{mark}:{key}:{attempt}", 4) >> 1 or 1


def _digest(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size], "big")
