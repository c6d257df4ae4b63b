"""Deleting an erased person from the gateway's own tables."""

from __future__ import annotations

from telegram_gateway.core.erase import Erased
from telegram_gateway.core.model import ChatId, Fact
from telegram_gateway.database import inbox
from telegram_gateway.database.connection import Database


async def chats_of(database: Database, pool: str, erased: Erased) -> list[ChatId]:
    """Return the pool's chats that have a row of the person."""
    rows = await database.all(
        "SELECT DISTINCT m.chat_id FROM telegram_member m JOIN telegram_chat c ON c.id = m.chat_id"
        " WHERE c.pool = %s AND (m.partner_id = %s OR m.tg_user_id = ANY (%s)) ORDER BY 1",
        pool,
        erased.partner_id,
        sorted(erased.accounts),
    )
    return [ChatId(row["chat_id"]) for row in rows]


async def forget_in_chat(
    database: Database, chat_id: ChatId, erased: Erased, *, removed: int = 0
) -> None:
    """Delete the person's rows of a chat. The row of an account that others share stays, without
    the partner.

    removed: number of accounts just removed from the group; each leaves a trace without a name.
    """
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO telegram_removal (chat_id, kind, at, evidence)"
            " SELECT %s, 'remove', now() AT TIME ZONE 'utc', 'erased' FROM generate_series(1, %s)",
            (chat_id, removed),
        )
        await connection.execute(
            "DELETE FROM telegram_member WHERE chat_id = %s"
            " AND (tg_user_id = ANY (%s) OR (tg_user_id IS NULL AND partner_id = %s))",
            (chat_id, sorted(erased.accounts), erased.partner_id),
        )
        await connection.execute(
            "UPDATE telegram_member SET partner_id = NULL WHERE chat_id = %s AND partner_id = %s",
            (chat_id, erased.partner_id),
        )


async def forget_traces(database: Database, pool: str, erased: Erased, told: Fact) -> None:
    """Anonymize removals and spends, delete intents about the person, and report that all is done,
    in one transaction."""
    accounts = sorted(erased.accounts)
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE telegram_removal SET partner_id = NULL, tg_user_id = NULL, name = NULL"
            " WHERE partner_id = %s OR tg_user_id = ANY (%s)",
            (erased.partner_id, accounts),
        )
        await connection.execute(
            "UPDATE telegram_removal SET reason = NULL WHERE EXISTS"
            " (SELECT 1 FROM unnest(%s::varchar[]) AS w (word)"
            " WHERE strpos(lower(reason), lower(word)) > 0)",
            (list(erased.words),),
        )
        await connection.execute(
            "UPDATE telegram_spend SET tg_user_id = NULL WHERE tg_user_id = ANY (%s)", (accounts,)
        )
        await connection.execute(
            "DELETE FROM telegram_intent WHERE kind = 'remove'"
            " AND (payload::json ->> 'tg_user_id')::bigint = ANY (%s)",
            (accounts,),
        )
        await inbox.insert(connection, pool, [told])
