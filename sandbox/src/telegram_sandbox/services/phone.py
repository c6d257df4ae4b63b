"""`phone.*`: group calls. There is no sound and no picture, only who is in the call."""

from __future__ import annotations

import json
from datetime import timedelta

from telethon.tl import TLObject, functions, types

from ..dispatch import Context, handles
from ..errors import RpcError
from ..world import calling, views
from ..world.calls import GroupCall, Peer, Recording
from ..world.channels import Channel
from ..world.messaging import post_service

_EARLIEST = timedelta(seconds=10)
_LATEST = timedelta(days=8)
_AT_LEAST = 3  # getGroupCall shows no fewer
_MOST_INVITED = 10
_TITLE_MAX = 64  # characters, of titles of calls and of recordings
_SOURCE_LIMIT = 2**31


@handles(functions.phone.CreateGroupCallRequest)
async def create_group_call(
    ctx: Context, request: functions.phone.CreateGroupCallRequest
) -> types.Updates:
    """Ends a running call of the group: nothing recognises a repeated request."""
    channel = ctx.world.managed(ctx.user, request.peer, "manage_call")
    if request.schedule_date is not None:
        ahead = request.schedule_date - ctx.world.clock.now()
        if not _EARLIEST <= ahead <= _LATEST:
            raise RpcError(400, "SCHEDULE_DATE_INVALID")
    key = ("call", channel.id, request.random_id)
    if ctx.world.profile.call_random_id_is_known and ctx.world.quotas.used(key, 3_600):
        raise RpcError(500, "RANDOM_ID_DUPLICATE")
    ctx.world.quotas.count(key)
    calling.create(ctx.world, channel, ctx.user, _title(ctx, request.title), request.schedule_date)
    return ctx.updates()


@handles(functions.phone.StartScheduledGroupCallRequest)
async def start_scheduled_group_call(
    ctx: Context, request: functions.phone.StartScheduledGroupCallRequest
) -> types.Updates:
    # the only refusal that is documented for who may not
    calling.start(ctx.world, _managed(ctx, request.call, "GROUPCALL_INVALID"), ctx.user)
    return ctx.updates()


@handles(functions.phone.DiscardGroupCallRequest)
async def discard_group_call(
    ctx: Context, request: functions.phone.DiscardGroupCallRequest
) -> types.Updates:
    call = ctx.world.call_of(ctx.user, request.call)
    if not _may_manage(ctx, call):
        raise RpcError(403, "GROUPCALL_FORBIDDEN")
    if call.ended_at is not None:
        raise RpcError(400, "GROUPCALL_ALREADY_DISCARDED")
    calling.discard(ctx.world, call, ctx.user)
    return ctx.updates()


@handles(functions.phone.GetGroupCallRequest)
async def get_group_call(
    ctx: Context, request: functions.phone.GetGroupCallRequest
) -> types.phone.GroupCall:
    call = ctx.world.call_of(ctx.user, request.call)
    listed = call.listed()
    limit = max(_AT_LEAST, min(request.limit or 0, ctx.world.profile.call_page))
    page = listed[:limit]
    participants = [one.to_tl(ctx.user.id) for one in page]
    users, chats = _peers(ctx, call, participants)
    return types.phone.GroupCall(
        call=views.call_tl(ctx.world, ctx.user, call.id),
        participants=participants,
        participants_next_offset=str(page[-1].number) if len(listed) > limit else "",
        chats=chats,
        users=users,
    )


@handles(functions.phone.GetGroupParticipantsRequest)
async def get_group_participants(
    ctx: Context, request: functions.phone.GetGroupParticipantsRequest
) -> types.phone.GroupParticipants:
    """Page by page: an offset is the number of the last participant shown, and an empty one starts
    from the beginning."""
    call = _running(ctx, request.call)
    listed = call.listed()
    if request.ids or request.sources:
        ids = {getattr(one, "user_id", ctx.user.id) for one in request.ids}
        listed = [p for p in listed if p.user_id in ids or p.source in request.sources]
    after = int(request.offset) if request.offset.isdigit() else 0
    rest = [participant for participant in listed if participant.number > after]
    limit = max(1, min(request.limit, ctx.world.profile.call_page))
    page = rest[:limit]
    participants = [one.to_tl(ctx.user.id) for one in page]
    users, chats = _peers(ctx, call, participants)
    return types.phone.GroupParticipants(
        count=len(listed),
        participants=participants,
        next_offset=str(page[-1].number) if len(rest) > limit else "",
        chats=chats,
        users=users,
        version=call.version,
    )


