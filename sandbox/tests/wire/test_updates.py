"""Pushed updates, their gaps, and the differences that fill them."""

from __future__ import annotations

import asyncio

import pytest
from telethon import TelegramClient, errors
from telethon.sessions import MemorySession
from telethon.tl import functions, types

from telegram_sandbox import Sandbox
from telegram_sandbox.world.people import User

from .conftest import CHANNEL_ID, SmallWorld, collect_raw, collect_texts, eventually


async def connected(sandbox: Sandbox, user: User) -> tuple[TelegramClient, list[str]]:
    client = sandbox.client(user)
    texts = collect_texts(client)
    await client.connect()
    return client, texts


async def test_push__in_order_to_all_sessions(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User
) -> None:
    _, texts = await connected(sandbox, ada)
    _, other = await connected(sandbox, ada)
    wanted = [f"message {number}" for number in range(20)]
    for number, text in enumerate(wanted):
        world.write_private(ada, bob, text, number + 1)
    await eventually(lambda: texts == wanted and other == wanted)
    assert world.hub.pts(ada.id) == 21
    sandbox.check()


async def test_push__lost_is_fetched(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User
) -> None:
    _, texts = await connected(sandbox, ada)
    sandbox.faults.lose_push("updateNewMessage", user=ada)
    for number, text in enumerate(("lost", "seen")):
        world.write_private(ada, bob, text, number + 1)
    await eventually(lambda: sorted(texts) == ["lost", "seen"])
    assert [use.kind for use in sandbox.faults.used] == ["lose_push"]


async def test_push__twice_is_seen_once(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User
) -> None:
    _, texts = await connected(sandbox, ada)
    sandbox.faults.duplicate_push(user=ada, times=2)
    for number, text in enumerate(("a", "b", "c")):
        world.write_private(ada, bob, text, number + 1)
    await eventually(lambda: "c" in texts)
    assert texts == ["a", "b", "c"]


async def test_push__held_until_released(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User
) -> None:
    client, texts = await connected(sandbox, ada)
    sandbox.faults.hold_pushes(user=ada)
    world.write_private(ada, bob, "later", 1)
    await client.get_me()
    assert texts == []
    sandbox.faults.release()
    await eventually(lambda: texts == ["later"])


async def test_channel__lost_is_fetched(sandbox: Sandbox, world: SmallWorld, ada: User) -> None:
    world.members = {ada.id}
    _, texts = await connected(sandbox, ada)
    world.write_in_channel("first", 1)
    await eventually(lambda: texts == ["first"])
    sandbox.faults.lose_push("updateNewChannelMessage", chat=CHANNEL_ID)
    world.write_in_channel("lost", 2)
    world.write_in_channel("seen", 3)
    await eventually(lambda: sorted(texts) == ["first", "lost", "seen"])
    assert "updates.getChannelDifference" in [noted.method for noted in sandbox.server.journal]


async def test_bot__learns_of_members_by_qts(
    sandbox: Sandbox, world: SmallWorld, ada: User, bot: User
) -> None:
    client = sandbox.client(bot)
    updates = collect_raw(client, types.UpdateChannelParticipant)
    await client.connect()
    world.member_came(bot, ada)
    world.member_came(bot, ada)
    await eventually(lambda: len(updates) == 2)
    assert [update.qts for update in updates] == [2, 3]


async def test_away__catches_up_on_everything(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User
) -> None:
    world.members = {ada.id}
    session = MemorySession()
    client = sandbox.client(ada, session=session)
    texts = collect_texts(client)
    await client.connect()
    world.write_in_channel("in the channel", 1)
    await eventually(lambda: len(texts) == 1)
    await client.disconnect()
    world.write_private(ada, bob, "private", 2)
    world.write_in_channel("channel again", 2)
    # The state and the hashes that a session class must store: here both stay in memory.
    again = sandbox.client(session=session, catch_up=True)
    again._message_box.load(*_state(client))
    later = collect_texts(again)
    again._mb_entity_cache = client._mb_entity_cache
    await again.connect()
    await eventually(lambda: sorted(later) == ["channel again", "private"])
    sandbox.check()


def _state(client: TelegramClient) -> tuple[object, list[object]]:
    from telethon._updates import ChannelState, SessionState

    account, channels = client._message_box.session_state()
    state = SessionState(
        0,
        0,
        False,
        account["pts"],
        account["qts"],
        int(account["date"].timestamp()),
        account["seq"],
        None,
    )
    return state, [ChannelState(channel_id, pts) for channel_id, pts in channels.items()]


# By plain requests


