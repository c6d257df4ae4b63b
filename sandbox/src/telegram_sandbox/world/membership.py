"""Coming into groups and going out of them, and who may do what there. Each change is told to the
group (a service message), to its admin bots (`updateChannelParticipant`), to the person concerned
(`updateChannel`), and to its admins (their log)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from telethon.tl import TLObject, types

from ..errors import RpcError
from . import calling
from .admin_log import note
from .channels import ADMIN_RIGHTS, Ban, Channel, Member, Standing, bans_of, rights_of
from .invites import Invite, JoinRequest, new_hash
from .messaging import post_service
from .people import User

if TYPE_CHECKING:
    from .world import World

_SHORTEST_BAN = timedelta(seconds=30)
_LONGEST_BAN = timedelta(days=366)


def create(world: World, creator: User, title: str, about: str, megagroup: bool) -> Channel:
    channel = Channel(
        id=world.new_channel_id(),
        title=title,
        about=about,
        creator_id=creator.id,
        date=world.clock.now(),
        megagroup=megagroup,
        history_hidden=world.profile.history_hidden,
    )
    world.channels[channel.id] = channel
    member = _seat(world, channel, creator, inviter_id=creator.id)
    member.is_creator = True
    new_invite(world, channel, creator.id, permanent=True)
    post_service(world, channel, creator.id, types.MessageActionChannelCreate(title))
    _tell_person(world, channel, creator.id)
    return channel


def new_invite(world: World, channel: Channel, admin_id: int, **fields: object) -> Invite:
    invite = Invite(
        hash=new_hash(),
        channel_id=channel.id,
        admin_id=admin_id,
        date=world.clock.now(),
        **fields,  # type: ignore[arg-type]
    )
    channel.invites[invite.hash] = invite
    return invite


# In


def enter(
    world: World,
    channel: Channel,
    user: User,
    *,
    inviter: User | None = None,
    invite: Invite | None = None,
    approved_by: User | None = None,
) -> None:
    """Bring the person in: added by `inviter`, by an invite link, by an approved request, or by
    themselves (a public group)."""
    if len(world.channels_with(user.id)) >= world.profile.channels_per_account:
        raise RpcError(400, "CHANNELS_TOO_MUCH" if inviter is None else "USER_CHANNELS_TOO_MUCH")
    before = channel.standing(user.id)
    channel.bans.pop(user.id, None)
    if channel.requests.pop(user.id, None):
        _answered(world, channel, user)
    channel.left_by_themselves.discard(user.id)
    member = _seat(world, channel, user, inviter_id=inviter.id if inviter else None)
    member.invite, member.via_request = invite, approved_by is not None
    if invite:
        invite.usage += 1
        member.inviter_id = invite.admin_id
    actor = inviter or approved_by or user
    small = len(channel.members) <= world.profile.join_messages_up_to
    action: TLObject = types.MessageActionChatAddUser([user.id])
    entry: TLObject = types.ChannelAdminLogEventActionParticipantJoin()
    sender_id = actor.id
    if approved_by and invite:
        action, sender_id = types.MessageActionChatJoinedByRequest(), user.id
        entry = types.ChannelAdminLogEventActionParticipantJoinByRequest(
            invite.to_tl(), approved_by.id
        )
    elif invite:
        action = types.MessageActionChatJoinedByLink(invite.admin_id)
        entry = types.ChannelAdminLogEventActionParticipantJoinByInvite(invite.to_tl())
    elif inviter:
        entry = types.ChannelAdminLogEventActionParticipantInvite(
            types.ChannelParticipant(user.id, member.date)
        )
    if small:
        post_service(world, channel, sender_id, action)
    note(world, channel, user.id if approved_by else actor.id, lambda _viewer: entry)
    _tell(world, channel, actor.id, user.id, before, invite)


def ask(world: World, channel: Channel, user: User, invite: Invite) -> None:
    """The person asks to join; admins with the right are told, bots with the link used."""
    if user.id in channel.requests:
        return
    channel.requests[user.id] = JoinRequest(user_id=user.id, date=world.clock.now(), invite=invite)
    invite.requested += 1
    date = world.clock.now()
    for member in channel.admins():
        admin = world.users[member.user_id]
        if not channel.has_right(admin.id, "invite_users"):
            continue
        if admin.is_bot:
            world.hub.to_bot(
                admin.id,
                lambda _viewer: types.UpdateBotChatInviteRequester(
                    peer=types.PeerChannel(channel.id),
                    date=date,
                    user_id=user.id,
                    about=user.about or "",
                    invite=invite.to_tl(),
                    qts=0,
                ),
            )
            world.mailbox(admin.id).requesters[user.id] = world.clock.time()
        else:
            _tell_pending(world, channel, admin.id)


def answer_request(world: World, channel: Channel, admin: User, user: User, approve: bool) -> None:
    """Raises USER_ALREADY_PARTICIPANT, HIDE_REQUESTER_MISSING: it is done already."""
    if channel.is_member(user.id):
        raise RpcError(400, "USER_ALREADY_PARTICIPANT")
    request = channel.requests.pop(user.id, None)
    if request is None:
        raise RpcError(400, "HIDE_REQUESTER_MISSING")
    request.invite.requested -= 1
    _answered(world, channel, user)
    if approve:
        enter(world, channel, user, invite=request.invite, approved_by=admin)
    for member in channel.admins():
        if not world.users[member.user_id].is_bot:
            _tell_pending(world, channel, member.user_id)


def _answered(world: World, channel: Channel, user: User) -> None:
    """The person's request was answered, so bots may not write to them any more because of it;
    unless they asked in another group, too."""
    others = [one for one in world.channels.values() if user.id in one.requests]
    for member in channel.admins():
        if not any(other.is_admin(member.user_id) for other in others):
            world.mailbox(member.user_id).requesters.pop(user.id, None)


# Out


def leave(world: World, channel: Channel, user: User) -> None:
    """The person leaves by themselves."""
    if channel.members[user.id].is_creator:
        raise RpcError(400, "USER_CREATOR")
    before = channel.standing(user.id)
    _unseat(world, channel, user, actor_id=user.id)
    channel.left_by_themselves.add(user.id)
    note(
        world, channel, user.id, lambda _viewer: types.ChannelAdminLogEventActionParticipantLeave()
    )
    _tell(world, channel, user.id, user.id, before)


def restrict(
    world: World, channel: Channel, actor: User, user: User, rights: types.ChatBannedRights
) -> None:
    """`channels.editBanned`: ban, forbid, or lift both. Bans of under 30 s or over 366 days
    last."""
    member = channel.members.get(user.id)
    if user is actor or (member and member.is_creator):
        raise RpcError(400, "USER_ADMIN_INVALID")
    if member and member.is_admin and not _may_change(channel, actor, member):
        raise RpcError(400, "USER_ADMIN_INVALID")
    before = channel.standing(user.id)
    date = world.clock.now()
    until = rights.until_date
    lasts = until is None or not _SHORTEST_BAN <= until - date <= _LONGEST_BAN
    if rights.view_messages:
        if channel.requests.pop(user.id, None):
            _answered(world, channel, user)
        if member:
            _unseat(world, channel, user, actor_id=actor.id)
        ban = Ban(user_id=user.id, rights=rights, kicked_by=actor.id, date=date)
        channel.bans[user.id] = ban
        if not lasts and until is not None:
            world.clock.call_at(until, lambda: _ban_over(channel, ban))
    elif member:
        is_limited = bool(bans_of(rights))
        member.restrictions = rights if is_limited else None
        member.restricted_by = actor.id if is_limited else None
        if is_limited:
            member.admin_rights = None
    else:
        channel.bans.pop(user.id, None)
    after = channel.standing(user.id)
    if before == after:
        return

    def entry(viewer: User) -> TLObject:
        return types.ChannelAdminLogEventActionParticipantToggleBan(
            _shown(before, user, viewer), _shown(after, user, viewer)
        )

    note(world, channel, actor.id, entry)
    _tell(world, channel, actor.id, user.id, before)


def _ban_over(channel: Channel, ban: Ban) -> None:
    if channel.bans.get(ban.user_id) is ban:
        del channel.bans[ban.user_id]


def promote(
    world: World,
    channel: Channel,
    actor: User,
    user: User,
    rights: types.ChatAdminRights,
    rank: str | None,
) -> None:
    """`channels.editAdmin`: give, change or (without any right) take the rights of an admin."""
    member = channel.members.get(user.id)
    if member and member.is_creator:
        raise RpcError(400, "USER_CREATOR")
    if user is actor:
        raise RpcError(400, "USER_ID_INVALID")
    if member and member.is_admin and not _may_change(channel, actor, member):
        raise RpcError(403, "RIGHT_FORBIDDEN")
    wanted = rights_of(rights)
    missing = {name for name in wanted if not channel.has_right(actor.id, name)}
    if missing - {"other"} - ({"anonymous"} if channel.creator_id == actor.id else set()):
        raise RpcError(403, "RIGHT_FORBIDDEN")
    if member is None:
        if not wanted:
            return  # no refusal is documented
        if not channel.has_right(actor.id, "invite_users"):
            raise RpcError(403, "CHAT_ADMIN_INVITE_REQUIRED")
        if not user.invitable:
            raise RpcError(403, "USER_PRIVACY_RESTRICTED")
        check_may_add(world, channel, actor, user)
        enter(world, channel, user, inviter=actor)
        member = channel.members[user.id]
    before = channel.standing(user.id)
    if wanted and not member.is_admin:
        if sum(1 for _ in channel.admins()) >= world.profile.admins_per_channel:
            raise RpcError(400, "ADMINS_TOO_MUCH")
    given = {name: True for name in ADMIN_RIGHTS if name in wanted}
    member.admin_rights = types.ChatAdminRights(**given) if wanted else None
    member.promoted_by = actor.id if wanted else None
    member.promoted_at = world.clock.now() if wanted else None
    member.rank = rank or None
    if wanted:
        member.restrictions = member.restricted_by = None
    after = channel.standing(user.id)

    def entry(viewer: User) -> TLObject:
        return types.ChannelAdminLogEventActionParticipantToggleAdmin(
            _shown(before, user, viewer), _shown(after, user, viewer)
        )

    note(world, channel, actor.id, entry)
    _tell(world, channel, actor.id, user.id, before)


def check_may_add(world: World, channel: Channel, actor: User, user: User) -> None:
    """Raise unless the actor may add this person without their consent."""
    if user.deleted:
        raise RpcError(400, "INPUT_USER_DEACTIVATED")
    if user.id in channel.bans:
        raise RpcError(400, "USER_KICKED")
    is_mutual = user.id in actor.contacts and actor.id in user.contacts
    if user.id in channel.left_by_themselves and not is_mutual:
        raise RpcError(400, "USER_NOT_MUTUAL_CONTACT")
    if user.is_bot or is_mutual:
        return
    key = ("strangers", actor.id)
    limit = world.profile.adds_before_peer_flood
    if world.quotas.is_banned(key):
        raise RpcError(400, "PEER_FLOOD")
    if limit is not None and world.quotas.used(key, 86_400) >= limit:
        world.quotas.ban(key, world.profile.peer_flood_s)
        raise RpcError(400, "PEER_FLOOD")
    world.quotas.count(key)


# Within


def _may_change(channel: Channel, actor: User, admin: Member) -> bool:
    """An admin is changed by the creator or by who promoted them."""
    return actor.id in (channel.creator_id, admin.promoted_by)


def _seat(world: World, channel: Channel, user: User, *, inviter_id: int | None) -> Member:
    member = Member(
        user_id=user.id,
        date=world.clock.now(),
        number=channel.next_member_number,
        inviter_id=inviter_id,
    )
    channel.next_member_number += 1
    channel.members[user.id] = member
    return member


def _unseat(world: World, channel: Channel, user: User, *, actor_id: int) -> None:
    calling.drop_out(world, channel, user.id)
    if len(channel.members) <= world.profile.leave_messages_up_to:
        post_service(world, channel, actor_id, types.MessageActionChatDeleteUser(user.id))
    del channel.members[user.id]


def _shown(standing: Standing | None, user: User, viewer: User) -> TLObject:
    if standing is None:
        return types.ChannelParticipantLeft(types.PeerUser(user.id))
    return standing.to_tl(viewer.id)


def _tell(
    world: World,
    channel: Channel,
    actor_id: int,
    user_id: int,
    before: Standing | None,
    invite: Invite | None = None,
) -> None:
    """Tell the person, and the admin bots (and a bot about itself), that somebody no longer stands
    as `before`."""
    after = channel.standing(user_id)
    date = world.clock.now()
    bots = {m.user_id for m in channel.admins() if world.users[m.user_id].is_bot}
    if world.users[user_id].is_bot:
        bots.add(user_id)
    for bot_id in bots:
        world.hub.to_bot(
            bot_id,
            lambda viewer: types.UpdateChannelParticipant(
                channel_id=channel.id,
                date=date,
                actor_id=actor_id,
                user_id=user_id,
                qts=0,
                prev_participant=before.to_tl(viewer.id) if before else None,
                new_participant=after.to_tl(viewer.id) if after else None,
                invite=invite.to_tl() if invite else None,
            ),
        )
    _tell_person(world, channel, user_id)


def _tell_person(world: World, channel: Channel, user_id: int) -> None:
    world.hub.transient([user_id], lambda _viewer: types.UpdateChannel(channel.id))


def _tell_pending(world: World, channel: Channel, admin_id: int) -> None:
    newest = [one.user_id for one in list(channel.requests.values())[-3:]]
    pending = len(channel.requests)
    world.hub.transient(
        [admin_id],
        lambda _viewer: types.UpdatePendingJoinRequests(
            types.PeerChannel(channel.id), pending, newest
        ),
    )
