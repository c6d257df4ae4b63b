"""Creating, finding and setting up a group: by the user account, with the bot as its admin and a
link by which people ask to join.

Every part can be done again after a crash: the group is found by the mark in its description, the
bot's rights and the link are given anew.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from telethon import TelegramClient, errors, functions, types

from telegram_gateway.core import text
from telegram_gateway.core.model import TgChatId, TgUserId
from telegram_gateway.telegram.errors import AlreadyDone, Limited, Refused, translated
from telegram_gateway.telegram.peers import channel_for
from telegram_gateway.telegram.seen import flags_from_tl

_BOT_RIGHTS = types.ChatAdminRights(
    change_info=True,
    ban_users=True,
    invite_users=True,
    pin_messages=True,
    add_admins=True,
    manage_call=True,
    delete_messages=True,
)


def mark_text(mark: str) -> str:
    """The chat's mark as it is written into the group's description."""
    return f"[{mark}]"


@dataclass(frozen=True)
class CreatedGroup:
    """A group that the account has just created."""

    tg_chat_id: TgChatId
    #: what its members may not do (flags of a TL chatBannedRights); None: not in the answer
    default_rights: dict[str, bool] | None


async def create(user: TelegramClient, title: str, mark: str) -> CreatedGroup:
    """Create the supergroup. Raises TelegramError; after Passing it may exist: use `find`."""
    with translated():
        answer = await user(
            functions.channels.CreateChannelRequest(
                title=title, about=mark_text(mark), megagroup=True
            )
        )
    made = answer.chats[0]
    rights = made.default_banned_rights
    return CreatedGroup(TgChatId(made.id), None if rights is None else flags_from_tl(rights))


async def find(user: TelegramClient, mark: str, bound: frozenset[int]) -> TgChatId | None:
    """Find the group with that mark among those that the account created, except `bound`, the known
    ones; None: there is none. Raises TelegramError."""
    with translated():
        async for dialog in user.iter_dialogs():
            chat = dialog.entity
            if not isinstance(chat, types.Channel) or not chat.creator or chat.id in bound:
                continue
            full = await user(functions.channels.GetFullChannelRequest(chat))
            if mark_text(mark) in (full.full_chat.about or ""):
                return TgChatId(chat.id)
    return None


async def promote_bot(user: TelegramClient, tg_chat_id: TgChatId, bot_username: str) -> None:
    """Make the bot an admin who may do everything that the school needs, and promote others. Raises
    TelegramError."""
    with translated():
        channel = await channel_for(user, tg_chat_id)
        bot = await user.get_input_entity(bot_username)
        promotion = functions.channels.EditAdminRequest(channel, bot, _BOT_RIGHTS, rank="")
        try:
            with translated():
                await user(promotion)  # brings a bot in, too
        except Limited:
            raise  # adding it would only make that worse
        except Refused:
            with contextlib.suppress(AlreadyDone), translated():
                await user(functions.channels.InviteToChannelRequest(channel, [bot]))
            await user(promotion)


async def demote(user: TelegramClient, tg_chat_id: TgChatId, tg_user_id: TgUserId) -> bool:
    """Take an admin's rights as the group's owner, where the bot may not. Return False when they
    are no admin, or the account may not do it either. Raises TelegramError."""
    with translated():
        channel = await channel_for(user, tg_chat_id)
        page = await user(
            functions.channels.GetParticipantsRequest(
                channel, types.ChannelParticipantsAdmins(), 0, 100, 0
            )
        )
        for admin in page.users:
            if admin.id == tg_user_id:
                peer = types.InputUser(admin.id, admin.access_hash)
                nothing = types.ChatAdminRights()
                try:
                    with translated():
                        await user(
                            functions.channels.EditAdminRequest(channel, peer, nothing, rank="")
                        )
                except Refused:
                    return False
                return True
    return False


async def request_link(bot: TelegramClient, tg_chat_id: TgChatId, title: str | None = None) -> str:
    """Create a link by which people ask to join. `title`, at most 32 characters, is shown to the
    group's admins. Raises TelegramError."""
    channel = await channel_for(bot, tg_chat_id)
    with translated():
        invite = await bot(
            functions.messages.ExportChatInviteRequest(channel, request_needed=True, title=title)
        )
    return str(invite.link)


