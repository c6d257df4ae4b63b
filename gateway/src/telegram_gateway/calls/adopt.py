"""Adopts a call that somebody else began, and opens one again that ended while it was still needed.

Neither needs a row of its own: after a crash the next check of the chat comes to the same decision.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import structlog

from telegram_gateway.calls import steps
from telegram_gateway.calls.facts import given_up_fact
from telegram_gateway.calls.running import RunningCalls
from telegram_gateway.core.calls import GiveUp, Need, Reopen, needs_longest, reopening
from telegram_gateway.core.commands import call_random_id
from telegram_gateway.core.model import ChatId
from telegram_gateway.core.retry import look_again_s
from telegram_gateway.database import intents, outbox
from telegram_gateway.database.chats import Chat
from telegram_gateway.telegram.calls import InputCall
from telegram_gateway.telegram.errors import AlreadyDone, Frozen, Passing, Paused, Refused, Wait

log = structlog.get_logger(__name__)
_PAUSED_S = 30.0
_REOPEN = "reopen_call:"  # the intents of reopenings begin with it; they end with their number


class Adoption:
    """Adopts calls and opens them again; see the module."""

    def __init__(self, running: RunningCalls):
        self._running = running
        self._pool = running.pool
        # how often in a row a call could not be opened again
        self._failures: Counter[ChatId] = Counter()

    async def on_call(self, chat: Chat, call: InputCall) -> None:
        """A call runs in the group: the one that is known, or another one. Another one is taken by
        the opening that needs a call. Raises TelegramError."""
        if chat.tg_call_id == call.id:
            await self._running.opened(chat, call, None)
            return
        database = self._pool.database
        need = await self._running.need(chat)
        prefix = f"{_REOPEN}{need.open_key}:" if need else ""
        unfinished = await intents.unfinished(database, prefix) if need else None
        number = 0
        if unfinished is not None:  # ours: the process died, or the answer was lost
            await intents.end(database, unfinished)
            number = int(unfinished.removeprefix(prefix))
        await self._running.opened(
            chat,
            call,
            need.open_key if need else None,
            is_adopted=unfinished is None,
            is_found=True,
            reopened=number,
        )
        if need is not None:
            await steps.set_up(self._pool, chat, call, need.opening)

    async def on_no_call(self, chat: Chat) -> None:
        """No call runs in the group: open one again if it is still needed, whoever ended it. Errors
        that may pass are tried again later."""
        chat = replace(chat, tg_call_id=None, call_key=None)
        check_later = self._running.check_later
        try:
            await self._reopen(chat)
            self._failures.pop(chat.id, None)
        except Refused as error:
            log.warning("call_not_reopened", chat_id=chat.id, code=error.code)
            need = await self._running.need(chat)
            if need is not None:
                await self._give_up(chat, need, error.code)
        except Wait as error:
            check_later(chat.id, error.seconds + 1)
        except (Passing, AlreadyDone):  # the second: ended again before we knew of it
            self._failures[chat.id] += 1
            check_later(chat.id, look_again_s(self._failures[chat.id]))
        except Paused:
            check_later(chat.id, _PAUSED_S)
        except Frozen as error:  # once it is thawed, all chats are checked
            log.warning("call_not_reopened", chat_id=chat.id, code=error.code)

    async def _reopen(self, chat: Chat) -> None:
        pool = self._pool
        needed = await outbox.needs_of_call(pool.database, chat.id, await pool.now())
        need = needs_longest(needed)
        if need is None:
            return
        found = await self._running.read(chat)
        if found is not None and not found.is_scheduled:  # a person was quicker
            await self.on_call(chat, found.call)
            return
        prefix = f"{_REOPEN}{need.open_key}:"
        begun = await intents.attempt_of(pool.database, prefix)
        if await intents.unfinished(pool.database, prefix):
            begun -= 1  # the last one did not come to its end: it is tried again
        match reopening(needed, begun):
            case Reopen(number=number):
                key = f"{need.open_key}#{number}"
                random_id = call_random_id(pool.database.mark, key, 0)
                call = await steps.start_call(
                    pool, chat, found, need.opening, f"{prefix}{number}", random_id
                )
                await self._running.opened(chat, call, need.open_key, reopened=number)
                await steps.set_up(pool, chat, call, need.opening)
            case GiveUp():
                await self._give_up(chat, need, None, begun)

    async def _give_up(
        self, chat: Chat, need: Need, error_code: str | None, reopened: int = 0
    ) -> None:
        now = await self._pool.now()
        fact = given_up_fact(chat.id, now, need.open_key, error_code, reopened)
        await self._pool.report([fact])
