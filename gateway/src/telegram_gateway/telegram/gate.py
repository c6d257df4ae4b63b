"""The gate before every call that may change something on Telegram.

A client asks `may` before each of them; whose chat the work at hand is for is known from the lane
(`working_for`). A request counts as changing unless it is known to read, so that a new one cannot
be forgotten. What Telegram wants left alone for a while is not asked for meanwhile, by anybody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from typing import Any, Protocol

from telethon import TelegramClient, errors

from telegram_gateway.core.model import ChatId

from .errors import Paused, Wait, code_of

#: The chat that the running lane works for; None: no single one.
working_for: ContextVar[ChatId | None] = ContextVar("working_for", default=None)

#: `may(chat)` says whether something may be changed there now.
May = Callable[[ChatId | None], Awaitable[bool]]

_READING = ("Get", "Check", "Resolve", "Search", "Ping")
# Another process of the school's is let in: nothing that people see.
_UNSEEN = ("AcceptLoginToken",)
_WRAPPERS = ("InvokeWith", "InitConnection")


def is_changing(request: Any) -> bool:
    """Whether a request may change something that people see."""
    while type(request).__name__.startswith(_WRAPPERS):
        request = request.query
    return not type(request).__name__.startswith(_READING + _UNSEEN)


def method_of(request: Any) -> str:
    """Telegram's name of what is asked for: "phone.createGroupCall"."""
    while type(request).__name__.startswith(_WRAPPERS):
        request = request.query
    namespace = type(request).__module__.rpartition(".")[2]
    name = type(request).__name__.removesuffix("Request")
    name = name[:1].lower() + name[1:]
    return name if namespace == "functions" else f"{namespace}.{name}"


class MethodPauses(Protocol):
    """The pauses of an account's methods: see flooding.py."""

    def is_known(self, method: str) -> bool:
        """Whether the method was paused and Telegram has taken none of it since."""

    def turn(self, method: str) -> AbstractAsyncContextManager[int]:
        """A turn alone with the method; for how many seconds it must not be asked for still.
        Left without an error after no pause, Telegram has taken it."""

    async def told(self, method: str, code: str, seconds: int) -> None:
        """Telegram wants the method left alone for so long."""


class GatedClient(TelegramClient):
    """A client that changes nothing while `may` says no (raises Paused instead), and asks for
    nothing that Telegram wants left alone (raises Wait)."""

    may: May | None = None
    pauses: MethodPauses | None = None

    async def __call__(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        requests = request if isinstance(request, list | tuple) else [request]
        if self.may is not None and any(map(is_changing, requests)):
            if not await self.may(working_for.get()):
                raise Paused
        if self.pauses is None:
            return await super().__call__(request, *args, **kwargs)
        # of several at once, which are not used for what changes something, the first stands for all
        method = method_of(requests[0])
        if not self.pauses.is_known(method):
            return await self._ask(method, request, *args, **kwargs)
        async with self.pauses.turn(method) as rest_s:
            if rest_s:
                raise Wait("FLOOD_WAIT", rest_s)
            return await self._ask(method, request, *args, **kwargs)

    async def _ask(self, method: str, request: Any, *args: Any, **kwargs: Any) -> Any:
        assert self.pauses is not None
        try:
            return await super().__call__(request, *args, **kwargs)
        except errors.FloodWaitError as error:
            await self.pauses.told(method, code_of(error), error.seconds)
            raise Wait(code_of(error), error.seconds) from error
