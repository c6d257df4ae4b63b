"""A whole world: people, a bot, and a group that they make over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest_asyncio
from telethon import TelegramClient, events
from telethon.tl import TLObject, functions, types

from telegram_sandbox import Sandbox
from telegram_sandbox.world.people import User
from telegram_sandbox.world.world import World


async def eventually(condition: Callable[[], object], timeout_s: float = 10) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - conditions of all kinds
            await asyncio.sleep(0.005)


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(seed="seed") as sandbox:
        yield sandbox


@dataclass
class Phone:
    """Somebody with a client, and the updates that it was given."""

    user: User
    client: TelegramClient
    updates: list[TLObject] = field(default_factory=list)
    chats: list[TLObject] = field(default_factory=list)  # that came with the updates

    def seen(self, kind: type[TLObject]) -> list[TLObject]:
        return [update for update in self.updates if isinstance(update, kind)]

    async def __call__(self, request: TLObject) -> TLObject:
        return await self.client(request)


class Stage:
    """Makes people and their clients; `group` is one that `owner` made."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.world: World = sandbox.world
        self._count = 0

    async def phone(self, name: str) -> Phone:
        self._count += 1
        user = self.world.add_user(
            name, phone=f"+3363998{self._count:04}", username=f"{name.lower()}_x"
        )
        return await self.connect(user)

    async def bot(self, name: str = "Secretary") -> Phone:
        return await self.connect(self.world.add_bot(name, username=f"{name.lower()}_bot"))

    async def connect(self, user: User) -> Phone:
        client = self.sandbox.client(user)
        phone = Phone(user, client)

        @client.on(events.Raw)
        async def note(update: TLObject) -> None:
            phone.updates.append(update)
            named = getattr(update, "_entities", {}).values()
            phone.chats += [one for one in named if isinstance(one, types.Channel)]

        await client.connect()
        return phone

    async def group(self, owner: Phone, title: str = "Algebra") -> types.Channel:
        answer = await owner(functions.channels.CreateChannelRequest(title, "", megagroup=True))
        return answer.chats[0]

    async def add(self, owner: Phone, group: TLObject, *phones: Phone) -> None:
        users = [await owner.client.get_input_entity(phone.user.username) for phone in phones]
        await owner(functions.channels.InviteToChannelRequest(group, users))

    async def promote(self, owner: Phone, group: TLObject, phone: Phone, **rights: bool) -> None:
        user = await owner.client.get_input_entity(phone.user.username)
        wanted = types.ChatAdminRights(**rights)
        await owner(functions.channels.EditAdminRequest(group, user, wanted, ""))


async def seen_by(phone: Phone, group: types.Channel) -> types.InputPeerChannel:
    """The group as this account addresses it, once it has heard of it."""
    peer = types.PeerChannel(group.id)
    try:
        return await phone.client.get_input_entity(peer)
    except ValueError:
        await eventually(lambda: any(chat.id == group.id for chat in phone.chats))
        return await phone.client.get_input_entity(peer)


@pytest_asyncio.fixture
async def stage(sandbox: Sandbox) -> AsyncIterator[Stage]:
    yield Stage(sandbox)
    sandbox.check()
