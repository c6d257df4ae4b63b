"""Groups, messages and chats as one account sees them, as TL. Nothing here changes state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from telethon.tl import TLObject, types

from .channels import Channel, all_rights
from .messages import Message
from .people import User
from .state import State

_USER_FIELDS = frozenset(
    ("user_id", "actor_id", "inviter_id", "promoted_by", "kicked_by", "admin_id", "bot_id")
)
_USER_LISTS = frozenset(("users", "recent_requesters"))


def named_in(objects: Iterable[TLObject]) -> tuple[list[int], list[int]]:
    """The ids of the users and of the channels that are named anywhere in the objects."""
    users: dict[int, None] = {}
    channels: dict[int, None] = {}
    for one in objects:
        _walk(one, users, channels)
    return list(users), list(channels)


def _walk(value: Any, users: dict[int, None], channels: dict[int, None]) -> None:
    if isinstance(value, (list, tuple)):
        for item in value:
            _walk(item, users, channels)
    elif isinstance(value, TLObject):
        for name, inner in vars(value).items():
            if inner is None or isinstance(inner, (str, bytes, bool)):
                continue
            if isinstance(inner, int):
                if name in _USER_FIELDS:
                    users[inner] = None
                elif name == "channel_id":
                    channels[inner] = None
            elif name in _USER_LISTS and inner and isinstance(inner[0], int):
                users.update(dict.fromkeys(inner))
            elif not isinstance(inner, float):
                _walk(inner, users, channels)


def channel_tl(world: State, viewer: User, channel: Channel) -> TLObject:
    """The group in a list of chats; forbidden to those who are banned from it."""
    access_hash = world.access_hash(viewer.id, "channel", channel.id)
    if channel.deleted or viewer.id in channel.bans:
        return types.ChannelForbidden(
            channel.id, access_hash, channel.title, megagroup=channel.megagroup
        )
    member = channel.members.get(viewer.id)
    call = world.calls.get(channel.call_id) if channel.call_id else None
    rights = None
    if member and member.is_admin:
        rights = member.admin_rights or (all_rights() if member.is_creator else None)
    return types.Channel(
        id=channel.id,
        title=channel.title,
        photo=types.ChatPhotoEmpty(),
        date=member.date if member else channel.date,
        creator=bool(member and member.is_creator),
        left=member is None,
        broadcast=not channel.megagroup,
        megagroup=channel.megagroup,
        signatures=channel.signatures,
        slowmode_enabled=channel.slow_mode_s > 0,
        call_active=call is not None,
        call_not_empty=bool(call and call.participants),
        noforwards=channel.no_forwards,
        join_to_send=channel.join_to_send,
        join_request=channel.join_request,
        access_hash=access_hash,
        username=channel.username,
        admin_rights=rights,
        banned_rights=member.restrictions if member else None,
        default_banned_rights=channel.default_bans,
        participants_count=len(channel.members),
    )


def channel_full(world: State, viewer: User, channel: Channel) -> types.ChannelFull:
    """The group's whole card, as a member sees it."""
    is_admin = channel.is_admin(viewer.id)
    invite = channel.primary_invite(viewer.id) if is_admin else None
    pinned = [message.id for message in channel.messages.values() if message.pinned]
    may_invite = channel.has_right(viewer.id, "invite_users")
    hidden = channel.participants_hidden and not is_admin
    dialog = channel_dialog(world, viewer, channel)
    newest = list(channel.requests.values())[-3:]
    return types.ChannelFull(
        id=channel.id,
        about=channel.about,
        read_inbox_max_id=dialog.read_inbox_max_id,
        read_outbox_max_id=dialog.read_outbox_max_id,
        unread_count=dialog.unread_count,
        chat_photo=types.PhotoEmpty(0),
        notify_settings=types.PeerNotifySettings(),
        bot_info=[types.BotInfo(user_id=i) for i in channel.members if world.users[i].is_bot],
        pts=world.hub.channel_pts(channel.id),
        can_view_participants=not hidden,
        hidden_prehistory=channel.history_hidden,
        participants_hidden=channel.participants_hidden,
        participants_count=len(channel.members),
        admins_count=sum(1 for _ in channel.admins()) if is_admin else None,
        kicked_count=len(channel.bans) if is_admin else None,
        banned_count=sum(m.restrictions is not None for m in channel.members.values())
        if is_admin
        else None,
        exported_invite=invite.to_tl() if invite else None,
        pinned_msg_id=max(pinned, default=None),
        slowmode_seconds=channel.slow_mode_s or None,
        call=input_call(world, viewer, channel.call_id) if channel.call_id else None,
        requests_pending=len(channel.requests) or None if may_invite else None,
        recent_requesters=[one.user_id for one in newest] or None if may_invite else None,
    )


