"""The lease of a pool: one process at a time may act for it, by the database's clock."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from datetime import datetime

import psycopg

from telegram_gateway.core.model import ChatId
from telegram_gateway.database.connection import Database, Row, aware
from telegram_gateway.database.process_name import is_taken
from telegram_gateway.errors import LeaseLost

# This part of the time for which a lease lasts is a margin for clocks that differ.
_MARGIN = 0.1
_RENEW = (
    "UPDATE telegram_lease SET renewed_at = now() AT TIME ZONE 'utc',"
    " expires_at = now() AT TIME ZONE 'utc' + make_interval(secs => %s)"
    " WHERE pool = %s AND generation = %s RETURNING generation"
)


def clock() -> float:
    """Seconds of a clock that goes on while the process is stopped or its machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    """The lease of a pool. `generation` is a number as long as this process holds it: from `take`
    until `release`, or until a renewal fails. Else it is None."""

    def __init__(self, database: Database, pool: str, process: str, lasts_s: float):
        self._database = database
        self._pool = pool
        self._process = process
        self._lasts_s = lasts_s
        self._renewed_at = 0.0  # by `clock`
        self.generation: int | None = None
        #: of the owner before: the chats in which it left something to do (None: it did not give
        #: the lease up in good order), and when it was there last (None: nobody was)
        self.unfinished: frozenset[ChatId] | None = None
        self.left_at: datetime | None = None

    @property
    def worker(self) -> str:
        """The name under which commands are claimed; no later owner uses it again."""
        return f"{self._process}:{self.generation}"

    async def take(self, *, of_gone: int | None = None) -> bool:
        """Take the lease if it is free or has run out; return whether it was taken. A process takes
        its own lease back at once: two processes of one name cannot both run, see
        docs/en/install.md.

        `of_gone`: the generation of an owner whose process is gone; its lease is taken at once.
        Raises GatewayError.
        """
        began = clock()
        row = await self._database.one(
            "WITH before AS (SELECT unfinished, CASE WHEN unfinished IS NULL THEN renewed_at"
            " ELSE expires_at END AS left_at FROM telegram_lease WHERE pool = %s)"
            " INSERT INTO telegram_lease"
            " (pool, process, generation, taken_at, renewed_at, expires_at)"
            " VALUES (%s, %s, 1, now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc',"
            " now() AT TIME ZONE 'utc' + make_interval(secs => %s))"
            " ON CONFLICT (pool) DO UPDATE SET process = EXCLUDED.process,"
            " generation = telegram_lease.generation + 1, taken_at = EXCLUDED.taken_at,"
            " renewed_at = EXCLUDED.renewed_at,"
            " expires_at = EXCLUDED.expires_at, unfinished = NULL"
            " WHERE telegram_lease.process = EXCLUDED.process"
            " OR telegram_lease.expires_at < now() AT TIME ZONE 'utc'"
            " OR telegram_lease.generation = %s RETURNING generation,"
            " (SELECT unfinished FROM before) AS unfinished,"
            " (SELECT left_at FROM before) AS left_at",
            self._pool,
            self._pool,
            self._process,
            self._lasts_s,
            of_gone,
        )
        self.generation = row["generation"] if row else None
        self._renewed_at = began
        if row is not None:
            self.left_at = aware(row["left_at"])
            left = row["unfinished"]
            self.unfinished = frozenset(map(ChatId, json.loads(left))) if left else None
        return row is not None

    async def take_over(self) -> bool:
        """Take the lease as `take` does, and at once where the owner's process is gone, which has
        its name no more. Only reads while there is nothing to take, so it may be called often."""
        row = await self._database.one(
            "SELECT process, generation, expires_at < now() AT TIME ZONE 'utc' AS is_over"
            " FROM telegram_lease WHERE pool = %s",
            self._pool,
        )
        if row is None or row["is_over"] or row["process"] == self._process:
            return await self.take()
        if await is_taken(self._database, self._pool, row["process"]):
            return False
        return await self.take(of_gone=row["generation"])

    async def renew(self) -> None:
        """Prolong the lease. Raises LeaseLost where another process has taken it."""
        began = clock()
        row = await self._database.one(_RENEW, self._lasts_s, self._pool, self.generation)
        self._renewed(row, began)

    async def fence(self, connection: psycopg.AsyncConnection[Row]) -> None:
        """Call before each statement of the owner. The lease may have run out, because this process
        or its machine stood still; then it is prolonged first. Raises LeaseLost if another process
        has taken it: what this one was about to write is out of date."""
        if self.generation is None:
            raise LeaseLost
        began = clock()
        if began - self._renewed_at < self._lasts_s * (1 - _MARGIN):
            return
        cursor = await connection.execute(_RENEW, (self._lasts_s, self._pool, self.generation))
        self._renewed(await cursor.fetchone(), began)

    def _renewed(self, row: Row | None, began: float) -> None:
        if row is None:
            self.generation = None
            raise LeaseLost
        self._renewed_at = began

    async def keep(self, connection: psycopg.AsyncConnection[Row]) -> None:
        """Keep others from taking the lease before the transaction ends. Raises LeaseLost."""
        cursor = await connection.execute(
            "SELECT 1 FROM telegram_lease WHERE pool = %s AND generation = %s FOR SHARE",
            (self._pool, self.generation),
        )
        if await cursor.fetchone() is None:
            raise LeaseLost

    async def release(self, unfinished: Collection[ChatId] | None = None) -> None:
        """Give the lease up, so that another process need not wait until it runs out. `unfinished`:
        the chats in which something is left to do; all other updates have been dealt with. None:
        that is not known."""
        if self.generation is not None:
            await self._database.all(
                "UPDATE telegram_lease SET expires_at = now() AT TIME ZONE 'utc', unfinished = %s"
                " WHERE pool = %s AND generation = %s",
                None if unfinished is None else json.dumps(sorted(unfinished)),
                self._pool,
                self.generation,
            )
            self.generation = None
