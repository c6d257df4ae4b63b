"""The message by which links lead into a group: `t.me/c/<group>/<message>` opens in every app, the
form without a message in Telegram Desktop alone.

It is the first one that the bot sent there (messages/send.py). Where that one is deleted, another one of
the bot's takes its place; where there is none, there is no such link until the next one is sent.
"""

from __future__ import annotations

from collections.abc import Container

from telegram_gateway.core.model import ChatId
from telegram_gateway.database import chats, outbox
from telegram_gateway.database.chats import Chat
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import sent
from telegram_gateway.telegram.seen import MessagesGone

_MOST_TRIED = 20  # one question to Telegram each


async def gone(pool: Pool, chat_id: ChatId, seen: MessagesGone) -> None:
    """Messages were deleted. Raises TelegramError."""
    chat = await chats.load_chat(pool.database, chat_id)
    if chat is not None and chat.tg_chat_id == seen.tg_chat_id and chat.anchor in seen.message_ids:
        await _another(pool, chat, seen.message_ids)


async def check(pool: Pool, chat_id: ChatId) -> None:
    """Look whether the message still stands: of a deletion nobody may have told us. Raises
    TelegramError."""
    chat = await chats.load_chat(pool.database, chat_id)
    if chat is None or chat.state != "ready" or chat.tg_chat_id is None:
        return
    if chat.anchor is None or not await _is_there(pool, chat, chat.anchor):
        await _another(pool, chat, {chat.anchor})


async def _another(pool: Pool, chat: Chat, not_these: Container[int | None]) -> None:
    found = None
    for message_id in await outbox.sent_to(pool.database, chat.id, _MOST_TRIED):
        if message_id not in not_these and await _is_there(pool, chat, message_id):
            found = message_id
            break
    if found != chat.anchor:
        await chats.save_anchor(pool.database, chat.id, chat.group, found, chat.anchor)


async def _is_there(pool: Pool, chat: Chat, message_id: int) -> bool:
    accounts = pool.accounts
    return await sent.is_there(accounts.user, chat.group, accounts.bot_id, message_id)
