"""The gate before every call that may change something on Telegram.

A client asks `may` before each of them; whose chat the work at hand is for is known from the lane
(`working_for`). A request counts as changing unless it is known to read, so that a new one cannot
be forgotten. What Telegram wants left alone for a while is not asked for meanwhile, by anybody.
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

#: The chat that the running lane works for; None: no single one.
working_for: ContextVar[ChatId | None] = ContextVar("working_for", default=None)

#: `may(chat)` says whether something may be changed there now.
May = Callable[[ChatId | None], Awaitable[bool]]

#: What nobody but the client library asks for, whose loop for updates ends of any error but its own.
_OF_THE_LIBRARY = "updates."
#: By these classes it concludes that it is logged in no more, whatever the error's name.
_TAKEN_FOR_LOST = (errors.UnauthorizedError, errors.AuthKeyError)


class MethodPauses(Protocol):
    """The pauses of an account's methods: see run/method_pauses.py."""

    def is_known(self, method: str) -> bool:
        """Whether the method was paused and Telegram has taken none of it since."""

    def turn(self, method: str) -> AbstractAsyncContextManager[int]:
        """A turn alone with the method; for how many seconds it must not be asked for still.
        Left without an error after no pause, Telegram has taken it."""

    async def told(self, method: str, code: str, seconds: int) -> None:
        """Telegram wants the method left alone for so long."""


class Standing(Protocol):
    """Whether an account is frozen: see run/account_standing.py."""

    async def may_change(self) -> bool:
        """Whether something may be asked for now that changes Telegram; then it is."""

    async def refused(self) -> None:
        """Telegram refused something because the account is frozen."""

    def taken(self) -> None:
        """Telegram did something that changes it."""


class GatedClient(TelegramClient):  # type: ignore[misc]
    """A client that changes nothing while `may` says no (raises Paused instead) or the account is
    frozen (raises Frozen), and asks for nothing that Telegram wants left alone (raises Wait).

    `kind`: which account it is of ("bot", "user"); Telegram's errors carry it as `account`.
    `on_lost` is told Telegram's name of the error once the login is gone.
    """

    kind: str = ""
    may: May | None = None
    pauses: MethodPauses | None = None
    standing: Standing | None = None
    on_lost: Callable[[str], None] | None = None

    @property
    def is_of_bot(self) -> bool:
        """Whether it is the bot's. The client library forgets that with its memory."""
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
            return await self._unhurried(request, *args, **kwargs)
        if changes and not await self.standing.may_change():
            raise Frozen(FROZEN)
        try:
            answer = await self._unhurried(request, *args, **kwargs)
        except errors.RPCError as error:
            if consequence_of(error) is Consequence.FROZEN:
                await self.standing.refused()
            raise
        if changes:
            self.standing.taken()
        return answer

    async def _unhurried(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        requests = request if isinstance(request, list | tuple) else [request]
        # of several at once, which are not used for what changes something, the first stands for all
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
            await self.pauses.told(method, code_of(error), wait_of(error))
            raise Wait(code_of(error), wait_of(error)) from error

    async def _ask_for_library(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """What the client library asks by itself, of which it must see its own errors: of others,
        its loop for updates would end. Nor may it take an error for the end of the login that is
        none: it would hang up."""
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
