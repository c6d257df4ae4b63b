"""Writing, editing, deleting and pinning: in groups and in private."""

from __future__ import annotations

from functools import partial
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from telethon.tl import TLObject, types

from ..errors import RpcError
from . import views
from .channels import Channel
from .files import Document
from .messages import Message, complete_entities
from .people import User

if TYPE_CHECKING:
    from .world import World

LONGEST = 4096  # characters of a message
LONGEST_CAPTION = 1024  # of the words below a file


def checked_text(text: str) -> str:
    """The text without white space at its ends. Raises MESSAGE_EMPTY, MESSAGE_TOO_LONG."""
    stripped = text.strip()
    if not stripped:
        raise RpcError(400, "MESSAGE_EMPTY")
    if len(stripped) > LONGEST:
        raise RpcError(400, "MESSAGE_TOO_LONG")
    return stripped


def checked_caption(text: str) -> str:
    """The words below a file, which may be none. Raises MEDIA_CAPTION_TOO_LONG."""
    stripped = text.strip()
    if len(stripped) > LONGEST_CAPTION:
        raise RpcError(400, "MEDIA_CAPTION_TOO_LONG")
    return stripped


# Groups


def post(
    world: World,
    channel: Channel,
    sender: User,
    text: str,
    *,
    entities: Iterable[TLObject] | None = None,
    reply_markup: TLObject | None = None,
    reply_to_id: int | None = None,
    silent: bool = False,
    document: Document | None = None,
) -> Message:
    """Put a message into the group and show it to every member."""
    message = Message(
        id=channel.next_message_id,
        date=world.clock.now(),
        sender_id=sender.id,
        text=text,
        entities=complete_entities(text, entities, sender.id),
        reply_markup=reply_markup,
        reply_to_id=reply_to_id,
        silent=silent,
        document=document,
    )
    return _put(world, channel, message)


def post_service(
    world: World, channel: Channel, sender_id: int, action: TLObject | Callable[[User], TLObject]
) -> Message:
    """Note in the group what happened. `action` may differ from viewer to viewer."""
    build = action if callable(action) else (lambda _viewer: action)
    message = Message(
        id=channel.next_message_id, date=world.clock.now(), sender_id=sender_id, action=build
    )
    return _put(world, channel, message)


def _put(world: World, channel: Channel, message: Message) -> Message:
    channel.next_message_id += 1
    channel.messages[message.id] = message
    sender = channel.members.get(message.sender_id)
    if sender:
        sender.read_up_to = message.id

    def build(viewer: User) -> TLObject | None:
        if message.id not in channel.messages:
            return None
        return types.UpdateNewChannelMessage(
            views.channel_message(viewer, channel, message), pts=0, pts_count=0
        )

    world.hub.to_channel(channel.id, build, tuple(channel.members))
    return message


def edit(world: World, channel: Channel, message: Message) -> None:
    """Show everybody the message as it is now."""

    def build(viewer: User) -> TLObject | None:
        if message.id not in channel.messages:
            return None
        return types.UpdateEditChannelMessage(
            views.channel_message(viewer, channel, message), pts=0, pts_count=0
        )

    world.hub.to_channel(channel.id, build, tuple(channel.members))


def delete(world: World, channel: Channel, message_ids: Iterable[int]) -> int:
    """Delete messages. Return how many there were."""
    gone = [i for i in message_ids if channel.messages.pop(i, None) is not None]
    if gone:
        world.hub.to_channel(
            channel.id,
            lambda _viewer: types.UpdateDeleteChannelMessages(channel.id, gone, 0, 0),
            tuple(channel.members),
            pts_count=len(gone),
        )
    return len(gone)


def pin(world: World, channel: Channel, message: Message, pinned: bool) -> None:
    message.pinned = pinned
    world.hub.to_channel(
        channel.id,
        lambda _viewer: types.UpdatePinnedChannelMessages(
            channel.id, [message.id], 0, 0, pinned=pinned
        ),
        tuple(channel.members),
    )


# Private


def write(
    world: World,
    sender: User,
    receiver: User,
    text: str,
    *,
    entities: Iterable[TLObject] | None = None,
    reply_markup: TLObject | None = None,
    reply_to_id: int | None = None,
    silent: bool = False,
    document: Document | None = None,
) -> Message:
    """Send a private message. Return the sender's copy of it."""
    marked = complete_entities(text, entities, sender.id)
    date = world.clock.now()
    copies: list[Message] = []
    for owner, peer in ((sender, receiver), (receiver, sender)):
        if copies and owner is sender:
            break  # to oneself: one copy
        box = world.mailbox(owner.id)
        copy = Message(
            id=box.next_id,
            date=date,
            sender_id=sender.id,
            text=text,
            entities=marked,
            reply_markup=reply_markup,
            reply_to_id=reply_to_id if owner is sender else None,
            silent=silent,
            document=document,
            peer_id=peer.id,
            out=owner is sender,
        )
        box.next_id += 1
        box.messages[copy.id] = copy
        copies.append(copy)
    if len(copies) == 2:
        copies[0].twin, copies[1].twin = copies[1], copies[0]
    if receiver.is_bot:
        world.mailbox(receiver.id).started_by.add(sender.id)
    for owner, copy in zip((sender, receiver), copies, strict=False):
        world.hub.to_user(owner.id, _private_builder(world, copy, types.UpdateNewMessage))
    return copies[0]


def edit_private(world: World, owner: User, message: Message) -> None:
    """Show both sides the message as it is now."""
    world.hub.to_user(owner.id, _private_builder(world, message, types.UpdateEditMessage))
    if message.twin:
        world.hub.to_user(
            message.peer_id, _private_builder(world, message.twin, types.UpdateEditMessage)
        )


def _private_builder(
    world: World, message: Message, kind: type[TLObject]
) -> Callable[[User], TLObject | None]:
    def build(viewer: User) -> TLObject | None:
        if message.id not in world.mailbox(viewer.id).messages:
            return None
        return kind(views.private_message(viewer, message), pts=0, pts_count=0)

    return build


def _deleted(ids: list[int], _viewer: User) -> types.UpdateDeleteMessages:
    return types.UpdateDeleteMessages(ids, 0, 0)


def delete_private(world: World, owner: User, message_ids: Iterable[int], revoke: bool) -> int:
    """Delete messages from the owner's box, and with `revoke` from the other side's. Return how
    many."""
    box = world.mailbox(owner.id)
    gone: list[int] = []
    twins: dict[int, list[int]] = {}
    for i in message_ids:
        message = box.messages.pop(i, None)
        if message is None:
            continue
        gone.append(i)
        if revoke and message.twin:
            world.mailbox(message.peer_id).messages.pop(message.twin.id, None)
            twins.setdefault(message.peer_id, []).append(message.twin.id)
    for user_id, ids in ((owner.id, gone), *twins.items()):
        if ids:
            world.hub.to_user(
                user_id,
                partial(_deleted, ids),
                pts_count=len(ids),
            )
    return len(gone)
