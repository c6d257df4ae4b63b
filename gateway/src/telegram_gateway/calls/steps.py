"""Single steps on a chat's call, which need no memory of it."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from telethon import types

from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.account_standing import FROZEN
from telegram_gateway.core.commands import Command
from telegram_gateway.core.model import ChatId, TgCallId
from telegram_gateway.database import chats, intents
from telegram_gateway.database.chats import Chat
from telegram_gateway.membership.known_groups import refresh_known_groups
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.calls import CallOver
from telegram_gateway.telegram.errors import Frozen, Refused

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class There:
    """A group's call; is_scheduled: it is announced, and runs once somebody starts it."""

    call: types.InputGroupCall
    is_scheduled: bool


async def chat_of(pool: Pool, chat_id: ChatId | None) -> Chat:
    """The chat, which has a group. Raises Refused."""
    chat = await chats.load_chat(pool.database, chat_id) if chat_id else None
    if chat is None or chat.tg_chat_id is None:
        raise Refused("chat_broken")
    return chat


async def there(pool: Pool, chat: Chat, gone: Container[TgCallId] = frozenset()) -> There | None:
    """The group's call, and whether it is only announced. What Telegram names there may be over
    already, or (both in `gone`) be known to be over or to be no lesson's call."""
    await refresh_known_groups(pool, chat.group)
    call = await calls.running(pool.accounts.user, chat.group)
    if call is None or call.id in gone:
        return None
    is_known = call.id == chat.tg_call_id  # known are those that run
    try:
        return There(call, not is_known and await calls.is_scheduled(pool.accounts.user, call))
    except CallOver:
        return None


async def begin(
    pool: Pool,
    chat: Chat,
    there: There | None,
    command: Command,
    intent: str,
    random_id: int,
    at: datetime | None = None,
) -> Any:
    """Start the call that is announced, or create one (for later: `at`).

    Raises TelegramError. What a frozen account was refused leaves no trace: a call that somebody
    begins by hand then is not taken for it.
    """
    if await pool.is_frozen("user"):
        raise Frozen(FROZEN)
    await intents.begin(pool.database, intent, "open_call", chat.id, {"random_id": random_id})
    call = there.call if there is not None else None
    try:
        if call is not None:
            try:
                await calls.start(pool.accounts.user, call)
            except CallOver:  # taken back just now
                call = None
        if call is None:
            title = str(command.payload.get("title") or "")
            call = await calls.create(pool.accounts.user, chat.group, random_id, title, at)
    except Frozen:
        await intents.forget(pool.database, intent)
        raise
    checkpoint("call_created")
    await intents.end(pool.database, intent)
    return call


async def set_up(pool: Pool, chat: Chat, call: Any, command: Command) -> dict[str, object]:
    """Set a call up as the command wishes. What Telegram refuses of that is no reason not to
    hold the lesson: `refused` in the result says what, and why. Of a call that somebody ended just
    now it is empty: whoever opens it again sets it up."""
    user, wished = pool.accounts.user, command.payload
    title, record = str(wished.get("title") or ""), wished.get("record")
    found: dict[str, object] = {}
    refused: dict[str, str] = {}
    try:
        if wished.get("join_muted") is True:
            try:
                await calls.mute_newcomers(user, call)
            except (Refused, Frozen) as error:
                refused["join_muted"] = error.code
        if record in ("audio", "video"):
            try:
                await calls.record(user, call, title, is_video=record == "video")
                found["recorded"] = record
            except (Refused, Frozen) as error:
                refused["record"] = error.code
    except CallOver:
        return {}
    if refused:
        log.warning("call_not_set_up", chat_id=chat.id, **refused)
        found["refused"] = refused
    return found
