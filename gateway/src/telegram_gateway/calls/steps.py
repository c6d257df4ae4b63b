"""Single steps on a chat's call, which need no memory of it: read it, start it, set it up."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

import structlog

from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.account_standing import FROZEN
from telegram_gateway.core.commands import Command
from telegram_gateway.core.model import ChatId, TgCallId
from telegram_gateway.database import chats, intents
from telegram_gateway.database.chats import Chat
from telegram_gateway.membership.known_groups import refresh_known_groups
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.calls import CallOver, InputCall
from telegram_gateway.telegram.errors import Frozen, Refused

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class GroupCall:
    """The call that a group has. is_scheduled: it is announced, and runs only once somebody starts
    it."""

    call: InputCall
    is_scheduled: bool


async def load_chat_with_group(pool: Pool, chat_id: ChatId | None) -> Chat:
    """The chat. Raises Refused("chat_broken") where it has no group."""
    chat = await chats.load_chat(pool.database, chat_id) if chat_id else None
    if chat is None or chat.tg_chat_id is None:
        raise Refused("chat_broken")
    return chat


async def read_group_call(
    pool: Pool, chat: Chat, not_ours: Container[TgCallId] = frozenset()
) -> GroupCall | None:
    """Read which call the group has; None: it has none. not_ours: calls that are over or of a live
    story, though the group may still name them. Raises TelegramError."""
    await refresh_known_groups(pool, chat.group)
    call = await calls.running(pool.accounts.user, chat.group)
    if call is None or call.id in not_ours:
        return None
    is_known = call.id == chat.tg_call_id  # known are those that run
    try:
        is_scheduled = not is_known and await calls.is_scheduled(pool.accounts.user, call)
    except CallOver:  # the group names it still
        return None
    return GroupCall(call, is_scheduled)


async def start_call(
    pool: Pool,
    chat: Chat,
    announced: GroupCall | None,
    command: Command,
    intent: str,
    random_id: int,
    at: datetime | None = None,
) -> InputCall:
    """Start the call that is announced, or create one. `at` (aware): create it announced for then.
    intent: the name of the record that is written first, see database/intents.py. random_id:
    Telegram recognises a repeat by it. Raises TelegramError.

    If the account is frozen, Telegram's refusal leaves no intent; otherwise a call that somebody
    begins by hand would later be taken for ours.
    """
    if await pool.is_frozen("user"):
        raise Frozen(FROZEN)
    await intents.begin(pool.database, intent, "open_call", chat.id, {"random_id": random_id})
    call = announced.call if announced is not None else None
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


async def set_up(pool: Pool, chat: Chat, call: InputCall, command: Command) -> dict[str, object]:
    """Set a call up as the command wants it: newcomers muted, recorded. Returns the fields of its
    result.

    The lesson is held even if Telegram refuses a part of it: `refused` in the result says which
    part, and why. Empty for a call that somebody ended just now: whoever opens it again sets it up.
    Raises TelegramError for the rest.
    """
    user, wished = pool.accounts.user, command.payload
    title, record = str(wished.get("title") or ""), wished.get("record")
    result: dict[str, object] = {}
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
                result["recorded"] = record
            except (Refused, Frozen) as error:
                refused["record"] = error.code
    except CallOver:
        return {}
    if refused:
        log.warning("call_not_set_up", chat_id=chat.id, **refused)
        result["refused"] = refused
    return result
