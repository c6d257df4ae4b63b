"""`messages.*` about invite links and requests to join."""

from __future__ import annotations

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..errors import RpcError
from ..world import membership, views
from ..world.channels import Channel
from ..world.invites import Invite, hash_of

_MOST_PEOPLE_SHOWN = 5


@handles(functions.messages.ExportChatInviteRequest)
async def export_chat_invite(
    ctx: Context, request: functions.messages.ExportChatInviteRequest
) -> types.ChatInviteExported:
    channel = ctx.world.managed(ctx.user, request.peer, "invite_users")
    if request.request_needed and request.usage_limit:
        raise RpcError(400, "USAGE_LIMIT_INVALID")
    if request.expire_date and request.expire_date <= ctx.world.clock.now():
        raise RpcError(400, "EXPIRE_DATE_INVALID")
    if request.legacy_revoke_permanent:
        primary = channel.primary_invite(ctx.user.id)
        if primary:
            primary.revoked = True
    invite = membership.new_invite(
        ctx.world,
        channel,
        ctx.user.id,
        permanent=bool(request.legacy_revoke_permanent),
        request_needed=bool(request.request_needed),
        expire_date=request.expire_date,
        usage_limit=request.usage_limit,
        title=request.title,
    )
    return invite.to_tl()


@handles(functions.messages.EditExportedChatInviteRequest)
async def edit_exported_chat_invite(
    ctx: Context, request: functions.messages.EditExportedChatInviteRequest
) -> types.messages.ExportedChatInvite:
    channel = ctx.world.managed(ctx.user, request.peer, "invite_users")
    invite = channel.invites.get(hash_of(request.link))
    if invite is None:
        raise RpcError(400, "INVITE_HASH_EXPIRED")
    if request.revoked:
        invite.revoked = True
    if request.expire_date is not None:
        invite.expire_date = request.expire_date
    if request.usage_limit is not None:
        invite.usage_limit = request.usage_limit or None
    if request.request_needed is not None:
        invite.request_needed = request.request_needed
    if invite.request_needed and invite.usage_limit:
        raise RpcError(400, "USAGE_LIMIT_INVALID")
    if request.title is not None:
        invite.title = request.title or None
    exported = invite.to_tl()
    users, _ = ctx.world.peers_in(ctx.user, [exported])
    return types.messages.ExportedChatInvite(exported, users)


@handles(functions.messages.GetExportedChatInvitesRequest)
async def get_exported_chat_invites(
    ctx: Context, request: functions.messages.GetExportedChatInvitesRequest
) -> types.messages.ExportedChatInvites:
    channel = ctx.world.managed(ctx.user, request.peer, "invite_users")
    try:
        admin = ctx.world.resolve_user(ctx.user, request.admin_id)
    except RpcError:
        raise RpcError(400, "ADMIN_ID_INVALID") from None
    found = [
        invite
        for invite in channel.invites.values()
        if invite.admin_id == admin.id and invite.revoked == bool(request.revoked)
    ]
    page = [invite.to_tl() for invite in found[: max(1, request.limit)]]
    users, _ = ctx.world.peers_in(ctx.user, page)
    return types.messages.ExportedChatInvites(len(found), page, users)


@handles(functions.messages.CheckChatInviteRequest)
async def check_chat_invite(
    ctx: Context, request: functions.messages.CheckChatInviteRequest
) -> types.TypeChatInvite:
    channel, invite = _usable(ctx, request.hash)
    if channel.is_member(ctx.user.id):
        return types.ChatInviteAlready(views.channel_tl(ctx.world, ctx.user, channel))
    shown = list(channel.members)[:_MOST_PEOPLE_SHOWN]
    return types.ChatInvite(
        title=channel.title,
        photo=types.PhotoEmpty(0),
        participants_count=len(channel.members),
        color=0,
        channel=True,
        broadcast=not channel.megagroup,
        megagroup=channel.megagroup,
        request_needed=invite.request_needed,
        about=channel.about or None,
        participants=None
        if invite.request_needed
        else [ctx.world.user_for(ctx.user, ctx.world.users[i]) for i in shown],
    )


@handles(functions.messages.ImportChatInviteRequest)
async def import_chat_invite(
    ctx: Context, request: functions.messages.ImportChatInviteRequest
) -> types.messages.ChatInviteJoinResultOk:
    channel, invite = _usable(ctx, request.hash)
    if channel.is_member(ctx.user.id):
        raise RpcError(400, "USER_ALREADY_PARTICIPANT")
    if invite.request_needed:
        membership.ask(ctx.world, channel, ctx.user, invite)
        raise RpcError(400, "INVITE_REQUEST_SENT")
    membership.enter(ctx.world, channel, ctx.user, invite=invite)
    return types.messages.ChatInviteJoinResultOk(ctx.updates())


def _usable(ctx: Context, hash_: str) -> tuple[Channel, Invite]:
    """Raises INVITE_HASH_EMPTY, INVITE_HASH_INVALID and INVITE_HASH_EXPIRED; the last also for
    somebody who is banned."""
    if not hash_:
        raise RpcError(400, "INVITE_HASH_EMPTY")
    for channel in ctx.world.channels.values():
        invite = channel.invites.get(hash_)
        if invite is None:
            continue
        is_over = channel.deleted or not invite.is_usable(ctx.world.clock.now())
        if is_over or ctx.user.id in channel.bans:
            raise RpcError(400, "INVITE_HASH_EXPIRED")
        return channel, invite
    raise RpcError(400, "INVITE_HASH_INVALID")


@handles(functions.messages.HideChatJoinRequestRequest)
async def hide_chat_join_request(
    ctx: Context, request: functions.messages.HideChatJoinRequestRequest
) -> types.Updates:
    channel = ctx.world.managed(ctx.user, request.peer, "invite_users")
    user = ctx.world.resolve_user(ctx.user, request.user_id)
    membership.answer_request(ctx.world, channel, ctx.user, user, bool(request.approved))
    return ctx.updates()


@handles(functions.messages.GetChatInviteImportersRequest)
async def get_chat_invite_importers(
    ctx: Context, request: functions.messages.GetChatInviteImportersRequest
) -> types.messages.ChatInviteImporters:
    """List people who wait (`requested`) or came in by a link; newest first, after the offset's
    person."""
    channel = ctx.world.managed(ctx.user, request.peer, "invite_users")
    wanted = hash_of(request.link) if request.link else None
    if request.requested:
        found = [
            types.ChatInviteImporter(
                one.user_id, one.date, requested=True, about=ctx.world.users[one.user_id].about
            )
            for one in reversed(channel.requests.values())
            if wanted in (None, one.invite.hash)
        ]
    else:
        found = [
            types.ChatInviteImporter(one.user_id, one.date)
            for one in reversed(channel.members.values())
            if one.invite is not None and wanted in (None, one.invite.hash)
        ]
    start = 0
    after = getattr(request.offset_user, "user_id", None)
    for number, importer in enumerate(found):
        if importer.user_id == after:
            start = number + 1
    page = found[start : start + max(1, request.limit)]
    users, _ = ctx.world.peers_in(ctx.user, page)
    return types.messages.ChatInviteImporters(len(found), page, users)