async def difference(client: TelegramClient, pts: int, qts: int = 1, date: int = 0) -> object:
    return await client(functions.updates.GetDifferenceRequest(pts=pts, date=date, qts=qts))


async def test_difference__forgotten_and_told_so(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User
) -> None:
    client, _ = await connected(sandbox, ada)
    world.write_private(ada, bob, "gone", 1)
    before = world.hub.pts(ada.id)
    world.hub.forget()
    assert isinstance(await difference(client, before), types.updates.DifferenceEmpty)
    world.hub.forget(is_told=True)
    answer = await difference(client, before)
    assert isinstance(answer, types.updates.DifferenceTooLong)
    assert isinstance(await difference(client, answer.pts), types.updates.DifferenceEmpty)


async def test_difference__empty_slices_and_too_long(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User
) -> None:
    client, _ = await connected(sandbox, ada)
    assert isinstance(await difference(client, 1), types.updates.DifferenceEmpty)
    for number in range(7):
        world.write_private(ada, bob, str(number), number + 1)
    world.hub.slice_size = 5
    part = await difference(client, 1)
    assert isinstance(part, types.updates.DifferenceSlice)
    rest = await difference(client, part.intermediate_state.pts)
    assert isinstance(rest, types.updates.Difference)
    texts = [message.message for message in part.new_messages + rest.new_messages]
    assert texts == [str(number) for number in range(7)]
    assert rest.state.pts == 8
    assert {user.id for user in rest.users} == {bob.id}
    world.hub.keep = 2
    world.write_private(ada, bob, "the last", 8)
    long = await difference(client, 1)
    assert isinstance(long, types.updates.DifferenceTooLong)
    assert long.pts == 9


async def test_difference__bot_gets_numbered_updates(
    sandbox: Sandbox, world: SmallWorld, ada: User, bot: User
) -> None:
    client = sandbox.client(bot)
    await client.connect()
    world.member_came(bot, ada)
    answer = await difference(client, 1, qts=1)
    assert [type(update) for update in answer.other_updates] == [types.UpdateChannelParticipant]
    assert answer.state.qts == 2


async def test_channel_difference__slices_rights_and_too_long(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User
) -> None:
    world.members = {ada.id}
    client, _ = await connected(sandbox, ada)
    for number in range(5):
        world.write_in_channel(str(number), number + 1)

    def ask(pts: int, limit: int = 100, access_hash: int | None = None) -> object:
        right = world.access_hash(ada.id, "channel", CHANNEL_ID)
        channel = types.InputChannel(CHANNEL_ID, access_hash or right)
        return client(
            functions.updates.GetChannelDifferenceRequest(
                channel, types.ChannelMessagesFilterEmpty(), pts=pts, limit=limit
            )
        )

    part = await ask(1, limit=3)
    assert (part.final, part.pts, len(part.new_messages)) == (False, 4, 3)
    rest = await ask(part.pts)
    assert (rest.final, rest.pts, len(rest.new_messages)) == (True, 6, 2)
    assert isinstance(await ask(6), types.updates.ChannelDifferenceEmpty)
    with pytest.raises(errors.PersistentTimestampInvalidError):
        await ask(7)
    with pytest.raises(errors.ChannelInvalidError):
        await ask(1, access_hash=world.access_hash(bob.id, "channel", CHANNEL_ID))
    world.hub.keep = 2
    world.write_in_channel("5", 6)
    assert isinstance(await ask(1), types.updates.ChannelDifferenceTooLong)
    world.members.clear()
    with pytest.raises(errors.ChannelPrivateError):
        await ask(1)


async def test_difference__shows_what_is_true_now(
    sandbox: Sandbox, world: SmallWorld, ada: User
) -> None:
    client, _ = await connected(sandbox, ada)
    deleted: list[bool] = []
    message = types.Message(1, types.PeerUser(ada.id), date=world.clock.now(), message="gone")
    world.hub.to_user(
        ada.id, lambda viewer: None if deleted else types.UpdateNewMessage(message, 0, 0)
    )
    deleted.append(True)
    answer = await difference(client, 1)
    assert isinstance(answer, types.updates.DifferenceEmpty)


async def test_clock__runs_what_is_due_in_order(sandbox: Sandbox, world: SmallWorld) -> None:
    done: list[str] = []
    world.clock.call_later(3600, lambda: done.append("in an hour"))
    world.clock.call_later(60, lambda: done.append("in a minute"))
    world.clock.call_later(0, lambda: done.append("now"))
    await eventually(lambda: done == ["now"])
    world.clock.advance(7200)
    assert done == ["now", "in a minute", "in an hour"]
    await asyncio.sleep(0)
