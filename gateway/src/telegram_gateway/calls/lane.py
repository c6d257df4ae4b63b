"""The call lane of a chat: everything that is done with its call, one thing after the other.

The commands `open_call` and `close_call`, updates about a call, and checks of whether there is one
come in here. (`announce_call` and `withdraw_call` are in schedule.py; a call's watch follows
who joins and leaves it: see watch.py.)
"""

from __future__ import annotations

from collections.abc import Callable

from telegram_gateway.calls import steps
from telegram_gateway.calls.adopt import Adoption
from telegram_gateway.calls.close import close_call
from telegram_gateway.calls.running import RunningCalls
from telegram_gateway.core.commands import Command, call_random_id
from telegram_gateway.core.model import ChatId, TgCallId
from telegram_gateway.database import intents, outbox
from telegram_gateway.database.chats import Chat
from telegram_gateway.pool import Pool
from telegram_gateway.telegram.seen import CallSeen


class Calls:
    """The calls of the pool's chats. `watches`: of those that run, by chat. `check_later(chat,
    seconds)` has `check` done then."""

    def __init__(self, pool: Pool, check_later: Callable[[ChatId, float], None]):
        self._pool = pool
        self._running = RunningCalls(pool, check_later)
        self._adoption = Adoption(self._running)
        self.watches = self._running.watches

    def is_over(self, tg_call_id: TgCallId) -> bool:
        """Return whether that call is known to be over, or to be none of ours."""
        return tg_call_id in self._running.not_ours

    async def open_call(self, command: Command) -> dict[str, object]:
        """Do an `open_call`: start the announced call, create one, or take the one that runs.

        Gives its result: `tg_call_id`, `adopted` (somebody else began it), and what `set_up` gives.
        Raises TelegramError.
        """
        pool = self._pool
        chat = await steps.load_chat_with_group(pool, command.chat_id)
        key = command.key or ""
        prefix = f"open_call:{key}:"
        found = await self._running.read(chat)
        unfinished = await intents.unfinished(pool.database, prefix)
        attempt = await intents.attempt_of(pool.database, prefix)
        # ours though it runs: of a process that died, or of a turn that did not come to its end
        is_ours = unfinished is not None or (attempt > 0 and chat.call_key == key)
        is_running = found is not None and not found.is_scheduled
        if found is None or found.is_scheduled:
            random_id = call_random_id(pool.database.mark, key, attempt)
            intent = f"{prefix}{attempt}"
            call = await steps.start_call(pool, chat, found, command, intent, random_id)
            is_ours = True
        else:
            call = found.call
            if unfinished is not None:
                await intents.end(pool.database, unfinished)
        await self._running.opened(chat, call, key, is_adopted=not is_ours, is_found=is_running)
        await outbox.look_at_end(pool.database, chat.id)
        result = {"tg_call_id": call.id, "adopted": not is_ours}
        return result | await steps.set_up(pool, chat, call, command)

    async def close_call(self, command: Command) -> dict[str, object]:
        """Do a `close_call`; see close.py. Raises TelegramError, and PeopleStillTalk."""
        return await close_call(self._running, self._adoption, command)

    async def on_call_seen(self, seen: CallSeen, chat_id: ChatId) -> None:
        """An update said that the chat's call runs or is over, or is that of a live story. Raises
        TelegramError."""
        running = self._running
        chat = await steps.load_chat_with_group(self._pool, chat_id)
        watch = running.watches.get(chat_id)
        is_gone = seen.is_over or seen.is_live_story
        if is_gone:
            running.not_ours.add(seen.tg_call_id)
        elif seen.is_scheduled:
            return
        if not is_gone:
            if watch is None or watch.tg_call_id != seen.tg_call_id:
                await self._adoption.on_call(chat, seen.call)
            elif seen.listeners_hidden is not None:
                watch.expect(listeners_hidden=seen.listeners_hidden)
        elif watch is not None and watch.tg_call_id == seen.tg_call_id:
            await running.closed(
                chat, seen.tg_call_id, close_key=None, by_us=False, coverage=seen.coverage
            )
            await self._adoption.on_no_call(chat)

    async def check(self, chat: Chat) -> None:
        """Read whether the group has a call, whether it is the one that we know, and open one again
        that is needed: after a start, a reconnect, or a doubt. Raises TelegramError."""
        running = self._running
        found = await running.read(chat)
        if found is not None and not found.is_scheduled:
            await self._adoption.on_call(chat, found.call)
            running.watches[chat.id].read_unless_fresh()
            return
        if chat.tg_call_id is not None:
            await running.closed(chat, chat.tg_call_id, close_key=None, by_us=False, is_seen=False)
        await self._adoption.on_no_call(chat)

    async def stop(self) -> None:
        """Stop watching; nothing is reported of the calls."""
        await self._running.stop()