@handles(functions.phone.GetGroupCallJoinAsRequest)
async def get_group_call_join_as(
    ctx: Context, request: functions.phone.GetGroupCallJoinAsRequest
) -> types.phone.JoinAsPeers:
    """Oneself, one's own channels, and for an anonymous administrator the group itself."""
    group = ctx.world.readable(ctx.user, request.peer)
    peers: list[TLObject] = [types.PeerUser(ctx.user.id)]
    peers += [
        types.PeerChannel(channel.id)
        for channel in ctx.world.channels_with(ctx.user.id)
        if _may_join_as(ctx, channel, group.id)
    ]
    users, chats = ctx.world.peers_in(ctx.user, peers)
    return types.phone.JoinAsPeers(peers, chats, users)


@handles(functions.phone.JoinGroupCallRequest)
async def join_group_call(
    ctx: Context, request: functions.phone.JoinGroupCallRequest
) -> types.Updates:
    call = _running(ctx, request.call)
    if call.schedule_date is not None:
        raise RpcError(403, "GROUPCALL_FORBIDDEN")
    source = _source(request.params)
    peer: Peer = ("user", ctx.user.id)
    if isinstance(request.join_as, (types.InputPeerChannel, types.InputChannel)):
        channel = ctx.world.channel_of(ctx.user, request.join_as)
        if not _may_join_as(ctx, channel, call.channel_id):
            raise RpcError(400, "JOIN_AS_PEER_INVALID")
        peer = ("channel", channel.id)
    elif ctx.world.resolve_user(ctx.user, request.join_as) is not ctx.user:
        raise RpcError(400, "JOIN_AS_PEER_INVALID")
    for other in call.participants.values():
        if other.source == source and other.user_id != ctx.user.id:
            raise RpcError(400, "GROUPCALL_SSRC_DUPLICATE_MUCH")
    calling.join(ctx.world, call, ctx.user, source=source, peer=peer, muted=bool(request.muted))
    transport = json.dumps({"transport": {"candidates": [], "fingerprints": []}})
    return ctx.updates(types.UpdateGroupCallConnection(types.DataJSON(transport)))


@handles(functions.phone.LeaveGroupCallRequest)
async def leave_group_call(
    ctx: Context, request: functions.phone.LeaveGroupCallRequest
) -> types.Updates:
    """A device that was replaced by another has left already, so its leave changes nothing. Neither
    does the leave of somebody who is not in the call; no refusal is documented for that."""
    call = _running(ctx, request.call)
    participant = calling.find(call, ctx.user.id, request.source)
    if participant is not None:
        calling.leave(ctx.world, call, participant)
    return ctx.updates()


@handles(functions.phone.CheckGroupCallRequest)
async def check_group_call(
    ctx: Context, request: functions.phone.CheckGroupCallRequest
) -> list[int]:
    """Return the sources that are still in the call."""
    call = _running(ctx, request.call)
    mine = [p for p in call.participants.values() if p.user_id == ctx.user.id]
    for participant in mine:
        participant.seen_at = ctx.world.clock.time()
    return [p.source for p in mine if p.source in request.sources]


@handles(functions.phone.EditGroupCallParticipantRequest)
async def edit_group_call_participant(
    ctx: Context, request: functions.phone.EditGroupCallParticipantRequest
) -> types.Updates:
    call = _running(ctx, request.call)
    try:
        user = ctx.world.resolve_user(ctx.user, request.participant)
    except RpcError:
        raise RpcError(400, "PARTICIPANT_JOIN_MISSING") from None
    participant = calling.find(call, user.id)
    if participant is None:
        raise RpcError(400, "PARTICIPANT_JOIN_MISSING")
    if user is not ctx.user and not _may_manage(ctx, call):
        raise RpcError(403, "GROUPCALL_FORBIDDEN")
    if request.muted is not None:
        if user is ctx.user and not request.muted and not participant.can_self_unmute:
            raise RpcError(403, "GROUPCALL_FORBIDDEN")
        participant.muted = request.muted
    if request.raise_hand is not None:
        participant.raise_hand_rating = participant.number if request.raise_hand else None
    if request.video_stopped is not None:
        participant.video = not request.video_stopped
    calling.changed(ctx.world, call, participant)
    return ctx.updates()


@handles(functions.phone.ToggleGroupCallSettingsRequest)
async def toggle_group_call_settings(
    ctx: Context, request: functions.phone.ToggleGroupCallSettingsRequest
) -> types.Updates:
    call = _managed(ctx, request.call, "GROUPCALL_INVALID")
    if request.join_muted is None:
        raise RpcError(400, "GROUPCALL_NOT_MODIFIED")
    if request.join_muted == call.join_muted:
        raise RpcError(400, "GROUPCALL_NOT_MODIFIED")
    call.join_muted = request.join_muted
    calling.settings_changed(ctx.world, call)
    return ctx.updates()


