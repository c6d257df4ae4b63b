"""What Odoo has paused: while it is, nothing is changed on Telegram."""

from __future__ import annotations

from telegram_gateway.core.commands import Pauses
from telegram_gateway.core.model import ChatId

from .connection import Database


async def load_pauses(database: Database, pool: str) -> Pauses:
    """The pauses of a pool, as they are now."""
    return await database.together(_load_each, pool)


async def _load_each(database: Database, pools: list[str]) -> list[Pauses]:
    rows = await database.all(
        "SELECT pool, chat_id FROM telegram_pause WHERE pool = ANY(%s)", list(set(pools))
    )
    found = {
        pool: Pauses(
            is_whole=any(row["chat_id"] is None for row in rows if row["pool"] == pool),
            chats=frozenset(
                ChatId(row["chat_id"]) for row in rows if row["pool"] == pool and row["chat_id"]
            ),
        )
        for pool in set(pools)
    }
    return [found[pool] for pool in pools]