async def resolve(user: TelegramClient, bind: str) -> TgChatId:
    """Find an existing group that a person has named: "+<hash>", "@name" or a bare id.

    Raises Refused with `bind_unknown`, `bind_not_member`, `bind_basic_group` or `bind_no_rights`,
    each for something that a person can put right, and TelegramError.
    """
    chat = await _named(user, bind)
    reason = why_unusable(chat)
    if reason:
        raise Refused(reason)
    return TgChatId(chat.id)


async def _named(user: TelegramClient, bind: str) -> Any:
    with translated():
        try:
            if bind.startswith("+"):
                found = await user(functions.messages.CheckChatInviteRequest(bind[1:]))
                if not isinstance(found, types.ChatInviteAlready):
                    raise Refused("bind_not_member")
                return found.chat
            if bind.startswith("@"):
                return await user.get_entity(bind)
            async for dialog in user.iter_dialogs():
                if getattr(dialog.entity, "id", None) == int(bind) and dialog.is_group:
                    return dialog.entity
        except (errors.InviteHashExpiredError, errors.InviteHashInvalidError, ValueError):
            pass
        except (errors.UsernameInvalidError, errors.UsernameNotOccupiedError):
            pass
    raise Refused("bind_unknown")


def why_unusable(chat: Any) -> str | None:
    """The error code for a group (TL chat) of the user account that cannot be used; None when it
    can."""
    if isinstance(chat, types.Chat):
        return "bind_basic_group"
    if not isinstance(chat, types.Channel) or not chat.megagroup:
        return "bind_unknown"
    if chat.left:
        return "bind_not_member"
    rights = chat.admin_rights
    if chat.creator:
        return None
    needed = ("add_admins", "ban_users", "invite_users", "change_info", "manage_call")
    if rights is None or not all(getattr(rights, right, False) for right in needed):
        return "bind_no_rights"
    return None


async def refresh_dialogs(user: TelegramClient) -> None:
    """Read the account's list of chats, from which the client learns the access hashes of its
    groups. Raises TelegramError."""
    with translated():
        async for _dialog in user.iter_dialogs():
            pass


async def list_own(user: TelegramClient) -> list[dict[str, Any]]:
    """List the groups that the user account is in: dicts(tg_chat_id, title, people, error_code), as
    the result of `list_groups` has them. Raises TelegramError."""
    found = []
    with translated():
        async for dialog in user.iter_dialogs():
            chat = dialog.entity
            if not dialog.is_group or getattr(chat, "migrated_to", None):
                continue
            found.append(
                {
                    "tg_chat_id": chat.id,
                    "title": text.line(dialog.name),
                    "people": getattr(chat, "participants_count", None) or 0,
                    "error_code": why_unusable(chat),
                }
            )
    return found


async def delete(user: TelegramClient, tg_chat_id: TgChatId) -> None:
    """Delete the group for everybody. Raises Refused with `not_creator`, and TelegramError."""
    channel = await channel_for(user, tg_chat_id)
    try:
        with translated():
            await user(functions.channels.DeleteChannelRequest(channel))
    except Refused as error:
        if error.code == "CHAT_ADMIN_REQUIRED":
            raise Refused("not_creator") from error
        raise


async def default_rights(bot: TelegramClient, channel: Any) -> dict[str, bool]:
    """Read what ordinary members may not do in the group: flags of a TL chatBannedRights. Raises
    TelegramError."""
    with translated():
        answer = await bot(functions.channels.GetChannelsRequest([channel]))
    return flags_from_tl(answer.chats[0].default_banned_rights)


async def set_default_rights(client: TelegramClient, channel: Any, banned: dict[str, bool]) -> None:
    """Set what ordinary members may not do; "already so" counts as done. Raises TelegramError."""
    rights = types.ChatBannedRights(until_date=None, **banned)
    with contextlib.suppress(AlreadyDone), translated():
        await client(functions.messages.EditChatDefaultBannedRightsRequest(channel, rights))


async def set_history(user: TelegramClient, tg_chat_id: TgChatId, history: str) -> None:
    """Set whether newcomers see what was written before they came: "visible" or "hidden". Bots may
    not do so. "Already so" counts as done. Raises TelegramError."""
    channel = await channel_for(user, tg_chat_id)
    with contextlib.suppress(AlreadyDone), translated():
        await user(
            functions.channels.TogglePreHistoryHiddenRequest(channel, enabled=history == "hidden")
        )
