"""All that is true in this Telegram at a moment, and how to find things in it.

It is changed in `membership.py`, `messaging.py` and `calling.py`, which also tell everybody
concerned; `views.py` has how it looks to somebody.
"""

from __future__ import annotations

from collections.abc import Iterable

from telethon.tl import TLObject, types

from ..errors import RpcError
from . import views
from .calls import GroupCall
from .channels import Channel
from .people import User
from .profile import Profile
from .state import State
from .updates import UpdateHub


class World(State):
    """`seed` and `profile`: see `State`."""

    def __init__(self, seed: bytes | None = None, *, profile: Profile | None = None) -> None:
        super().__init__(seed, profile=profile)
        self.hub = UpdateHub(self)

    # Finding what a request names

    def channel_of(self, viewer: User, peer: TLObject) -> Channel:
        """The group meant by an `InputChannel` or `InputPeerChannel`, whether or not one is in it.
        A bot may leave the hash 0 for a group that it is in, where the profile says so.

        Raises CHANNEL_INVALID for a wrong hash, PEER_ID_INVALID for another kind of peer.
        """
        if isinstance(peer, types.InputChannelEmpty):
            raise RpcError(400, "CHANNEL_INVALID")
        if not isinstance(peer, (types.InputChannel, types.InputPeerChannel)):
            raise RpcError(400, "PEER_ID_INVALID")
        channel = self.channels.get(peer.channel_id)
        if channel is None:
            raise RpcError(400, "CHANNEL_INVALID")
        is_free = viewer.is_bot and self.profile.bots_without_hash != "lookups"
        if is_free and peer.access_hash == 0 and channel.is_member(viewer.id):
            return channel
        if peer.access_hash != self.access_hash(viewer.id, "channel", channel.id):
            raise RpcError(400, "CHANNEL_INVALID")
        return channel

    def readable(self, viewer: User, peer: TLObject) -> Channel:
        """The group, of which the viewer must be a member. Raises also CHANNEL_PRIVATE."""
        channel = self.channel_of(viewer, peer)
        self.check_may_read(viewer, channel.id)
        return channel

    def managed(self, viewer: User, peer: TLObject, right: str) -> Channel:
        """The group, in which the viewer must have the right. Raises also CHAT_ADMIN_REQUIRED."""
        channel = self.readable(viewer, peer)
        if not channel.has_right(viewer.id, right):
            raise RpcError(400, "CHAT_ADMIN_REQUIRED")
        return channel

    def call_of(self, viewer: User, call: TLObject) -> GroupCall:
        """The call, of a group in which the viewer is. Raises GROUPCALL_INVALID."""
        found = self.calls.get(call.id) if isinstance(call, types.InputGroupCall) else None
        if found is None or call.access_hash != self.access_hash(viewer.id, "call", found.id):
            raise RpcError(400, "GROUPCALL_INVALID")
        if not self.channels[found.channel_id].is_member(viewer.id):
            raise RpcError(400, "GROUPCALL_INVALID")
        return found

    def channel_by_username(self, username: str) -> Channel | None:
        wanted = username.lstrip("@").lower()
        for channel in self.channels.values():
            if channel.username and channel.username.lower() == wanted and not channel.deleted:
                return channel
        return None

    def channels_with(self, user_id: int) -> list[Channel]:
        """The groups that the account is in."""
        return [c for c in self.channels.values() if not c.deleted and c.is_member(user_id)]

    # What the hub asks for

    def peers_for(
        self, viewer: User, update: TLObject
    ) -> tuple[Iterable[types.User], Iterable[TLObject]]:
        return self.peers_in(viewer, [update])

    def peers_in(
        self, viewer: User, objects: Iterable[TLObject]
    ) -> tuple[list[types.User], list[TLObject]]:
        """The users and the groups that are named anywhere in the objects."""
        user_ids, channel_ids = views.named_in(objects)
        users = [self.user_for(viewer, self.users[i]) for i in user_ids if i in self.users]
        chats = [
            views.channel_tl(self, viewer, self.channels[i])
            for i in channel_ids
            if i in self.channels
        ]
        return users, chats

    def check_may_read(self, viewer: User, channel_id: int) -> None:
        channel = self.channels.get(channel_id)
        if channel is None:
            raise RpcError(400, "CHANNEL_INVALID")
        if channel.deleted or not channel.is_member(viewer.id):
            raise RpcError(400, "CHANNEL_PRIVATE")

    def channel_snapshot(
        self, viewer: User, channel_id: int
    ) -> tuple[types.Dialog, list[TLObject], list[TLObject], list[TLObject]]:
        channel = self.channels[channel_id]
        dialog = views.channel_dialog(self, viewer, channel)
        newest = channel.visible(viewer.id)[-20:]
        messages = [views.channel_message(viewer, channel, one) for one in reversed(newest)]
        users, chats = self.peers_in(viewer, [dialog, *messages])
        return dialog, messages, users, chats