def input_call(world: State, viewer: User, call_id: int) -> types.InputGroupCall:
    return types.InputGroupCall(call_id, world.access_hash(viewer.id, "call", call_id))


def call_tl(world: State, viewer: User, call_id: int) -> TLObject:
    """The call as the viewer sees it; ended calls with their duration."""
    call = world.calls[call_id]
    channel = world.channels[call.channel_id]
    return call.to_tl(
        world.access_hash(viewer.id, "call", call_id),
        is_creator=call.creator_id == viewer.id,
        may_manage=channel.has_right(viewer.id, "manage_call"),
    )


def channel_dialog(world: State, viewer: User, channel: Channel) -> types.Dialog:
    messages = channel.visible(viewer.id)
    member = channel.members.get(viewer.id)
    read = member.read_up_to if member else 0
    return types.Dialog(
        peer=types.PeerChannel(channel.id),
        top_message=messages[-1].id if messages else 0,
        read_inbox_max_id=read,
        read_outbox_max_id=max(
            (m.read_up_to for m in channel.members.values() if m is not member), default=0
        ),
        unread_count=sum(1 for m in messages if m.id > read and m.sender_id != viewer.id),
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=types.PeerNotifySettings(),
        pts=world.hub.channel_pts(channel.id),
    )


def private_dialog(world: State, viewer: User, peer_id: int) -> types.Dialog:
    box = world.mailbox(viewer.id)
    messages = box.with_peer(peer_id)
    return types.Dialog(
        peer=types.PeerUser(peer_id),
        top_message=messages[-1].id if messages else 0,
        read_inbox_max_id=box.read_in.get(peer_id, 0),
        read_outbox_max_id=box.read_out.get(peer_id, 0),
        unread_count=box.unread(peer_id),
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=types.PeerNotifySettings(),
    )


def channel_message(viewer: User, channel: Channel, message: Message) -> TLObject:
    """A group's message as the viewer sees it."""
    peer = types.PeerChannel(channel.id)
    return _message(viewer, message, peer, out=message.sender_id == viewer.id)


def private_message(owner: User, message: Message) -> TLObject:
    """A private message, as the owner of the box sees it."""
    return _message(owner, message, types.PeerUser(message.peer_id), out=message.out)


def _message(viewer: User, message: Message, peer: TLObject, *, out: bool) -> TLObject:
    reply = None
    if message.reply_to_id:
        reply = types.MessageReplyHeader(reply_to_msg_id=message.reply_to_id)
    from_id = types.PeerUser(message.sender_id)
    if message.action is not None:
        return types.MessageService(
            id=message.id,
            peer_id=peer,
            date=message.date,
            action=message.action(viewer),
            out=out,
            silent=message.silent,
            from_id=from_id,
            reply_to=reply,
        )
    media = None
    if message.document is not None:
        document = message.document.to_tl(viewer.id)
        media = types.MessageMediaDocument(document=document)
    return types.Message(
        id=message.id,
        peer_id=peer,
        date=message.date,
        message=message.text,
        out=out,
        silent=message.silent,
        pinned=message.pinned,
        from_id=from_id,
        reply_to=reply,
        entities=message.entities or None,
        reply_markup=message.reply_markup,
        edit_date=message.edit_date,
        media=media,
    )
