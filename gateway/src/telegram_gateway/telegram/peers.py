"""Addresses groups and people for a client: by an id and an access hash, which belongs to one
account.

A new login knows no hashes. The user account can address only what Telegram has shown to it. A bot
may leave the hash out for groups that it is in and people whom it knows: TDLib does that in every
request, but Telethon's authors know it only of `users.getUsers` and `channels.getChannels`. So the
bot first asks by these, one at a time (TDLib: requests without a hash must not be merged), and the
answer has the hash.
"""

from __future__ import annotations

from typing import Any

from telethon import errors, functions, types, utils

from telegram_gateway.core.group_parts import UNKNOWN
from telegram_gateway.core.model import TgChatId, TgUserId
from telegram_gateway.telegram.errors import Passing, Refused, translated
from telegram_gateway.telegram.gate import GatedClient


def is_known(client: GatedClient, tg_chat_id: TgChatId) -> bool:
    """Return whether the client has the group's access hash, without asking Telegram."""
    return _known(client, types.PeerChannel(tg_chat_id)) is not None


async def channel_for(client: GatedClient, tg_chat_id: TgChatId) -> Any:
    """Give the group as this client addresses it, a TL InputPeerChannel.

    Raises Passing("CHANNEL_UNKNOWN") while the client has no hash of the group yet (it was just
    made an admin, or the login is new), and TelegramError where asking fails.
    """
    known = _known(client, types.PeerChannel(tg_chat_id))
    if known is not None:
        return known
    if not client.is_of_bot:
        raise Passing(UNKNOWN)
    with translated():
        try:
            answer = await client(
                functions.channels.GetChannelsRequest([types.InputChannel(tg_chat_id, 0)])
            )
        except errors.ChannelInvalidError:
            raise Passing(UNKNOWN) from None
    found = next((chat for chat in answer.chats if chat.id == tg_chat_id), None)
    if found is None:
        raise Passing(UNKNOWN)
    return utils.get_input_peer(found)


async def person_for(client: GatedClient, tg_user_id: TgUserId) -> Any:
    """Give the person as this client addresses them, a TL InputPeerUser. A bot does so without the
    hash where Telegram does not show it; requests with it are then refused, or done.

    Raises Refused("PEER_ID_INVALID") where a person's account has never met them, and TelegramError
    where asking fails.
    """
    known = _known(client, types.PeerUser(tg_user_id))
    if known is not None:
        return known
    if not client.is_of_bot:
        raise Refused("PEER_ID_INVALID")
    with translated():
        answer = await client(functions.users.GetUsersRequest([types.InputUser(tg_user_id, 0)]))
    for shown in answer:
        if isinstance(shown, types.User) and shown.access_hash is not None and not shown.min:
            return utils.get_input_peer(shown)
    return types.InputPeerUser(tg_user_id, 0)


def _known(client: GatedClient, peer: Any) -> Any | None:
    """The peer as the client's memory, or its session, has it; None where neither does."""
    kind = types.InputPeerUser if isinstance(peer, types.PeerUser) else types.InputPeerChannel
    entity = client._mb_entity_cache.get(utils.get_peer_id(peer, add_mark=False))
    found = entity._as_input_peer() if entity is not None else None
    if isinstance(found, kind):  # a person and a group may have the same number there
        return found
    try:
        found = client.session.get_input_entity(peer)
    except ValueError:
        return None
    return found if isinstance(found, kind) else None
