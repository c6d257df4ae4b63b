"""The acts of a student, a teacher and the school's bot, with a client that is not Telethon."""

from __future__ import annotations

import asyncio
import json

import pytest
from pyrogram import Client, enums, errors, handlers, raw, types
from pyrogram.session import Session

from telegram_sandbox import Sandbox

from .conftest import Others, eventually

_BOT_RIGHTS = types.ChatPrivileges(
    can_invite_users=True, can_restrict_members=True, can_promote_members=True, can_change_info=True
)


async def chats(client: Client) -> list[tuple[int, str]]:
    """The account's chats; only by this the client knows how to address a group that it joined."""
    return [(one.chat.id, one.chat.title) async for one in client.get_dialogs()]


async def test_login__by_code_and_password(sandbox: Sandbox, others: Others) -> None:
    """With a key exchange of its own."""
    ada = sandbox.world.add_user("Ada", phone="+33639980001", password="lace")
    client = others.client("new")
    assert not await client.connect()
    sent = await client.send_phone_number_code(ada.phone)
    with pytest.raises(errors.PhoneCodeInvalid):
        await client.sign_in(ada.phone, sent.phone_code_hash, "1")
    code = sandbox.world.login_codes[ada.phone]
    with pytest.raises(errors.SessionPasswordNeeded):
        await client.sign_in(ada.phone, sent.phone_code_hash, code)
    with pytest.raises(errors.PasswordHashInvalid):
        await client.check_password("wrong")
    assert (await client.check_password("lace")).id == ada.id
    assert (await client.get_me()).id == ada.id


async def test_login__of_a_bot(sandbox: Sandbox, others: Others) -> None:
    bot = sandbox.world.add_bot("Secretary", username="secretary_bot")
    client = others.client("bot", bot_token=bot.token)
    await client.start()
    me = await client.get_me()
    assert (me.id, me.is_bot) == (bot.id, True)
    with pytest.raises(errors.BotMethodInvalid):
        await client.invoke(raw.functions.help.GetNearestDc())


async def test_joining__asks_is_let_in_and_writes(sandbox: Sandbox, others: Others) -> None:
    _ada, teacher = await others.person("Ada")
    secretary, bot = await others.bot()
    zoe, student = await others.person("Zoe")
    group = (await teacher.create_supergroup("Algebra", "")).id
    await teacher.promote_chat_member(group, secretary.username, _BOT_RIGHTS)
    await eventually(lambda: others.told(secretary, raw.types.UpdateChannelParticipant))
    link = await bot.create_chat_invite_link(group, creates_join_request=True, name="Class")

    preview = await student.get_chat(link.invite_link)
    assert (preview.title, preview.members_count) == ("Algebra", 2)
    result = await student.join_chat(link.invite_link)
    assert isinstance(result, types.ChatJoinResultRequestSent)
    await eventually(lambda: others.told(secretary, raw.types.UpdateBotChatInviteRequester))
    [asked] = others.told(secretary, raw.types.UpdateBotChatInviteRequester)
    assert (asked.user_id, asked.invite.link) == (zoe.id, link.invite_link)
    waiting = [request.user.id async for request in teacher.get_chat_join_requests(group)]
    assert waiting == [zoe.id]
    with pytest.raises(errors.BotMethodInvalid):
        _ = [request async for request in bot.get_chat_join_requests(group)]
    await bot.approve_chat_join_request(group, zoe.id)
    with pytest.raises(errors.UserAlreadyParticipant):
        await bot.approve_chat_join_request(group, zoe.id)

    assert await chats(student) == [(group, "Algebra")]
    message = await student.send_message(group, "Hello")
    shown = [one.text async for one in teacher.get_chat_history(group) if one.text]
    assert (message.text, shown) == ("Hello", ["Hello"])
    members = {member.user.id: member.status async for member in bot.get_chat_members(group)}
    assert members[zoe.id] is enums.ChatMemberStatus.MEMBER


async def test_joining__by_an_open_link(sandbox: Sandbox, others: Others) -> None:
    """The answer is that of the layer: its updates are within."""
    _ada, teacher = await others.person("Ada")
    zoe, student = await others.person("Zoe")
    group = (await teacher.create_supergroup("Algebra", "")).id
    link = await teacher.create_chat_invite_link(group)
    result = await student.join_chat(link.invite_link)
    assert isinstance(result, types.ChatJoinResultSuccess)
    assert result.chat.id == group
    await chats(student)
    assert (await student.get_chat_member(group, "me")).user.id == zoe.id


