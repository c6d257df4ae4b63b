"""An account's spends of its budgets, and its limits: when Telegram lets it do less.

A spend is a row, committed before the request: a crash wastes budget and never exceeds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telegram_gateway.core.direct_add import Adding, Limit
from telegram_gateway.core.model import ChatId, Fact, TgUserId
from telegram_gateway.database import inbox
from telegram_gateway.database.connection import Database, Row, aware, naive

DIRECT_ADD = "direct_add"
PHONE_LOOKUP = "phone_lookup"
_LIMITS = (
    "kind, code, since, until, level FROM telegram_limit WHERE account_id = %s AND kind <> 'method'"
)


@dataclass(frozen=True, kw_only=True)
class Spent:
    """The account's direct adds within `per` (oldest first), all its limits, the outcome of each
    try in the chat, and the database's clock. Instants aware, UTC."""

    used: tuple[datetime, ...] = ()
    limits: tuple[Limit, ...] = ()
    tried: Mapping[TgUserId, str | None] = field(default_factory=dict)
    now: datetime


async def reserve(
    database: Database,
    account_id: int,
    chat_id: ChatId,
    per: timedelta,
    decide: Callable[[Spent], Adding],
) -> tuple[int | None, Adding]:
    """Let `decide` say whom to add, and reserve one spend for the first of them.

    Returns the reservation (None: nobody is to be added now) and what was decided. Reservations for
    the same account wait for each other's commit, in whatever process they are.
    """
    async with database.transaction() as connection:
        await connection.execute(
            "SELECT id FROM telegram_account WHERE id = %s FOR UPDATE", (account_id,)
        )

        async def all_rows(query: str, *arguments: object) -> list[Row]:
            cursor = await connection.execute(query, arguments)
            return list(await cursor.fetchall())

        [clock] = await all_rows("SELECT clock_timestamp() AS now")
        now = aware(clock["now"])
        used = await all_rows(
            "SELECT at FROM telegram_spend WHERE account_id = %s AND kind = %s AND at > %s"
            " ORDER BY at",
            *(account_id, DIRECT_ADD, naive(now - per)),
        )
        limits = await all_rows(
            f"SELECT {_LIMITS}",
            account_id,
        )
        tried = await all_rows(
            "SELECT tg_user_id, outcome FROM telegram_spend WHERE chat_id = %s AND kind = %s"
            " ORDER BY id",
            *(chat_id, DIRECT_ADD),
        )
        adding = decide(
            Spent(
                used=tuple(aware(row["at"]) for row in used),
                limits=tuple(_limit(row) for row in limits),
                tried={TgUserId(row["tg_user_id"]): row["outcome"] for row in tried},
                now=now,
            )
        )
        if not adding.add:
            return None, adding
        [spend] = await all_rows(
            "INSERT INTO telegram_spend (account_id, kind, at, chat_id, tg_user_id)"
            " VALUES (%s, %s, %s, %s, %s) RETURNING id",
            *(account_id, DIRECT_ADD, naive(now), chat_id, adding.add[0]),
        )
        return spend["id"], adding


def _limit(row: Row) -> Limit:
    return Limit(
        kind=row["kind"],
        code=row["code"],
        since=aware(row["since"]),
        until=aware(row["until"]),
        level=row["level"],
    )


async def save_outcome(database: Database, spend_id: int, outcome: str) -> None:
    """Store the outcome of a reserved spend: "done", or Telegram's error."""
    await database.all("UPDATE telegram_spend SET outcome = %s WHERE id = %s", outcome, spend_id)


async def load_limits(database: Database, account_id: int) -> list[Limit]:
    """All limits that the account ever had, except method pauses."""
    rows = await database.all(
        f"SELECT {_LIMITS}",
        account_id,
    )
    return [_limit(row) for row in rows]


async def save_limit(
    database: Database, pool: str, account_id: int, limit: Limit, facts: list[Fact]
) -> None:
    """Store a limit and report it, in one transaction."""
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO telegram_limit (pool, account_id, kind, code, since, until, level)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (
                *(pool, account_id, limit.kind, limit.code),
                *(naive(limit.since), naive(limit.until), limit.level),
            ),
        )
        await inbox.insert(connection, pool, facts)


async def used(
    database: Database, account_id: int, kind: str, within: timedelta
) -> tuple[datetime, ...]:
    """The instants (aware, UTC) of the spends of that kind within that time, oldest first."""
    rows = await database.all(
        "SELECT at FROM telegram_spend WHERE account_id = %s AND kind = %s"
        " AND at > (now() AT TIME ZONE 'utc') - %s ORDER BY at",
        account_id,
        kind,
        within,
    )
    return tuple(aware(row["at"]) for row in rows)


async def spend(database: Database, account_id: int, kind: str) -> None:
    """Store one spend before it is made, so that it counts after a crash."""
    await database.all(
        "INSERT INTO telegram_spend (account_id, kind, at)"
        " VALUES (%s, %s, now() AT TIME ZONE 'utc') RETURNING id",
        account_id,
        kind,
    )
