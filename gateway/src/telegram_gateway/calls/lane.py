"""The call lane of a chat: open, close, adopt what somebody else opened, open again what they ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from telethon import types

from telegram_gateway.calls import steps
from telegram_gateway.calls.facts import closed_fact, given_up_fact, kept_fact, opened_fact
from telegram_gateway.calls.probes import Probing
from telegram_gateway.calls.watch import CallWatch
from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.calls import (
    GiveUp,
    Need,
    PassOn,
    Reopen,
    StayUntil,
    ending,
    needs_longest,
    reopening,
)
from telegram_gateway.core.commands import Command, call_random_id
from telegram_gateway.core.liveness import Heard
from telegram_gateway.core.model import ChatId, TgCallId
from telegram_gateway.core.retry import look_again_s
from telegram_gateway.database import chats, intents, outbox
from telegram_gateway.database.chats import Chat
from telegram_gateway.database.connection import naive
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.admin_log import call_began
from telegram_gateway.telegram.errors import (
    AlreadyDone,
    Frozen,
    Passing,
    Paused,
    Refused,
    TelegramError,
    Wait,
)
from telegram_gateway.telegram.peers import channel_for
from telegram_gateway.telegram.seen import CallSeen

log = structlog.get_logger(__name__)
_PAUSED_S = 30.0
_REOPEN = "reopen_call:"  # what the intents of reopenings begin with: their number is their count
_CLOSE = "close_call:"  # what those of closings begin with; at their end stands the call's id


class PeopleTalk(Exception):
    """A `close_call` is not done yet: people talk, and may until `until`."""

    def __init__(self, until: datetime):
        super().__init__(until)
        self.until = until


class Calls:
    """The calls that run in the pool's chats, each watched.

    `look_later(chat, seconds)` has `look_again` done then.
    """

    def __init__(self, pool: Pool, look_later: Callable[[ChatId, float], None]):
        self._pool = pool
        self._look_later = look_later
        self._probing = Probing(pool.settings.looks_a_second, self._line)
        self.watches: dict[ChatId, CallWatch] = {}
        self._asking: asyncio.Task[None] | None = None  # for signs of life of the line
        pool.accounts.life.on_lost = self._unheard
        # calls that are over, though their group may still name them, and those of live stories
        self._gone: set[TgCallId] = set()
        # how often in a row a call could not be opened again
        self._failures: Counter[ChatId] = Counter()

    def is_over(self, tg_call_id: TgCallId) -> bool:
        """Whether that call is known to be over, or to be none of ours."""
        return tg_call_id in self._gone

    async def _there(self, chat: Chat) -> steps.There | None:
        return await steps.there(self._pool, chat, self._gone)

    async def open(self, command: Command) -> dict[str, object]:
        """Do an `open_call`; its result. Raises TelegramError."""
        pool = self._pool
        chat = await steps.chat_of(pool, command.chat_id)
        key = command.key or ""
        prefix = f"open_call:{key}:"
        there = await self._there(chat)
        unfinished = await intents.unfinished(pool.database, prefix)
        attempt = await intents.attempt_of(pool.database, prefix)
        # ours though it runs: of a process that died, or of a turn that did not come to its end
        is_ours = unfinished is not None or (attempt > 0 and chat.call_key == key)
        if there is None or there.is_scheduled:
            random_id = call_random_id(pool.database.mark, key, attempt)
            call = await steps.begin(
                self._pool, chat, there, command, f"{prefix}{attempt}", random_id
            )
            is_ours = True
        else:
            call = there.call
            if unfinished is not None:
                await intents.end(pool.database, unfinished)
        is_found = there is not None and not there.is_scheduled
        await self._opened(chat, call, key, is_adopted=not is_ours, is_found=is_found)
        await outbox.look_at_end(pool.database, chat.id)
        result = {"tg_call_id": call.id, "adopted": not is_ours}
        return result | await steps.set_up(self._pool, chat, call, command)

    async def close(self, command: Command) -> dict[str, object]:
        """Do a `close_call`; its result. Raises TelegramError, and PeopleTalk."""
        try:
            return await self._end(command)
        except Frozen as error:
            return await self._leave_open(command, error.code)

    async def _leave_open(self, command: Command, code: str) -> dict[str, object]:
        """The lesson is over, and its call is left to the people in it, since the account is
        frozen: whoever began it may end it. Odoo is told that nothing more of it counts."""
        database = self._pool.database
        chat = await steps.chat_of(self._pool, command.chat_id)
        await intents.forget_all(database, _close_prefix(command))
        await chats.save_state(database, chat.id, call_key=None)
        now = await self._pool.now()
        fact = kept_fact(chat.id, chat.tg_call_id, now, open_key=None, close_key=command.key)
        await self._pool.report([fact])
        log.warning("call_left_open", chat_id=chat.id, tg_call_id=chat.tg_call_id, code=code)
        return {"tg_call_id": chat.tg_call_id, "left_open": code}

    async def _end(self, command: Command) -> dict[str, object]:
        pool = self._pool
        chat = await steps.chat_of(pool, command.chat_id)
        there = await self._there(chat)
        call = there.call if there is not None and not there.is_scheduled else None
        ended = await self._ended_before(command)
        if call is not None and ended is not None and call.id != ended:
            # that one is over, and somebody has begun another one since: it is theirs
            await self._found(chat, call)
            await self._tell_ended(chat, ended, command)
            await intents.end(pool.database, f"{_close_prefix(command)}{ended}")
            return {"tg_call_id": ended}
        if call is not None:
            await self._watch(chat.id, call)
            watch = self.watches[chat.id]
            await watch.last_look()
            now = await pool.now()
            needed = await outbox.needs_of_call(pool.database, chat.id, now)
            match ending(command, now, watch.present, pool.accounts.user_id, needed):
                case PassOn(open_key=open_key):
                    await chats.save_state(
                        pool.database, chat.id, tg_call_id=call.id, call_key=open_key
                    )
                    await self._kept(chat, call, command, open_key=open_key)
                    return {"tg_call_id": call.id, "kept_for": open_key}
                case StayUntil(at=until):
                    await self._kept(chat, call, command, open_key=None, until=until)
                    raise PeopleTalk(until)
            intent = f"{_close_prefix(command)}{call.id}"
            payload = {"tg_call_id": call.id}
            await intents.begin(pool.database, intent, "close_call", chat.id, payload)
            await calls.discard(pool.accounts.user, call)
            checkpoint("call_closed")
        tg_call_id = TgCallId(call.id) if call is not None else ended or chat.tg_call_id
        await self._closed(chat, tg_call_id, close_key=command.key, by_us=True)
        if tg_call_id is not None:
            await intents.end(pool.database, f"{_close_prefix(command)}{tg_call_id}")
        return {"tg_call_id": tg_call_id}

    async def _ended_before(self, command: Command) -> TgCallId | None:
        """The call that an earlier try of a `close_call` was ending. Of a row that Odoo has given
        another life, those of this life count."""
        prefix = _close_prefix(command)
        if command.attempts <= 1:
            await intents.forget_all(self._pool.database, prefix)
            return None
        intent = await intents.last(self._pool.database, prefix)
        return TgCallId(int(intent.removeprefix(prefix))) if intent else None

    async def _tell_ended(self, chat: Chat, tg_call_id: TgCallId, command: Command) -> None:
        open_key = command.payload.get("open_key")
        now = await self._pool.now()
        fact = closed_fact(
            chat.id, tg_call_id, now, open_key=open_key, close_key=command.key, by_us=True
        )
        await self._pool.report([fact])

    async def _kept(self, chat: Chat, call: Any, command: Command, **why: Any) -> None:
        now = await self._pool.now()
        fact = kept_fact(chat.id, calls.id_of(call), now, close_key=command.key, **why)
        await self._pool.report([fact])

    async def seen(self, seen: CallSeen, chat_id: ChatId) -> None:
        """Telegram said that a call runs or is over, or is that of a live story."""
        chat = await steps.chat_of(self._pool, chat_id)
        watch = self.watches.get(chat_id)
        is_gone = seen.is_over or seen.is_live_story
        if is_gone:
            self._gone.add(seen.tg_call_id)
        elif seen.is_scheduled:
            return
        if not is_gone:
            if watch is None or watch.tg_call_id != seen.tg_call_id:
                await self._found(chat, seen.call)
            elif seen.listeners_hidden is not None:
                watch.expect(listeners_hidden=seen.listeners_hidden)
        elif watch is not None and watch.tg_call_id == seen.tg_call_id:
            await self._closed(chat, seen.tg_call_id, close_key=None, by_us=False, heard=seen.heard)
            await self._again(chat)

    async def look_again(self, chat: Chat) -> None:
        """After a start or a reconnect: is there a call, is it the one that we know, and is one
        needed?"""
        there = await self._there(chat)
        if there is not None and not there.is_scheduled:
            await self._found(chat, there.call)
            self.watches[chat.id].read_again()
            return
        if chat.tg_call_id is not None:
            await self._closed(chat, chat.tg_call_id, close_key=None, by_us=False, is_seen=False)
        await self._again(chat)

    async def stop(self) -> None:
        """Stop watching, without a word about the calls."""
        if self._asking is not None:
            self._asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._asking
        await self._probing.stop()

    async def _again(self, chat: Chat) -> None:
        """No call runs: open it again if one is needed still, whoever ended it. That needs no
        row of its own: whoever looks at the chat after a crash comes to the same."""
        chat = replace(chat, tg_call_id=None, call_key=None)
        try:
            await self._reopen(chat)
            self._failures.pop(chat.id, None)
        except Refused as error:
            log.warning("not_reopened", chat_id=chat.id, code=error.code)
            need = await self._need(chat)
            if need is not None:
                await self._given_up(chat, need, error.code)
        except Wait as error:
            self._look_later(chat.id, error.seconds + 1)
        except (Passing, AlreadyDone):  # the second: ended again before we knew of it
            self._failures[chat.id] += 1
            self._look_later(chat.id, look_again_s(self._failures[chat.id]))
        except Paused:
            self._look_later(chat.id, _PAUSED_S)
        except Frozen as error:  # thawed, everything is looked at
            log.warning("not_reopened", chat_id=chat.id, code=error.code)

    async def _reopen(self, chat: Chat) -> None:
        pool = self._pool
        needed = await outbox.needs_of_call(pool.database, chat.id, await pool.now())
        need = needs_longest(needed)
        if need is None:
            return
        there = await self._there(chat)
        if there is not None and not there.is_scheduled:  # a person was quicker
            await self._found(chat, there.call)
            return
        prefix = f"{_REOPEN}{need.open_key}:"
        begun = await intents.attempt_of(pool.database, prefix)
        if await intents.unfinished(pool.database, prefix):
            begun -= 1  # the last one did not come to its end: it is tried again
        match reopening(needed, begun):
            case Reopen(number=number):
                key = f"{need.open_key}#{number}"
                random_id = call_random_id(pool.database.mark, key, 0)
                call = await steps.begin(
                    self._pool, chat, there, need.opening, f"{prefix}{number}", random_id
                )
                await self._opened(chat, call, need.open_key, reopened=number)
                await steps.set_up(self._pool, chat, call, need.opening)
            case GiveUp():
                await self._given_up(chat, need, None, begun)

    async def _given_up(
        self, chat: Chat, need: Need, error_code: str | None, reopened: int = 0
    ) -> None:
        now = await self._pool.now()
        fact = given_up_fact(chat.id, now, need.open_key, error_code, reopened)
        await self._pool.report([fact])

    async def _need(self, chat: Chat) -> Need | None:
        now = await self._pool.now()
        return needs_longest(await outbox.needs_of_call(self._pool.database, chat.id, now))

    async def _found(self, chat: Chat, call: Any) -> None:
        """A call runs: the one that is known, or another one, which whoever needs it takes."""
        if chat.tg_call_id == call.id:
            await self._opened(chat, call, None)
            return
        database = self._pool.database
        need = await self._need(chat)
        prefix = f"{_REOPEN}{need.open_key}:" if need else ""
        unfinished = await intents.unfinished(database, prefix) if need else None
        number = 0
        if unfinished is not None:  # ours: the process died, or the answer was lost
            await intents.end(database, unfinished)
            number = int(unfinished.removeprefix(prefix))
        await self._opened(
            chat,
            call,
            need.open_key if need else None,
            is_adopted=unfinished is None,
            is_found=True,
            reopened=number,
        )
        if need is not None:
            await steps.set_up(self._pool, chat, call, need.opening)

    async def _opened(
        self,
        chat: Chat,
        call: Any,
        open_key: str | None,
        *,
        is_adopted: bool = False,
        is_found: bool = False,
        reopened: int = 0,
    ) -> None:
        """The call runs; `is_found`: it may have begun long ago."""
        tg_call_id = calls.id_of(call)
        watch = self.watches.get(chat.id)
        former = watch.tg_call_id if watch is not None else chat.tg_call_id
        if former is not None and former != tg_call_id:
            # creating a call ends a running one; or it was over before, while nobody looked
            await self._closed(chat, former, close_key=None, by_us=False)
        is_new = chat.tg_call_id != tg_call_id
        if is_new or open_key:
            now = await self._pool.now()
            state: dict[str, Any] = {"tg_call_id": tg_call_id, "call_key": open_key}
            if is_new:
                began = await self._began(chat, tg_call_id) if is_found else None
                now = min(began or now, now)
                state["call_seen_at"] = naive(now)
            await chats.save_state(self._pool.database, chat.id, **state)
            fact = opened_fact(
                chat.id, tg_call_id, now, open_key, is_adopted=is_adopted, reopened=reopened
            )
            await self._pool.report([fact])
        await self._watch(chat.id, call)

    async def _began(self, chat: Chat, tg_call_id: TgCallId) -> datetime | None:
        """When the group's call began, as far as Telegram says so."""
        user = self._pool.accounts.user
        try:
            return await call_began(user, await channel_for(user, chat.group), tg_call_id)
        except TelegramError as error:
            log.info("call_log_unread", chat_id=chat.id, code=error.code)
            return None

    async def _watch(self, chat_id: ChatId, call: object) -> None:
        if chat_id in self.watches:
            return
        on_gone = partial(self._is_gone, chat_id)
        watch = self.watches[chat_id] = CallWatch(self._pool, self._probing, chat_id, call, on_gone)
        if self._asking is None or self._asking.done():
            asking = self._pool.accounts.life.keep_asking(self._pool.now, self._tell_unheard)
            self._asking = asyncio.create_task(asking, name="life of the line")
        await watch.start()

    def _line(self) -> int | None:
        """The number of the account's connection, where Telegram answers on it."""
        accounts = self._pool.accounts
        return accounts.life.heard.connection if accounts.user.is_answering else None

    def _unheard(self, heard: Heard) -> None:
        """The line was silent, or broke: what it brought may not be all."""
        for watch in self.watches.values():
            watch.unheard(heard)

    async def _tell_unheard(self) -> bool:
        """Whether there is a call to go on asking for."""
        for watch in list(self.watches.values()):
            await watch.tell_unheard()
        return bool(self.watches)

    def _is_gone(self, chat_id: ChatId, tg_call_id: TgCallId) -> None:
        """A look found that the call is over."""
        self._gone.add(tg_call_id)
        self._look_later(chat_id, 0.0)

    async def _closed(
        self,
        chat: Chat,
        tg_call_id: TgCallId | None,
        *,
        close_key: str | None,
        by_us: bool,
        is_seen: bool = True,
        heard: Heard | None = None,
    ) -> None:
        """The call is over: `is_seen` and `heard` as `CallWatch.end` wants them."""
        now = await self._pool.now()
        if tg_call_id is not None and not by_us:  # a gateway may have died just after it
            begun = await intents.begun(self._pool.database, "close_call", chat.id)
            by_us = {"tg_call_id": tg_call_id} in begun
        told: dict[str, Any] = {"open_key": chat.call_key, "close_key": close_key, "by_us": by_us}
        watch = self.watches.pop(chat.id, None)
        if watch is None and tg_call_id is not None and tg_call_id == chat.tg_call_id:
            # closed while nobody watched: whoever was in it has left by now
            is_seen = False
            watch = CallWatch(self._pool, self._probing, chat.id, _known(tg_call_id))
            await watch.remember()
        if watch is not None and watch.tg_call_id == tg_call_id:
            await watch.end(now, is_seen=is_seen, heard=heard, **told)
        else:
            await self._pool.report([closed_fact(chat.id, tg_call_id, now, **told)])
        await chats.save_state(self._pool.database, chat.id, tg_call_id=None, call_key=None)
        if not by_us:
            await outbox.look_at_end(self._pool.database, chat.id)
        log.info("call_closed", chat_id=chat.id, tg_call_id=tg_call_id)


def _close_prefix(command: Command) -> str:
    return f"{_CLOSE}{command.id}:"


def _known(tg_call_id: TgCallId) -> object:
    return types.InputGroupCall(tg_call_id, 0)
