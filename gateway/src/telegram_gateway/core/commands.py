"""Which commands of the outbox are to be done now, and what makes their effects unrepeatable. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from .model import ChatId, TgUserId


@dataclass(frozen=True, kw_only=True)
class Command:
    """A waiting row of telegram_outbox. Instants aware, UTC."""

    id: int
    kind: str  # "reconcile" | "send" | "open_call" | "close_call" | "list_groups" | "plan"
    due_at: datetime
    expires_at: datetime | None = None
    priority: int = 50
    chat_id: ChatId | None = None
    tg_user_id: TgUserId | None = None
    key: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0

    @property
    def lane(self) -> tuple[str, int]:
        """Commands of one lane are done one after the other; lanes do not hold each other up."""
        name = {"reconcile": "membership", "send": "messages", "plan": "plan"}.get(
            self.kind, "call"
        )
        if self.chat_id is None:
            return ("private", self.tg_user_id or 0)
        return (name, self.chat_id)


@dataclass(frozen=True, kw_only=True)
class Agenda:
    """What to do with the waiting rows at one instant."""

    now: tuple[Command, ...] = ()
    expired: tuple[Command, ...] = ()
    next_due_at: datetime | None = None


def agenda(waiting: Iterable[Command], now: datetime) -> Agenda:
    """Sort the waiting rows: due ones in order of priority, expired ones, and the next instant."""
    due, expired, later = [], [], []
    for command in waiting:
        if command.expires_at is not None and command.expires_at <= now:
            expired.append(command)
        elif command.due_at > now:
            later.append(command.due_at)
        else:
            due.append(command)
    due.sort(key=lambda one: (one.priority, one.due_at, one.id))
    return Agenda(now=tuple(due), expired=tuple(expired), next_due_at=min(later) if later else None)


def allowed_removals(commands: Iterable[Command]) -> frozenset[TgUserId] | Literal["all"]:
    """Whom a person agreed to see removed, in `reconcile` commands that are done together."""
    people: set[TgUserId] = set()
    for command in commands:
        wished = command.payload.get("allow_removals")
        if wished == "all":
            return "all"
        if isinstance(wished, list):
            people |= {TgUserId(one) for one in wished if isinstance(one, int)}
    return frozenset(people)


def message_random_id(mark: str, command_id: int) -> int:
    """The 63-bit id with which a repeated send is recognised; never 0."""
    return _digest(f"send:{mark}:{command_id}", 8) >> 1 or 1


def call_random_id(mark: str, key: str, attempt: int) -> int:
    """The 31-bit id of an attempt to create a call; never 0."""
    return _digest(f"call:{mark}:{key}:{attempt}", 4) >> 1 or 1


def _digest(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size], "big")
