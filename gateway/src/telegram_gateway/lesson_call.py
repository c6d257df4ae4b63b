"""The call lane of a chat: open, close, adopt what somebody else opened."""

from __future__ import annotations

import structlog
from telethon import types

from telegram_gateway.call_watch import CallWatch, closed_fact
from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.commands import Command, call_random_id
from telegram_gateway.core.model import ChatId, Fact, TgCallId
from telegram_gateway.database import chats, intents
from telegram_gateway.database.chats import Chat
from telegram_gateway.pool import Pool, iso
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.errors import Refused
from telegram_gateway.telegram.seen import CallSeen

log = structlog.get_logger(__name__)


class Calls:
    """The calls that run in the pool's chats, each watched."""

    def __init__(self, pool: Pool):
        self._pool = pool
        self.watches: dict[ChatId, CallWatch] = {}

    async def _chat(self, chat_id: ChatId | None) -> Chat:
        chat = await chats.load_chat(self._pool.database, chat_id) if chat_id else None
        if chat is None or chat.tg_chat_id is None:
            raise Refused("chat_broken")
        return chat

    async def open(self, command: Command) -> dict[str, object]:
        """Do an `open_call`; its result. Raises TelegramError."""
        pool = self._pool
        chat = await self._chat(command.chat_id)
        assert chat.tg_chat_id is not None
        user = pool.accounts.user
        call = await calls.running(user, chat.tg_chat_id)
        is_ours = False
        if call is None:
            prefix = f"open_call:{command.key}:"
            attempt = await intents.attempt_of(pool.database, prefix)
            key = f"{prefix}{attempt}"
            random_id = call_random_id(pool.database.mark, command.key or "", attempt)
            await intents.begin(pool.database, key, "open_call", chat.id, {"random_id": random_id})
            title = str(command.payload.get("title") or "")
            call = await calls.create(user, chat.tg_chat_id, random_id, title)
            is_ours = True
            checkpoint("call_created")
            await intents.end(pool.database, key)
        await self._opened(chat, call, command.key)
        return {"tg_call_id": call.id, "adopted": not is_ours}

    async def close(self, command: Command) -> dict[str, object]:
        """Do a `close_call`; its result. Raises TelegramError."""
        pool = self._pool
        chat = await self._chat(command.chat_id)
        assert chat.tg_chat_id is not None
        call = await calls.running(pool.accounts.user, chat.tg_chat_id)
        if call is not None:
            await self._watch(chat.id, call)
            await self.watches[chat.id].last_look()
            await calls.discard(pool.accounts.user, call)
            checkpoint("call_closed")
        tg_call_id = TgCallId(call.id) if call is not None else chat.tg_call_id
        await self._closed(chat, tg_call_id, close_key=command.key, by_us=True)
        return {"tg_call_id": tg_call_id}

    async def seen(self, seen: CallSeen, chat_id: ChatId) -> None:
        """Telegram said that a call runs or is over."""
        chat = await self._chat(chat_id)
        watch = self.watches.get(chat_id)
        if not seen.is_over:
            if watch is None or watch.tg_call_id != seen.tg_call_id:
                await self._opened(chat, seen.call, None)
        elif watch is not None and watch.tg_call_id == seen.tg_call_id:
            await self._closed(chat, seen.tg_call_id, close_key=None, by_us=False)

    async def look_again(self, chat: Chat) -> None:
        """After a start or a reconnect: is there a call, and is it the one that we know?"""
        assert chat.tg_chat_id is not None
        call = await calls.running(self._pool.accounts.user, chat.tg_chat_id)
        if call is not None:
            await self._opened(chat, call, None)
            self.watches[chat.id].read_soon()
        elif chat.tg_call_id is not None:
            await self._closed(chat, chat.tg_call_id, close_key=None, by_us=False)

    async def stop(self) -> None:
        """Stop watching, without a word about the calls."""
        for watch in self.watches.values():
            await watch.stop()

    async def _opened(self, chat: Chat, call: object, open_key: str | None) -> None:
        tg_call_id = calls.id_of(call)  # type: ignore[arg-type]
        watch = self.watches.get(chat.id)
        if watch is not None and watch.tg_call_id != tg_call_id:
            # creating a call ends a running one
            await self._closed(chat, watch.tg_call_id, close_key=None, by_us=False)
        is_new = chat.tg_call_id != tg_call_id
        if is_new or open_key:
            now = await self._pool.now()
            await chats.save_state(
                self._pool.database, chat.id, tg_call_id=tg_call_id, call_key=open_key
            )
            await self._pool.tell(
                [
                    Fact(
                        fact=f"call:{tg_call_id}:opened:{open_key or ''}",
                        kind="call_opened",
                        occurred_at=now,
                        chat_id=chat.id,
                        payload={
                            "tg_call_id": tg_call_id,
                            "open_key": open_key,
                            "at": iso(now),
                        },
                    )
                ]
            )
        await self._watch(chat.id, call)

    async def _watch(self, chat_id: ChatId, call: object) -> None:
        if chat_id in self.watches:
            return
        watch = self.watches[chat_id] = CallWatch(self._pool, chat_id, call)
        await watch.start()

    async def _closed(
        self, chat: Chat, tg_call_id: TgCallId | None, *, close_key: str | None, by_us: bool
    ) -> None:
        now = await self._pool.now()
        told = {"open_key": chat.call_key, "close_key": close_key, "by_us": by_us}
        watch = self.watches.pop(chat.id, None)
        if watch is None and tg_call_id is not None and tg_call_id == chat.tg_call_id:
            # closed while nobody watched: whoever was in it has left by now
            watch = CallWatch(self._pool, chat.id, _known(tg_call_id))
            await watch.remember()
        if watch is not None and watch.tg_call_id == tg_call_id:
            await watch.end(now, **told)
        else:
            await self._pool.tell([closed_fact(chat.id, tg_call_id, now, **told)])
        await chats.save_state(self._pool.database, chat.id, tg_call_id=None, call_key=None)
        log.info("call_closed", chat_id=chat.id, tg_call_id=tg_call_id)


def _known(tg_call_id: TgCallId) -> object:
    return types.InputGroupCall(tg_call_id, 0)
