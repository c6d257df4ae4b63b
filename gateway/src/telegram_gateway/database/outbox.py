"""E4: commands that wait are claimed here, and their outcomes marked.

Claiming and Odoo's cancelling are the same guarded update: who commits first wins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from telegram_gateway.core.commands import Command
from telegram_gateway.core.model import ChatId, TgUserId

from .connection import Database, Row, aware

CHANNEL = "telegram_outbox"
_COLUMNS = "id, kind, due_at, expires_at, priority, chat_id, tg_user_id, key, payload, attempts"
_MARK = "state_at = now() AT TIME ZONE 'utc'"


def _from_row(row: Row) -> Command:
    return Command(
        id=row["id"],
        kind=row["kind"],
        due_at=aware(row["due_at"]),
        expires_at=aware(row["expires_at"]),
        priority=row["priority"],
        chat_id=ChatId(row["chat_id"]) if row["chat_id"] else None,
        tg_user_id=TgUserId(row["tg_user_id"]) if row["tg_user_id"] else None,
        key=row["key"] or None,
        payload=_payload(row["payload"]),
        attempts=row["attempts"],
    )


def _payload(text: str | None) -> dict[str, Any]:
    """Empty when it is no JSON object: the command fails by itself and holds up no other."""
    try:
        payload = json.loads(text or "{}")
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}


async def waiting(database: Database, pool: str, *, within_s: int = 3600) -> list[Command]:
    """Pending rows that are due within that time, most urgent first."""
    rows = await database.all(
        f"SELECT {_COLUMNS} FROM telegram_outbox WHERE state = 'pending' AND pool = %s"
        " AND due_at <= (now() AT TIME ZONE 'utc') + make_interval(secs => %s)"
        " ORDER BY priority, due_at, id LIMIT 2000",
        pool,
        within_s,
    )
    return [_from_row(row) for row in rows]


async def claim(database: Database, ids: Iterable[int], worker: str) -> set[int]:
    """Take rows on; those that Odoo cancelled meanwhile are not among the answer."""
    rows = await database.all(
        f"UPDATE telegram_outbox SET state = 'working', worker = %s, attempts = attempts + 1,"
        f" {_MARK} WHERE id = ANY(%s) AND state = 'pending' RETURNING id",
        worker,
        list(ids),
    )
    return {row["id"] for row in rows}


async def finish(database: Database, ids: Iterable[int], result: dict[str, Any]) -> None:
    """Mark rows done, with what came of them."""
    await database.all(
        f"UPDATE telegram_outbox SET state = 'done', result = %s, error_code = NULL, error = NULL,"
        f" {_MARK} WHERE id = ANY(%s) AND state = 'working'",
        json.dumps(result),
        list(ids),
    )


async def fail(database: Database, ids: Iterable[int], error_code: str, error: str = "") -> None:
    """Mark rows failed; a person may have them tried again."""
    await database.all(
        f"UPDATE telegram_outbox SET state = 'failed', error_code = %s, error = %s, {_MARK}"
        " WHERE id = ANY(%s) AND state IN ('pending', 'working')",
        error_code,
        error,
        list(ids),
    )


async def expire(database: Database, ids: Iterable[int]) -> None:
    """Mark rows whose time is over."""
    await database.all(
        f"UPDATE telegram_outbox SET state = 'expired', error_code = 'expired', {_MARK}"
        " WHERE id = ANY(%s) AND state IN ('pending', 'working')",
        list(ids),
    )


async def put_back(database: Database, ids: Iterable[int]) -> None:
    """Let rows wait again: they were taken on and not done."""
    await database.all(
        f"UPDATE telegram_outbox SET state = 'pending', worker = NULL, {_MARK}"
        " WHERE id = ANY(%s) AND state = 'working'",
        list(ids),
    )


async def taken_over(database: Database, pool: str, worker: str) -> list[Command]:
    """Rows that a dead owner was at; the caller verifies or repeats them."""
    rows = await database.all(
        f"SELECT {_COLUMNS} FROM telegram_outbox WHERE state = 'working' AND pool = %s"
        " AND worker IS DISTINCT FROM %s ORDER BY priority, due_at, id",
        pool,
        worker,
    )
    return [_from_row(row) for row in rows]
