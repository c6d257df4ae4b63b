"""The request being handled: the hub keeps the caller's own updates back for its answer."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

from telethon.tl import TLObject

from .people import User


class Caller(Protocol):
    """The part of the request that the hub needs."""

    own: list[TLObject]  # the caller's own updates, not yet answered
    answered: bool  # what happens later is pushed, even if this request set it off

    @property
    def maybe_user(self) -> User | None:
        """The caller; None before login."""
        ...

    @property
    def session(self) -> object:
        """The session that the answer goes to, which the same update is not pushed to."""
        ...


CALLER: ContextVar[Caller | None] = ContextVar("telegram_sandbox_caller", default=None)
