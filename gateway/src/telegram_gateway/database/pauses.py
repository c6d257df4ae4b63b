"""Pauses: for what a person has paused in Odoo, nothing is changed on Telegram. A process that no
longer owns the pool changes nothing either, so both are read together."""

from __future__ import annotations

from telegram_gateway.core.commands import Pauses
from telegram_gateway.core.model import ChatId
from telegram_gateway.database.connection import Database, Row


async def load_pauses(database: Database, pool: str) -> Pauses:
    """The pauses of a pool that are in force."""
    return await database.batched(_load_each, pool)


async def _load_each(database: Database, pools: list[str]) -> list[Pauses]:
    rows = await database.all(
        "SELECT pool, chat_id FROM telegram_pause WHERE pool = ANY(%s)", list(set(pools))
    )
    return [_of(pool, rows) for pool in pools]


async def load_pauses_and_owner(database: Database, pool: str) -> tuple[Pauses, int | None]:
    """The pauses, and the generation of the pool's lease (None: nobody ever held it)."""
    return await database.batched(_load_each_with_owner, pool)


async def _load_each_with_owner(
    database: Database, pools: list[str]
) -> list[tuple[Pauses, int | None]]:
    rows = await database.all(
        "SELECT l.pool, l.generation, u.pool IS NOT NULL AS is_paused, u.chat_id"
        " FROM telegram_lease l LEFT JOIN telegram_pause u ON u.pool = l.pool"
        " WHERE l.pool = ANY(%s)",
        list(set(pools)),
    )
    owners = {row["pool"]: row["generation"] for row in rows}
    paused = [row for row in rows if row["is_paused"]]
    return [(_of(pool, paused), owners.get(pool)) for pool in pools]


def _of(pool: str, rows: list[Row]) -> Pauses:
    chats = [row["chat_id"] for row in rows if row["pool"] == pool]
    return Pauses(is_whole=None in chats, chats=frozenset(ChatId(chat) for chat in chats if chat))
