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


async def announce(work: Work, command: Command) -> dict[str, Any]:
    """Do an `announce_call`; its result. Raises TelegramError."""
    pool = work.pool
    chat = await steps.chat_of(pool, command.chat_id)
    try:
        at = datetime.fromisoformat(str(command.payload["at"]))
    except (KeyError, ValueError):
        raise Refused("bad_payload") from None
    if at.tzinfo is None:
        raise Refused("bad_payload")
    prefix = f"announce_call:{command.key}:"
    unfinished = await intents.unfinished(pool.database, prefix)
    there = await steps.there(pool, chat)
    if there is not None:  # announcing another would end it
        if unfinished is None:
            return {"tg_call_id": None, "skipped": "call_there"}
        await intents.end(pool.database, unfinished)
        return {"tg_call_id": there.call.id}
    if not may_announce(at, await pool.now()):
        return {"tg_call_id": None, "skipped": "too_late"}
    attempt = await intents.attempt_of(pool.database, prefix)
    random_id = call_random_id(pool.database.mark, command.key or "", attempt)
    call = await steps.begin(pool, chat, None, command, f"{prefix}{attempt}", random_id, at=at)
    return {"tg_call_id": call.id}


async def withdraw(work: Work, command: Command) -> dict[str, Any]:
    """Do a `withdraw_call`; its result. Raises TelegramError."""
    pool = work.pool
    chat = await steps.chat_of(pool, command.chat_id)
    key = str(command.payload.get("announce_key"))
    announced = (await outbox.result_of(pool.database, chat.id, key)).get("tg_call_id")
    there = await steps.there(pool, chat)
    if there is None or not there.is_scheduled or there.call.id != announced:
        return {"tg_call_id": None}
    await calls.discard(pool.accounts.user, there.call)
    return {"tg_call_id": announced}
