"""L3: facts for Odoo. Each carries an id of its own, so that telling it twice changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import psycopg

from telegram_gateway.core.model import Fact

from .connection import Database, Row, naive

_INSERT = (
    "INSERT INTO telegram_inbox (fact, kind, chat_id, pool, payload, occurred_at)"
    " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (fact) DO NOTHING RETURNING id"
)


async def insert(
    connection: psycopg.AsyncConnection[Row], pool: str, facts: Iterable[Fact]
) -> dict[str, int]:
    """Insert within a transaction; inbox ids by fact, of those that were known already too."""
    return {one.fact: (await insert_one(connection, pool, one))[0] for one in facts}


async def insert_one(
    connection: psycopg.AsyncConnection[Row], pool: str, fact: Fact
) -> tuple[int, bool]:
    """Insert a fact within a transaction; (its inbox id, whether it was new)."""
    payload = await _with_partners(connection, fact.payload)
    cursor = await connection.execute(
        _INSERT,
        (
            fact.fact,
            fact.kind,
            fact.chat_id,
            pool,
            json.dumps(payload, ensure_ascii=False),
            naive(fact.occurred_at),
        ),
    )
    row = await cursor.fetchone()
    if row is not None:
        return row["id"], True
    cursor = await connection.execute("SELECT id FROM telegram_inbox WHERE fact = %s", (fact.fact,))
    known = await cursor.fetchone()
    assert known is not None  # facts are never deleted while they are new
    return known["id"], False


async def _with_partners(
    connection: psycopg.AsyncConnection[Row], payload: dict[str, Any]
) -> dict[str, Any]:
    """The payload with the partners behind its Telegram user, as confirmed at this instant."""
    if not payload.get("tg_user_id"):
        return payload
    cursor = await connection.execute(
        "SELECT partner_id FROM telegram_contact WHERE tg_user_id = %s AND state = 'confirmed'"
        " ORDER BY partner_id",
        (payload["tg_user_id"],),
    )
    return {**payload, "partner_ids": [row["partner_id"] for row in await cursor.fetchall()]}


async def insert_facts(database: Database, pool: str, facts: Iterable[Fact]) -> int:
    """Insert facts in their order, in one transaction; how many were new."""
    async with database.transaction() as connection:
        return sum([(await insert_one(connection, pool, one))[1] for one in facts])


async def last_bot_message(database: Database, pool: str) -> int:
    """The highest id of a private message to the bot that was told; 0 when none was."""
    rows = await database.all(
        "SELECT max((payload::json ->> 'message_id')::bigint) AS newest FROM ("
        " SELECT payload FROM telegram_inbox WHERE kind = 'bot_message' AND pool = %s"
        " ORDER BY id DESC LIMIT 500) AS recent",
        pool,
    )
    return int(rows[0]["newest"] or 0)
