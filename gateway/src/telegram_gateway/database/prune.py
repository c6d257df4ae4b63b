"""Prune: delete old rows of the tables that the gateway alone writes, by Odoo's command.

The spends and limits of an account are kept: by them nobody is tried twice in the same group, and
they are deleted with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telegram_gateway.database.connection import Database

_BATCH = 1000  # rows of one statement: nobody waits for long
_BEFORE = "(now() AT TIME ZONE 'utc') - make_interval(days => %(days)s)"

# Guests who left, and are not expected: if they come again, that is reported anew. Bans stay, and
# rows whose fact Odoo has not handled yet.
_STRANGERS = (
    "SELECT m.id FROM telegram_member m JOIN telegram_chat c ON c.id = m.chat_id"
    f" WHERE c.pool = %(pool)s AND m.state_since < {_BEFORE}"
    " AND m.partner_id IS NULL AND m.seen_status = 'out'"
    " AND coalesce(m.base_status, 'out') = 'out'"
    " AND NOT EXISTS (SELECT 1 FROM telegram_contact k"
    " WHERE k.tg_user_id = m.tg_user_id AND k.state = 'confirmed')"
    " AND NOT EXISTS (SELECT 1 FROM telegram_inbox i"
    " WHERE i.id = m.told_inbox_id AND i.state <> 'done')"
)
_REMOVALS = (
    "SELECT r.id FROM telegram_removal r JOIN telegram_chat c ON c.id = r.chat_id"
    f" WHERE c.pool = %(pool)s AND r.at < {_BEFORE}"
)
# An opening's intents number its attempts; there are none after its lesson's end.
_INTENTS = (
    "SELECT i.id FROM telegram_intent i JOIN telegram_chat c ON c.id = i.chat_id"
    " WHERE c.pool = %(pool)s AND i.state = 'done' AND i.kind IN ('open_call', 'close_call')"
    f" AND i.done_at < {_BEFORE}"
)
_KINDS = {
    "removals": ("telegram_removal", _REMOVALS),
    "strangers": ("telegram_member", _STRANGERS),
    "intents": ("telegram_intent", _INTENTS),
}
LEAST_DAYS = 30


def days_wanted(payload: Mapping[str, Any]) -> dict[str, int] | None:
    """The days for which each kind is kept, by a command's payload; None if it is no valid one.

    A kind that is not named is kept for ever; fewer than LEAST_DAYS are a mistake.
    """
    for name, days in payload.items():
        if name not in _KINDS or type(days) is not int or not LEAST_DAYS <= days <= 36500:
            return None
    return dict(payload)


async def delete_old(database: Database, pool: str, days: Mapping[str, int]) -> dict[str, int]:
    """Delete older rows, in small statements. Return the number of rows of each kind."""
    counts = {}
    for name, number in days.items():
        table, old_ids = _KINDS[name]
        counts[name] = 0
        while True:
            rows = await database.all(
                f"DELETE FROM {table} WHERE id IN ({old_ids} LIMIT {_BATCH}) RETURNING id",
                {"pool": pool, "days": number},
            )
            counts[name] += len(rows)
            if len(rows) < _BATCH:
                break
    return counts
