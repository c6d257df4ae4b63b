"""`channels.*`: groups, their members, admins and settings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from telethon.tl import TLObject, functions, types

from ..dispatch import Context, handles
from ..errors import RpcError
from ..standing import check_not_fresh
from ..world import calling, membership, views
from ..world.admin_log import note, passes
from ..world.channels import Channel, Member
from ..world.messaging import delete, post_service
from ..world.people import User

TITLE_LENGTH = 128
ABOUT_LENGTH = 255
_DAY_S = 86_400


def checked_title(title: str) -> str:
    """Raises CHAT_TITLE_EMPTY also for one that is too long: it is the only refusal of a title
    that is documented, and clients cut titles themselves."""
    stripped = title.strip()
    if not 1 <= len(stripped) <= TITLE_LENGTH:
        raise RpcError(400, "CHAT_TITLE_EMPTY")
    return stripped


# Making and naming


@handles(functions.channels.CreateChannelRequest)
async def create_channel(
    ctx: Context, request: functions.channels.CreateChannelRequest
) -> types.Updates:
    title = checked_title(request.title)
    if len(request.about) > ABOUT_LENGTH:
        raise RpcError(400, "CHAT_ABOUT_TOO_LONG")
    profile = ctx.world.profile
    if len(ctx.world.channels_with(ctx.user.id)) >= profile.channels_per_account:
        raise RpcError(400, "CHANNELS_TOO_MUCH")
    ctx.world.quotas.spend(("create", ctx.user.id), profile.group_creations_per_day, _DAY_S)
    megagroup = bool(request.megagroup or not request.broadcast)
    channel = membership.create(ctx.world, ctx.user, title, request.about, megagroup)
    answer = ctx.updates()
    if all(chat.id != channel.id for chat in answer.chats):
        answer.chats.append(views.channel_tl(ctx.world, ctx.user, channel))
    return answer


@handles(functions.channels.DeleteChannelRequest)
async def delete_channel(
    ctx: Context, request: functions.channels.DeleteChannelRequest
) -> types.Updates:
    channel = ctx.world.readable(ctx.user, request.channel)
    if channel.creator_id != ctx.user.id:
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    if channel.call_id is not None:
        calling.discard(ctx.world, ctx.world.calls[channel.call_id], ctx.user)
    channel.deleted = True
    ctx.hub.transient(tuple(channel.members), lambda _viewer: types.UpdateChannel(channel.id))
    return ctx.updates()


@handles(functions.channels.EditTitleRequest)
async def edit_title(ctx: Context, request: functions.channels.EditTitleRequest) -> types.Updates:
    channel = ctx.world.readable(ctx.user, request.channel)
    if not channel.may(ctx.user.id, "change_info"):
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    title = checked_title(request.title)
    if title == channel.title:
        raise RpcError(400, "CHAT_NOT_MODIFIED")
    before, channel.title = channel.title, title
    post_service(ctx.world, channel, ctx.user.id, types.MessageActionChatEditTitle(title))
    entry = types.ChannelAdminLogEventActionChangeTitle(before, title)
    note(ctx.world, channel, ctx.user.id, lambda _viewer: entry)
    return ctx.updates()


@handles(functions.channels.UpdateUsernameRequest)
async def update_username(ctx: Context, request: functions.channels.UpdateUsernameRequest) -> bool:
    channel = ctx.world.readable(ctx.user, request.channel)
    if channel.creator_id != ctx.user.id:
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    name = request.username
    if name and (ctx.world.user_by_username(name) or ctx.world.channel_by_username(name)):
        raise RpcError(400, "USERNAME_OCCUPIED")
    channel.username = name or None
    return True


# Looking


@handles(functions.channels.GetChannelsRequest)
async def get_channels(
    ctx: Context, request: functions.channels.GetChannelsRequest
) -> types.messages.Chats:
    chats = []
    for wanted in request.id:
        # Bots may leave the hash 0 for groups that they are in.
        known = ctx.world.channels.get(getattr(wanted, "channel_id", 0))
        if known and ctx.user.is_bot and not wanted.access_hash and known.is_member(ctx.user.id):
            chats.append(views.channel_tl(ctx.world, ctx.user, known))
        else:
            channel = ctx.world.channel_of(ctx.user, wanted)
            chats.append(views.channel_tl(ctx.world, ctx.user, channel))
    return types.messages.Chats(chats)


@handles(functions.channels.GetFullChannelRequest)
async def get_full_channel(
    ctx: Context, request: functions.channels.GetFullChannelRequest
) -> types.messages.ChatFull:
    channel = ctx.world.channel_of(ctx.user, request.channel)
    if channel.deleted or not (channel.username or channel.is_member(ctx.user.id)):
        raise RpcError(400, "CHANNEL_PRIVATE")
    full = views.channel_full(ctx.world, ctx.user, channel)
    users, _ = ctx.world.peers_in(ctx.user, [full])
    return types.messages.ChatFull(full, [views.channel_tl(ctx.world, ctx.user, channel)], users)


@handles(functions.channels.GetParticipantsRequest)
async def get_participants(
    ctx: Context, request: functions.channels.GetParticipantsRequest
) -> types.channels.ChannelParticipants:
    """Pages of at most 200. People beyond the cut are not shown, and nothing in the answer says
    that they are missing."""
    channel = ctx.world.readable(ctx.user, request.channel)
    is_admin = channel.is_admin(ctx.user.id)
    profile = ctx.world.profile
    wanted = request.filter
    admins_only = (types.ChannelParticipantsKicked, types.ChannelParticipantsBanned)
    if isinstance(wanted, admins_only) and not is_admin:
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    user_ids, count = _chosen(ctx, channel, wanted)
    if channel.participants_hidden and not is_admin:
        if not isinstance(wanted, types.ChannelParticipantsAdmins):
            user_ids = [i for i in user_ids if i == ctx.user.id or channel.is_admin(i)]
    limit = max(0, min(request.limit, profile.participants_page))
    page = user_ids[: profile.list_cut][max(0, request.offset) :][:limit]
    participants = [
        standing.to_tl(ctx.user.id) for i in page if (standing := channel.standing(i)) is not None
    ]
    users, _ = ctx.world.peers_in(ctx.user, participants)
    return types.channels.ChannelParticipants(count, participants, [], users)


def _chosen(ctx: Context, channel: Channel, wanted: TLObject) -> tuple[list[int], int]:
    """The members that pass the filter, newest first as Telegram shows them, and their number."""
    members: Iterable[Member] = sorted(
        channel.members.values(), key=lambda member: member.number, reverse=True
    )
    users = ctx.world.users
    words = getattr(wanted, "q", "") or ""
    match wanted:
        case types.ChannelParticipantsAdmins():
            members = [member for member in members if member.is_admin]
        case types.ChannelParticipantsBots():
            members = [member for member in members if users[member.user_id].is_bot]
        case types.ChannelParticipantsBanned():
            members = [member for member in members if member.restrictions is not None]
        case types.ChannelParticipantsContacts():
            members = [member for member in members if member.user_id in ctx.user.contacts]
        case types.ChannelParticipantsKicked():
            found = [i for i in channel.bans if _matches(users[i], words)]
            return found, len(found)
        case types.ChannelParticipantsRecent() | types.ChannelParticipantsSearch():
            pass
        case _:
            raise NotImplementedError(type(wanted).__name__)
    ids = [member.user_id for member in members if _matches(users[member.user_id], words)]
    return ids, len(ids)


def _matches(user: User, words: str) -> bool:
    text = f"{user.name} {user.username or ''}".lower()
    return all(any(part.startswith(w) for part in text.split()) for w in words.lower().split())


@handles(functions.channels.GetParticipantRequest)
async def get_participant(
    ctx: Context, request: functions.channels.GetParticipantRequest
) -> types.channels.ChannelParticipant:
    channel = ctx.world.readable(ctx.user, request.channel)
    try:
        user = ctx.world.resolve_user(ctx.user, request.participant)
    except RpcError:
        raise RpcError(400, "PARTICIPANT_ID_INVALID") from None
    standing = channel.standing(user.id)
    if standing is None or (not standing.is_member and not channel.is_admin(ctx.user.id)):
        raise RpcError(400, "USER_NOT_PARTICIPANT")
    participant = standing.to_tl(ctx.user.id)
    users, _ = ctx.world.peers_in(ctx.user, [participant])
    return types.channels.ChannelParticipant(participant, [], users)


@handles(functions.channels.GetAdminLogRequest)
async def get_admin_log(
    ctx: Context, request: functions.channels.GetAdminLogRequest
) -> types.channels.AdminLogResults:
    channel = ctx.world.readable(ctx.user, request.channel)
    if not channel.is_admin(ctx.user.id):
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    oldest = ctx.world.clock.now() - timedelta(seconds=ctx.world.profile.admin_log_s)
    admins = {getattr(a, "user_id", ctx.user.id) for a in request.admins or ()}
    events = []
    for entry in reversed(channel.admin_log):
        if (
            entry.date < oldest
            or (request.max_id and entry.id >= request.max_id)
            or entry.id <= request.min_id
            or (admins and entry.user_id not in admins)
            or (request.q and request.q.lower() not in ctx.world.users[entry.user_id].name.lower())
        ):
            continue
        event = entry.to_tl(ctx.user)
        if passes(event.action, request.events_filter):
            events.append(event)
        if len(events) >= max(1, min(request.limit, 100)):
            break
    users, _ = ctx.world.peers_in(ctx.user, events)
    return types.channels.AdminLogResults(
        events, [views.channel_tl(ctx.world, ctx.user, channel)], users
    )


# Members


@handles(functions.channels.InviteToChannelRequest)
async def invite_to_channel(
    ctx: Context, request: functions.channels.InviteToChannelRequest
) -> types.messages.InvitedUsers:
    channel = ctx.world.readable(ctx.user, request.channel)
    if not channel.may(ctx.user.id, "invite_users"):
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    missing = []
    people = [ctx.world.resolve_user(ctx.user, one) for one in request.users]
    for user in people:
        if channel.is_member(user.id):
            continue
        is_known = ctx.user.id in user.contacts
        if not (user.invitable_by_contacts if is_known else user.invitable):
            missing.append(types.MissingInvitee(user.id))
            continue
        if user.is_bot and not channel.megagroup:
            raise RpcError(400, "USER_BOT")
        membership.check_may_add(ctx.world, channel, ctx.user, user)
        membership.enter(ctx.world, channel, user, inviter=ctx.user)
    return types.messages.InvitedUsers(ctx.updates(), missing)


@handles(functions.channels.JoinChannelRequest)
async def join_channel(
    ctx: Context, request: functions.channels.JoinChannelRequest
) -> types.messages.ChatInviteJoinResultOk:
    channel = ctx.world.channel_of(ctx.user, request.channel)
    if channel.is_member(ctx.user.id):
        raise RpcError(400, "USER_ALREADY_PARTICIPANT")
    if channel.deleted or not channel.username or ctx.user.id in channel.bans:
        raise RpcError(400, "CHANNEL_PRIVATE")
    if channel.join_request:
        invite = membership.new_invite(ctx.world, channel, channel.creator_id)
        membership.ask(ctx.world, channel, ctx.user, invite)
        raise RpcError(400, "INVITE_REQUEST_SENT")
    membership.enter(ctx.world, channel, ctx.user)
    return types.messages.ChatInviteJoinResultOk(ctx.updates())


@handles(functions.channels.LeaveChannelRequest)
async def leave_channel(
    ctx: Context, request: functions.channels.LeaveChannelRequest
) -> types.Updates:
    channel = ctx.world.channel_of(ctx.user, request.channel)
    if not channel.is_member(ctx.user.id):
        raise RpcError(400, "USER_NOT_PARTICIPANT")
    membership.leave(ctx.world, channel, ctx.user)
    return ctx.updates()


@handles(functions.channels.EditBannedRequest)
async def edit_banned(ctx: Context, request: functions.channels.EditBannedRequest) -> types.Updates:
    channel = ctx.world.managed(ctx.user, request.channel, "ban_users")
    user = ctx.world.resolve_user(ctx.user, request.participant)
    membership.restrict(ctx.world, channel, ctx.user, user, request.banned_rights)
    return ctx.updates()


@handles(functions.channels.EditAdminRequest)
async def edit_admin(ctx: Context, request: functions.channels.EditAdminRequest) -> types.Updates:
    channel = ctx.world.managed(ctx.user, request.channel, "add_admins")
    check_not_fresh(ctx, channel)
    user = ctx.world.resolve_user(ctx.user, request.user_id)
    membership.promote(ctx.world, channel, ctx.user, user, request.admin_rights, request.rank)
    return ctx.updates()


# Messages of groups


@handles(functions.channels.GetMessagesRequest)
async def get_messages(
    ctx: Context, request: functions.channels.GetMessagesRequest
) -> types.messages.ChannelMessages:
    channel = ctx.world.readable(ctx.user, request.channel)
    visible = {message.id: message for message in channel.visible(ctx.user.id)}
    messages: list[TLObject] = []
    for wanted in request.id:
        message_id = wanted.id if isinstance(wanted, types.InputMessageID) else 0
        if isinstance(wanted, types.InputMessagePinned):
            message_id = max((m.id for m in visible.values() if m.pinned), default=0)
        found = visible.get(message_id)
        if found is None:
            messages.append(types.MessageEmpty(message_id, types.PeerChannel(channel.id)))
        else:
            messages.append(views.channel_message(ctx.user, channel, found))
    return channel_messages(ctx, channel, messages, len(messages))


def channel_messages(
    ctx: Context, channel: Channel, messages: list[TLObject], count: int
) -> types.messages.ChannelMessages:
    users, _ = ctx.world.peers_in(ctx.user, messages)
    return types.messages.ChannelMessages(
        pts=ctx.hub.channel_pts(channel.id),
        count=count,
        messages=messages,
        topics=[],
        chats=[views.channel_tl(ctx.world, ctx.user, channel)],
        users=users,
    )


@handles(functions.channels.DeleteMessagesRequest)
async def delete_messages(
    ctx: Context, request: functions.channels.DeleteMessagesRequest
) -> types.messages.AffectedMessages:
    channel = ctx.world.readable(ctx.user, request.channel)
    others = [
        i
        for i in request.id
        if i in channel.messages and channel.messages[i].sender_id != ctx.user.id
    ]
    if others and not channel.has_right(ctx.user.id, "delete_messages"):
        raise RpcError(403, "MESSAGE_DELETE_FORBIDDEN")
    count = delete(ctx.world, channel, request.id)
    ctx.take_own()
    return types.messages.AffectedMessages(ctx.hub.channel_pts(channel.id), count)


@handles(functions.channels.ReadHistoryRequest)
async def read_history(ctx: Context, request: functions.channels.ReadHistoryRequest) -> bool:
    channel = ctx.world.readable(ctx.user, request.channel)
    member = channel.members[ctx.user.id]
    newest = channel.next_message_id - 1
    member.read_up_to = max(member.read_up_to, min(request.max_id or newest, newest))
    return True


# Settings


@handles(functions.channels.ToggleParticipantsHiddenRequest)
async def toggle_participants_hidden(
    ctx: Context, request: functions.channels.ToggleParticipantsHiddenRequest
) -> types.Updates:
    channel = ctx.world.managed(ctx.user, request.channel, "ban_users")
    if request.enabled and len(channel.members) < ctx.world.profile.members_hidden_from:
        raise RpcError(400, "PARTICIPANTS_TOO_FEW")
    if channel.participants_hidden == request.enabled:
        raise RpcError(400, "CHAT_NOT_MODIFIED")
    channel.participants_hidden = request.enabled
    return _changed(ctx, channel)


@handles(functions.channels.TogglePreHistoryHiddenRequest)
async def toggle_pre_history_hidden(
    ctx: Context, request: functions.channels.TogglePreHistoryHiddenRequest
) -> types.Updates:
    channel = ctx.world.managed(ctx.user, request.channel, "change_info")
    if channel.history_hidden == request.enabled:
        raise RpcError(400, "CHAT_NOT_MODIFIED")
    channel.history_hidden = request.enabled
    return _changed(ctx, channel)


def _changed(ctx: Context, channel: Channel) -> types.Updates:
    ctx.hub.transient(tuple(channel.members), lambda _viewer: types.UpdateChannel(channel.id))
    return ctx.updates()
