"""E4: commands that wait are claimed here, and their outcomes marked.

Claiming and Odoo's cancelling are the same guarded update: who commits first wins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from telegram_gateway.core.calls import Need, needs
from telegram_gateway.core.commands import Command
from telegram_gateway.core.connection import NETWORK
from telegram_gateway.core.model import ChatId, TgUserId
from telegram_gateway.database.connection import Database, Row, aware, naive

CHANNEL = "telegram_outbox"
COLUMNS = (
    "id, kind, due_at, expires_at, priority, chat_id, tg_user_id, key, payload, attempts, again_at,"
    " error_code"
)
#: Why a `close_call` rests that lets people talk.
TALKING = "people_talking"
#: Why a `lookup_phone` rests: a budget of our own, which a restart may find larger.
LOOKUPS_A_DAY = "LOOKUPS_A_DAY"
_MARK = "state_at = now() AT TIME ZONE 'utc'"


def from_row(row: Row) -> Command:
    """A row with the columns COLUMNS."""
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
        again_at=aware(row["again_at"]),
        error_code=row["error_code"],
    )


def _payload(text: str | None) -> dict[str, Any]:
    """Empty when it is no JSON object: the command fails by itself and holds up no other."""
    try:
        payload = json.loads(text or "{}")
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}


async def waiting(database: Database, pool: str, *, within_s: float = 3600) -> list[Command]:
    """Pending rows that are due within that time, what is due now first; those of the wizard are
    read by logins.py."""
    rows = await database.all(
        f"SELECT {COLUMNS} FROM telegram_outbox WHERE state = 'pending' AND pool = %s"
        " AND kind <> 'login' AND due_at <= (now() AT TIME ZONE 'utc') + make_interval(secs => %s)"
        " ORDER BY due_at > (now() AT TIME ZONE 'utc'), priority, due_at, id LIMIT 2000",
        pool,
        within_s,
    )
    return [from_row(row) for row in rows]


async def claim(database: Database, ids: Iterable[int], worker: str) -> list[Command]:
    """Take rows on, as they are now: Odoo may have rewritten one since it was read.

    Not among the answer is what Odoo has cancelled or moved to later, what is too late by now (but
    for a message that was tried before: it may be out), and what a transaction of Odoo is changing
    just now: waiting for its end would hold up everything else.
    """
    rows = await database.all(
        f"UPDATE telegram_outbox SET state = 'working', worker = %s, attempts = attempts + 1,"
        f" again_at = NULL, {_MARK} WHERE id IN (SELECT id FROM telegram_outbox WHERE id = ANY(%s)"
        " AND state = 'pending' AND due_at <= (now() AT TIME ZONE 'utc')"
        " AND (expires_at IS NULL OR expires_at > (now() AT TIME ZONE 'utc')"
        " OR (kind = 'send' AND attempts > 0))"
        f" FOR UPDATE SKIP LOCKED) RETURNING {COLUMNS}",
        worker,
        list(ids),
    )
    return sorted((from_row(row) for row in rows), key=lambda command: command.id)


async def needs_of_call(database: Database, chat_id: ChatId, now: datetime) -> tuple[Need, ...]:
    """Who needs the call of a chat at `now`; see `core.calls.needs`."""
    closings, openings = await database.batched(_rows_of_calls, chat_id)
    return needs(closings, openings, now)


async def _rows_of_calls(
    database: Database, chat_ids: list[ChatId]
) -> list[tuple[list[Command], list[tuple[Command, str]]]]:
    """For each chat its closings that wait, and the openings that these name with their states."""
    rows = await database.all(
        f"SELECT {COLUMNS} FROM telegram_outbox WHERE chat_id = ANY(%s) AND kind = 'close_call'"
        " AND state = 'pending'",
        chat_ids,
    )
    closings = [from_row(row) for row in rows]
    keys = [str(one.payload.get("open_key")) for one in closings]
    rows = await database.all(
        f"SELECT {COLUMNS}, state FROM telegram_outbox WHERE kind = 'open_call' AND key = ANY(%s)",
        keys,
    )
    openings = [(from_row(row), row["state"]) for row in rows]
    return [
        (
            [one for one in closings if one.chat_id == chat_id],
            [pair for pair in openings if pair[0].chat_id == chat_id],
        )
        for chat_id in chat_ids
    ]


async def finish(
    database: Database, ids: Iterable[int], result: dict[str, Any], at: datetime | None = None
) -> None:
    """Mark rows done, with what came of them; `at` (aware): when, where that was before now."""
    await database.batched(_finish_each, (list(ids), json.dumps(result), naive(at)))


async def _finish_each(
    database: Database, asked: list[tuple[list[int], str, datetime | None]]
) -> list[None]:
    each = [(number, result, at) for ids, result, at in asked for number in ids]
    await database.all(
        "UPDATE telegram_outbox SET state = 'done', result = done.result, error_code = NULL,"
        " error = NULL, state_at = coalesce(done.at, now() AT TIME ZONE 'utc')"
        " FROM unnest(%s::int[], %s::text[], %s::timestamp[]) AS done (id, result, at)"
        " WHERE telegram_outbox.id = done.id AND state = 'working'",
        *([one[column] for one in each] for column in range(3)),
    )
    return [None] * len(asked)


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
    """Mark rows whose time is over; not those to which Odoo has given more since they were read."""
    await database.all(
        f"UPDATE telegram_outbox SET state = 'expired', error_code = 'expired', {_MARK}"
        " WHERE id = ANY(%s) AND (state = 'working' OR state = 'pending'"
        " AND expires_at <= (now() AT TIME ZONE 'utc'))",
        list(ids),
    )


async def finish_failed_reconciles(database: Database, chat_id: ChatId) -> None:
    """A chat is in step: looks at it that failed before are done by that."""
    await database.all(
        "UPDATE telegram_outbox SET state = 'done', error_code = NULL, error = NULL,"
        f" {_MARK} WHERE chat_id = %s AND kind = 'reconcile' AND state = 'failed'",
        chat_id,
    )


async def put_back(
    database: Database, ids: Iterable[int], error_code: str | None = None, rest_s: float = 0
) -> None:
    """Let rows wait again: they were taken on and not done. Why, and for how long they rest, is
    for people to read."""
    await database.all(
        f"UPDATE telegram_outbox SET state = 'pending', worker = NULL, error_code = %s,"
        " again_at = CASE WHEN %s > 0"
        f" THEN (now() AT TIME ZONE 'utc') + make_interval(secs => %s) END, {_MARK}"
        " WHERE id = ANY(%s) AND state = 'working'",
        error_code,
        rest_s,
        rest_s,
        list(ids),
    )


async def sent_lately(
    database: Database, pool: str, within: timedelta
) -> list[tuple[ChatId | None, datetime]]:
    """The messages that were sent within that time: chat (None: private) and instant."""
    rows = await database.all(
        "SELECT chat_id, state_at FROM telegram_outbox WHERE kind = 'send' AND state = 'done'"
        " AND pool = %s AND state_at > (now() AT TIME ZONE 'utc') - %s ORDER BY state_at",
        pool,
        within,
    )
    return [
        (ChatId(row["chat_id"]) if row["chat_id"] else None, aware(row["state_at"])) for row in rows
    ]


async def message_ids(
    database: Database, pool: str, chat_id: ChatId | None, since: datetime
) -> frozenset[int]:
    """The ids of the messages that were sent since then to a chat (None: to single people)."""
    rows = await database.all(
        "SELECT result FROM telegram_outbox WHERE kind = 'send' AND state = 'done' AND pool = %s"
        " AND chat_id IS NOT DISTINCT FROM %s AND state_at >= %s",
        pool,
        chat_id,
        since.replace(tzinfo=None),
    )
    ids = (_payload(row["result"]).get("message_id") for row in rows)
    return frozenset(one for one in ids if isinstance(one, int))


async def sent_to(database: Database, chat_id: ChatId, most: int) -> list[int]:
    """The ids of the messages that were sent to a chat last, at most so many, oldest first. A chat
    that was given another group has those of the one before among them."""
    rows = await database.all(
        "SELECT result FROM telegram_outbox WHERE kind = 'send' AND state = 'done'"
        " AND chat_id = %s ORDER BY state_at DESC, id DESC LIMIT %s",
        chat_id,
        most,
    )
    ids = (_payload(row["result"]).get("message_id") for row in reversed(rows))
    return [one for one in ids if isinstance(one, int)]


async def last_private(database: Database, pool: str, before: datetime) -> int:
    """The highest known id of the messages of the bot's private chats before that instant, of both
    directions; 0 when none is known."""
    row = await database.one(
        "SELECT max((said::json ->> 'message_id')::bigint) AS id FROM ("
        " (SELECT result AS said FROM telegram_outbox WHERE kind = 'send' AND state = 'done'"
        " AND pool = %s AND chat_id IS NULL AND state_at < %s ORDER BY id DESC LIMIT 500)"
        " UNION ALL (SELECT payload FROM telegram_inbox WHERE kind = 'bot_message' AND pool = %s"
        " AND occurred_at < %s ORDER BY id DESC LIMIT 500)) AS known",
        *2 * (pool, before.replace(tzinfo=None)),
    )
    return int(row["id"] or 0) if row else 0


async def result_of(database: Database, chat_id: ChatId, key: str) -> dict[str, Any]:
    """What came of the chat's row with that key; empty when it was not done."""
    row = await database.one(
        "SELECT result FROM telegram_outbox WHERE chat_id = %s AND key = %s AND state = 'done'",
        chat_id,
        key,
    )
    return _payload(row["result"]) if row else {}


