"""E5: who belongs into a chat, with the Telegram identities that Odoo has confirmed."""

from __future__ import annotations

from telegram_gateway.core.model import (
    ChatId,
    PartnerId,
    Role,
    RosterEntry,
    RosterStatus,
    TgUserId,
)
from telegram_gateway.database.connection import Database


async def load_roster(database: Database, chat_id: ChatId) -> list[RosterEntry]:
    """Every row of the chat, and the guests about whom a person decided, in one statement."""
    rows = await database.all(
        "SELECT r.partner_id, r.role, r.status, false AS by_rule,"
        " array_remove(array_agg(c.tg_user_id), NULL) AS users"
        " FROM telegram_roster r LEFT JOIN telegram_contact c"
        " ON c.partner_id = r.partner_id AND c.state = 'confirmed'"
        " WHERE r.chat_id = %s GROUP BY r.partner_id, r.role, r.status"
        " UNION ALL SELECT NULL, 'student', g.decision, coalesce(g.by_rule, false),"
        " ARRAY[g.tg_user_id]"
        " FROM telegram_guest g WHERE g.chat_id = %s AND g.decision IN ('in', 'out', 'banned')"
        " ORDER BY 1",
        chat_id,
        chat_id,
    )
    return [
        RosterEntry(
            partner_id=PartnerId(row["partner_id"]) if row["partner_id"] else None,
            role=Role(row["role"]),
            status=RosterStatus(row["status"]),
            tg_user_ids=frozenset(TgUserId(one) for one in row["users"]),
            by_rule=row["by_rule"],
        )
        for row in rows
    ]


async def partners_of(database: Database, tg_user_id: TgUserId) -> list[PartnerId]:
    """The partners that a Telegram user stands for."""
    rows = await database.all(
        "SELECT partner_id FROM telegram_contact WHERE tg_user_id = %s AND state = 'confirmed'"
        " ORDER BY partner_id",
        tg_user_id,
    )
    return [PartnerId(row["partner_id"]) for row in rows]
