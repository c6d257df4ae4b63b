"""Deleting a group for good, since a person asked for it; nothing else ever does."""

from __future__ import annotations

from typing import Any

import structlog

from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.commands import Command
from telegram_gateway.database import chats, intents, members
from telegram_gateway.pool import Work
from telegram_gateway.telegram import groups
from telegram_gateway.telegram.errors import Refused, TelegramError

log = structlog.get_logger(__name__)
_GONE = {"CHANNEL_INVALID", "CHANNEL_PRIVATE"}


async def delete_group(work: Work, command: Command) -> dict[str, Any]:
    """Delete the group that the command names, if it still is the chat's and the chat is archived.
    Return the command's result. Raises Refused with `chat_in_use`, `not_creator`, `bad_payload`,
    and TelegramError."""
    pool = work.pool
    chat = None
    if command.chat_id is not None:
        chat = await chats.load_chat(pool.database, command.chat_id)
    if chat is None or chat.tg_chat_id is None:
        raise Refused("bad_payload")
    if chat.tg_chat_id != command.payload.get("tg_chat_id"):
        raise Refused("bad_payload")  # another group has taken its place since
    if chat.is_active:
        raise Refused("chat_in_use")
    key = f"delete_group:{chat.tg_chat_id}:{command.id}"
    is_first = await intents.begin(pool.database, key, "delete_group", chat.id, {})
    await pool.lease.renew()  # raises if another gateway has taken over
    # updates about the group's end are not to be acted on
    pool.chat_ids.pop(chat.tg_chat_id, None)
    try:
        await groups.delete(pool.accounts.user, chat.tg_chat_id)
    except TelegramError as error:
        # begun before and gone now: it was this command
        if is_first or error.code not in _GONE:
            pool.chat_ids[chat.tg_chat_id] = chat.id
            raise
    checkpoint("group_deleted")
    pool.membership.unread.discard(chat.id)
    await members.close_group(pool.database, chat.id, chats.DELETED)
    await intents.end(pool.database, key)
    log.info("group_deleted", chat_id=chat.id, tg_chat_id=chat.tg_chat_id)
    return {"tg_chat_id": chat.tg_chat_id}
