"""The connections to the school's database, and the checks before the first statement.

There are two: one for statements, on which asyncio tasks take turns, and one that only listens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar, overload

import psycopg
import structlog
from psycopg.rows import dict_row

from telegram_gateway.core.rate_limit import ClockReading
from telegram_gateway.database.batcher import Batcher
from telegram_gateway.errors import GatewayError, UpgradeInProgress

CONTRACT_VERSION = 5
# Odoo ends our connections when it duplicates or drops its database (57P01): do not come back
# sooner.
CUT_OFF_WAIT_S = 10.0
_RETRY_S = 2.0
_TRIES = 5  # of a statement that lost a deadlock
# A transaction of a process that stands still would keep rows locked that its successor needs.
_OPTIONS = "-c TimeZone=UTC -c idle_in_transaction_session_timeout=10s"

log = structlog.get_logger(__name__)
Row = dict[str, Any]
#: Raised by a statement that failed though the connection stands: it lost a deadlock, say.
StatementFailed = psycopg.Error
_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


class Database:
    """The database that Odoo and the gateway share. Open with `await Database.open(dsn)`."""

    def __init__(self, dsn: str, *, cut_off_wait_s: float = CUT_OFF_WAIT_S):
        self.dsn = dsn
        self._cut_off_wait_s = cut_off_wait_s
        self._away_until = 0.0  # of the event loop's clock
        self._connection: psycopg.AsyncConnection[Row] | None = None
        self._turn = asyncio.Lock()
        self._batchers: dict[Callable[..., Any], Batcher[Any, Any]] = {}
        # called before each statement, on its connection; if it raises, the statement is not sent
        self.fence: Callable[[psycopg.AsyncConnection[Row]], Awaitable[None]] | None = None
        self.mark = ""  # names this database in ids derived from its rows
        self.identity = ""  # tells it from each of its copies

    @classmethod
    async def open(cls, dsn: str, *, cut_off_wait_s: float = CUT_OFF_WAIT_S) -> Database:
        """Connect, and check the contract. After it was cut off it does not connect for
        `cut_off_wait_s`.

        Raises GatewayError("database_unreachable") or UpgradeInProgress.
        """
        database = cls(dsn, cut_off_wait_s=cut_off_wait_s)
        await database._connect()
        try:
            await database.check_contract()
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def is_cut_off(self) -> bool:
        """True if a connection was lost just now, so that none is made for a while."""
        return asyncio.get_running_loop().time() < self._away_until

    def _stay_away(self) -> None:
        self._away_until = asyncio.get_running_loop().time() + self._cut_off_wait_s

    async def _connect(self) -> psycopg.AsyncConnection[Row]:
        try:
            connection = await psycopg.AsyncConnection.connect(
                self.dsn, autocommit=True, row_factory=dict_row, options=_OPTIONS
            )
        except psycopg.OperationalError as error:
            raise GatewayError("database_unreachable", reason=str(error).strip()) from None
        self._connection = connection
        return connection

    async def check_contract(self) -> None:
        """Raise UpgradeInProgress unless Odoo's side speaks this version of the contract."""
        try:
            row = await self.one("SELECT version FROM telegram_contract")
            mark = await self.one(
                "SELECT current_database() || ':' || (SELECT oid::text FROM pg_database"
                " WHERE datname = current_database()) AS mark"
            )
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege) as error:
            raise UpgradeInProgress("odoo_not_ready", reason=str(error).split("\n")[0]) from None
        if row is None:
            raise UpgradeInProgress("odoo_not_ready", reason="telegram_contract")
        if row["version"] != CONTRACT_VERSION:
            code = "upgrade_gateway" if row["version"] > CONTRACT_VERSION else "upgrade_odoo"
            raise UpgradeInProgress(code, theirs=row["version"], ours=CONTRACT_VERSION)
        self.mark = mark["mark"] if mark else ""
        assert self._connection is not None
        self.identity = await _identity(self._connection)

    async def close(self) -> None:
        """Close the connection for statements."""
        if self._connection is not None:
            await self._connection.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[psycopg.AsyncConnection[Row]]:
        """A transaction on the one connection; errors as with `_use`."""
        async with self._use() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def _use(self) -> AsyncIterator[psycopg.AsyncConnection[Row]]:
        """A turn on the one connection; a lost connection is replaced, after a while.

        Raises GatewayError("database_cut_off") if the connection was lost meanwhile or just before,
        and UpgradeInProgress if a table or a right is missing. All else raises psycopg's own errors
        (a deadlock, for instance); the connection can still be used after them.
        """
        async with self._turn:
            connection = self._connection
            if connection is None or connection.closed:
                if self.is_cut_off:
                    raise GatewayError("database_cut_off", reason="not connected again yet")
                connection = await self._connect()
                if self.identity and await _identity(connection) != self.identity:
                    await connection.close()
                    raise GatewayError("database_cut_off", reason="another one is in its place")
            try:
                if self.fence is not None:
                    await self.fence(connection)
                yield connection
            except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege) as error:
                reason = str(error).split("\n")[0]
                raise UpgradeInProgress("odoo_not_ready", reason=reason) from None
            except psycopg.OperationalError as error:
                if not connection.closed:
                    raise
                self._stay_away()
                raise GatewayError("database_cut_off", reason=str(error).strip()) from error

    async def all(self, query: str, *arguments: Any) -> list[Row]:
        """All rows of one statement. Its arguments are given in order, or as one dict by name.
        Raises what `_use` raises.

        The statement is a transaction of its own, without the round trips that begin and end one.
        If it lost a deadlock against Odoo it is tried again.
        """
        for left in reversed(range(_TRIES)):
            try:
                async with self._use() as connection:
                    given = arguments[0] if _is_named(arguments) else arguments
                    cursor = await connection.execute(query, given)
                    return await cursor.fetchall() if cursor.description else []
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                if not left:
                    raise
        raise AssertionError("unreachable")

    async def one(self, query: str, *arguments: Any) -> Row | None:
        """The first row of one statement, or None."""
        rows = await self.all(query, *arguments)
        return rows[0] if rows else None

    async def now(self) -> datetime:
        """The database's clock (aware, UTC), the only one that counts."""
        return await self.batched(_read_clock, None)

    async def read_clock(self) -> ClockReading:
        """Read the database's clock once, so that the running loop's clock can tell its time from
        then on."""
        asked_at = asyncio.get_running_loop().time()
        return ClockReading(await self.now(), asked_at)

    async def batched(
        self,
        answer: Callable[[Database, list[_Question]], Awaitable[Sequence[_Answer]]],
        question: _Question,
    ) -> _Answer:
        """The answer to this question; all questions of one moment are given to `answer` together.
        See `Batcher`."""
        if answer not in self._batchers:
            self._batchers[answer] = Batcher(partial(answer, self))
        answered: _Answer = await self._batchers[answer].ask(question)
        return answered

    async def listen(self, channel: str) -> AsyncIterator[None]:
        """Yield once when listening has begun, then once per notification. Reconnects by itself,
        and yields then, too, since notifications were missed meanwhile.
        """
        while True:
            wait = _RETRY_S
            is_listening = False
            try:
                async with await psycopg.AsyncConnection.connect(
                    self.dsn, autocommit=True
                ) as connection:
                    await connection.execute(f'LISTEN "{channel}"'.encode())
                    is_listening = True
                    yield
                    async for _ in connection.notifies():
                        yield
            except psycopg.OperationalError as error:
                # while it waits for notifications, the driver does not say why it was cut off
                if is_listening:
                    self._stay_away()
                    wait = self._cut_off_wait_s
                code = "database_cut_off" if is_listening else "database_unreachable"
                log.warning(code, reason=str(error).strip(), wait_s=wait)
            await asyncio.sleep(wait)


