"""The list of a call, read over the wire: page by page, while people come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from telegram_gateway.calls.facts import participant_fact
from telegram_gateway.core.model import ChatId, TgChatId
from telegram_gateway.core.presence import Transition
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.admin_log import call_began
from telegram_gateway.telegram.calls import CallOver
from telegram_gateway.telegram.errors import Refused
from telegram_gateway.telegram.seen import CallSeen, ParticipantsSeen, Person
from telegram_gateway.telegram.updates import user_update
from telegram_sandbox import Sandbox
from telegram_sandbox.world import calling, membership
from telegram_sandbox.world.calls import GroupCall
from telegram_sandbox.world.people import User
from telethon import TelegramClient, events, types

PAGE, PEOPLE = 3, 8


@dataclass
class Scene:
    """A group whose call has some people in it, and a client of the school's account."""

    sandbox: Sandbox
    client: TelegramClient
    channel: types.InputChannel
    call: GroupCall
    owner: User
    people: list[User]

    @property
    def input_call(self) -> types.InputGroupCall:
        """The call as the account addresses it."""
        access_hash = self.sandbox.world.access_hash(self.owner.id, "call", self.call.id)
        return types.InputGroupCall(self.call.id, access_hash)


@pytest_asyncio.fixture
async def scene() -> AsyncIterator[Scene]:
    async with Sandbox() as sandbox:
        world = sandbox.world
        world.profile = world.profile.but(call_page=PAGE)
        owner = world.add_user("École")
        group = membership.create(world, owner, "3e A", "", True)
        people = [world.add_user(f"Élève {number}") for number in range(PEOPLE)]
        for person in people:
            membership.enter(world, group, person)
        call = calling.create(world, group, owner, None)
        for number, person in enumerate(people, 1):
            calling.join(world, call, person, source=number)
        client = sandbox.client(owner)
        await client.connect()
        channel = types.InputChannel(group.id, world.access_hash(owner.id, "channel", group.id))
        yield Scene(sandbox, client, channel, call, owner, people)
        sandbox.check()


async def test_list__at_rest_has_everybody_at_one_version(scene: Scene) -> None:
    read = await calls.read_list(scene.client, scene.input_call)
    assert [participant.peer_id for participant in read.listing.participants] == [
        person.id for person in scene.people
    ]
    assert read.listing.version == read.listing.last_version == scene.call.version
    assert not read.listeners_hidden
    probe = await calls.probe(scene.client, scene.input_call)
    assert (probe.version, probe.count) == (scene.call.version, PEOPLE)


async def test_list__by_its_pages_alone_is_the_same(scene: Scene) -> None:
    whole = await calls.read_list(scene.client, scene.input_call)
    before = len(scene.sandbox.server.journal)
    read = await calls.read_list_by_pages(scene.client, scene.input_call, are_hidden=False)
    assert read == whole
    asked = list(scene.sandbox.server.journal)[before:]
    assert {request.method for request in asked} == {"phone.getGroupParticipants"}


async def test_list__while_somebody_leaves_says_between_which_versions(scene: Scene) -> None:
    """Who was on the first page has gone when the second one is read."""
    before = scene.call.version
    scene.sandbox.faults.delay("phone.getGroupParticipants", 0.5)
    reading = asyncio.create_task(calls.read_list(scene.client, scene.input_call))
    journal = scene.sandbox.server.journal
    while not any(request.method == "phone.getGroupCall" for request in journal):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    world, gone = scene.sandbox.world, scene.people[0]
    calling.leave(world, scene.call, scene.call.participants["user", gone.id])
    read = await reading
    assert read.listing.version == before
    assert read.listing.last_version == before + 1
    assert gone.id in {participant.peer_id for participant in read.listing.participants}


async def test_list__says_whether_listeners_are_hidden(scene: Scene) -> None:
    calling.hide_listeners(scene.sandbox.world, scene.call, True)
    read = await calls.read_list(scene.client, scene.input_call)
    assert read.listeners_hidden and not read.listing.participants


async def test_channel__has_its_title_in_a_list_and_in_an_update(scene: Scene) -> None:
    """A channel and a user may have the same number."""
    world, [first, second, *_] = scene.sandbox.world, scene.people
    updates: list[ParticipantsSeen] = []

    async def hear(update: types.UpdateGroupCallParticipants) -> None:
        updates.append(user_update(update))

    scene.client.add_event_handler(hear, events.Raw(types.UpdateGroupCallParticipants))
    blog = membership.create(world, first, "Le blog d’Ana", "", False)
    await scene.client.get_me()
    calling.join(world, scene.call, first, source=99, peer=("channel", blog.id))
    while not updates:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    read = await calls.read_list(scene.client, scene.input_call)
    assert read.people["channel", blog.id].name == "Le blog d’Ana"
    assert read.people["user", second.id].name == second.first_name
    assert ("channel", blog.id) in {participant.key for participant in read.listing.participants}
    [seen] = updates
    assert seen.people == {("channel", blog.id): Person(name="Le blog d’Ana")}
    fact = participant_fact(
        ChatId(1),
        calls.id_of(scene.input_call),
        Transition(
            kind="participant_joined",
            participant=seen.participants[0],
            at=seen.participants[0].date,
            precision_s=0,
            source="update",
        ),
        seen.people["channel", blog.id],
    )
    assert fact.payload["name"] == "Le blog d’Ana"
    assert (fact.payload["tg_channel_id"], fact.payload["tg_user_id"]) == (blog.id, None)


