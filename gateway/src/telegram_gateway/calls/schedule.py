"""Calls that are announced in a group before they begin, and announcements that are taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from telegram_gateway.calls import steps
from telegram_gateway.core.calls import may_announce
from telegram_gateway.core.commands import Command, call_random_id
from telegram_gateway.database import intents, outbox
from telegram_gateway.pool import Work
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.errors import Refused


async def announce_call(work: Work, command: Command) -> dict[str, Any]:
    """Announce a call for the instant that the command says. Return the result: `tg_call_id`, or
    None with the reason as `skipped` ("call_there", "too_late").

    Raises Refused("bad_payload") for an instant without a time zone, and TelegramError.
    """
    pool = work.pool
    chat = await steps.load_chat_with_group(pool, command.chat_id)
    try:
        at = datetime.fromisoformat(str(command.payload["at"]))
    except (KeyError, ValueError):
        raise Refused("bad_payload") from None
    if at.tzinfo is None:
        raise Refused("bad_payload")
    prefix = f"announce_call:{command.key}:"
    unfinished = await intents.unfinished(pool.database, prefix)
    found = await steps.read_group_call(pool, chat)
    if found is not None:  # announcing another one would end it
        if unfinished is None:
            return {"tg_call_id": None, "skipped": "call_there"}
        await intents.end(pool.database, unfinished)
        return {"tg_call_id": found.call.id}
    if not may_announce(at, await pool.now()):
        return {"tg_call_id": None, "skipped": "too_late"}
    attempt = await intents.attempt_of(pool.database, prefix)
    random_id = call_random_id(pool.database.mark, command.key or "", attempt)
    call = await steps.start_call(pool, chat, None, command, f"{prefix}{attempt}", random_id, at=at)
    return {"tg_call_id": call.id}


async def withdraw_call(work: Work, command: Command) -> dict[str, Any]:
    """Take back what an `announce_call` announced, unless it has begun. The result's `tg_call_id`
    is None where there was nothing to take back. Raises TelegramError."""
    pool = work.pool
    chat = await steps.load_chat_with_group(pool, command.chat_id)
    key = str(command.payload.get("announce_key"))
    announced = (await outbox.result_of(pool.database, chat.id, key)).get("tg_call_id")
    found = await steps.read_group_call(pool, chat)
    if found is None or not found.is_scheduled or found.call.id != announced:
        return {"tg_call_id": None}
    await calls.discard(pool.accounts.user, found.call)
    return {"tg_call_id": announced}
