"""The sandbox as a test uses it: a world, a server for it, and clients that know the way."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from telethon import TelegramClient
from telethon.crypto import AuthKey
from telethon.crypto import rsa as telethon_rsa
from telethon.sessions import MemorySession

from .faults import Faults
from .keys import RsaKey
from .wire.server import Server
from .world.files import DC_ID

if TYPE_CHECKING:
    from .world.people import User
    from .world.world import World

API_ID = 1
API_HASH = "sandbox"


class Sandbox:
    """`async with Sandbox() as sandbox:` — a whole Telegram, gone at the end of the block.

    `seed` makes access hashes the same in each run. `world` may be given instead of the default.
    """

    def __init__(
        self,
        *,
        seed: bytes | str | None = None,
        world: World | None = None,
        key: RsaKey | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        if world is None:
            from .world.world import World

            world = World(seed=seed.encode() if isinstance(seed, str) else seed)
        self.world = world
        self.faults = Faults()
        self.server = Server(world, key=key, faults=self.faults, host=host, port=port)
        self._clients: list[TelegramClient] = []

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for client in self._clients:
            await client.disconnect()
        await self.server.stop()
        self.world.clock.close()
        # Telethon keeps the addresses of data centres on the class: they are those of this server.
        TelegramClient._config = None

    @property
    def host(self) -> str:
        return self.server.host

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def public_key_pem(self) -> str:
        return self.server.key.public_pem

    def client(self, user: User | None = None, **options: Any) -> TelegramClient:
        """An unmodified client that knows this server, not yet connected.

        With a user or a bot it is logged in already, by a key agreed beforehand; without one it
        makes the key exchange and logs in as usual. `options` go to `TelegramClient`; `session`
        may be one of its session objects.
        """
        telethon_rsa.add_key(self.public_key_pem, old=False)
        session = options.pop("session", None) or MemorySession()
        session.set_dc(DC_ID, self.host, self.port)
        if user is not None:
            session.auth_key = AuthKey(self.server.preshare_key(user))
        options = {
            "retry_delay": 0,
            "connection_retries": 20,
            "flood_sleep_threshold": 0,
            **options,
        }
        client = TelegramClient(session, API_ID, API_HASH, **options)
        self._clients.append(client)
        return client

    def check(self) -> None:
        """Raises AssertionError if a method was missing, a handler failed, or a refusal was none
        that Telegram is known to answer with."""
        assert not self.server.wrong(), self.server.wrong()
