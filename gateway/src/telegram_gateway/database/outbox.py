"""Commands: rows of telegram_outbox are read and claimed here, and their outcomes recorded.

Claiming (here) and cancelling (in Odoo) are the same guarded update, so whichever commits first
wins.
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
#: Why a `close_call` waits: people are talking in the call.
TALKING = "people_talking"
#: Why a `lookup_phone` waits: a budget of our own is spent, which may be larger after a restart.
LOOKUPS_A_DAY = "LOOKUPS_A_DAY"
_MARK = "state_at = now() AT TIME ZONE 'utc'"


def from_row(row: Row) -> Command:
    """The command of a row that has the columns COLUMNS."""
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
    """The payload; empty where it is no JSON object: then this command fails, and holds up no
    other."""
    try:
        payload = json.loads(text or "{}")
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}


async def load_pending(database: Database, pool: str, *, within_s: float = 3600) -> list[Command]:
    """Pending rows that are due within that time, those that are due now first. Logins are left to
    `database/logins.py`."""
    rows = await database.all(
        f"SELECT {COLUMNS} FROM telegram_outbox WHERE state = 'pending' AND pool = %s"
        " AND kind <> 'login' AND due_at <= (now() AT TIME ZONE 'utc') + make_interval(secs => %s)"
        " ORDER BY due_at > (now() AT TIME ZONE 'utc'), priority, due_at, id LIMIT 2000",
        pool,
        within_s,
    )
    return [from_row(row) for row in rows]


async def claim(database: Database, ids: Iterable[int], worker: str) -> list[Command]:
    """Mark rows as `working` and return them as they are now, since Odoo may have rewritten one.

    Left out are rows that Odoo has cancelled or moved to later; rows whose time is over (except a
    message that was tried before, which may have been sent); and rows that a transaction of Odoo is
    changing right now: waiting for its end would hold up everything else.
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
    """The lessons that need the call of a chat at `now`: see `core.calls.needs`."""
    closings, openings = await database.batched(_rows_of_calls, chat_id)
    return needs(closings, openings, now)


async def _rows_of_calls(
    database: Database, chat_ids: list[ChatId]
) -> list[tuple[list[Command], list[tuple[Command, str]]]]:
    """For each chat, its pending closings, and the openings that these name, with their states."""
    rows = await database.all(
        f"SELECT {COLUMNS} FROM telegram_outbox WHERE chat_id = ANY(%s) AND kind = 'close_call'"
        " AND state = 'pending'",
        chat_ids,
    )
    closings = [from_row(row) for row in rows]
    keys = [str(closing.payload.get("open_key")) for closing in closings]
    rows = await database.all(
        f"SELECT {COLUMNS}, state FROM telegram_outbox WHERE kind = 'open_call' AND key = ANY(%s)",
        keys,
    )
    openings = [(from_row(row), row["state"]) for row in rows]
    return [
        (
            [closing for closing in closings if closing.chat_id == chat_id],
            [(opening, state) for opening, state in openings if opening.chat_id == chat_id],
        )
        for chat_id in chat_ids
    ]


async def finish(
    database: Database, ids: Iterable[int], result: dict[str, Any], at: datetime | None = None
) -> None:
    """Mark rows as done, with their result; `at` (aware): when they were, if that was before
    now."""
    await database.batched(_finish_each, (list(ids), json.dumps(result), naive(at)))


async def _finish_each(
    database: Database, asked: list[tuple[list[int], str, datetime | None]]
) -> list[None]:
    outcomes = [(number, result, at) for ids, result, at in asked for number in ids]
    await database.all(
        "UPDATE telegram_outbox SET state = 'done', result = done.result, error_code = NULL,"
        " error = NULL, state_at = coalesce(done.at, now() AT TIME ZONE 'utc')"
        " FROM unnest(%s::int[], %s::text[], %s::timestamp[]) AS done (id, result, at)"
        " WHERE telegram_outbox.id = done.id AND state = 'working'",
        *([outcome[column] for outcome in outcomes] for column in range(3)),
    )
    return [None] * len(asked)


async def fail(database: Database, ids: Iterable[int], error_code: str, error: str = "") -> None:
    """Mark rows as failed; a person may have them tried again."""
    await database.all(
        f"UPDATE telegram_outbox SET state = 'failed', error_code = %s, error = %s, {_MARK}"
        " WHERE id = ANY(%s) AND state IN ('pending', 'working')",
        error_code,
        error,
        list(ids),
    )


