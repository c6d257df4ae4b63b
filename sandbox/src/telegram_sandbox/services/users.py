"""`users.*`: looking at accounts."""

from __future__ import annotations

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..errors import RpcError


@handles(functions.users.GetUsersRequest)
async def get_users(
    ctx: Context, request: functions.users.GetUsersRequest
) -> list[types.User | types.UserEmpty]:
    """Unknown ones come back empty, at their place."""
    found: list[types.User | types.UserEmpty] = []
    for wanted in request.id:
        try:
            user = ctx.world.resolve_user(ctx.user, wanted, is_lookup=True)
            found.append(ctx.world.user_for(ctx.user, user))
        except RpcError:
            found.append(types.UserEmpty(getattr(wanted, "user_id", 0)))
    return found


@handles(functions.users.GetFullUserRequest)
async def get_full_user(
    ctx: Context, request: functions.users.GetFullUserRequest
) -> types.users.UserFull:
    user = ctx.world.resolve_user(ctx.user, request.id)
    return types.users.UserFull(
        full_user=types.UserFull(
            id=user.id,
            settings=types.PeerSettings(),
            notify_settings=types.PeerNotifySettings(),
            common_chats_count=0,
            about=user.about,
            bot_info=types.BotInfo(user_id=user.id) if user.is_bot else None,
        ),
        chats=[],
        users=[ctx.world.user_for(ctx.user, user)],
    )
