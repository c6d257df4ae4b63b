"""The quick check of a group: what a single request shows of it.

The user account asks for the group's own card (`channels.getFullChannel`), which shows more than
any other single request: how many people are in the group, how many are admins, banned or waiting,
its title, its rights, its call, and its number, which rises with every message, also with the one
that says that somebody joined. The admin log says exactly who came and went, but not who waits to
be let in, and it reaches back only 48 hours. A page of the list of members says neither who waits,
nor the title, nor the call.
"""

from __future__ import annotations

from typing import Any

from telethon import TelegramClient, functions, types

from telegram_gateway.core import text
from telegram_gateway.core.catch_up import Group
from telegram_gateway.core.model import TgCallId, TgChatId
from telegram_gateway.telegram.errors import Passing, translated
from telegram_gateway.telegram.seen import flags_from_tl


async def quick_check(user: TelegramClient, channel: Any, tg_chat_id: TgChatId) -> Group:
    """Give the group as its card shows it. Raises TelegramError."""
    with translated():
        answer = await user(functions.channels.GetFullChannelRequest(channel))
    chat = next((chat for chat in answer.chats if chat.id == tg_chat_id), None)
    if chat is None or not getattr(chat, "title", None):
        raise Passing("CHANNEL_UNKNOWN")
    full = answer.full_chat
    call = full.call if isinstance(full.call, types.InputGroupCall) else None
    return Group(
        title=text.line(chat.title),
        members=full.participants_count,
        admins=full.admins_count,
        banned=full.kicked_count,
        waiting=full.requests_pending or 0,
        rights=flags_from_tl(chat.default_banned_rights),
        history="hidden" if full.hidden_prehistory else "visible",
        number=full.pts,
        tg_call_id=TgCallId(call.id) if call is not None else None,
    )