async def expire(database: Database, ids: Iterable[int]) -> None:
    """Mark rows as expired, except those to which Odoo has given more time since they were read."""
    await database.all(
        f"UPDATE telegram_outbox SET state = 'expired', error_code = 'expired', {_MARK}"
        " WHERE id = ANY(%s) AND (state = 'working' OR state = 'pending'"
        " AND expires_at <= (now() AT TIME ZONE 'utc'))",
        list(ids),
    )


async def finish_failed_reconciles(database: Database, chat_id: ChatId) -> None:
    """Mark the failed `reconcile` rows of a chat as done: another one has succeeded."""
    await database.all(
        "UPDATE telegram_outbox SET state = 'done', error_code = NULL, error = NULL,"
        f" {_MARK} WHERE chat_id = %s AND kind = 'reconcile' AND state = 'failed'",
        chat_id,
    )


async def put_back(
    database: Database, ids: Iterable[int], error_code: str | None = None, rest_s: float = 0
) -> None:
    """Mark rows that were claimed and not done as pending again; the next try is in `rest_s`
    seconds. `error_code` says why, for people."""
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


async def load_recent_sends(
    database: Database, pool: str, within: timedelta
) -> list[tuple[ChatId | None, datetime]]:
    """The messages that were sent within that time: chat (None: to a person) and instant
    (aware)."""
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
    """The ids of the messages that were sent to a chat since that instant (chat None: to
    people)."""
    rows = await database.all(
        "SELECT result FROM telegram_outbox WHERE kind = 'send' AND state = 'done' AND pool = %s"
        " AND chat_id IS NOT DISTINCT FROM %s AND state_at >= %s",
        pool,
        chat_id,
        since.replace(tzinfo=None),
    )
    ids = (_payload(row["result"]).get("message_id") for row in rows)
    return frozenset(message_id for message_id in ids if isinstance(message_id, int))


async def sent_to(database: Database, chat_id: ChatId, most: int) -> list[int]:
    """The ids of the last messages that were sent to a chat, at most so many, oldest first. Where
    the chat was given another group, some may be of the former one."""
    rows = await database.all(
        "SELECT result FROM telegram_outbox WHERE kind = 'send' AND state = 'done'"
        " AND chat_id = %s ORDER BY state_at DESC, id DESC LIMIT %s",
        chat_id,
        most,
    )
    ids = (_payload(row["result"]).get("message_id") for row in reversed(rows))
    return [message_id for message_id in ids if isinstance(message_id, int)]


async def last_private(database: Database, pool: str, before: datetime) -> int:
    """The highest known id of a message in the bot's private chats before that instant, in either
    direction; 0 where none is known."""
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
    """The result of the chat's row with that key; empty where it is not done."""
    row = await database.one(
        "SELECT result FROM telegram_outbox WHERE chat_id = %s AND key = %s AND state = 'done'",
        chat_id,
        key,
    )
    return _payload(row["result"]) if row else {}


async def look_at_end(database: Database, chat_id: ChatId) -> None:
    """Have a `close_call` that waits while people talk tried again now: something happened to the
    call.

    Its row is pending, so the statement's notification wakes the service.
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


async def retry_budgets(database: Database, pool: str) -> None:
    """Have commands that wait for a budget of our own tried again now: the settings may have
    changed since. Those that Telegram asked to wait with go on waiting."""
    await database.all(
        f"UPDATE telegram_outbox SET again_at = NULL, {_MARK} WHERE pool = %s"
        " AND state = 'pending' AND kind = 'lookup_phone' AND error_code = %s"
        " AND again_at IS NOT NULL",
        pool,
        LOOKUPS_A_DAY,
    )


async def retry_after_network(database: Database, pool: str) -> None:
    """Have commands tried again now that wait because Telegram was not reached."""
    await database.all(
        f"UPDATE telegram_outbox SET again_at = NULL, {_MARK} WHERE pool = %s"
        " AND state = 'pending' AND error_code = %s AND again_at IS NOT NULL",
        pool,
        NETWORK,
    )


async def load_left_working(database: Database, pool: str, worker: str) -> list[Command]:
    """Rows that a former owner claimed and did not finish; the caller repeats them."""
    rows = await database.all(
        f"SELECT {COLUMNS} FROM telegram_outbox WHERE state = 'working' AND pool = %s"
        " AND kind <> 'login' AND worker IS DISTINCT FROM %s ORDER BY priority, due_at, id",
        pool,
        worker,
    )
    return [from_row(row) for row in rows]
