"""Rows read and stored by the catch-up after a start or a lost connection; see
`core/catch_up.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from telegram_gateway.core.catch_up import Turn
from telegram_gateway.core.model import ChatId, TgUserId
from telegram_gateway.database import outbox
from telegram_gateway.database.connection import Database, aware


async def turns(database: Database, pool: str) -> dict[ChatId, Turn]:
    """The turn of each group of the pool.

    Its `next_at` is that of the next command. It needs a full read (`is_whole`) if it is not ready,
    was never read to its end, misses a part, a reconciliation failed, or a removal was not seen
    yet. It is `is_unsure` if something may be possible by now that was not before: to add somebody
    who is welcome, or a step that was refused.
    """
    rows = await database.all(
        "SELECT s.chat_id, s.tg_call_id IS NOT NULL AS is_running,"
        " (s.state <> 'ready' OR s.listed_at IS NULL OR s.missing IS NOT NULL"
        " OR s.is_list_whole IS NOT TRUE OR coalesce(o.has_failed, false)"
        " OR coalesce(m.is_removing, false)) AS is_whole,"
        " coalesce(m.is_open, false) AS is_unsure, o.next_at"
        " FROM telegram_chat_state s JOIN telegram_chat c ON c.id = s.chat_id"
        " LEFT JOIN (SELECT chat_id, min(due_at) FILTER (WHERE state = 'pending') AS next_at,"
        " bool_or(kind = 'reconcile' AND state = 'failed') AS has_failed"
        " FROM telegram_outbox WHERE pool = %s AND (state = 'pending'"
        " OR state = 'failed' AND kind = 'reconcile') GROUP BY chat_id) o ON o.chat_id = s.chat_id"
        " LEFT JOIN (SELECT chat_id, bool_or(state = 'removing') AS is_removing,"
        " bool_or(state <> 'removing') AS is_open FROM telegram_member"
        " WHERE state IN ('welcome', 'failed', 'removing') GROUP BY chat_id) m"
        " ON m.chat_id = s.chat_id"
        " WHERE c.pool = %s AND s.tg_chat_id IS NOT NULL",
        pool,
        pool,
    )
    return {
        ChatId(row["chat_id"]): Turn(
            next_at=aware(row["next_at"]),
            is_running=row["is_running"],
            is_whole=row["is_whole"],
            is_unsure=row["is_unsure"],
        )
        for row in rows
    }


async def lessons_on(database: Database, pool: str) -> set[ChatId]:
    """The chats whose call runs as far as is known, or should run: it was to be opened by now, and
    is still to be closed."""
    running = await database.all(
        "SELECT s.chat_id FROM telegram_chat_state s JOIN telegram_chat c ON c.id = s.chat_id"
        " WHERE c.pool = %s AND s.tg_call_id IS NOT NULL",
        pool,
    )
    closings = await database.all(
        f"SELECT {outbox.COLUMNS} FROM telegram_outbox WHERE pool = %s AND kind = 'close_call'"
        " AND state = 'pending' AND due_at < (now() AT TIME ZONE 'utc') + interval '1 day'",
        pool,
    )
    keys = [str(outbox.from_row(row).payload.get("open_key")) for row in closings]
    begun = await database.all(
        "SELECT DISTINCT chat_id FROM telegram_outbox WHERE pool = %s AND kind = 'open_call'"
        " AND key = ANY(%s) AND chat_id IS NOT NULL AND due_at <= (now() AT TIME ZONE 'utc')",
        pool,
        keys,
    )
    return {ChatId(row["chat_id"]) for row in [*running, *begun]}


class People(NamedTuple):
    """Number of people of each standing in a group, as known to the gateway, without the pool's own
    accounts."""

    members: int
    admins: int
    banned: int
    waiting: int


async def people(database: Database, chat_id: ChatId, ours: Collection[TgUserId]) -> People:
    """Count the people of a group, in the database: no rows are loaded."""
    row = await database.one(
        "SELECT count(*) FILTER (WHERE seen_status = 'in') AS members,"
        " count(*) FILTER (WHERE seen_status = 'in' AND seen_role IN ('admin', 'creator')) AS admins,"
        " count(*) FILTER (WHERE seen_status = 'banned') AS banned,"
        " count(*) FILTER (WHERE seen_status = 'requested') AS waiting"
        " FROM telegram_member WHERE chat_id = %s AND NOT (tg_user_id = ANY(%s))",
        chat_id,
        list(ours),
    )
    assert row is not None
    return People(**row)


async def save_numbers(database: Database, numbers: Mapping[ChatId, int]) -> None:
    """Store up to which of Telegram's numbers (`pts`) the groups are known."""
    await database.all(
        "UPDATE telegram_chat_state AS s SET number = new.number"
        " FROM unnest(%s::int[], %s::int[]) AS new (chat_id, number)"
        " WHERE s.chat_id = new.chat_id",
        list(numbers),
        list(numbers.values()),
    )