async def look_at_end(database: Database, chat_id: ChatId) -> None:
    """Something happened to a chat's call: a `close_call` that lets people talk is looked at now.

    Its row waits, so the statement's notification wakes the service.
    """
    await database.batched(_look_at_ends, chat_id)


async def _look_at_ends(database: Database, chat_ids: list[ChatId]) -> list[None]:
    await database.all(
        f"UPDATE telegram_outbox SET again_at = NULL, {_MARK} WHERE chat_id = ANY(%s)"
        " AND kind = 'close_call' AND state = 'pending' AND error_code = %s"
        " AND again_at IS NOT NULL",
        chat_ids,
        TALKING,
    )
    return [None] * len(chat_ids)


async def budgets_anew(database: Database, pool: str) -> None:
    """What rests for a budget of our own is tried now: the settings may be other ones than when it
    was put back. What Telegram asked to wait with goes on resting."""
    await database.all(
        f"UPDATE telegram_outbox SET again_at = NULL, {_MARK} WHERE pool = %s"
        " AND state = 'pending' AND kind = 'lookup_phone' AND error_code = %s"
        " AND again_at IS NOT NULL",
        pool,
        LOOKUPS_A_DAY,
    )


async def line_is_back(database: Database, pool: str) -> None:
    """What rests because Telegram was not reached is tried now."""
    await database.all(
        f"UPDATE telegram_outbox SET again_at = NULL, {_MARK} WHERE pool = %s"
        " AND state = 'pending' AND error_code = %s AND again_at IS NOT NULL",
        pool,
        NETWORK,
    )


async def taken_over(database: Database, pool: str, worker: str) -> list[Command]:
    """Rows that a dead owner was at; the caller verifies or repeats them."""
    rows = await database.all(
        f"SELECT {COLUMNS} FROM telegram_outbox WHERE state = 'working' AND pool = %s"
        " AND kind <> 'login' AND worker IS DISTINCT FROM %s ORDER BY priority, due_at, id",
        pool,
        worker,
    )
    return [from_row(row) for row in rows]
