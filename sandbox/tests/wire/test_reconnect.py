"""The line breaks: the client comes back by itself and goes on."""

from __future__ import annotations

import asyncio

from telethon.tl import functions, types

from telegram_sandbox import Sandbox
from telegram_sandbox.world.people import User

from .conftest import SmallWorld, collect_texts, eventually

ME = functions.users.GetUsersRequest([types.InputUserSelf()])


async def test_dropped__next_request_works(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    for _ in range(3):
        assert sandbox.server.drop(ada.id) == 1
        assert (await client(ME))[0].id == ada.id


async def test_dropped__pushes_reach_the_new_session(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User
) -> None:
    client = sandbox.client(ada)
    texts = collect_texts(client)
    await client.connect()
    (old,) = sandbox.server.sessions_of(ada.id)
    sandbox.server.drop()
    await eventually(
        lambda: [session for session in sandbox.server.sessions_of(ada.id) if session is not old]
    )
    world.write_private(ada, bob, "still there?", 1)
    await eventually(lambda: texts == ["still there?"])


async def test_request_under_way__is_sent_again(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    sandbox.server.journal.clear()
    sandbox.faults.lose_answer("updates.getState")
    state = await client(functions.updates.GetStateRequest())
    assert state.pts == 1
    made = [noted.method for noted in sandbox.server.journal]
    assert made.count("updates.getState") == 2
    sandbox.faults.drop("updates.getState")
    await client(functions.updates.GetStateRequest())
    noted = [noted for noted in sandbox.server.journal if noted.method == "updates.getState"]
    assert [request.error for request in noted] == [None, None, "dropped", None]


async def test_no_updates_wanted__none_are_pushed(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User
) -> None:
    quiet = sandbox.client(ada, receive_updates=False)
    loud = sandbox.client(ada)
    await loud.connect()
    texts = collect_texts(loud)
    await quiet.connect()
    world.write_private(ada, bob, "hello", 1)
    await eventually(lambda: texts == ["hello"])


async def test_slow_request__holds_up_no_other(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    sandbox.faults.delay("updates.getState", 3600)
    slow = asyncio.create_task(client(functions.updates.GetStateRequest()))
    await eventually(lambda: sandbox.faults.used)
    assert (await client(ME))[0].id == ada.id
    assert not slow.done()
    slow.cancel()


async def test_many_clients__at_once(sandbox: Sandbox, world: SmallWorld, bob: User) -> None:
    users = [world.add_user(f"U{number}") for number in range(40)]
    clients = [sandbox.client(user) for user in users]
    texts = [collect_texts(client) for client in clients]
    await asyncio.gather(*(client.connect() for client in clients))
    for number, user in enumerate(users):
        world.write_private(user, bob, f"to {number}", 1)
    await eventually(lambda: all(texts))
    assert texts == [[f"to {number}"] for number in range(40)]
