"""Looking into a call over the wire: page by page, while people come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from telegram_gateway.call_facts import participant_fact
from telegram_gateway.core.model import ChatId
from telegram_gateway.core.presence import Moment
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.admin_log import call_began
from telegram_gateway.telegram.errors import AlreadyDone
from telegram_gateway.telegram.seen import ParticipantsSeen, Person
from telegram_gateway.telegram.updates import user_update
from telegram_sandbox import Sandbox
from telegram_sandbox.world import calling, membership
from telegram_sandbox.world.calls import GroupCall
from telegram_sandbox.world.people import User
from telethon import TelegramClient, events, types

PAGE, PEOPLE = 3, 8


@dataclass
class Scene:
    """A group whose call has some people in it, and the school's account looking at it."""

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
        for one in people:
            membership.enter(world, group, one)
        call = calling.create(world, group, owner, None)
        for number, one in enumerate(people, 1):
            calling.join(world, call, one, source=number)
        client = sandbox.client(owner)
        await client.connect()
        channel = types.InputChannel(group.id, world.access_hash(owner.id, "channel", group.id))
        yield Scene(sandbox, client, channel, call, owner, people)
        sandbox.check()


async def test_look__at_rest_has_everybody_at_one_version(scene: Scene) -> None:
    look = await calls.look(scene.client, scene.input_call)
    assert [one.peer_id for one in look.listing.participants] == [one.id for one in scene.people]
    assert look.listing.version == look.listing.last_version == scene.call.version
    assert not look.listeners_hidden
    probe = await calls.probe(scene.client, scene.input_call)
    assert (probe.version, probe.count) == (scene.call.version, PEOPLE)


async def test_look__while_somebody_goes_says_between_which_versions(scene: Scene) -> None:
    """Who was on the first page has gone when the second one is read."""
    before = scene.call.version
    scene.sandbox.faults.delay("phone.getGroupParticipants", 0.5)
    looking = asyncio.create_task(calls.look(scene.client, scene.input_call))
    journal = scene.sandbox.server.journal
    while not any(one.method == "phone.getGroupCall" for one in journal):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    world, gone = scene.sandbox.world, scene.people[0]
    calling.leave(world, scene.call, scene.call.participants["user", gone.id])
    look = await looking
    assert look.listing.version == before
    assert look.listing.last_version == before + 1
    assert gone.id in {one.peer_id for one in look.listing.participants}


async def test_look__says_whether_listeners_are_hidden(scene: Scene) -> None:
    calling.hide_listeners(scene.sandbox.world, scene.call, True)
    look = await calls.look(scene.client, scene.input_call)
    assert look.listeners_hidden and not look.listing.participants


async def test_channel__has_its_title_in_a_look_and_in_an_update(scene: Scene) -> None:
    """A channel and a user may have the same number."""
    world, [first, second, *_] = scene.sandbox.world, scene.people
    told: list[ParticipantsSeen] = []

    async def hear(update: types.UpdateGroupCallParticipants) -> None:
        told.append(user_update(update))

    scene.client.add_event_handler(hear, events.Raw(types.UpdateGroupCallParticipants))
    blog = membership.create(world, first, "Le blog d’Ana", "", False)
    await scene.client.get_me()
    calling.join(world, scene.call, first, source=99, peer=("channel", blog.id))
    while not told:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    look = await calls.look(scene.client, scene.input_call)
    assert look.people["channel", blog.id].name == "Le blog d’Ana"
    assert look.people["user", second.id].name == second.first_name
    assert ("channel", blog.id) in {one.key for one in look.listing.participants}
    [seen] = told
    assert seen.people == {("channel", blog.id): Person(name="Le blog d’Ana")}
    fact = participant_fact(
        ChatId(1),
        calls.id_of(scene.input_call),
        Moment(
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


async def test_look__at_a_call_that_is_over(scene: Scene) -> None:
    calling.discard(scene.sandbox.world, scene.call, scene.owner)
    for ask in (calls.look, calls.probe):
        with pytest.raises(AlreadyDone):
            await ask(scene.client, scene.input_call)


async def test_began__is_what_the_log_of_the_group_says(scene: Scene) -> None:
    began = await call_began(scene.client, scene.channel, calls.id_of(scene.input_call))
    assert began == scene.call.started_at
    assert (
        await call_began(scene.client, scene.channel, calls.id_of(types.InputGroupCall(5, 0)))
        is None
    )
