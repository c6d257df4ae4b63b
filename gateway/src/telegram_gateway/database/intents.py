"""What was begun on Telegram and must be verified before it is begun again."""

from __future__ import annotations

import json
from typing import Any

from telegram_gateway.core.model import ChatId

from .connection import Database


async def begin(
    database: Database, key: str, kind: str, chat_id: ChatId, payload: dict[str, Any]
) -> bool:
    """Commit an intent. False when the same one was begun before: then look at Telegram first."""
    row = await database.one(
        "INSERT INTO telegram_intent (key, kind, chat_id, payload, state, begun_at)"
        " VALUES (%s, %s, %s, %s, 'begun', now() AT TIME ZONE 'utc')"
        " ON CONFLICT (key) DO NOTHING RETURNING id",
        key,
        kind,
        chat_id,
        json.dumps(payload),
    )
    return row is not None


async def end(database: Database, key: str) -> None:
    """What was begun is done, or is known not to have happened."""
    await database.all(
        "UPDATE telegram_intent SET state = 'done', done_at = now() AT TIME ZONE 'utc'"
        " WHERE key = %s",
        key,
    )


async def attempt_of(database: Database, prefix: str) -> int:
    """How many intents with that prefix there are: the number of the next attempt."""
    row = await database.one(
        "SELECT count(*) AS n FROM telegram_intent WHERE starts_with(key, %s)", prefix
    )
    return row["n"] if row else 0
