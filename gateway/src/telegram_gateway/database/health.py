"""State of everything as judged by Odoo's views; see docs/dev/contract.md."""

from __future__ import annotations

import json
from typing import Any

from telegram_gateway.database.connection import Database, aware

# Compiling these queries takes PostgreSQL seconds, for few rows. Before version 11 it cannot.
_NO_JIT = "SELECT set_config('jit', 'off', false) WHERE current_setting('jit', true) IS NOT NULL"
_GROUPS = (
    "SELECT chat_id, name, state, error_code, checked_at, checked_people, checked_differences,"
    " is_list_whole, is_reviewed, held::int AS held, paused_at, last_kind, last_at"
    " FROM telegram_health_chat WHERE pool = %s ORDER BY name, id"
)


async def load_lines(database: Database, pool: str) -> list[dict[str, Any]]:
    """The health lines of a pool and those of no pool, as dicts(section, code, level, subject,
    chat_id, facts)."""
    await database.all(_NO_JIT)
    rows = await database.all(
        "SELECT section, code, level, subject, chat_id, facts FROM telegram_health"
        " WHERE pool = %s OR pool IS NULL ORDER BY id",
        pool,
    )
    return [{**row, "facts": json.loads(row["facts"])} for row in rows]


async def load_groups(database: Database, pool: str) -> list[dict[str, Any]]:
    """Each group that should be there; instants as ISO 8601 with Z."""
    await database.all(_NO_JIT)
    rows = await database.all(_GROUPS, pool)
    for row in rows:
        for name in ("checked_at", "paused_at", "last_at"):
            at = aware(row[name])
            row[name] = at and at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return rows
