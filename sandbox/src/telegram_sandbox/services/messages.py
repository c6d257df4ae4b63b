"""`messages.*` about messages and chats; links and requests are in `invites.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..errors import RpcError
from ..world import messaging
from ..world.admin_log import note
from ..world.channels import Channel
from ..world.files import Document
from ..world.messages import Message, complete_entities
from ..world.people import User
from .channels import ABOUT_LENGTH

_MOST = 100
_EPOCH = datetime.fromtimestamp(0, UTC)
_DAY_S = 86_400


# Sending


@handles(functions.messages.SendMessageRequest)
async def send_message(
    ctx: Context, request: functions.messages.SendMessageRequest
) -> types.TypeUpdates:
    text = messaging.checked_text(request.message)
    check_not_scheduled(ctx, request)
    check_new(ctx, request.random_id)
    message = deliver(ctx, request, text)
    own = ctx.take_own()
    if isinstance(request.peer, types.InputPeerChannel):
        return ctx.updates(types.UpdateMessageID(message.id, request.random_id), *own)
    return types.UpdateShortSentMessage(
        id=message.id,
        pts=own[0].pts if own else ctx.hub.pts(ctx.user.id),
        pts_count=1,
        date=message.date,
        out=True,
        entities=message.entities or None,
    )


def deliver(
    ctx: Context,
    request: functions.messages.SendMessageRequest | functions.messages.SendMediaRequest,
    text: str,
    document: Callable[[], Document] | None = None,
) -> Message:
    """Put what a request says into its chat, if the caller may write there."""
    channel: Channel | None = None
    receiver: User | None = None
    if isinstance(request.peer, types.InputPeerChannel):
        channel = ctx.world.readable(ctx.user, request.peer)
        _check_may_post(ctx, channel, "send_docs" if document else "send_messages")
    else:
        receiver = ctx.world.resolve_user(ctx.user, request.peer)
        _check_may_write(ctx, receiver)
    content = {
        "entities": request.entities,
        "reply_markup": request.reply_markup if ctx.user.is_bot else None,
        "reply_to_id": getattr(request.reply_to, "reply_to_msg_id", None),
        "silent": bool(request.silent),
        "document": document() if document else None,
    }
    if channel is not None:
        message = messaging.post(ctx.world, channel, ctx.user, text, **content)
    else:
        assert receiver is not None
        message = messaging.write(ctx.world, ctx.user, receiver, text, **content)
    _remember(ctx, request.random_id, channel.id if channel else 0, message.id)
    return message


@handles(functions.messages.StartBotRequest)
async def start_bot(ctx: Context, request: functions.messages.StartBotRequest) -> types.Updates:
    """Handle START pressed on a deep link: `/start <parameter>` in the private chat."""
    try:
        bot = ctx.world.resolve_user(ctx.user, request.bot)
    except RpcError:
        raise RpcError(400, "BOT_INVALID") from None
    if not bot.is_bot:
        raise RpcError(400, "BOT_INVALID")
    parameter = request.start_param
    if len(parameter) > 64:
        raise RpcError(400, "START_PARAM_TOO_LONG")
    if not all(c.isalnum() or c in "_-" for c in parameter):
        raise RpcError(400, "START_PARAM_INVALID")
    check_new(ctx, request.random_id)
    message = messaging.write(ctx.world, ctx.user, bot, f"/start {parameter}".strip())
    _remember(ctx, request.random_id, 0, message.id)
    own = ctx.take_own()
    return ctx.updates(types.UpdateMessageID(message.id, request.random_id), *own)


def check_not_scheduled(
    ctx: Context,
    request: functions.messages.SendMessageRequest | functions.messages.SendMediaRequest,
) -> None:
    """Raises SCHEDULE_BOT_NOT_ALLOWED; for users nothing is sent later here."""
    if request.schedule_date is not None:
        if ctx.user.is_bot:
            raise RpcError(400, "SCHEDULE_BOT_NOT_ALLOWED")
        raise NotImplementedError("a message for later")


def check_new(ctx: Context, random_id: int) -> None:
    """Raises RANDOM_ID_EMPTY, and RANDOM_ID_DUPLICATE for what was sent already."""
    if not random_id:
        raise RpcError(400, "RANDOM_ID_EMPTY")
    known = ctx.world.sent.get((ctx.user.id, random_id))
    window = ctx.world.profile.random_id_window_s
    if known and (window is None or ctx.world.clock.time() - known[2] < window):
        raise RpcError(500, "RANDOM_ID_DUPLICATE")


def _remember(ctx: Context, random_id: int, channel_id: int, message_id: int) -> None:
    ctx.world.sent[ctx.user.id, random_id] = (channel_id, message_id, ctx.world.clock.time())


def _check_may_post(ctx: Context, channel: Channel, right: str) -> None:
    if not channel.may(ctx.user.id, "send_messages") or (
        not channel.megagroup and not channel.has_right(ctx.user.id, "post_messages")
    ):
        raise RpcError(403, "CHAT_WRITE_FORBIDDEN")
    if not channel.may(ctx.user.id, right):
        raise RpcError(403, "CHAT_SEND_DOCS_FORBIDDEN")
    member = channel.members[ctx.user.id]
    now = ctx.world.clock.time()
    if channel.slow_mode_s and not member.is_admin:
        wait = member.last_sent_at + channel.slow_mode_s - now
        if wait > 0:
            raise RpcError(420, f"SLOWMODE_WAIT_{int(wait) + 1}")
    if ctx.user.is_bot:
        profile, quotas = ctx.world.profile, ctx.world.quotas
        per_minute = profile.bot_messages_per_group_per_minute
        quotas.spend(("group", ctx.user.id, channel.id), per_minute, 60)
        quotas.spend(("bot", ctx.user.id), profile.bot_messages_per_second, 1)
    member.last_sent_at = now


def _check_may_write(ctx: Context, receiver: User) -> None:
    """Bots write to who started them, or just asked to join; cold messages are counted."""
    if receiver.deleted:
        raise RpcError(400, "INPUT_USER_DEACTIVATED")
    world, user = ctx.world, ctx.user
    if user.id in world.mailbox(receiver.id).blocked:
        raise RpcError(403 if user.is_bot else 400, "USER_IS_BLOCKED")
    box = world.mailbox(user.id)
    if user.is_bot:
        if receiver.is_bot:
            raise RpcError(400, "USER_IS_BOT")
        asked_at = box.requesters.get(receiver.id)
        recently = asked_at and world.clock.time() - asked_at < world.profile.requester_write_s
        if receiver.id not in box.started_by and not recently:
            raise RpcError(400, "PEER_ID_INVALID")
        world.quotas.spend(("bot", user.id), world.profile.bot_messages_per_second, 1)
        return
    is_known = receiver.is_bot or receiver is user or receiver.id in user.contacts
    if is_known or receiver.id in box.peers():
        return
    key = ("strangers", user.id)
    limit = world.profile.adds_before_peer_flood
    if world.quotas.is_banned(key):
        raise RpcError(400, "PEER_FLOOD")
    if limit is not None and world.quotas.used(key, _DAY_S) >= limit:
        world.quotas.ban(key, world.profile.peer_flood_s)
        raise RpcError(400, "PEER_FLOOD")
    world.quotas.count(key)


@handles(functions.messages.SetTypingRequest)
async def set_typing(ctx: Context, request: functions.messages.SetTypingRequest) -> bool:
    if isinstance(request.peer, types.InputPeerChannel):
        ctx.world.readable(ctx.user, request.peer)
    else:
        ctx.world.resolve_user(ctx.user, request.peer)
    return True


# Changing


@handles(functions.messages.EditMessageRequest)
async def edit_message(
    ctx: Context, request: functions.messages.EditMessageRequest
) -> types.Updates:
    text = messaging.checked_text(request.message or "")
    oldest = ctx.world.clock.now() - timedelta(seconds=ctx.world.profile.edit_window_s)
    channel: Channel | None = None
    if isinstance(request.peer, types.InputPeerChannel):
        channel = ctx.world.readable(ctx.user, request.peer)
        message = channel.messages.get(request.id)
    else:
        ctx.world.resolve_user(ctx.user, request.peer)
        message = ctx.world.mailbox(ctx.user.id).messages.get(request.id)
    if message is None or message.action is not None:
        raise RpcError(400, "MESSAGE_ID_INVALID")
    if message.sender_id != ctx.user.id:
        raise RpcError(403, "MESSAGE_AUTHOR_REQUIRED")
    if message.date < oldest:
        raise RpcError(400, "MESSAGE_EDIT_TIME_EXPIRED")
    entities = complete_entities(text, request.entities, ctx.user.id)
    markup = request.reply_markup if ctx.user.is_bot else None
    if (message.text, message.reply_markup) == (text, markup) and message.entities == entities:
        raise RpcError(400, "MESSAGE_NOT_MODIFIED")
    for copy in (message, message.twin):
        if copy is not None:
            copy.text, copy.entities, copy.reply_markup = text, entities, markup
            copy.edit_date = ctx.world.clock.now()
    if channel:
        messaging.edit(ctx.world, channel, message)
    else:
        messaging.edit_private(ctx.world, ctx.user, message)
    return ctx.updates()


@handles(functions.messages.DeleteMessagesRequest)
async def delete_messages(
    ctx: Context, request: functions.messages.DeleteMessagesRequest
) -> types.messages.AffectedMessages:
    count = messaging.delete_private(ctx.world, ctx.user, request.id, bool(request.revoke))
    ctx.take_own()
    return types.messages.AffectedMessages(ctx.hub.pts(ctx.user.id), count)


@handles(functions.messages.UpdatePinnedMessageRequest)
async def update_pinned_message(
    ctx: Context, request: functions.messages.UpdatePinnedMessageRequest
) -> types.Updates:
    channel = ctx.world.readable(ctx.user, request.peer)
    if not channel.may(ctx.user.id, "pin_messages"):
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    message = channel.messages.get(request.id)
    if message is None:
        raise RpcError(400, "MESSAGE_ID_INVALID")
    messaging.pin(ctx.world, channel, message, pinned=not request.unpin)
    if not request.unpin and not request.silent:
        messaging.post_service(ctx.world, channel, ctx.user.id, types.MessageActionPinMessage())
    return ctx.updates()


@handles(functions.messages.EditChatAboutRequest)
async def edit_chat_about(ctx: Context, request: functions.messages.EditChatAboutRequest) -> bool:
    channel = ctx.world.managed(ctx.user, request.peer, "change_info")
    if len(request.about) > ABOUT_LENGTH:
        raise RpcError(400, "CHAT_ABOUT_TOO_LONG")
    if request.about == channel.about:
        raise RpcError(400, "CHAT_ABOUT_NOT_MODIFIED")
    before, channel.about = channel.about, request.about
    entry = types.ChannelAdminLogEventActionChangeAbout(before, request.about)
    note(ctx.world, channel, ctx.user.id, lambda _viewer: entry)
    return True


@handles(functions.messages.EditChatDefaultBannedRightsRequest)
async def edit_chat_default_banned_rights(
    ctx: Context, request: functions.messages.EditChatDefaultBannedRightsRequest
) -> types.Updates:
    channel = ctx.world.managed(ctx.user, request.peer, "ban_users")
    if request.banned_rights == channel.default_bans:
        raise RpcError(400, "CHAT_NOT_MODIFIED")
    before, channel.default_bans = channel.default_bans, request.banned_rights
    entry = types.ChannelAdminLogEventActionDefaultBannedRights(before, request.banned_rights)
    note(ctx.world, channel, ctx.user.id, lambda _viewer: entry)
    ctx.hub.transient(tuple(channel.members), lambda _viewer: types.UpdateChannel(channel.id))
    return ctx.updates()
