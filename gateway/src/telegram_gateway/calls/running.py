"""The calls that run: which of the pool's chats has one, as the tables say, and who watches it.

This module records and reports how a call begins and ends, whoever caused it. Whether a call is to
be opened, adopted or closed is decided by open.py, adopt.py and close.py.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from telegram_gateway.calls import steps
from telegram_gateway.calls.facts import closed_fact, opened_fact
from telegram_gateway.calls.probes import Prober
from telegram_gateway.calls.steps import GroupCall
from telegram_gateway.calls.watch import CallWatch
from telegram_gateway.core.calls import Need, needs_longest
from telegram_gateway.core.liveness import PING_S, Coverage
from telegram_gateway.core.model import ChatId, TgCallId
from telegram_gateway.database import chats, intents, outbox
from telegram_gateway.database.chats import Chat
from telegram_gateway.database.connection import StatementFailed, naive
from telegram_gateway.errors import LeaseLost
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.admin_log import call_began
from telegram_gateway.telegram.calls import InputCall
from telegram_gateway.telegram.errors import TelegramError
from telegram_gateway.telegram.peers import channel_for

log = structlog.get_logger(__name__)


class RunningCalls:
    """`watches`: by chat. `not_ours`: calls that are over though their group may still name them,
    and those of live stories. `check_later(chat, seconds)` has a chat's call looked up again
    then."""

    def __init__(self, pool: Pool, check_later: Callable[[ChatId, float], None]):
        self.pool = pool
        self.check_later = check_later
        self.watches: dict[ChatId, CallWatch] = {}
        self.not_ours: set[TgCallId] = set()
        self._prober = Prober(pool.settings.looks_a_second, self._connection)
        self._asking: asyncio.Task[None] | None = None  # for signs of life
        pool.accounts.monitor.on_lost = self._connection_lost

    async def read(self, chat: Chat) -> GroupCall | None:
        """Read which call the group has. None: it has none, or only one that does not concern us.
        Raises TelegramError."""
        return await steps.read_group_call(self.pool, chat, self.not_ours)

    async def need(self, chat: Chat) -> Need | None:
        """Return the opening that needs the chat's call longest."""
        now = await self.pool.now()
        return needs_longest(await outbox.needs_of_call(self.pool.database, chat.id, now))

    # --- beginning and end -------------------------------------------------------------------

    async def opened(
        self,
        chat: Chat,
        call: InputCall,
        open_key: str | None,
        *,
        is_adopted: bool = False,
        is_found: bool = False,
        reopened: int = 0,
    ) -> None:
        """Record and report that the call runs, and watch it.

        open_key: the key of the opening whose call this is. is_adopted: somebody else began it.
        is_found: it may have begun long ago. reopened: how often it has been opened again.
        """
        tg_call_id = calls.id_of(call)
        watch = self.watches.get(chat.id)
        former = watch.tg_call_id if watch is not None else chat.tg_call_id
        if former is not None and former != tg_call_id:
            # creating a call ends a running one; or it was over before, and nothing had shown that
            await self.closed(chat, former, close_key=None, by_us=False)
        is_new = chat.tg_call_id != tg_call_id
        if is_new or open_key:
            now = await self.pool.now()
            state: dict[str, Any] = {"tg_call_id": tg_call_id, "call_key": open_key}
            if is_new:
                began = await self._began(chat, tg_call_id) if is_found else None
                now = min(began or now, now)
                state["call_seen_at"] = naive(now)
            await chats.save_state(self.pool.database, chat.id, **state)
            fact = opened_fact(
                chat.id, tg_call_id, now, open_key, is_adopted=is_adopted, reopened=reopened
            )
            await self.pool.report([fact])
        await self.watch(chat.id, call)

    async def _began(self, chat: Chat, tg_call_id: TgCallId) -> datetime | None:
        """Return when the group's call began, if Telegram says it."""
        user = self.pool.accounts.user
        try:
            return await call_began(user, await channel_for(user, chat.group), tg_call_id)
        except TelegramError as error:
            log.info("call_start_not_read", chat_id=chat.id, code=error.code)
            return None

    async def closed(
        self,
        chat: Chat,
        tg_call_id: TgCallId | None,
        *,
        close_key: str | None,
        by_us: bool,
        is_seen: bool = True,
        coverage: Coverage | None = None,
    ) -> None:
        """Record and report that the call is over. close_key: the key of the `close_call` that
        ended it. `is_seen` and `coverage`: see `CallWatch.end`."""
        now = await self.pool.now()
        if tg_call_id is not None and not by_us:  # a gateway may have died just after it
            begun = await intents.begun(self.pool.database, "close_call", chat.id)
            by_us = {"tg_call_id": tg_call_id} in begun
        facts: dict[str, Any] = {"open_key": chat.call_key, "close_key": close_key, "by_us": by_us}
        watch = self.watches.pop(chat.id, None)
        if watch is None and tg_call_id is not None and tg_call_id == chat.tg_call_id:
            # closed while nobody watched: whoever was in it has left by now
            is_seen = False
            watch = CallWatch(self.pool, self._prober, chat.id, calls.by_id(tg_call_id))
            await watch.load()
        if watch is not None and watch.tg_call_id == tg_call_id:
            await watch.end(now, is_seen=is_seen, coverage=coverage, **facts)
        else:
            await self.pool.report([closed_fact(chat.id, tg_call_id, now, **facts)])
        await chats.save_state(self.pool.database, chat.id, tg_call_id=None, call_key=None)
        if not by_us:
            await outbox.look_at_end(self.pool.database, chat.id)
        log.info("call_closed", chat_id=chat.id, tg_call_id=tg_call_id)

    def _found_over(self, chat_id: ChatId, tg_call_id: TgCallId) -> None:
        """A watch found that its call is over; no update said it."""
        self.not_ours.add(tg_call_id)
        self.check_later(chat_id, 0.0)

    # --- watching ----------------------------------------------------------------------------

    async def watch(self, chat_id: ChatId, call: InputCall) -> None:
        """Watch the chat's call, unless that is done already."""
        if chat_id in self.watches:
            return
        on_over = partial(self._found_over, chat_id)
        watch = self.watches[chat_id] = CallWatch(self.pool, self._prober, chat_id, call, on_over)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_for_signs(), name="signs of life")
        await watch.start()

    async def stop(self) -> None:
        """Stop watching; nothing is reported of the calls."""
        if self._asking is not None:
            self._asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._asking
        await self._prober.stop()

    def _connection(self) -> int | None:
        """The number of the account's connection, where Telegram answers on it."""
        accounts = self.pool.accounts
        return accounts.monitor.coverage.connection if accounts.user.is_answering else None

    async def _ask_for_signs(self) -> None:
        """Ask for signs of life of the connection, and report what they show, while a call runs."""
        monitor = self.pool.accounts.monitor
        monitor.begin()
        while True:
            try:
                monitor.ask_for_sign(await self.pool.now())
                for watch in list(self.watches.values()):
                    await watch.report_loss()
                if not self.watches:
                    return
            except LeaseLost:
                return
            except (
                StatementFailed
            ):  # without the database's clock nothing is known: it stays unsure
                log.info("sign_of_life_not_asked", exc_info=True)
            await asyncio.sleep(PING_S)

    def _connection_lost(self, coverage: Coverage) -> None:
        """The connection was silent, or broke: updates may be missing."""
        for watch in self.watches.values():
            watch.connection_lost(coverage)
