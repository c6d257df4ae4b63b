"""The gate before every request that may change something on Telegram.

A client asks `may` before each of them. For which chat the request is, it knows from the lane
(`working_for`). A request counts as changing unless it is known only to read, so a new kind of
request cannot slip through. A method that Telegram wants left alone is called by nobody meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from typing import Any, Protocol

from telethon import TelegramClient, errors

from telegram_gateway.core.account_standing import FROZEN
from telegram_gateway.core.consequences import Consequence
from telegram_gateway.core.model import ChatId
from telegram_gateway.telegram.errors import (
    Frozen,
    Paused,
    Wait,
    code_of,
    consequence_of,
    wait_of,
)
from telegram_gateway.telegram.requests import is_changing as is_changing
from telegram_gateway.telegram.requests import method_of

#: The chat that the running lane works for; None: no single chat.
working_for: ContextVar[ChatId | None] = ContextVar("working_for", default=None)

#: `may(chat)` says whether something may be changed there now.
May = Callable[[ChatId | None], Awaitable[bool]]

#: Methods that only the client library calls; its loop for updates ends at any error but its own.
_OF_THE_LIBRARY = "updates."
#: From these classes it concludes that it is logged in no more, whatever the error's name.
_TAKEN_FOR_LOST = (errors.UnauthorizedError, errors.AuthKeyError)


class MethodPauses(Protocol):
    """The pauses of an account's methods: see run/method_pauses.py."""

    def is_known(self, method: str) -> bool:
        """Return whether the method was paused and Telegram has taken none of it since."""

    def turn(self, method: str) -> AbstractAsyncContextManager[int]:
        """Wait for a turn alone with the method. Gives how many seconds it must still be left
        alone; at 0 the caller asks, and no error means that Telegram has accepted it."""

    async def note_pause(self, method: str, code: str, seconds: int) -> None:
        """Telegram wants the method left alone for so many seconds."""


class Standing(Protocol):
    """The standing of an account (frozen or not): see run/account_standing.py."""

    async def may_change(self) -> bool:
        """Return whether a changing request may be made now; the caller then makes it."""

    async def refused(self) -> None:
        """Telegram refused something because the account is frozen."""

    def taken(self) -> None:
        """Telegram did something that changes it."""


class GatedClient(TelegramClient):  # type: ignore[misc]
    """A client that changes nothing while `may` says no (raises Paused instead) or the account is
    frozen (raises Frozen), and calls no method that Telegram wants left alone (raises Wait).

    `kind`: the account's ("bot", "user"); Telegram's errors carry it as `account`. `on_lost` is
    called once the login is gone, with Telegram's name of the error.
    """

    kind: str = ""
    may: May | None = None
    pauses: MethodPauses | None = None
    standing: Standing | None = None
    on_lost: Callable[[str], None] | None = None

    @property
    def is_of_bot(self) -> bool:
        """True if the client is the bot's. (The client library does not know that of a stored
        session.)"""
        return self.kind == "bot"

    async def __call__(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        requests = request if isinstance(request, list | tuple) else [request]
        is_loop = asyncio.current_task() is self._updates_handle
        if is_loop or method_of(requests[0]).startswith(_OF_THE_LIBRARY):
            return await self._ask_for_library(request, *args, **kwargs)
        changes = any(map(is_changing, requests))
        if changes and self.may is not None and not await self.may(working_for.get()):
            raise Paused
        if self.standing is None:
            return await self._ask_unless_paused(request, *args, **kwargs)
        if changes and not await self.standing.may_change():
            raise Frozen(FROZEN)
        try:
            answer = await self._ask_unless_paused(request, *args, **kwargs)
        except errors.RPCError as error:
            if consequence_of(error) is Consequence.FROZEN:
                await self.standing.refused()
            raise
        if changes:
            self.standing.taken()
        return answer

    async def _ask_unless_paused(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        requests = request if isinstance(request, list | tuple) else [request]
        # of several at once (never changing ones), the first stands for all
        method = method_of(requests[0])
        if self.pauses is None or not self.pauses.is_known(method):
            return await self._ask(method, request, *args, **kwargs)
        async with self.pauses.turn(method) as rest_s:
            if rest_s:
                raise Wait("FLOOD_WAIT", rest_s)
            return await self._ask(method, request, *args, **kwargs)

    async def _ask(self, method: str, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super().__call__(request, *args, **kwargs)
        except errors.RPCError as error:
            found = self._noted(error)
            # a slow mode is one chat's
            if found is not Consequence.WAIT or "SLOW" in code_of(error) or self.pauses is None:
                raise
            await self.pauses.note_pause(method, code_of(error), wait_of(error))
            raise Wait(code_of(error), wait_of(error)) from error

    async def _ask_for_library(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Make a request of the client library's own. It must see its own kinds of errors: at
        others its loop for updates would end. Nor may it take an error for the end of the login
        that is none: it would hang up."""
        try:
            return await super().__call__(request, *args, **kwargs)
        except errors.RPCError as error:
            if self._noted(error) is Consequence.LOST or not isinstance(error, _TAKEN_FOR_LOST):
                raise
            raise errors.RPCError(error.request, code_of(error), error.code) from error

    def _noted(self, error: errors.RPCError) -> Consequence:
        error.account = self.kind
        found = consequence_of(error, is_bot=self.kind == "bot")
        if found is Consequence.LOST and self.on_lost is not None:
            self.on_lost(code_of(error))
        return found
