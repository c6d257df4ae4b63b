"""`close_call`: the lesson is over, and its call ends, is passed on, or waits while people talk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog

from telegram_gateway.calls import steps
from telegram_gateway.calls.adopt import Adoption
from telegram_gateway.calls.facts import closed_fact, kept_fact
from telegram_gateway.calls.running import RunningCalls
from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.calls import PassOn, StayUntil, ending
from telegram_gateway.core.commands import Command
from telegram_gateway.core.model import TgCallId
from telegram_gateway.database import chats, intents, outbox
from telegram_gateway.database.chats import Chat
from telegram_gateway.pool import Work
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.calls import InputCall
from telegram_gateway.telegram.errors import Frozen

log = structlog.get_logger(__name__)
_CLOSE = "close_call:"  # the intents of closings begin with it; they end with the call's id


class PeopleStillTalk(Exception):
    """A `close_call` is not done yet: people talk, and may until `until` (aware)."""

    def __init__(self, until: datetime):
        super().__init__(until)
        self.until = until


async def close_call(work: Work, command: Command) -> dict[str, Any]:
    """Do a `close_call`. Return its result: `tg_call_id`, and `kept_for` or `left_open` where the
    call goes on. Raises TelegramError, and PeopleStillTalk."""
    running = work.calls.running
    try:
        return await _close(running, work.calls.adoption, command)
    except Frozen as error:
        return await _leave_open(running, command, error.code)


async def _leave_open(running: RunningCalls, command: Command, code: str) -> dict[str, object]:
    """Leave the call to the people in it, since the account is frozen; the admin who began it may
    end it. The report says that nothing more of it counts for the lesson."""
    pool = running.pool
    chat = await steps.load_chat_with_group(pool, command.chat_id)
    await intents.forget_all(pool.database, _prefix(command))
    await chats.save_state(pool.database, chat.id, call_key=None)
    now = await pool.now()
    fact = kept_fact(chat.id, chat.tg_call_id, now, open_key=None, close_key=command.key)
    await pool.report([fact])
    log.warning("call_left_open", chat_id=chat.id, tg_call_id=chat.tg_call_id, code=code)
    return {"tg_call_id": chat.tg_call_id, "left_open": code}


async def _close(running: RunningCalls, adoption: Adoption, command: Command) -> dict[str, object]:
    pool = running.pool
    chat = await steps.load_chat_with_group(pool, command.chat_id)
    found = await running.read(chat)
    call = found.call if found is not None and not found.is_scheduled else None
    ended = await _ended_before(running, command)
    if call is not None and ended is not None and call.id != ended:
        # that one is over, and somebody has begun another one since: it is theirs
        await adoption.on_call(chat, call)
        await _report_ended(running, chat, ended, command)
        await intents.end(pool.database, f"{_prefix(command)}{ended}")
        return {"tg_call_id": ended}
    if call is not None:
        await running.watch(chat.id, call)
        watch = running.watches[chat.id]
        await watch.read_a_last_time()
        now = await pool.now()
        needed = await outbox.needs_of_call(pool.database, chat.id, now)
        match ending(command, now, watch.present, pool.accounts.user_id, needed):
            case PassOn(open_key=open_key):
                await chats.save_state(
                    pool.database, chat.id, tg_call_id=call.id, call_key=open_key
                )
                await _report_kept(running, chat, call, command, open_key=open_key)
                return {"tg_call_id": call.id, "kept_for": open_key}
            case StayUntil(at=until):
                await _report_kept(running, chat, call, command, open_key=None, until=until)
                raise PeopleStillTalk(until)
        intent = f"{_prefix(command)}{call.id}"
        payload = {"tg_call_id": call.id}
        await intents.begin(pool.database, intent, "close_call", chat.id, payload)
        await calls.discard(pool.accounts.user, call)
        checkpoint("call_closed")
    tg_call_id = TgCallId(call.id) if call is not None else ended or chat.tg_call_id
    await running.closed(chat, tg_call_id, close_key=command.key, by_us=True)
    if tg_call_id is not None:
        await intents.end(pool.database, f"{_prefix(command)}{tg_call_id}")
    return {"tg_call_id": tg_call_id}


async def _ended_before(running: RunningCalls, command: Command) -> TgCallId | None:
    """Return the call that an earlier try of this `close_call` was ending.

    Odoo may have set the row back to pending since; tries from before that do not count."""
    prefix = _prefix(command)
    if command.attempts <= 1:
        await intents.forget_all(running.pool.database, prefix)
        return None
    intent = await intents.last(running.pool.database, prefix)
    return TgCallId(int(intent.removeprefix(prefix))) if intent else None


async def _report_ended(
    running: RunningCalls, chat: Chat, tg_call_id: TgCallId, command: Command
) -> None:
    open_key = command.payload.get("open_key")
    now = await running.pool.now()
    fact = closed_fact(
        chat.id, tg_call_id, now, open_key=open_key, close_key=command.key, by_us=True
    )
    await running.pool.report([fact])


async def _report_kept(
    running: RunningCalls, chat: Chat, call: InputCall, command: Command, **why: Any
) -> None:
    now = await running.pool.now()
    fact = kept_fact(chat.id, calls.id_of(call), now, close_key=command.key, **why)
    await running.pool.report([fact])


def _prefix(command: Command) -> str:
    return f"{_CLOSE}{command.id}:"
