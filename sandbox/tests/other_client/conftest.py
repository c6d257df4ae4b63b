"""Clients by other authors (kurigram, imported as pyrogram) on a sandbox.

They come with Telegram's own addresses and keys: here every connection leads to the sandbox, and
its key is one of those that they trust.
"""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from pyrogram import Client, handlers, raw
from pyrogram.connection import Connection
from pyrogram.crypto import rsa
from pyrogram.session import Session
from pyrogram.storage import Storage

from telegram_sandbox import Sandbox
from telegram_sandbox.sandbox import API_HASH, API_ID
from telegram_sandbox.world.files import DC_ID
from telegram_sandbox.world.people import User


async def eventually(condition: Callable[[], object], timeout_s: float = 10) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - conditions of all kinds
            await asyncio.sleep(0.005)


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(seed="seed") as sandbox:
        yield sandbox
        sandbox.check()


@pytest.fixture(autouse=True)
def trusted(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    key = sandbox.server.key
    monkeypatch.setitem(rsa.server_public_keys, key.fingerprint, rsa.PublicKey(key.n, key.e))
    monkeypatch.setattr(Session, "START_TIMEOUT", 15)  # of a machine that has other things to do
    yield


class Others:
    """Makes such clients; `heard` has what each was told, by its user's id."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.heard: dict[int, list[Any]] = {}
        self._clients: list[Client] = []
        self._count = 0

    def client(self, name: str, **options: Any) -> Client:
        """One that knows the way and nothing else."""

        def near(**where: Any) -> Connection:
            here = {"server_address": self.sandbox.host, "port": self.sandbox.port}
            return Connection(**{**where, **here})

        client = Client(
            name,
            API_ID,
            API_HASH,
            in_memory=True,
            connection_factory=near,
            sleep_threshold=0,
            **options,
        )
        self._clients.append(client)
        return client

    async def person(self, name: str) -> tuple[User, Client]:
        self._count += 1
        user = self.sandbox.world.add_user(
            name, phone=f"+3363998{self._count:04}", username=f"{name.lower()}_x"
        )
        return user, await self.started(user)

    async def bot(self, name: str = "Secretary") -> tuple[User, Client]:
        bot = self.sandbox.world.add_bot(name, username=f"{name.lower()}_bot")
        return bot, await self.started(bot)

    async def started(self, user: User, **options: Any) -> Client:
        """Logged in with a key that the server knows, as after a restart."""
        key = self.sandbox.server.preshare_key(user)
        packed = struct.pack(
            Storage.SESSION_STRING_FORMAT, DC_ID, API_ID, False, key, user.id, user.is_bot
        )
        text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        client = self.client(user.first_name, session_string=text, **options)
        heard = self.heard.setdefault(user.id, [])

        async def note(_client: Client, update: Any, _users: Any, _chats: Any) -> None:
            heard.append(update)

        client.add_handler(handlers.RawUpdateHandler(note))
        await client.start()
        return client

    def told(self, user: User, kind: type[raw.core.TLObject]) -> list[Any]:
        return [one for one in self.heard[user.id] if isinstance(one, kind)]

    async def close(self) -> None:
        for client in self._clients:
            if client.is_initialized:
                await client.stop()
            elif client.is_connected:
                await client.disconnect()


@pytest_asyncio.fixture
async def others(sandbox: Sandbox) -> AsyncIterator[Others]:
    others = Others(sandbox)
    yield others
    await others.close()