async def _read_clock(database: Database, asked: list[None]) -> list[datetime]:
    row = await database.one("SELECT clock_timestamp() AS now")
    assert row is not None
    return [aware(row["now"])] * len(asked)


async def _identity(connection: psycopg.AsyncConnection[Row]) -> str:
    """The identity by which a database differs from each of its copies: Odoo's uuid (new in a copy
    that Odoo made), the cluster's number (another one on another server), the database's number in
    the cluster.

    Where the administrator has taken away the right to read the cluster's number, the two others
    must do. Raises UpgradeInProgress where Odoo's side is of an older version.
    """
    try:
        cursor = await connection.execute(
            "SELECT telegram_database_uuid() AS uuid, oid::text AS oid,"
            " has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS may_ask"
            " FROM pg_database WHERE datname = current_database()"
        )
        row = await cursor.fetchone()
        assert row is not None
        system = None
        if row["may_ask"]:
            cursor = await connection.execute(
                "SELECT system_identifier::text AS number FROM pg_catalog.pg_control_system()"
            )
            system = await cursor.fetchone()
    except (psycopg.errors.UndefinedFunction, psycopg.errors.InsufficientPrivilege) as error:
        raise UpgradeInProgress("odoo_not_ready", reason=str(error).split("\n")[0]) from None
    return ":".join([row["uuid"] or "", system["number"] if system else "", row["oid"]])


def _is_named(arguments: tuple[Any, ...]) -> bool:
    return len(arguments) == 1 and isinstance(arguments[0], dict)


@overload
def aware(value: datetime) -> datetime: ...
@overload
def aware(value: None) -> None: ...
def aware(value: datetime | None) -> datetime | None:
    """A column's timestamp (UTC without zone) as an aware datetime."""
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def naive(value: datetime | None) -> datetime | None:
    """An aware datetime as a column takes it."""
    return None if value is None else value.astimezone(UTC).replace(tzinfo=None)
