"""Checks whether the pool's own accounts are in a group with the rights that they need; and the
bot's return."""

from __future__ import annotations

import contextlib
from typing import Any

from telethon import TelegramClient, errors, functions, types

from telegram_gateway.core.model import TgChatId
from telegram_gateway.telegram.errors import AlreadyDone, Refused, translated
from telegram_gateway.telegram.groups import promote_bot, why_unusable
from telegram_gateway.telegram.peers import channel_for
from telegram_gateway.telegram.seen import status_from_tl

#: What the bot needs to keep the group.
_BOT_NEEDS = ("change_info", "ban_users", "invite_users", "add_admins")


async def what_is_wrong(
    user: TelegramClient, tg_chat_id: TgChatId, bot_username: str
) -> str | None:
    """Return the code of what makes it impossible to keep the group, as the user account sees it:
    `account_removed`, `account_demoted`, `bot_removed`, `bot_demoted` or CHANNEL_PRIVATE; None when
    all is well. Raises TelegramError."""
    channel = await channel_for(user, tg_chat_id)
    with translated():
        [chat] = (await user(functions.channels.GetChannelsRequest([channel]))).chats
    if isinstance(chat, types.ChannelForbidden):
        return "CHANNEL_PRIVATE"
    if chat.left:
        return "account_removed"
    if why_unusable(chat) is not None:
        return "account_demoted"
    with translated():
        try:
            bot = await user.get_input_entity(bot_username)
            answer = await user(functions.channels.GetParticipantRequest(channel, bot))
        except errors.UserNotParticipantError:
            return "bot_removed"
    if status_from_tl(answer.participant)[0] != "in":
        return "bot_removed"
    rights = getattr(answer.participant, "admin_rights", None)
    if rights is None or not all(getattr(rights, right) for right in _BOT_NEEDS):
        return "bot_demoted"
    return None


async def bring_bot_back(user: TelegramClient, tg_chat_id: TgChatId, bot_username: str) -> None:
    """Make the bot an admin again, also when it was banned. Raises TelegramError."""
    channel: Any = await channel_for(user, tg_chat_id)
    with contextlib.suppress(AlreadyDone, Refused), translated():
        bot = await user.get_input_entity(bot_username)
        rights = types.ChatBannedRights(until_date=None)
        await user(functions.channels.EditBannedRequest(channel, bot, rights))
    await promote_bot(user, tg_chat_id, bot_username)