async def test_list__at_a_call_that_is_over(scene: Scene) -> None:
    calling.discard(scene.sandbox.world, scene.call, scene.owner)
    for ask in (calls.read_list, calls.probe):
        with pytest.raises(CallOver):
            await ask(scene.client, scene.input_call)
    with pytest.raises(CallOver):
        await calls.read_list_by_pages(scene.client, scene.input_call, are_hidden=False)
    assert await calls.is_over(scene.client, scene.input_call)
    await calls.discard(scene.client, scene.input_call)


OVER = [
    (400, "GROUPCALL_ALREADY_DISCARDED"),
    (400, "GROUPCALL_FORBIDDEN"),
    (403, "GROUPCALL_FORBIDDEN"),
    (400, "GROUPCALL_INVALID"),
]


@pytest.mark.parametrize(("number", "name"), OVER)
async def test_over__whatever_telegram_calls_it(scene: Scene, number: int, name: str) -> None:
    user, call = scene.client, scene.input_call
    calling.discard(scene.sandbox.world, scene.call, scene.owner)
    scene.sandbox.faults.error("phone.getGroupCall", number, name, times=None)
    for method in ("discardGroupCall", "startScheduledGroupCall", "toggleGroupCallSettings"):
        scene.sandbox.faults.error(f"phone.{method}", number, name)
    scene.sandbox.faults.error("phone.toggleGroupCallRecord", number, name)
    await calls.discard(user, call)
    for ask in (
        calls.probe(user, call),
        calls.read_list(user, call),
        calls.is_scheduled(user, call),
        calls.start(user, call),
        calls.mute_newcomers(user, call),
        calls.record(user, call, "", is_video=False),
    ):
        with pytest.raises(CallOver):
            await ask


@pytest.mark.parametrize(("number", "name"), OVER)
async def test_over__while_the_list_is_read(scene: Scene, number: int, name: str) -> None:
    scene.sandbox.faults.error("phone.getGroupParticipants", number, name)
    with pytest.raises(CallOver):
        await calls.read_list(scene.client, scene.input_call)


@pytest.mark.parametrize(("number", "name"), OVER)
async def test_refused__of_a_call_that_goes_on(scene: Scene, number: int, name: str) -> None:
    """The same words may say that this account may not: then the call is not taken for over."""
    user, call = scene.client, scene.input_call
    scene.sandbox.faults.error("phone.discardGroupCall", number, name)
    scene.sandbox.faults.error("phone.toggleGroupCallRecord", number, name)
    for ask in (calls.discard(user, call), calls.record(user, call, "", is_video=True)):
        with pytest.raises(Refused) as refused:
            await ask
        assert refused.value.code == name
    assert scene.call.ended_at is None


async def test_titles__are_cut(scene: Scene) -> None:
    user, world = scene.client, scene.sandbox.world
    for is_strict in (False, True):
        world.profile = world.profile.but(call_title_refused=is_strict)
        created = await calls.create(user, TgChatId(scene.channel.channel_id), 7, "é" * 65)
        call = world.calls[created.id]
        assert call.title == "é" * 63 + "…"
        await calls.record(user, created, "🎉" * 40, is_video=False)
        assert call.recording and call.recording.title == "🎉" * 31 + "…"


async def test_live_story__is_said_to_be_one(scene: Scene) -> None:
    world = scene.sandbox.world
    seen: list[object] = []

    async def hear(update: object) -> None:
        found = user_update(update)
        if isinstance(found, CallSeen):
            seen.append((found.tg_call_id, found.is_live_story))

    scene.client.add_event_handler(hear, events.Raw)
    channel = world.channels[scene.channel.channel_id]
    story = calling.live_story(world, channel, scene.owner)
    calling.hide_listeners(world, scene.call, True)
    while len(seen) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert seen == [(story.id, True), (scene.call.id, False)]


async def test_began__is_what_the_log_of_the_group_says(scene: Scene) -> None:
    began = await call_began(scene.client, scene.channel, calls.id_of(scene.input_call))
    assert began == scene.call.started_at
    assert (
        await call_began(scene.client, scene.channel, calls.id_of(types.InputGroupCall(5, 0)))
        is None
    )