@handles(functions.phone.ToggleGroupCallRecordRequest)
async def toggle_group_call_record(
    ctx: Context, request: functions.phone.ToggleGroupCallRecordRequest
) -> types.Updates:
    call = _managed(ctx, request.call)
    if call.schedule_date is not None:
        raise RpcError(403, "GROUPCALL_FORBIDDEN")
    if bool(request.start) == (call.recording is not None):
        raise RpcError(400, "GROUPCALL_NOT_MODIFIED")
    now = ctx.world.clock.now()
    if call.recording:
        call.recording.ended_at = now
    else:
        call.recordings.append(
            Recording(
                by=ctx.user.id,
                started_at=now,
                title=_title(ctx, request.title, "GROUPCALL_FORBIDDEN"),
                is_video=bool(request.video),
            )
        )
    calling.settings_changed(ctx.world, call)
    return ctx.updates()


@handles(functions.phone.EditGroupCallTitleRequest)
async def edit_group_call_title(
    ctx: Context, request: functions.phone.EditGroupCallTitleRequest
) -> types.Updates:
    call = _managed(ctx, request.call)
    call.title = _title(ctx, request.title, "GROUPCALL_FORBIDDEN")
    calling.settings_changed(ctx.world, call)
    return ctx.updates()


@handles(functions.phone.ExportGroupCallInviteRequest)
async def export_group_call_invite(
    ctx: Context, request: functions.phone.ExportGroupCallInviteRequest
) -> types.phone.ExportedGroupCallInvite:
    call = _running(ctx, request.call)
    channel = ctx.world.channels[call.channel_id]
    if not channel.username:
        raise RpcError(403, "PUBLIC_CHANNEL_MISSING")
    return types.phone.ExportedGroupCallInvite(f"https://t.me/{channel.username}?videochat")


@handles(functions.phone.InviteToGroupCallRequest)
async def invite_to_group_call(
    ctx: Context, request: functions.phone.InviteToGroupCallRequest
) -> types.Updates:
    call = _running(ctx, request.call)
    if len(request.users) > _MOST_INVITED:
        raise RpcError(403, "GROUPCALL_FORBIDDEN")
    channel = ctx.world.channels[call.channel_id]
    try:
        ids = [ctx.world.resolve_user(ctx.user, one).id for one in request.users]
    except RpcError:
        raise RpcError(403, "USER_NOT_PARTICIPANT") from None
    if any(not channel.is_member(i) for i in ids):
        raise RpcError(403, "USER_NOT_PARTICIPANT")
    if any(calling.find(call, i) for i in ids):
        raise RpcError(400, "USER_ALREADY_INVITED")
    post_service(
        ctx.world,
        channel,
        ctx.user.id,
        lambda viewer: types.MessageActionInviteToGroupCall(
            views.input_call(ctx.world, viewer, call.id), ids
        ),
    )
    return ctx.updates()


# Within


def _title(ctx: Context, wanted: str | None, refusal: str = "CREATE_CALL_FAILED") -> str | None:
    """The title as it is kept. Too long ones are cut, or refused: nobody documents which."""
    if len((wanted or "").encode("utf-16-le")) // 2 <= _TITLE_MAX:
        return wanted or None
    if ctx.world.profile.call_title_refused:
        raise RpcError(400, refusal)
    return (wanted or "")[:_TITLE_MAX]


def _running(ctx: Context, wanted: TLObject) -> GroupCall:
    call = ctx.world.call_of(ctx.user, wanted)
    if call.ended_at is not None:
        raise RpcError(400, "GROUPCALL_INVALID")
    return call


def _may_join_as(ctx: Context, channel: Channel, group_id: int) -> bool:
    if channel.id == group_id:
        return channel.has_right(ctx.user.id, "anonymous")
    return channel.creator_id == ctx.user.id


def _may_manage(ctx: Context, call: GroupCall) -> bool:
    return ctx.world.channels[call.channel_id].has_right(ctx.user.id, "manage_call")


def _managed(ctx: Context, wanted: TLObject, refusal: str = "GROUPCALL_FORBIDDEN") -> GroupCall:
    """The call, if the caller may manage it. Raises the refusal otherwise."""
    call = _running(ctx, wanted)
    if not _may_manage(ctx, call):
        raise RpcError(403 if refusal == "GROUPCALL_FORBIDDEN" else 400, refusal)
    return call


def _source(params: types.DataJSON) -> int:
    """The client's own number of its sound, from what it would send to set up the media."""
    try:
        source = json.loads(params.data)["ssrc"]
    except (ValueError, KeyError, TypeError):
        raise RpcError(400, "DATA_JSON_INVALID") from None
    if not isinstance(source, int):
        raise RpcError(400, "DATA_JSON_INVALID")
    # The schema has signed integers; clients send the number as JSON, unsigned.
    return source - 2 * _SOURCE_LIMIT if source >= _SOURCE_LIMIT else source


def _peers(
    ctx: Context, call: GroupCall, participants: list[TLObject]
) -> tuple[list[types.User], list[TLObject]]:
    users, chats = ctx.world.peers_in(ctx.user, [*participants, types.PeerChannel(call.channel_id)])
    return users, chats
