"""Group calls: begun, joined, left, ended.

Every join and leave raises the version of the list and is told to all members of the group; such
updates have no number and are never replayed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from telethon.tl import TLObject, types

from ..errors import RpcError
from . import views
from .admin_log import note
from .calls import GroupCall, Participant, Peer
from .channels import Channel
from .messaging import post_service
from .people import User

if TYPE_CHECKING:
    from .world import World


def create(
    world: World,
    channel: Channel,
    creator: User,
    title: str | None,
    schedule_date: datetime | None = None,
) -> GroupCall:
    """Begin a call; one that runs is ended by it."""
    if channel.call_id is not None:
        discard(world, world.calls[channel.call_id], creator)
    now = world.clock.now()
    call = GroupCall(
        id=world.new_call_id(),
        channel_id=channel.id,
        creator_id=creator.id,
        date=now,
        title=title,
        schedule_date=schedule_date,
        started_at=None if schedule_date else now,
    )
    world.calls[call.id] = call
    channel.call_id = call.id
    if schedule_date:
        post_service(
            world,
            channel,
            creator.id,
            lambda viewer: types.MessageActionGroupCallScheduled(
                views.input_call(world, viewer, call.id), schedule_date
            ),
        )
    else:
        _announce(world, channel, call, creator.id)
    _tell_call(world, call)
    _log(world, channel, creator, call, types.ChannelAdminLogEventActionStartGroupCall)
    _arm_end(world, call)
    return call


def live_story(world: World, channel: Channel, creator: User) -> GroupCall:
    """Begin a story that is streamed: a call of its own kind, beside the group's call."""
    now = world.clock.now()
    call = GroupCall(
        id=world.new_call_id(),
        channel_id=channel.id,
        creator_id=creator.id,
        date=now,
        started_at=now,
        is_live_story=True,
    )
    world.calls[call.id] = call
    if channel.call_id is None and world.profile.live_story_is_the_call:
        channel.call_id = call.id
    _tell_call(world, call)
    return call


def start(world: World, call: GroupCall, admin: User) -> None:
    """A scheduled call begins. Raises GROUPCALL_ALREADY_STARTED."""
    if call.started_at is not None:
        raise RpcError(403, "GROUPCALL_ALREADY_STARTED")
    call.started_at, call.schedule_date = world.clock.now(), None
    _announce(world, world.channels[call.channel_id], call, admin.id)
    _tell_call(world, call)


def discard(world: World, call: GroupCall, actor: User | None) -> None:
    """End the call; without an actor, it ended by itself."""
    channel = world.channels[call.channel_id]
    call.ended_at = world.clock.now()
    if call.recording:
        call.recording.ended_at = call.ended_at
    call.participants.clear()
    if channel.call_id == call.id:
        channel.call_id = None
    actor_id = actor.id if actor else call.creator_id
    _announce(world, channel, call, actor_id, call.duration_s)
    _tell_call(world, call)
    if actor:
        _log(world, channel, actor, call, types.ChannelAdminLogEventActionDiscardGroupCall)


def join(
    world: World,
    call: GroupCall,
    user: User,
    *,
    source: int,
    peer: Peer | None = None,
    muted: bool = True,
) -> Participant:
    """One peer is one participant: a second device replaces the first, which is hung up on."""
    peer = peer or ("user", user.id)
    call.participants.pop(peer, None)
    may_manage = world.channels[call.channel_id].has_right(user.id, "manage_call")
    participant = Participant(
        peer=peer,
        user_id=user.id,
        date=world.clock.now(),
        number=call.next_number,
        source=source,
        muted=muted or (call.join_muted and not may_manage),
        can_self_unmute=may_manage or not call.join_muted,
        active_date=world.clock.now(),
        seen_at=world.clock.time(),
    )
    call.next_number += 1
    call.participants[peer] = participant
    call.empty_since = None
    _tell_participant(world, call, participant, just_joined=True)
    return participant


def leave(world: World, call: GroupCall, participant: Participant) -> None:
    if call.participants.get(participant.peer) is not participant:
        return
    del call.participants[participant.peer]
    _tell_participant(world, call, participant, left=True)
    _arm_end(world, call)


def drop_out(world: World, channel: Channel, user_id: int) -> None:
    """Take out of the group's call whoever is out of the group."""
    if channel.call_id is None:
        return
    call = world.calls[channel.call_id]
    for participant in tuple(call.participants.values()):
        if participant.user_id == user_id:
            leave(world, call, participant)


def find(call: GroupCall, user_id: int, source: int | None = None) -> Participant | None:
    """The account's participant, with that source if given."""
    for participant in call.participants.values():
        if participant.user_id == user_id and source in (None, 0, participant.source):
            return participant
    return None


def changed(world: World, call: GroupCall, participant: Participant) -> None:
    """Tell of a change that is neither joining nor leaving (muted, hand raised)."""
    _tell_participant(world, call, participant, versioned=False)


def hide_listeners(world: World, call: GroupCall, hidden: bool) -> None:
    """From now on show only those who speak, or everybody again. Telegram decides this itself."""
    call.listeners_hidden = hidden
    _tell_call(world, call)


def settings_changed(world: World, call: GroupCall) -> None:
    _tell_call(world, call)


# Within


def _arm_end(world: World, call: GroupCall) -> None:
    """An empty call ends by itself after a while."""
    after = world.profile.call_ends_when_empty_s
    if call.participants or call.ended_at or after is None or call.schedule_date:
        return
    since = call.empty_since = world.clock.time()

    def end() -> None:
        if call.empty_since == since and call.ended_at is None:
            discard(world, call, None)

    world.clock.call_later(after, end)


def _announce(
    world: World, channel: Channel, call: GroupCall, sender_id: int, duration: int | None = None
) -> None:
    post_service(
        world,
        channel,
        sender_id,
        lambda viewer: types.MessageActionGroupCall(
            views.input_call(world, viewer, call.id), duration
        ),
    )


def _tell_call(world: World, call: GroupCall) -> None:
    channel = world.channels[call.channel_id]
    world.hub.transient(
        tuple(channel.members),
        lambda viewer: types.UpdateGroupCall(
            views.call_tl(world, viewer, call.id),
            live_story=call.is_live_story,
            peer=types.PeerChannel(channel.id),
        ),
    )


def _tell_participant(
    world: World,
    call: GroupCall,
    participant: Participant,
    *,
    left: bool = False,
    just_joined: bool = False,
    versioned: bool = True,
) -> None:
    if versioned:
        call.version += 1
    channel = world.channels[call.channel_id]
    if call.listeners_hidden and participant.muted and not participant.video:
        viewers: tuple[int, ...] = (participant.user_id,)
    else:
        viewers = tuple(channel.members)

    def build(viewer: User) -> TLObject:
        return types.UpdateGroupCallParticipants(
            call=views.input_call(world, viewer, call.id),
            participants=[
                participant.to_tl(
                    viewer.id, left=left, just_joined=just_joined, versioned=versioned
                )
            ],
            version=call.version,
        )

    world.hub.transient(viewers, build)


def _log(
    world: World, channel: Channel, actor: User, call: GroupCall, kind: type[TLObject]
) -> None:
    note(world, channel, actor.id, lambda viewer: kind(views.input_call(world, viewer, call.id)))
