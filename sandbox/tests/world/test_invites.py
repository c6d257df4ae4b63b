"""Links, and people who ask to join: the way in that the product relies on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from telethon import errors
from telethon.tl import functions, types

from .conftest import Phone, Stage, eventually, seen_by


async def export(phone: Phone, group: object, **options: object) -> types.ChatInviteExported:
    return await phone(functions.messages.ExportChatInviteRequest(group, **options))


def opened(invite: types.ChatInviteExported) -> functions.messages.ImportChatInviteRequest:
    return functions.messages.ImportChatInviteRequest(invite.link.rpartition("+")[2])


async def waiting(phone: Phone, group: object) -> list[int]:
    answer = await phone(
        functions.messages.GetChatInviteImportersRequest(
            group, None, types.InputUserEmpty(), 50, requested=True
        )
    )
    return [importer.user_id for importer in answer.importers]


async def test_request__is_told_to_the_bot_with_the_link_and_let_in_by_user_id(
    stage: Stage,
) -> None:
    ada, bob, bot = await stage.phone("Ada"), await stage.phone("Bob"), await stage.bot()
    group = await stage.group(ada)
    await stage.promote(ada, group, bot, invite_users=True)
    here = await seen_by(bot, group)
    invite = await export(bot, here, request_needed=True, title="Class")
    for _ in range(2):  # asking twice is asking once
        with pytest.raises(errors.InviteRequestSentError):
            await bob(opened(invite))
    await eventually(lambda: bot.seen(types.UpdateBotChatInviteRequester))
    [asked] = bot.seen(types.UpdateBotChatInviteRequester)
    assert (asked.user_id, asked.invite.link) == (bob.user.id, invite.link)
    assert await waiting(ada, group) == [bob.user.id]
    with pytest.raises(errors.BotMethodInvalidError):
        await waiting(bot, here)
    user = types.InputUser(bob.user.id, 0)
    answer = await bot(functions.messages.HideChatJoinRequestRequest(here, user, approved=True))
    [came] = [u for u in answer.updates if isinstance(u, types.UpdateChannelParticipant)]
    assert (came.user_id, came.actor_id, came.invite.link) == (
        bob.user.id,
        bot.user.id,
        invite.link,
    )
    assert await waiting(ada, group) == []
    with pytest.raises(errors.UserAlreadyParticipantError):
        await bot(functions.messages.HideChatJoinRequestRequest(here, user, approved=True))
    with pytest.raises(errors.UserAlreadyParticipantError):
        await bob(opened(invite))


async def test_request__declined_is_gone(stage: Stage) -> None:
    ada, bob = await stage.phone("Ada"), await stage.phone("Bob")
    group = await stage.group(ada)
    invite = await export(ada, group, request_needed=True)
    with pytest.raises(errors.InviteRequestSentError):
        await bob(opened(invite))
    user = await ada.client.get_input_entity(bob.user.username)
    decline = functions.messages.HideChatJoinRequestRequest(group, user)
    await ada(decline)
    with pytest.raises(errors.HideRequesterMissingError):
        await ada(decline)


async def test_link__limits(stage: Stage) -> None:
    ada, bob, eve = [await stage.phone(name) for name in ("Ada", "Bob", "Eve")]
    group = await stage.group(ada)
    with pytest.raises(errors.UsageLimitInvalidError):
        await export(ada, group, request_needed=True, usage_limit=1)
    once = await export(ada, group, usage_limit=1)
    await bob(opened(once))
    with pytest.raises(errors.InviteHashExpiredError):
        await eve(opened(once))
    soon = stage.world.clock.now() + timedelta(minutes=1)
    short = await export(ada, group, expire_date=soon)
    stage.world.clock.advance(61)
    with pytest.raises(errors.InviteHashExpiredError):
        await eve(opened(short))
    revoked = await export(ada, group)
    await ada(functions.messages.EditExportedChatInviteRequest(group, revoked.link, revoked=True))
    with pytest.raises(errors.InviteHashExpiredError):
        await eve(opened(revoked))
    with pytest.raises(errors.InviteHashInvalidError):
        await eve(functions.messages.ImportChatInviteRequest("unknown"))


async def test_requester__may_be_written_to_until_the_answer(stage: Stage) -> None:
    ada, bob, bot = await stage.phone("Ada"), await stage.phone("Bob"), await stage.bot()
    group = await stage.group(ada)
    await stage.promote(ada, group, bot, invite_users=True)
    here = await seen_by(bot, group)
    invite = await export(bot, here, request_needed=True)
    user = types.InputPeerUser(bob.user.id, 0)
    with pytest.raises(errors.PeerIdInvalidError):
        await bot.client.send_message(user, "Cold")
    with pytest.raises(errors.InviteRequestSentError):
        await bob(opened(invite))
    await bot.client.send_message(user, "Who are you?")
    who = types.InputUser(bob.user.id, 0)
    await bot(functions.messages.HideChatJoinRequestRequest(here, who, approved=True))
    with pytest.raises(errors.PeerIdInvalidError):
        await bot.client.send_message(user, "Welcome")
