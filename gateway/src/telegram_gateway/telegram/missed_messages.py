"""Private messages to the bot that came while the gateway was away.

The ids of a bot's private messages are one ascending sequence, so what comes after the last known
id is asked for by id: that holds whatever the client made of its update numbers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from telethon import TelegramClient, functions, types

from telegram_gateway.telegram.errors import translated
from telegram_gateway.telegram.seen import BotMessage
from telegram_gateway.telegram.updates import private_message

_PAGE = 100
_MOST_PAGES = 50


async def pages_after(
    bot: TelegramClient, message_id: int
) -> AsyncIterator[tuple[list[Any], dict[int, Any]]]:
    """Read the messages of the bot's private chats with higher ids, oldest first, page by page: TL
    messages, and TL users by id. Ends at the first page of 100 ids without any message. Raises
    TelegramError.
    """
    for _ in range(_MOST_PAGES):
        wanted = [types.InputMessageID(message_id + number) for number in range(1, _PAGE + 1)]
        with translated():
            answer = await bot(functions.messages.GetMessagesRequest(wanted))
        messages = [
            message for message in answer.messages if not isinstance(message, types.MessageEmpty)
        ]
        if not messages:
            return
        yield messages, {user.id: user for user in answer.users}
        message_id = max(message.id for message in messages)


async def messages_after(bot: TelegramClient, message_id: int) -> list[BotMessage]:
    """Read the messages to the bot with higher ids, oldest first. Raises TelegramError."""
    found: list[BotMessage] = []
    async for page, people in pages_after(bot, message_id):
        found += [
            seen for message in page if (seen := private_message(message, people)) is not None
        ]
    return found
