"""Finds a message of the bot's that may be in a chat already, before it is sent once more.

A bot may not read a group's history, so the user account does; a private chat's messages the bot
asks for by their ids.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from telethon import TelegramClient, functions, types

from telegram_gateway.core.model import TgChatId
from telegram_gateway.telegram.errors import translated
from telegram_gateway.telegram.missed_messages import pages_after
from telegram_gateway.telegram.peers import channel_for

_PAGE = 100
_MOST_PAGES = 20


@dataclass(frozen=True)
class Sent:
    """A message that is there, and when Telegram got it (aware)."""

    message_id: int
    at: datetime


async def find_in_group(
    user: TelegramClient,
    tg_chat_id: TgChatId,
    bot_id: int,
    text: str,
    since: datetime,
    of_others: Container[int],
) -> Sent | None:
    """Find the bot's newest message with this text since then (aware), unless its id is one
    `of_others`; at most 2,000 messages are read. Raises TelegramError."""
    channel = await channel_for(user, tg_chat_id)
    oldest = 0
    for _ in range(_MOST_PAGES):
        with translated():
            answer = await user(
                functions.messages.GetHistoryRequest(
                    peer=channel,
                    offset_id=oldest,
                    offset_date=None,
                    add_offset=0,
                    limit=_PAGE,
                    max_id=0,
                    min_id=0,
                    hash=0,
                )
            )
        for message in answer.messages:
            if message.date is not None and message.date < since:
                return None
            is_ours = isinstance(message, types.Message) and message.from_id == types.PeerUser(
                bot_id
            )
            if is_ours and message.message.strip() == text and message.id not in of_others:
                return Sent(message.id, message.date)
        if not answer.messages:
            return None
        oldest = answer.messages[-1].id
    return None


async def stands_in_group(
    user: TelegramClient, tg_chat_id: TgChatId, bot_id: int, message_id: int
) -> bool:
    """Return whether that message is still in the group, and is the bot's. Raises TelegramError."""
    channel = await channel_for(user, tg_chat_id)
    with translated():
        answer = await user(
            functions.messages.GetHistoryRequest(
                peer=channel,
                offset_id=message_id + 1,
                offset_date=None,
                add_offset=0,
                limit=1,
                max_id=0,
                min_id=0,
                hash=0,
            )
        )
    return any(
        isinstance(message, types.Message)
        and message.id == message_id
        and message.from_id == types.PeerUser(bot_id)
        for message in answer.messages
    )


async def find_to_person(
    bot: TelegramClient, tg_user_id: int, text: str, after_id: int, of_others: Container[int]
) -> Sent | None:
    """Find the bot's message with this text to somebody, among those with higher ids than
    `after_id`, unless its id is one `of_others`. Raises TelegramError."""
    async for messages, _people in pages_after(bot, after_id):
        for message in messages:
            is_ours = (
                isinstance(message, types.Message)
                and message.out
                and message.peer_id == types.PeerUser(tg_user_id)
            )
            if is_ours and message.message.strip() == text and message.id not in of_others:
                return Sent(message.id, message.date)
    return None
