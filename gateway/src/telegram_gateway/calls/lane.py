"""The call lane of a chat: everything that is done with its call, one thing after the other.

Updates about a call, and checks of whether there is one, come in here. (The commands are in
open.py, close.py and schedule.py; a call's watch follows who joins and leaves it: see watch.py.)
"""

from __future__ import annotations

from collections.abc import Callable

from telegram_gateway.calls import steps
from telegram_gateway.calls.adopt import Adoption
from telegram_gateway.calls.running import RunningCalls
from telegram_gateway.core.model import ChatId, TgCallId
from telegram_gateway.database.chats import Chat
from telegram_gateway.pool import Pool
from telegram_gateway.telegram.seen import CallSeen


class Calls:
    """The calls of the pool's chats. `watches`: of those that run, by chat. `check_later(chat,
    seconds)` calls `check` that many seconds from now."""

    def __init__(self, pool: Pool, check_later: Callable[[ChatId, float], None]):
        self._pool = pool
        self.running = RunningCalls(pool, check_later)
        self.adoption = Adoption(self.running)
        self.watches = self.running.watches

    def is_over(self, tg_call_id: TgCallId) -> bool:
        """Return whether that call is known to be over, or to be none of ours."""
        return tg_call_id in self.running.not_ours

    async def on_call_seen(self, seen: CallSeen, chat_id: ChatId) -> None:
        """An update said that a call runs in the chat, that it is over, or that it belongs to a
        live story. Raises TelegramError."""
        running = self.running
        chat = await steps.load_chat_with_group(self._pool, chat_id)
        watch = running.watches.get(chat_id)
        is_gone = seen.is_over or seen.is_live_story
        if is_gone:
            running.not_ours.add(seen.tg_call_id)
        elif seen.is_scheduled:
            return
        if not is_gone:
            if watch is None or watch.tg_call_id != seen.tg_call_id:
                await self.adoption.on_call(chat, seen.call)
            elif seen.listeners_hidden is not None:
                watch.expect(listeners_hidden=seen.listeners_hidden)
        elif watch is not None and watch.tg_call_id == seen.tg_call_id:
            await running.closed(
                chat, seen.tg_call_id, close_key=None, by_us=False, coverage=seen.coverage
            )
            await self.adoption.on_no_call(chat)

    async def check(self, chat: Chat) -> None:
        """Read whether the group has a call, and whether it is the one that we know. Open a call
        again if it is needed and none runs. Done after a start, a reconnect, or when in doubt.
        Raises TelegramError."""
        running = self.running
        found = await running.read(chat)
        if found is not None and not found.is_scheduled:
            await self.adoption.on_call(chat, found.call)
            running.watches[chat.id].read_unless_fresh()
            return
        if chat.tg_call_id is not None:
            await running.closed(chat, chat.tg_call_id, close_key=None, by_us=False, is_seen=False)
        await self.adoption.on_no_call(chat)

    async def stop(self) -> None:
        """Stop watching; nothing is reported of the calls."""
        await self.running.stop()
