"""`messages.*` that read: histories, single messages, and the list of chats."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

from telethon.tl import TLObject, functions, types

from ..dispatch import Context, handles
from ..world import views
from ..world.channels import FOREVER
from ..world.messages import Message, page
from .channels import channel_messages

Messages: TypeAlias = (
    types.messages.Messages | types.messages.MessagesSlice | types.messages.ChannelMessages
)

_MOST = 100
_EPOCH = datetime.fromtimestamp(0, UTC)


@handles(functions.messages.GetHistoryRequest)
async def get_history(ctx: Context, request: functions.messages.GetHistoryRequest) -> Messages:
    return _history(
        ctx,
        request.peer,
        lambda _message: True,
        offset_id=request.offset_id,
        offset_date=request.offset_date,
        add_offset=request.add_offset,
        limit=min(request.limit, _MOST),
        max_id=request.max_id,
        min_id=request.min_id,
    )


@handles(functions.messages.SearchRequest)
async def search(ctx: Context, request: functions.messages.SearchRequest) -> Messages:
    pinned_only = isinstance(request.filter, types.InputMessagesFilterPinned)
    if not pinned_only and not isinstance(request.filter, types.InputMessagesFilterEmpty):
        raise NotImplementedError(type(request.filter).__name__)
    sender = request.from_id and ctx.world.resolve_user(ctx.user, request.from_id)
    words = request.q.lower()
    # A date of zero, which is how none is written, sets no bound.
    earliest = request.min_date or _EPOCH
    latest = request.max_date if request.max_date and request.max_date > _EPOCH else FOREVER

    def fits(message: Message) -> bool:
        return (
            (not pinned_only or message.pinned)
            and (not sender or message.sender_id == sender.id)
            and words in message.text.lower()
            and message.date >= earliest
            and message.date < latest
        )

    return _history(
        ctx,
        request.peer,
        fits,
        offset_id=request.offset_id,
        add_offset=request.add_offset,
        limit=min(request.limit, _MOST),
        max_id=request.max_id,
        min_id=request.min_id,
    )


def _history(
    ctx: Context, peer: TLObject, fits: Callable[[Message], bool], **where: Any
) -> Messages:
    if isinstance(peer, types.InputPeerChannel):
        channel = ctx.world.readable(ctx.user, peer)
        found = [m for m in channel.visible(ctx.user.id) if fits(m)]
        chosen = page(found, **where)
        shown = [views.channel_message(ctx.user, channel, message) for message in chosen]
        return channel_messages(ctx, channel, shown, len(found))
    other = ctx.world.resolve_user(ctx.user, peer)
    box = ctx.world.mailbox(ctx.user.id)
    found = [m for m in box.with_peer(other.id) if fits(m)]
    chosen = page(found, **where)
    shown = [views.private_message(ctx.user, message) for message in chosen]
    users, chats = ctx.world.peers_in(ctx.user, [*shown, types.PeerUser(other.id)])
    if len(chosen) == len(found):
        return types.messages.Messages(shown, [], chats, users)
    return types.messages.MessagesSlice(len(found), shown, [], chats, users)


@handles(functions.messages.GetMessagesRequest)
async def get_messages(
    ctx: Context, request: functions.messages.GetMessagesRequest
) -> types.messages.Messages:
    """Of private chats only: ids are those of the account's own box."""
    box = ctx.world.mailbox(ctx.user.id)
    shown: list[TLObject] = []
    for wanted in request.id:
        message = box.messages.get(getattr(wanted, "id", 0))
        shown.append(
            views.private_message(ctx.user, message)
            if message
            else types.MessageEmpty(getattr(wanted, "id", 0), None)
        )
    users, chats = ctx.world.peers_in(ctx.user, shown)
    return types.messages.Messages(shown, [], chats, users)


@handles(functions.messages.ReadHistoryRequest)
async def read_history(
    ctx: Context, request: functions.messages.ReadHistoryRequest
) -> types.messages.AffectedMessages:
    other = ctx.world.resolve_user(ctx.user, request.peer)
    box = ctx.world.mailbox(ctx.user.id)
    newest = max((m.id for m in box.with_peer(other.id)), default=0)
    box.read_in[other.id] = min(request.max_id or newest, newest)
    return types.messages.AffectedMessages(ctx.hub.pts(ctx.user.id), 0)


# Chats


@handles(functions.messages.GetDialogsRequest)
async def get_dialogs(
    ctx: Context, request: functions.messages.GetDialogsRequest
) -> types.messages.Dialogs | types.messages.DialogsSlice:
    """Newest first. The page begins after `offset_peer`."""
    if request.folder_id:
        return types.messages.Dialogs([], [], [], [])
    dialogs = _dialogs(ctx)
    start = 0
    offset = _peer_key(request.offset_peer)
    for number, (dialog, _message) in enumerate(dialogs):
        if offset and _peer_key(dialog.peer) == offset:
            start = number + 1
    limit = max(1, min(request.limit, _MOST))
    chosen = dialogs[start : start + limit]
    shown = [dialog for dialog, _ in chosen]
    messages = [message for _, message in chosen if message is not None]
    users, chats = ctx.world.peers_in(ctx.user, [*shown, *messages])
    if start == 0 and len(chosen) == len(dialogs):
        return types.messages.Dialogs(shown, messages, chats, users)
    return types.messages.DialogsSlice(len(dialogs), shown, messages, chats, users)


@handles(functions.messages.GetPeerDialogsRequest)
async def get_peer_dialogs(
    ctx: Context, request: functions.messages.GetPeerDialogsRequest
) -> types.messages.PeerDialogs:
    wanted = {_peer_key(getattr(one, "peer", None)) for one in request.peers}
    chosen = [pair for pair in _dialogs(ctx) if _peer_key(pair[0].peer) in wanted]
    shown = [dialog for dialog, _ in chosen]
    messages = [message for _, message in chosen if message is not None]
    users, chats = ctx.world.peers_in(ctx.user, [*shown, *messages])
    state = ctx.hub.state(ctx.user.id)
    return types.messages.PeerDialogs(shown, messages, chats, users, state)


@handles(functions.messages.GetPinnedDialogsRequest)
async def get_pinned_dialogs(
    ctx: Context, request: functions.messages.GetPinnedDialogsRequest
) -> types.messages.PeerDialogs:
    return types.messages.PeerDialogs([], [], [], [], ctx.hub.state(ctx.user.id))


def _dialogs(ctx: Context) -> list[tuple[types.Dialog, TLObject | None]]:
    """All the account's chats with their newest message, the most recent first."""
    world, user = ctx.world, ctx.user
    found: list[tuple[float, int, types.Dialog, TLObject | None]] = []
    for channel in world.channels_with(user.id):
        newest = next(reversed(channel.visible(user.id)), None)
        date = newest.date if newest else channel.members[user.id].date
        message = views.channel_message(user, channel, newest) if newest else None
        dialog = views.channel_dialog(world, user, channel)
        found.append((date.timestamp(), channel.id, dialog, message))
    box = world.mailbox(user.id)
    for peer_id in box.peers():
        last = box.with_peer(peer_id)[-1]
        dialog = views.private_dialog(world, user, peer_id)
        found.append((last.date.timestamp(), peer_id, dialog, views.private_message(user, last)))
    found.sort(key=lambda one: (one[0], one[1]), reverse=True)
    return [(dialog, message) for _, _, dialog, message in found]


def _peer_key(peer: TLObject | None) -> tuple[str, int] | None:
    for name in ("channel_id", "user_id", "chat_id"):
        value = getattr(peer, name, None)
        if value:
            return name, value
    return None
