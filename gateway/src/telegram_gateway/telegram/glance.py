"""One cheap glance at a group: what a single request tells of it.

It is asked for by the user account, and is the group's own card (`channels.getFullChannel`): of all that
can be asked for once it tells most. The admin log says exactly who came and went, but not who waits to be
let in (a bot is not told that otherwise where its updates are lost), and reaches back 48 hours alone; a page
of the list of members says neither who waits, nor the title, nor the call. The card has how many are in
the group, how many are admins, banned, and waiting, its title, its rights, its call, and its number, which
rises with every message, those about somebody's joining among them.
"""

from __future__ import annotations

from typing import Any

from telethon import TelegramClient, functions, types

from telegram_gateway.core import text
from telegram_gateway.core.catch_up import Group
from telegram_gateway.core.model import TgCallId, TgChatId
from telegram_gateway.telegram.errors import Passing, translated
from telegram_gateway.telegram.seen import flags_from_tl


async def glance(user: TelegramClient, channel: Any, tg_chat_id: TgChatId) -> Group:
    """The group as its card shows it. Raises TelegramError."""
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
