"""The server: it listens, knows keys and logins, and pushes updates."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from telethon.tl import TLObject, types

from ..errors import RpcError
from ..faults import Faults
from ..keys import RsaKey, machine_key
from ..logins import Logins
from ..services import load_services
from ..world.people import User
from ..world.world import World
from .connection import Connection, new_key
from .session import AuthKey, Session

log = logging.getLogger(__name__)

JOURNAL_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Noted:
    """A request that was made. `error`: None if it was successful; `number` counts from 1; `at`:
    when it was done, seconds since 1970."""

    number: int
    method: str
    user_id: int | None
    error: str | None
    chat_id: int | None = None
    at: float = 0.0


class Server:
    """One Telegram on one port. All methods are called in its loop.

    `unimplemented`: methods that were asked for and do not exist here. `crashes`: handlers that
    failed. `undocumented`: refusals of ours that nobody documents for their method. Tests assert
    that all three are empty. `journal` has the last requests.
    """

    def __init__(
        self,
        world: World,
        *,
        key: RsaKey | None = None,
        faults: Faults | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.world = world
        self.key = key or machine_key()
        self.faults = faults or Faults()
        self.host = host
        self.port = port
        self.keys: dict[int, AuthKey] = {}
        self.connections: set[Connection] = set()
        self.unimplemented: list[str] = []
        self.crashes: list[str] = []
        self.undocumented: list[str] = []
        self.journal: deque[Noted] = deque(maxlen=JOURNAL_LENGTH)
        self.logins = Logins()
        self._keys_of_user: dict[int, set[int]] = {}
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        load_services()
        world.hub.attach(self.push, self.is_connected)
        self.faults.attach(self._deliver)

    async def start(self) -> None:
        """Listen; afterwards `port` is the real one. Raises OSError when it is taken."""
        self._listener = await asyncio.start_server(self._accept, self.host, self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._listener:
            self._listener.close()
        for task in tuple(self._tasks):
            task.cancel()
        for connection in tuple(self.connections):
            connection.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._listener:
            await self._listener.wait_closed()
            self._listener = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self, reader, writer)
        self.connections.add(connection)
        task = asyncio.current_task()
        assert task is not None
        self.keep_task(task)
        try:
            await connection.run()
        except asyncio.CancelledError:
            connection.abort()

    def keep_task(self, task: asyncio.Task[Any]) -> None:
        """Hold the task until it ends, and let `stop` wait for it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Keys and logins

    def add_key(self, key: AuthKey) -> None:
        self.keys[key.id] = key

    def preshare_key(self, user: User | None = None) -> bytes:
        """A key that this server knows already, logged in as `user` if given.

        Put it into a client's session as `AuthKey(key)`: the key exchange is saved.
        """
        key = new_key()
        self.add_key(key)
        if user:
            self.authorise(key.id, user.id)
        return key.key

    def authorise(self, auth_key_id: int, user_id: int) -> None:
        """Log the key in."""
        self.unauthorise(auth_key_id)
        self.keys[auth_key_id].error = None
        self.world.authorizations[auth_key_id] = user_id
        self.world.logged_in_at[auth_key_id] = self.world.clock.now()
        self._keys_of_user.setdefault(user_id, set()).add(auth_key_id)

    def unauthorise(self, auth_key_id: int) -> None:
        """Log the key out. It may be used to log in again."""
        user_id = self.world.authorizations.pop(auth_key_id, None)
        if user_id is not None:
            self._keys_of_user[user_id].discard(auth_key_id)

    def revoke(
        self, auth_key_id: int, error: str = "AUTH_KEY_UNREGISTERED", *, code: int | None = None
    ) -> None:
        """End the login: each request is refused with `error` until the key logs in anew.

        `AUTH_KEY_UNREGISTERED`, `SESSION_REVOKED`, `USER_DEACTIVATED_BAN`, or
        `AUTH_KEY_DUPLICATED` (406).
        """
        self.unauthorise(auth_key_id)
        key = self.keys[auth_key_id]
        if error != "AUTH_KEY_UNREGISTERED":  # which is what a key without a login gets anyway
            code = code or (406 if error == "AUTH_KEY_DUPLICATED" else 401)
            key.error = RpcError(code, error)

    def revoke_user(self, user_id: int, error: str = "AUTH_KEY_UNREGISTERED") -> None:
        """End all logins of the user."""
        for auth_key_id in tuple(self.keys_of(user_id)):
            self.revoke(auth_key_id, error)

    def forget_key(self, auth_key_id: int) -> None:
        """The key is unknown from now on: the transport refuses it with -404."""
        self.unauthorise(auth_key_id)
        key = self.keys.pop(auth_key_id)
        for session in tuple(key.sessions.values()):
            if session.connection:
                session.connection.close()

    def keys_of(self, user_id: int) -> frozenset[int]:
        return frozenset(self._keys_of_user.get(user_id, ()))

    def user_of(self, key: AuthKey) -> User | None:
        user_id = self.world.authorizations.get(key.id)
        return None if user_id is None else self.world.users[user_id]

    def rotate_salts(self) -> None:
        """Every client meets `bad_server_salt` at its next message."""
        for key in self.keys.values():
            key.rotate_salt()

    # Sessions

    def is_connected(self, user_id: int) -> bool:
        """Return whether the user has any connected session."""
        return any(
            session.connection
            for auth_key_id in self._keys_of_user.get(user_id, ())
            for session in self.keys[auth_key_id].sessions.values()
        )

    def sessions_of(self, user_id: int) -> Iterator[Session]:
        """The connected sessions of the user that want updates."""
        for auth_key_id in self._keys_of_user.get(user_id, ()):
            for session in tuple(self.keys[auth_key_id].sessions.values()):
                if session.connection and session.wants_updates:
                    yield session

    def session_ended(self, session: Session) -> None:
        """Forget a session whose connection is gone: Telethon never comes back to one."""
        session.key.sessions.pop(session.id, None)

    def drop(self, user_id: int | None = None) -> int:
        """Cut the connections of the user, or all. Return how many there were."""
        connections = [
            connection
            for connection in self.connections
            if user_id is None
            or (
                connection.session
                and self.world.authorizations.get(connection.session.key.id) == user_id
            )
        ]
        for connection in connections:
            connection.abort()
        return len(connections)

    # Pushing

    def push(self, user_id: int, updates: types.Updates, exclude: object = None) -> None:
        """Send to all the user's sessions but `exclude`, as the faults allow."""
        for _ in range(self.faults.on_push(user_id, updates, exclude)):
            self._deliver(user_id, updates, exclude)

    def _deliver(self, user_id: int, updates: types.Updates, exclude: object) -> None:
        sessions = [session for session in self.sessions_of(user_id) if session is not exclude]
        if not sessions:
            return
        body = bytes(updates)
        for session in sessions:
            session.send_bytes(body)
            assert session.connection is not None
            session.connection.flush_soon()

    def push_to_session(self, session: Session, message: TLObject) -> None:
        """Send to this session alone."""
        if session.connection:
            session.send(message)
            session.connection.flush_soon()

    def push_to_key(self, auth_key_id: int, update: TLObject) -> None:
        """Send to a key that may not be logged in yet (`updateLoginToken`)."""
        short = types.UpdateShort(update, self.world.clock.now())
        for session in tuple(self.keys[auth_key_id].sessions.values()):
            self.push_to_session(session, short)

    # Records

    def note(self, method: str, user: User | None, error: str | None, chat_id: int | None) -> None:
        number = self.journal[-1].number + 1 if self.journal else 1
        user_id = user.id if user else None
        at = self.world.clock.time()
        self.journal.append(Noted(number, method, user_id, error, chat_id, at))
        log.debug("%s by %s: %s", method, user_id, error or "ok")

    def note_unimplemented(self, method: str) -> None:
        log.error("%s is not implemented", method)
        self.unimplemented.append(method)

    def note_undocumented(self, refusal: str) -> None:
        log.error("%s is not in the table of facts", refusal)
        self.undocumented.append(refusal)

    def wrong(self) -> list[str]:
        """The sandbox's own failures, in words."""
        return [
            *(f"not implemented: {one}" for one in self.unimplemented),
            *(f"crashed: {one}" for one in self.crashes),
            *(f"not documented: {one}" for one in self.undocumented),
        ]
