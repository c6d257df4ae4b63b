"""The name of a process, which only one process may have at a time: two would use the same logins,
and Telegram ends a login that is used from two places (AUTH_KEY_DUPLICATED).

The name is an advisory lock of PostgreSQL, on a connection of its own. So it is freed however the
process dies; if its machine is gone, the server notices that.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from typing import Self

import psycopg

from telegram_gateway.database.connection import Database
from telegram_gateway.errors import GatewayError

# By these the server notices after some 25 seconds that a machine is gone. A socket of the same
# machine does not need them.
_KEEPALIVE = (
    "-c TimeZone=UTC -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5"
    " -c tcp_keepalives_count=3 -c tcp_user_timeout=25000"
)
_RELEASE_S = 5.0


def _key(pool: str, process: str) -> int:
    digest = hashlib.sha256(f"telegram-gateway:{pool}:{process}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


async def is_taken(database: Database, pool: str, process: str) -> bool:
    """Return whether a process has this name: also one that stands still, and, until the server has
    noticed, one whose machine is gone."""
    key = _key(pool, process) % 2**64
    row = await database.one(
        "SELECT 1 AS one FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND classid::bigint = %s AND objid::bigint = %s LIMIT 1",
        key >> 32,
        key & 0xFFFFFFFF,
    )
    return row is not None


class ProcessName:
    """A process's name in a pool: `take` it, run `held` for as long as it is used, `release` it."""

    def __init__(self, dsn: str, pool: str, process: str):
        self._dsn = dsn
        self._key = _key(pool, process)
        self._connection: psycopg.AsyncConnection | None = None

    async def take(self) -> bool:
        """Take the name, unless another process has it. Return whether it was taken. Raises
        GatewayError."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, options=_KEEPALIVE
                )
            cursor = await self._connection.execute("SELECT pg_try_advisory_lock(%s)", (self._key,))
            row = await cursor.fetchone()
        except psycopg.OperationalError as error:
            raise GatewayError("database_unreachable", reason=str(error).strip()) from None
        return bool(row and row[0])

    async def held(self) -> None:
        """Raise GatewayError("database_cut_off") once the name is no longer ours; never returns."""
        connection = self._connection
        assert connection is not None
        try:
            async for _ in connection.notifies():
                pass
        except psycopg.OperationalError as error:
            raise GatewayError("database_cut_off", reason=str(error).strip()) from None
        raise GatewayError("database_cut_off", reason="the connection that holds the name is gone")

    async def release(self) -> None:
        """Let another process have the name."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with contextlib.suppress(psycopg.Error, TimeoutError):  # closing frees it, too, but later
            async with asyncio.timeout(_RELEASE_S):
                await connection.execute("SELECT pg_advisory_unlock(%s)", (self._key,))
        await connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.release()
