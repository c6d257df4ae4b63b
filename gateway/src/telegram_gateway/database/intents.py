"""What was begun on Telegram and must be verified before it is begun again."""

from __future__ import annotations

import json
from typing import Any

from telegram_gateway.core.model import ChatId
from telegram_gateway.database.connection import Database

# A range, so that the index serves it however many intents there are.
_BEGINS = 'i.key COLLATE "C" >= prefix AND i.key COLLATE "C" < prefix || chr(1114111)'


async def begin(
    database: Database, key: str, kind: str, chat_id: ChatId, payload: dict[str, Any]
) -> bool:
    """Commit an intent. False when the same one was begun before: then look at Telegram first."""
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
    found = []
    for key, *_ in asked:  # of two who begin the same, one is the first
        found.append(key in new)
        new.discard(key)
    return found


async def end(database: Database, key: str) -> None:
    """What was begun is done, or is known not to have happened."""
    await database.batched(_end_each, key)


async def _end_each(database: Database, keys: list[str]) -> list[None]:
    await database.all(
        "UPDATE telegram_intent SET state = 'done', done_at = now() AT TIME ZONE 'utc'"
        " WHERE key = ANY(%s)",
        keys,
    )
    return [None] * len(keys)


async def attempt_of(database: Database, prefix: str) -> int:
    """How many intents with that prefix there are: the number of the next attempt."""
    return await database.batched(_count_each, prefix)


async def _count_each(database: Database, prefixes: list[str]) -> list[int]:
    rows = await database.all(
        "SELECT prefix, count(i.id) AS n FROM unnest(%s::text[]) AS asked (prefix)"
        f" LEFT JOIN telegram_intent i ON {_BEGINS} GROUP BY prefix",
        list(set(prefixes)),
    )
    found = {row["prefix"]: int(row["n"]) for row in rows}
    return [found[prefix] for prefix in prefixes]


async def unfinished(database: Database, prefix: str) -> str | None:
    """The key with that prefix that was begun last and is not known to be over."""
    return await database.batched(_unfinished_each, prefix)


async def _unfinished_each(database: Database, prefixes: list[str]) -> list[str | None]:
    rows = await database.all(
        f"SELECT prefix, i.key FROM unnest(%s::text[]) AS asked (prefix)"
        f" JOIN telegram_intent i ON {_BEGINS} AND i.state = 'begun' ORDER BY i.id",
        prefixes,
    )
    found = {row["prefix"]: row["key"] for row in rows}  # the last one of each
    return [found.get(prefix) for prefix in prefixes]


async def last(database: Database, prefix: str) -> str | None:
    """The key with that prefix that was begun last, whatever became of it."""
    row = await database.one(
        "SELECT i.key FROM telegram_intent i, (VALUES (%s)) AS asked (prefix)"
        f" WHERE {_BEGINS} ORDER BY i.id DESC LIMIT 1",
        prefix,
    )
    return row["key"] if row else None


async def forget_all(database: Database, prefix: str) -> None:
    """What was begun with that prefix is of another time, and says nothing of what comes now."""
    await database.batched(_forget_each, prefix)


async def _forget_each(database: Database, prefixes: list[str]) -> list[None]:
    await database.all(
        f"DELETE FROM telegram_intent i USING unnest(%s::text[]) AS asked (prefix) WHERE {_BEGINS}",
        prefixes,
    )
    return [None] * len(prefixes)


async def begun(database: Database, kind: str, chat_id: ChatId) -> list[dict[str, Any]]:
    """The payloads of what was begun in a chat and is not known to be over."""
    rows = await database.all(
        "SELECT payload FROM telegram_intent WHERE kind = %s AND chat_id = %s AND state = 'begun'"
        " ORDER BY id",
        kind,
        chat_id,
    )
    return [json.loads(row["payload"]) for row in rows]


async def forget(database: Database, key: str) -> None:
    """What was begun is over, and may be begun anew."""
    await database.all("DELETE FROM telegram_intent WHERE key = %s", key)
