"""Groups over the wire: titles, lists, admins, bans, leaving, and what admin bots are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from telethon import errors
from telethon.tl import functions, types

from .conftest import Phone, Stage, eventually, seen_by

RECENT = types.ChannelParticipantsRecent()


async def ids(phone: Phone, group: types.Channel, which: object = RECENT) -> set[int]:
    found = await phone(functions.channels.GetParticipantsRequest(group, which, 0, 200, 0))
    return {getattr(one, "user_id", None) or one.peer.user_id for one in found.participants}


def banned(**rights: object) -> types.ChatBannedRights:
    return types.ChatBannedRights(until_date=None, **rights)


async def test_title__rules(stage: Stage) -> None:
    ada, bob = await stage.phone("Ada"), await stage.phone("Bob")
    group = await stage.group(ada)
    await stage.add(ada, group, bob)
    for title, error in (
        (" Algebra ", errors.ChatNotModifiedError),
        ("  ", errors.ChatTitleEmptyError),
    ):
        with pytest.raises(error):
            await ada(functions.channels.EditTitleRequest(group, title))
    with pytest.raises(errors.ChatAdminRequiredError):
        await bob(functions.channels.EditTitleRequest(await seen_by(bob, group), "Bob's"))
    await ada(functions.channels.EditTitleRequest(group, "Geometry"))
    await eventually(
        lambda: any(
            isinstance(update.message, types.MessageService)
            and getattr(update.message.action, "title", None) == "Geometry"
            for update in bob.seen(types.UpdateNewChannelMessage)
        )
    )


async def test_list__has_everybody_and_who_is_hidden_only_for_admins(stage: Stage) -> None:
    ada, bob, eve = [await stage.phone(name) for name in ("Ada", "Bob", "Eve")]
    group = await stage.group(ada)
    await stage.add(ada, group, bob, eve)
    assert await ids(ada, group) == {ada.user.id, bob.user.id, eve.user.id}
    hide = functions.channels.ToggleParticipantsHiddenRequest(group, True)
    with pytest.raises(errors.ParticipantsTooFewError):
        await ada(hide)
    stage.world.profile = stage.world.profile.but(members_hidden_from=3)
    await ada(hide)
    assert await ids(bob, await seen_by(bob, group)) == {ada.user.id, bob.user.id}
    assert len(await ids(ada, group)) == 3


async def test_list__is_cut_in_silence(stage: Stage) -> None:
    ada, bob, eve = [await stage.phone(name) for name in ("Ada", "Bob", "Eve")]
    group = await stage.group(ada)
    await stage.add(ada, group, bob, eve)
    stage.world.profile = stage.world.profile.but(list_cut=2)
    listed = await ada(functions.channels.GetParticipantsRequest(group, RECENT, 0, 200, 0))
    assert (listed.count, len(listed.participants)) == (3, 2)


async def test_ban__keeps_out_also_by_link_until_it_is_lifted(stage: Stage) -> None:
    ada, bob = await stage.phone("Ada"), await stage.phone("Bob")
    group = await stage.group(ada)
    await stage.add(ada, group, bob)
    link = (await ada(functions.messages.ExportChatInviteRequest(group))).link
    user = await ada.client.get_input_entity(bob.user.username)
    here = await seen_by(bob, group)
    await ada(functions.channels.EditBannedRequest(group, user, banned(view_messages=True)))
    assert await ids(ada, group) == {ada.user.id}
    assert await ids(ada, group, types.ChannelParticipantsKicked("")) == {bob.user.id}
    with pytest.raises(errors.ChannelPrivateError):
        await bob(functions.channels.GetFullChannelRequest(here))
    join = functions.messages.ImportChatInviteRequest(link.rpartition("+")[2])
    with pytest.raises(errors.InviteHashExpiredError):
        await bob(join)
    with pytest.raises(errors.UserKickedError):
        await ada(functions.channels.InviteToChannelRequest(group, [user]))
    await ada(functions.channels.EditBannedRequest(group, user, banned()))
    await bob(join)
    assert await ids(ada, group) == {ada.user.id, bob.user.id}


async def test_ban__for_a_while_is_over_by_itself(stage: Stage) -> None:
    ada, bob = await stage.phone("Ada"), await stage.phone("Bob")
    group = await stage.group(ada)
    await stage.add(ada, group, bob)
    user = await ada.client.get_input_entity(bob.user.username)
    until = stage.world.clock.now() + timedelta(minutes=2)
    rights = types.ChatBannedRights(until_date=until, view_messages=True)
    await ada(functions.channels.EditBannedRequest(group, user, rights))
    assert await ids(ada, group, types.ChannelParticipantsKicked("")) == {bob.user.id}
    stage.world.clock.advance(121)
    assert await ids(ada, group, types.ChannelParticipantsKicked("")) == set()


async def test_left__comes_back_by_link_only(stage: Stage) -> None:
    ada, bob = await stage.phone("Ada"), await stage.phone("Bob")
    group = await stage.group(ada)
    await stage.add(ada, group, bob)
    await bob(functions.channels.LeaveChannelRequest(await seen_by(bob, group)))
    with pytest.raises(errors.UserNotMutualContactError):
        await stage.add(ada, group, bob)
    link = (await ada(functions.messages.ExportChatInviteRequest(group))).link
    await bob(functions.messages.ImportChatInviteRequest(link.rpartition("+")[2]))
    assert bob.user.id in await ids(ada, group)


async def test_admins__are_changed_by_the_creator_or_who_promoted_them(stage: Stage) -> None:
    ada, bob, eve = [await stage.phone(name) for name in ("Ada", "Bob", "Eve")]
    group = await stage.group(ada)
    await stage.add(ada, group, bob, eve)
    await stage.promote(ada, group, bob, add_admins=True, invite_users=True)
    await stage.promote(ada, group, eve, invite_users=True)
    bobs = await seen_by(bob, group)
    with pytest.raises(errors.RightForbiddenError):
        await stage.promote(bob, bobs, eve)
    with pytest.raises(errors.RightForbiddenError):  # a right that he has not
        await stage.promote(bob, bobs, await stage.phone("New"), manage_call=True)
    with pytest.raises(errors.UserCreatorError):
        await stage.promote(bob, bobs, ada)
    await stage.promote(ada, group, eve)
    admins = await ids(ada, group, types.ChannelParticipantsAdmins())
    assert admins == {ada.user.id, bob.user.id}


async def test_admins__are_not_too_many(stage: Stage) -> None:
    stage.world.profile = stage.world.profile.but(admins_per_channel=1)
    ada, bob = await stage.phone("Ada"), await stage.phone("Bob")
    group = await stage.group(ada)
    with pytest.raises(errors.AdminsTooMuchError):
        await stage.promote(ada, group, bob, invite_users=True)


async def test_adding_strangers__ends_in_peer_flood(stage: Stage) -> None:
    stage.world.profile = stage.world.profile.but(adds_before_peer_flood=1)
    ada, bob, eve = [await stage.phone(name) for name in ("Ada", "Bob", "Eve")]
    group = await stage.group(ada)
    await stage.add(ada, group, bob)
    with pytest.raises(errors.PeerFloodError):
        await stage.add(ada, group, eve)


async def test_adding__who_does_not_allow_it_is_missing_without_an_error(stage: Stage) -> None:
    ada, bob = await stage.phone("Ada"), await stage.phone("Bob")
    bob.user.invitable = False
    group = await stage.group(ada)
    user = await ada.client.get_input_entity(bob.user.username)
    answer = await ada(functions.channels.InviteToChannelRequest(group, [user]))
    assert [missing_invitee.user_id for missing_invitee in answer.missing_invitees] == [bob.user.id]
    assert await ids(ada, group) == {ada.user.id}


async def test_adding_a_mutual_contact__counts_for_no_flood_and_may_be_refused_too(
    stage: Stage,
) -> None:
    stage.world.profile = stage.world.profile.but(adds_before_peer_flood=0)
    ada, bob, eve = [await stage.phone(name) for name in ("Ada", "Bob", "Eve")]
    for other in (bob, eve):
        ada.user.contacts.add(other.user.id)
        other.user.contacts.add(ada.user.id)
    eve.user.invitable_by_contacts = False
    contacts = await ada(functions.contacts.GetContactsRequest(hash=0))
    assert {contact.user_id for contact in contacts.contacts if contact.mutual} == {
        bob.user.id,
        eve.user.id,
    }
    group = await stage.group(ada)
    users = [await ada.client.get_input_entity(contact.user.id) for contact in (bob, eve)]
    answer = await ada(functions.channels.InviteToChannelRequest(group, users))
    assert [missing_invitee.user_id for missing_invitee in answer.missing_invitees] == [eve.user.id]
    assert await ids(ada, group) == {ada.user.id, bob.user.id}


async def test_creating__too_many_is_a_flood(stage: Stage) -> None:
    stage.world.profile = stage.world.profile.but(group_creations_per_day=1)
    ada = await stage.phone("Ada")
    await stage.group(ada)
    with pytest.raises(errors.FloodWaitError) as error:
        await stage.group(ada, "Second")
    assert error.value.seconds > 80_000


async def test_admin_bot__is_told_of_everybody_with_actor_and_link(stage: Stage) -> None:
    ada, bob, bot = await stage.phone("Ada"), await stage.phone("Bob"), await stage.bot()
    group = await stage.group(ada)
    await stage.promote(ada, group, bot, invite_users=True, ban_users=True)
    await eventually(lambda: bot.seen(types.UpdateChannelParticipant))
    bot.updates.clear()
    link = (await ada(functions.messages.ExportChatInviteRequest(group))).link
    await bob(functions.messages.ImportChatInviteRequest(link.rpartition("+")[2]))
    user = await ada.client.get_input_entity(bob.user.username)
    await ada(functions.channels.EditBannedRequest(group, user, banned(view_messages=True)))
    await eventually(lambda: len(bot.seen(types.UpdateChannelParticipant)) == 2)
    came, went = bot.seen(types.UpdateChannelParticipant)
    assert (came.user_id, came.actor_id, came.invite.link) == (bob.user.id, bob.user.id, link)
    assert (came.prev_participant, went.qts - came.qts) == (None, 1)
    assert (went.user_id, went.actor_id) == (bob.user.id, ada.user.id)
    assert isinstance(went.new_participant, types.ChannelParticipantBanned)


async def test_plain_bot__is_told_of_itself_only(stage: Stage) -> None:
    ada, bob, bot = await stage.phone("Ada"), await stage.phone("Bob"), await stage.bot()
    group = await stage.group(ada)
    await stage.add(ada, group, bot)
    await stage.add(ada, group, bob)
    await eventually(lambda: bot.seen(types.UpdateNewChannelMessage))
    assert {update.user_id for update in bot.seen(types.UpdateChannelParticipant)} == {bot.user.id}


async def test_bot__may_not_do_what_is_for_people(stage: Stage) -> None:
    ada, bot = await stage.phone("Ada"), await stage.bot()
    group = await stage.group(ada)
    await stage.promote(ada, group, bot, invite_users=True, manage_call=True)
    await eventually(lambda: bot.seen(types.UpdateChannelParticipant))
    here = await seen_by(bot, group)
    user = types.InputUser(ada.user.id, 0)
    for request in (
        functions.channels.CreateChannelRequest("Bots", "", megagroup=True),
        functions.channels.InviteToChannelRequest(here, [user]),
        functions.channels.GetAdminLogRequest(here, "", 0, 0, 10),
        functions.messages.GetHistoryRequest(here, 0, None, 0, 10, 0, 0, 0),
        functions.phone.CreateGroupCallRequest(here, random_id=1),
    ):
        with pytest.raises(errors.BotMethodInvalidError):
            await bot(request)


async def test_admin_log__says_who_did_what(stage: Stage) -> None:
    ada, bob = await stage.phone("Ada"), await stage.phone("Bob")
    group = await stage.group(ada)
    await stage.add(ada, group, bob)
    await ada(functions.channels.EditTitleRequest(group, "Geometry"))
    log = await ada(functions.channels.GetAdminLogRequest(group, "", 0, 0, 10))
    kinds = [type(event.action).__name__ for event in log.events]
    assert kinds == [
        "ChannelAdminLogEventActionChangeTitle",
        "ChannelAdminLogEventActionParticipantInvite",
    ]


async def test_title__that_is_too_long_is_refused_as_none(stage: Stage) -> None:
    ada = await stage.phone("Ada")
    group = await stage.group(ada, "x" * 128)
    assert group.title == "x" * 128
    with pytest.raises(errors.ChatTitleEmptyError):
        await ada(functions.channels.EditTitleRequest(group, "x" * 129))


async def test_new_group__every_member_may_add_people_but_not_pin_or_rename(stage: Stage) -> None:
    ada, bob, eve = [await stage.phone(name) for name in ("Ada", "Bob", "Eve")]
    group = await stage.group(ada)
    await stage.add(ada, group, bob)
    here = await seen_by(bob, group)
    await stage.add(bob, here, eve)
    assert eve.user.id in await ids(ada, group)
    message = await bob.client.send_message(here, "Look")
    with pytest.raises(errors.ChatAdminRequiredError):
        await bob(functions.messages.UpdatePinnedMessageRequest(here, message.id))
    rights = banned(invite_users=True, pin_messages=True, change_info=True)
    await ada(functions.messages.EditChatDefaultBannedRightsRequest(group, rights))
    zoe = await stage.phone("Zoe")
    with pytest.raises(errors.ChatAdminRequiredError):
        await stage.add(bob, here, zoe)


async def test_promoting__somebody_who_is_not_in_asks_for_the_right_to_invite(stage: Stage) -> None:
    ada, bob, eve = [await stage.phone(name) for name in ("Ada", "Bob", "Eve")]
    group = await stage.group(ada)
    await stage.promote(ada, group, bob, add_admins=True)
    here = await seen_by(bob, group)
    with pytest.raises(errors.ChatAdminInviteRequiredError):
        await stage.promote(bob, here, eve, add_admins=True)
    eve.user.invitable = False
    with pytest.raises(errors.UserPrivacyRestrictedError):
        await stage.promote(ada, group, eve, add_admins=True)
    # taking rights from somebody who has left changes nothing
    await stage.promote(ada, group, eve)
    assert eve.user.id not in await ids(ada, group)