async def test_bot__promotes_bans_and_lifts(sandbox: Sandbox, others: Others) -> None:
    _ada, teacher = await others.person("Ada")
    secretary, bot = await others.bot()
    zoe, student = await others.person("Zoe")
    group = (await teacher.create_supergroup("Algebra", "")).id
    await teacher.promote_chat_member(group, secretary.username, _BOT_RIGHTS)
    link = await bot.create_chat_invite_link(group)
    await student.join_chat(link.invite_link)
    await bot.promote_chat_member(group, zoe.id, types.ChatPrivileges(can_invite_users=True))
    member = await teacher.get_chat_member(group, zoe.username)
    assert member.status is enums.ChatMemberStatus.ADMINISTRATOR
    assert member.privileges.can_invite_users and not member.privileges.can_restrict_members
    await bot.ban_chat_member(group, zoe.id)
    with pytest.raises(errors.InviteHashExpired):
        await student.join_chat(link.invite_link)
    await bot.unban_chat_member(group, zoe.id)
    await student.join_chat(link.invite_link)
    # of what the bot did itself it was told in the answers
    changes = lambda: [  # noqa: E731 - asked again and again
        type(update.new_participant).__name__
        for update in others.told(secretary, raw.types.UpdateChannelParticipant)
        if update.user_id == zoe.id
    ]
    await eventually(lambda: changes() == ["ChannelParticipant", "ChannelParticipant"])


async def test_call__begun_joined_left_and_ended(sandbox: Sandbox, others: Others) -> None:
    ada, teacher = await others.person("Ada")
    zoe, student = await others.person("Zoe")
    group = (await teacher.create_supergroup("Algebra", "")).id
    await student.join_chat((await teacher.create_chat_invite_link(group)).invite_link)
    await chats(student)
    phone = raw.functions.phone
    peer = await teacher.resolve_peer(group)
    begun = await teacher.invoke(phone.CreateGroupCall(peer=peer, random_id=7, title="Lesson 1"))
    [call] = [u.call for u in begun.updates if isinstance(u, raw.types.UpdateGroupCall)]
    assert call.title == "Lesson 1"

    full = await student.invoke(
        raw.functions.channels.GetFullChannel(channel=await student.resolve_peer(group))
    )
    there = full.full_chat.call
    joined = await student.invoke(
        phone.JoinGroupCall(
            call=there,
            join_as=raw.types.InputPeerSelf(),
            params=raw.types.DataJSON(data=json.dumps({"ssrc": 3_000_000_001})),
            muted=True,
        )
    )
    assert any(isinstance(u, raw.types.UpdateGroupCallConnection) for u in joined.updates)
    here = raw.types.InputGroupCall(id=call.id, access_hash=call.access_hash)
    await eventually(lambda: others.told(ada, raw.types.UpdateGroupCallParticipants))
    [news] = others.told(ada, raw.types.UpdateGroupCallParticipants)
    assert [
        (participant.peer.user_id, bool(participant.just_joined))
        for participant in news.participants
    ] == [(zoe.id, True)]
    look = await teacher.invoke(phone.GetGroupCall(call=here, limit=1))
    assert [participant.peer.user_id for participant in look.participants] == [zoe.id]
    await student.invoke(phone.LeaveGroupCall(call=there, source=3_000_000_001 - 2**32))
    page = await teacher.invoke(
        phone.GetGroupParticipants(call=here, ids=[], sources=[], offset="", limit=100)
    )
    assert (page.count, page.participants) == (0, [])
    await teacher.invoke(phone.DiscardGroupCall(call=here))
    with pytest.raises(errors.BadRequest, match="GROUPCALL_ALREADY_DISCARDED"):
        await teacher.invoke(phone.DiscardGroupCall(call=here))


async def test_line__lost_and_caught_up(sandbox: Sandbox, others: Others) -> None:
    """What was said meanwhile, in the group and in private, is read after the line is back."""
    _ada, teacher = await others.person("Ada")
    zoe, student = await others.person("Zoe")
    group = (await teacher.create_supergroup("Algebra", "")).id
    await student.join_chat((await teacher.create_chat_invite_link(group)).invite_link)
    await chats(student)
    await teacher.send_message(group, "one")
    await teacher.send_message(zoe.username, "private one")
    texts = lambda: sorted(  # noqa: E731 - a short question asked twice
        update.message.message
        for kind in (raw.types.UpdateNewChannelMessage, raw.types.UpdateNewMessage)
        for update in others.told(zoe, kind)
        if isinstance(update.message, raw.types.Message)
    )
    await eventually(lambda: texts() == ["one", "private one"])
    sandbox.faults.lose_push(user=zoe, times=None)
    await teacher.send_message(group, "two")
    await teacher.send_message(zoe.username, "private two")
    sandbox.faults.clear()
    back = asyncio.Event()

    async def note(_client: Client, _session: Session) -> None:
        back.set()

    student.add_handler(handlers.ConnectHandler(note))
    sandbox.server.drop(zoe.id)
    await asyncio.wait_for(back.wait(), 10)
    await student.recover_gaps()
    await eventually(lambda: {"two", "private two"} <= set(texts()))
    assert (await student.get_me()).id == zoe.id
