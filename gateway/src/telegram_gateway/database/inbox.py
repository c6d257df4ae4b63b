"""Facts for Odoo are inserted here, into telegram_inbox. Each has an id of its own, so that
reporting it twice changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import psycopg

from telegram_gateway.core.model import Fact
from telegram_gateway.core.text import tidy
from telegram_gateway.database.connection import Database, Row, naive
from telegram_gateway.database.lease import Lease

_INSERT = (
    "INSERT INTO telegram_inbox (fact, kind, chat_id, pool, payload, occurred_at)"
    " SELECT f.fact, f.kind, f.chat_id, %(pool)s, f.payload, f.occurred_at"
    " FROM unnest(%(facts)s::text[], %(kinds)s::text[], %(chats)s::int[], %(payloads)s::text[],"
    " %(instants)s::timestamp[]) AS f (fact, kind, chat_id, payload, occurred_at)"
    " ON CONFLICT (fact) DO NOTHING RETURNING id, fact"
)


async def insert(
    connection: psycopg.AsyncConnection[Row], pool: str, facts: Iterable[Fact]
) -> dict[str, int]:
    """Insert facts within a transaction. Return the ids of their rows by the fact's own id, also
    for facts that were reported before."""
    return (await insert_new(connection, pool, facts))[0]


async def insert_new(
    connection: psycopg.AsyncConnection[Row], pool: str, facts: Iterable[Fact]
) -> tuple[dict[str, int], int]:
    """Insert facts within a transaction; what `insert` gives, and how many were new."""
    reported = list(facts)
    new = await _insert(connection, pool, reported)
    known = await _known(connection, [fact.fact for fact in reported if fact.fact not in new])
    return {**new, **known}, len(new)  # facts are never deleted while they are new


async def insert_anew(
    connection: psycopg.AsyncConnection[Row], pool: str, facts: Iterable[Fact]
) -> tuple[dict[str, int], int]:
    """Insert facts that were not reported yet, whatever their ids say; what `insert_new` gives.

    Telegram's dates are whole seconds, so a person who asks to join, is declined, and asks again
    within one gives two facts of one id. Odoo has answered the first; the second gets an id of its
    own.
    """
    reported = list(facts)
    ids, new = await insert_new(connection, pool, reported)
    cursor = await connection.execute(
        "SELECT fact, id FROM telegram_inbox WHERE id = ANY(%s) AND state <> 'new'",
        ([ids[fact.fact] for fact in reported],),
    )
    handled = {row["fact"]: row["id"] for row in await cursor.fetchall()}
    again = {
        fact.fact: replace(fact, fact=f"{fact.fact}:{handled[fact.fact]}")
        for fact in reported
        if fact.fact in handled
    }
    if again:
        ids_again, new_again = await insert_anew(connection, pool, again.values())
        ids |= {name: ids_again[fact.fact] for name, fact in again.items()}
        new += new_again
    return ids, new


async def _known(connection: psycopg.AsyncConnection[Row], facts: list[str]) -> dict[str, int]:
    if not facts:
        return {}
    cursor = await connection.execute(
        "SELECT id, fact FROM telegram_inbox WHERE fact = ANY(%s)", (facts,)
    )
    return {row["fact"]: row["id"] for row in await cursor.fetchall()}


async def _insert(
    connection: psycopg.AsyncConnection[Row], pool: str, facts: list[Fact]
) -> dict[str, int]:
    """Insert facts in their order, in one statement. Return the rows' ids of those that were
    new."""
    if not facts:
        return {}
    partners = await _partners(connection, [fact.payload.get("tg_user_id") for fact in facts])
    payloads = []
    for fact in facts:
        payload = fact.payload
        if payload.get("tg_user_id"):
            payload = {**payload, "partner_ids": partners.get(payload["tg_user_id"], [])}
        payloads.append(json.dumps(tidy(payload), ensure_ascii=False))
    cursor = await connection.execute(
        _INSERT,
        {
            "pool": pool,
            "facts": [fact.fact for fact in facts],
            "kinds": [fact.kind for fact in facts],
            "chats": [fact.chat_id for fact in facts],
            "payloads": payloads,
            "instants": [naive(fact.occurred_at) for fact in facts],
        },
    )
    return {row["fact"]: row["id"] for row in await cursor.fetchall()}


async def _partners(
    connection: psycopg.AsyncConnection[Row], tg_user_ids: list[Any]
) -> dict[int, list[int]]:
    """The partners with a confirmed account among these, by the account's Telegram id."""
    wanted = [tg_user_id for tg_user_id in tg_user_ids if tg_user_id]
    if not wanted:
        return {}
    cursor = await connection.execute(
        "SELECT tg_user_id, array_agg(partner_id ORDER BY partner_id) AS partner_ids"
        " FROM telegram_contact WHERE tg_user_id = ANY(%s) AND state = 'confirmed'"
        " GROUP BY tg_user_id",
        (wanted,),
    )
    return {row["tg_user_id"]: row["partner_ids"] for row in await cursor.fetchall()}


async def insert_facts(
    database: Database, pool: str, facts: Iterable[Fact], lease: Lease | None = None
) -> int:
    """Insert facts in their order, in one transaction. Return how many were new. With a `lease`,
    only while it is held: raises LeaseLost."""
    async with database.transaction() as connection:
        if lease is not None:
            await lease.keep(connection)
        return len(await _insert(connection, pool, list(facts)))


async def last_bot_message(database: Database, pool: str) -> int:
    """The highest id of a private message to the bot that was reported; 0 where none was."""
    rows = await database.all(
        "SELECT max((payload::json ->> 'message_id')::bigint) AS newest FROM ("
        " SELECT payload FROM telegram_inbox WHERE kind = 'bot_message' AND pool = %s"
        " ORDER BY id DESC LIMIT 500) AS recent",
        pool,
    )
    return int(rows[0]["newest"] or 0)
