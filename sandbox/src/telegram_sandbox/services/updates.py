"""`updates.*`: where the sequences are, and what was missed."""

from __future__ import annotations

from datetime import UTC, datetime

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..errors import RpcError


@handles(functions.updates.GetStateRequest)
async def get_state(
    ctx: Context, request: functions.updates.GetStateRequest
) -> types.updates.State:
    return ctx.hub.state(ctx.user.id)


@handles(functions.updates.GetDifferenceRequest)
async def get_difference(
    ctx: Context, request: functions.updates.GetDifferenceRequest
) -> types.updates.TypeDifference:
    if request.pts < 1:
        raise RpcError(400, "PERSISTENT_TIMESTAMP_EMPTY")
    if request.pts > ctx.hub.pts(ctx.user.id):
        raise RpcError(400, "PERSISTENT_TIMESTAMP_INVALID")
    missed = ctx.hub.difference(
        ctx.user,
        pts=request.pts,
        qts=request.qts,
        since=request.date or datetime.fromtimestamp(0, UTC),
    )
    if missed.too_long:
        return types.updates.DifferenceTooLong(pts=missed.pts)
    state = ctx.hub.state(ctx.user.id)
    if missed.is_empty and missed.final:
        return types.updates.DifferenceEmpty(date=state.date, seq=state.seq)
    content = {
        "new_messages": missed.messages,
        "new_encrypted_messages": [],
        "other_updates": missed.updates,
        "chats": missed.chats,
        "users": missed.users,
    }
    state.pts, state.qts = missed.pts, missed.qts
    if missed.final:
        return types.updates.Difference(**content, state=state)
    # Only the end of the last slice may move the date: it says which channels are still to come.
    state.date = request.date
    return types.updates.DifferenceSlice(**content, intermediate_state=state)


@handles(functions.updates.GetChannelDifferenceRequest)
async def get_channel_difference(
    ctx: Context, request: functions.updates.GetChannelDifferenceRequest
) -> types.updates.TypeChannelDifference:
    channel = request.channel
    if not isinstance(channel, types.InputChannel):
        raise RpcError(400, "CHANNEL_INVALID")
    channel_id = channel.channel_id
    if channel.access_hash != ctx.world.access_hash(ctx.user.id, "channel", channel_id):
        raise RpcError(400, "CHANNEL_INVALID")
    ctx.world.check_may_read(ctx.user, channel_id)
    if request.pts < 1:
        raise RpcError(400, "PERSISTENT_TIMESTAMP_EMPTY")
    if request.pts > ctx.hub.channel_pts(channel_id):
        raise RpcError(400, "PERSISTENT_TIMESTAMP_INVALID")
    missed = ctx.hub.channel_difference(ctx.user, channel_id, pts=request.pts, limit=request.limit)
    if missed.too_long:
        dialog, messages, users, chats = ctx.world.channel_snapshot(ctx.user, channel_id)
        return types.updates.ChannelDifferenceTooLong(
            dialog=dialog, messages=messages, chats=chats, users=users, final=True
        )
    if missed.is_empty and missed.final:
        return types.updates.ChannelDifferenceEmpty(pts=missed.pts, final=True)
    return types.updates.ChannelDifference(
        pts=missed.pts,
        new_messages=missed.messages,
        other_updates=missed.updates,
        chats=missed.chats,
        users=missed.users,
        final=missed.final,
    )
