"""The address book of the user account, and adding one of its people to a group."""

from __future__ import annotations

import contextlib

from telethon import TelegramClient, functions

from telegram_gateway.core.model import TgChatId, TgUserId
from telegram_gateway.telegram.errors import AlreadyDone, Refused, translated
from telegram_gateway.telegram.peers import channel_for, person_for


async def mutual(user: TelegramClient) -> frozenset[TgUserId]:
    """Read the account's mutual contacts: people in its address book who have it in theirs. One
    request, from which the client also learns how to address them. Raises TelegramError."""
    with translated():
        answer = await user(functions.contacts.GetContactsRequest(hash=0))
    return frozenset(TgUserId(contact.user_id) for contact in answer.contacts if contact.mutual)


async def add(user: TelegramClient, tg_chat_id: TgChatId, tg_user_id: TgUserId) -> None:
    """Add one person to the group directly; "already in it" counts as done.

    Raises Refused("missing_invitee") where Telegram leaves them out without an error, and
    TelegramError.
    """
    with contextlib.suppress(AlreadyDone), translated():
        channel = await channel_for(user, tg_chat_id)
        person = await person_for(user, tg_user_id)
        answer = await user(functions.channels.InviteToChannelRequest(channel, [person]))
        if answer.missing_invitees:
            raise Refused("missing_invitee")
