"""Who acts for a pool: one process at a time, on the database's clock."""

from __future__ import annotations

import psycopg

from telegram_gateway.errors import LeaseLost

from .connection import Database, Row


class Lease:
    """The lease of a pool. `is_held` is true between `take` and `release` or a lost renewal."""

    def __init__(self, database: Database, pool: str, process: str, lasts_s: float):
        self._database = database
        self._pool = pool
        self._process = process
        self._lasts_s = lasts_s
        self.generation: int | None = None

    @property
    def worker(self) -> str:
        """The name under which commands are claimed; never used again by a later owner."""
        return f"{self._process}:{self.generation}"

    async def take(self) -> bool:
        """Take the lease if it is free or ran out. A process takes back its own at once:
        two processes of one name cannot both run, see docs/install.md."""
        row = await self._database.one(
            "INSERT INTO telegram_lease"
            " (pool, process, generation, taken_at, renewed_at, expires_at)"
            " VALUES (%s, %s, 1, now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc',"
            " now() AT TIME ZONE 'utc' + make_interval(secs => %s))"
            " ON CONFLICT (pool) DO UPDATE SET process = EXCLUDED.process,"
            " generation = telegram_lease.generation + 1, taken_at = EXCLUDED.taken_at,"
            " renewed_at = EXCLUDED.renewed_at,"
            " expires_at = EXCLUDED.expires_at"
            " WHERE telegram_lease.process = EXCLUDED.process"
            " OR telegram_lease.expires_at < now() AT TIME ZONE 'utc' RETURNING generation",
            self._pool,
            self._process,
            self._lasts_s,
        )
        self.generation = row["generation"] if row else None
        return row is not None

    async def renew(self) -> None:
        """Prolong the lease. Raises LeaseLost when another process took it."""
        row = await self._database.one(
            "UPDATE telegram_lease SET renewed_at = now() AT TIME ZONE 'utc',"
            " expires_at = now() AT TIME ZONE 'utc' + make_interval(secs => %s)"
            " WHERE pool = %s AND generation = %s RETURNING generation",
            self._lasts_s,
            self._pool,
            self.generation,
        )
        if row is None:
            self.generation = None
            raise LeaseLost

    async def keep(self, connection: psycopg.AsyncConnection[Row]) -> None:
        """Let nobody take it before the end of a transaction. Raises LeaseLost."""
        cursor = await connection.execute(
            "SELECT 1 FROM telegram_lease WHERE pool = %s AND generation = %s FOR SHARE",
            (self._pool, self.generation),
        )
        if await cursor.fetchone() is None:
            raise LeaseLost

    async def release(self) -> None:
        """Give the lease up, so that another process need not wait for it to run out."""
        if self.generation is not None:
            await self._database.all(
                "UPDATE telegram_lease SET expires_at = now() AT TIME ZONE 'utc'"
                " WHERE pool = %s AND generation = %s",
                self._pool,
                self.generation,
            )
            self.generation = None
