"""Messages in groups and in private, and what bots may not do with them."""

from __future__ import annotations

import pytest
from telethon import errors
from telethon.tl import functions, types

from .conftest import Phone, Stage, eventually, seen_by


async def send(phone: Phone, peer: object, text: str, random_id: int) -> object:
    return await phone(functions.messages.SendMessageRequest(peer, text, random_id=random_id))


async def texts(phone: Phone, peer: object, **options: object) -> list[str]:
    found = [m.raw_text async for m in phone.client.iter_messages(peer, **options)]
    return [text for text in found if text]


async def test_random_id__is_known_the_second_time(stage: Stage) -> None:
    ada = await stage.phone("Ada")
    # by itself the client would try a 500 again
    ada.client._request_retries, ada.client._raise_last_call_error = 1, True
    group = await stage.group(ada)
    await send(ada, group, "once", 7)
    with pytest.raises(errors.RandomIdDuplicateError):
        await send(ada, group, "once", 7)
    assert await texts(ada, group) == ["once"]


async def test_text__rules(stage: Stage) -> None:
    ada = await stage.phone("Ada")
    group = await stage.group(ada)
    with pytest.raises(errors.MessageEmptyError):
        await send(ada, group, "  ", 1)
    with pytest.raises(errors.MessageTooLongError):
        await send(ada, group, "x" * 4097, 2)
    await send(ada, group, "x" * 4096, 3)


async def test_history__in_pages_and_searched(stage: Stage) -> None:
    ada = await stage.phone("Ada")
    group = await stage.group(ada)
    for number in range(120):
        await send(ada, group, f"line {number}", number + 1)
    assert await texts(ada, group) == [f"line {number}" for number in reversed(range(120))]
    assert await texts(ada, group, search="line 11") == [
        *(f"line {number}" for number in range(119, 109, -1)),
        "line 11",
    ]
    assert await texts(ada, group, reverse=True, limit=3) == ["line 0", "line 1"]


async def test_edited_pinned_deleted__is_told_to_the_others(stage: Stage) -> None:
    ada, bob = await stage.phone("Ada"), await stage.phone("Bob")
    group = await stage.group(ada)
    await stage.add(ada, group, bob)
    message = await ada.client.send_message(group, "first")
    await ada.client.edit_message(group, message, "second")
    await ada.client.pin_message(group, message)
    await ada.client.delete_messages(group, message)
    for kind in (
        types.UpdateEditChannelMessage,
        types.UpdatePinnedChannelMessages,
        types.UpdateDeleteChannelMessages,
    ):
        await eventually(lambda kind=kind: bob.seen(kind))
    assert await texts(bob, await seen_by(bob, group)) == []
    here = await seen_by(bob, group)
    other = await ada.client.send_message(group, "Ada's")
    with pytest.raises(errors.MessageAuthorRequiredError):
        await bob(functions.messages.EditMessageRequest(here, other.id, message="Bob's"))
    with pytest.raises(errors.MessageDeleteForbiddenError):
        await bob(functions.channels.DeleteMessagesRequest(here, [other.id]))


async def test_bot__answers_but_does_not_write_first(stage: Stage) -> None:
    bob, bot = await stage.phone("Bob"), await stage.bot()
    peer = types.InputPeerUser(bob.user.id, 0)
    with pytest.raises(errors.PeerIdInvalidError):
        await send(bot, peer, "hello", 1)
    await bob.client.send_message(bot.user.username, "/start abc")
    await eventually(lambda: bot.seen(types.UpdateNewMessage))
    await send(bot, peer, "welcome", 2)
    await eventually(lambda: bob.seen(types.UpdateNewMessage))
    with pytest.raises(errors.BotMethodInvalidError):
        await texts(bot, peer)
    answer = await bot(
        functions.messages.GetMessagesRequest([types.InputMessageID(i) for i in (1, 2, 3)])
    )
    assert [getattr(message, "message", None) for message in answer.messages] == [
        "/start abc",
        "welcome",
        None,
    ]


async def test_deep_link__comes_as_a_start_with_its_parameter(stage: Stage) -> None:
    bob, bot = await stage.phone("Bob"), await stage.bot()
    user = await bob.client.get_input_entity(bot.user.username)
    await bob(functions.messages.StartBotRequest(user, user, "token-1_x"))
    await eventually(lambda: bot.seen(types.UpdateNewMessage))
    assert bot.seen(types.UpdateNewMessage)[0].message.message == "/start token-1_x"
    with pytest.raises(errors.StartParamInvalidError):
        await bob(functions.messages.StartBotRequest(user, user, "no spaces"))


async def test_bot__in_a_group_is_slowed_down(stage: Stage) -> None:
    stage.world.profile = stage.world.profile.but(bot_messages_per_group_per_minute=2)
    ada, bot = await stage.phone("Ada"), await stage.bot()
    group = await stage.group(ada)
    await stage.promote(ada, group, bot, invite_users=True)
    here = await seen_by(bot, group)
    for number in (1, 2):
        await send(bot, here, "notice", number)
    with pytest.raises(errors.FloodWaitError) as error:
        await send(bot, here, "notice", 3)
    assert 0 < error.value.seconds <= 60
    stage.world.clock.advance(61)
    again = await stage.connect(bot.user)  # the client remembers the wait by itself
    await send(again, here, "notice", 4)


async def test_slow_mode__asks_members_to_wait(stage: Stage) -> None:
    ada, bob = await stage.phone("Ada"), await stage.phone("Bob")
    group = await stage.group(ada)
    await stage.add(ada, group, bob)
    stage.world.channels[group.id].slow_mode_s = 30
    here = await seen_by(bob, group)
    await send(bob, here, "one", 1)
    with pytest.raises(errors.SlowModeWaitError):
        await send(bob, here, "two", 2)
