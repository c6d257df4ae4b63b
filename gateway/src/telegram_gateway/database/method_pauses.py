"""Method pauses, as they are stored: rows of telegram_limit of the kind `method`."""

from __future__ import annotations

from datetime import datetime

from telegram_gateway.database.connection import Database, aware, naive


async def save(
    database: Database,
    pool: str,
    account_id: int,
    method: str,
    code: str,
    since: datetime,
    until: datetime,
) -> None:
    """Store a pause; both instants aware."""
    await database.all(
        "INSERT INTO telegram_limit (pool, account_id, kind, method, code, since, until)"
        " VALUES (%s, %s, 'method', %s, %s, %s, %s)",
        *(pool, account_id, method, code, naive(since), naive(until)),
    )


async def load(database: Database, account_id: int) -> list[tuple[str, datetime]]:
    """The account's pauses that are in force: method, and until when (aware)."""
    rows = await database.all(
        "SELECT method, max(until) AS until FROM telegram_limit WHERE account_id = %s"
        " AND kind = 'method' AND until > (now() AT TIME ZONE 'utc') GROUP BY method",
        account_id,
    )
    return [(row["method"], aware(row["until"])) for row in rows]
