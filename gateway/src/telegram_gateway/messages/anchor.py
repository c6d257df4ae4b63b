"""The anchor: the bot's message by which links lead into a group. `t.me/c/<group>/<message>` opens
in every app, the form without a message only in Telegram Desktop.

It is the first one that the bot sent there (send.py). Where that one is deleted, another one of the
bot's takes its place; where there is none, there is no such link until the next one is sent.
"""

from __future__ import annotations

from collections.abc import Container

from telegram_gateway.core.model import ChatId
from telegram_gateway.database import chats, outbox
from telegram_gateway.database.chats import Chat
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import sent
from telegram_gateway.telegram.seen import MessagesGone

_MOST_TRIED = 20  # one request to Telegram each


async def on_messages_deleted(pool: Pool, chat_id: ChatId, seen: MessagesGone) -> None:
    """Messages of the chat's group were deleted: find another anchor where it is one of them.
    Raises TelegramError."""
    chat = await chats.load_chat(pool.database, chat_id)
    if chat is not None and chat.tg_chat_id == seen.tg_chat_id and chat.anchor in seen.message_ids:
        await _replace(pool, chat, seen.message_ids)


async def check(pool: Pool, chat_id: ChatId) -> None:
    """Check whether the anchor still stands, and find another one where it does not: the update of
    its deletion may have been missed. Raises TelegramError."""
    chat = await chats.load_chat(pool.database, chat_id)
    if chat is None or chat.state != "ready" or chat.tg_chat_id is None:
        return
    if chat.anchor is None or not await _stands(pool, chat, chat.anchor):
        await _replace(pool, chat, {chat.anchor})


async def _replace(pool: Pool, chat: Chat, not_these: Container[int | None]) -> None:
    anchor = None
    for message_id in await outbox.sent_to(pool.database, chat.id, _MOST_TRIED):
        if message_id not in not_these and await _stands(pool, chat, message_id):
            anchor = message_id
            break
    if anchor != chat.anchor:
        await chats.save_anchor(pool.database, chat.id, chat.group, anchor, chat.anchor)


async def _stands(pool: Pool, chat: Chat, message_id: int) -> bool:
    accounts = pool.accounts
    return await sent.stands_in_group(accounts.user, chat.group, accounts.bot_id, message_id)
