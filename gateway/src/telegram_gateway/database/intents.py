"""Intents: written before something that cannot be repeated safely, and looked up after a crash.

`key` names what is begun, so that it is begun only once. Attempts at the same thing have keys with
a common prefix.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import psycopg

from telegram_gateway.core.model import ChatId
from telegram_gateway.database.connection import Database, Row, aware

# A range, so that the index serves it however many intents there are.
_BEGINS = 'i.key COLLATE "C" >= prefix AND i.key COLLATE "C" < prefix || chr(1114111)'


async def begin(
    database: Database, key: str, kind: str, chat_id: ChatId, payload: dict[str, Any]
) -> bool:
    """Commit an intent. Return False if the same one was begun before: then ask Telegram first what
    became of it."""
    return await database.batched(_begin_each, (key, kind, chat_id, json.dumps(payload)))


async def _begin_each(database: Database, asked: list[tuple[str, str, ChatId, str]]) -> list[bool]:
    rows = await database.all(
        "INSERT INTO telegram_intent (key, kind, chat_id, payload, state, begun_at)"
        " SELECT key, kind, chat_id, payload, 'begun', now() AT TIME ZONE 'utc'"
        " FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[])"
        " AS begun (key, kind, chat_id, payload) ON CONFLICT (key) DO NOTHING RETURNING key",
        *map(list, zip(*asked, strict=True)),
    )
    new = {row["key"] for row in rows}
    is_first = []
    for key, *_ in asked:  # if two begin the same, one is the first
        is_first.append(key in new)
        new.discard(key)
    return is_first


async def end(database: Database, key: str) -> None:
    """Note that what was begun is done, or is known not to have happened."""
    await database.batched(_end_each, key)


async def _end_each(database: Database, keys: list[str]) -> list[None]:
    await database.all(
        "UPDATE telegram_intent SET state = 'done', done_at = now() AT TIME ZONE 'utc'"
        " WHERE key = ANY(%s)",
        keys,
    )
    return [None] * len(keys)


async def attempt_of(database: Database, prefix: str) -> int:
    """The number of the next attempt: how many intents with that prefix there are."""
    return await database.batched(_count_each, prefix)


async def _count_each(database: Database, prefixes: list[str]) -> list[int]:
    rows = await database.all(
        "SELECT prefix, count(i.id) AS n FROM unnest(%s::text[]) AS asked (prefix)"
        f" LEFT JOIN telegram_intent i ON {_BEGINS} GROUP BY prefix",
        list(set(prefixes)),
    )
    counts = {row["prefix"]: int(row["n"]) for row in rows}
    return [counts[prefix] for prefix in prefixes]


async def unfinished(database: Database, prefix: str) -> str | None:
    """The latest key with that prefix that is not known to be over."""
    return await database.batched(_unfinished_each, prefix)


async def _unfinished_each(database: Database, prefixes: list[str]) -> list[str | None]:
    rows = await database.all(
        f"SELECT prefix, i.key FROM unnest(%s::text[]) AS asked (prefix)"
        f" JOIN telegram_intent i ON {_BEGINS} AND i.state = 'begun' ORDER BY i.id",
        prefixes,
    )
    last_keys = {row["prefix"]: row["key"] for row in rows}  # rows are ordered by id
    return [last_keys.get(prefix) for prefix in prefixes]


async def last(database: Database, prefix: str) -> str | None:
    """The latest key with that prefix, whatever became of it."""
    row = await database.one(
        "SELECT i.key FROM telegram_intent i, (VALUES (%s)) AS asked (prefix)"
        f" WHERE {_BEGINS} ORDER BY i.id DESC LIMIT 1",
        prefix,
    )
    return row["key"] if row else None


async def forget_all(database: Database, prefix: str) -> None:
    """Delete all intents with that prefix: they are of an earlier time."""
    await database.batched(_forget_each, prefix)


async def _forget_each(database: Database, prefixes: list[str]) -> list[None]:
    await database.all(
        f"DELETE FROM telegram_intent i USING unnest(%s::text[]) AS asked (prefix) WHERE {_BEGINS}",
        prefixes,
    )
    return [None] * len(prefixes)


async def begun(database: Database, kind: str, chat_id: ChatId) -> list[dict[str, Any]]:
    """The payloads of a kind's intents in a chat that are not known to be over, oldest first."""
    rows = await database.all(
        "SELECT payload FROM telegram_intent WHERE kind = %s AND chat_id = %s AND state = 'begun'"
        " ORDER BY id",
        kind,
        chat_id,
    )
    return [json.loads(row["payload"]) for row in rows]


async def forget(database: Database, key: str) -> None:
    """Delete an intent: it is over, and may be begun anew."""
    await database.all("DELETE FROM telegram_intent WHERE key = %s", key)


async def forget_in(connection: psycopg.AsyncConnection[Row], key: str) -> None:
    """The same within a transaction."""
    await connection.execute("DELETE FROM telegram_intent WHERE key = %s", (key,))


async def begun_at(database: Database, kind: str, within: timedelta) -> tuple[datetime, ...]:
    """The instants (aware, UTC) at which intents of that kind were begun within that time, whatever
    became of them; oldest first."""
    rows = await database.all(
        "SELECT begun_at FROM telegram_intent WHERE kind = %s"
        " AND begun_at > (now() AT TIME ZONE 'utc') - %s ORDER BY begun_at",
        kind,
        within,
    )
    return tuple(aware(row["begun_at"]) for row in rows)
