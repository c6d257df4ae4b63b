"""What is old is forgotten in the tables that the gateway alone writes, when Odoo says so.

The budgets of an account (telegram_spend, telegram_limit) are not among it: nobody is tried twice in
the same group, and they go with the group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telegram_gateway.database.connection import Database

_BATCH = 1000  # rows of one statement: nobody waits for long
_BEFORE = "(now() AT TIME ZONE 'utc') - make_interval(days => %(days)s)"

# Who left and is nobody whom the school knows, and is not waited for: seen again, they are told of
# anew. Bans stay, and what Odoo has not answered yet.
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
# An opening's intents number its attempts; it is not tried after its lesson's end.
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


def wanted(payload: Mapping[str, Any]) -> dict[str, int] | None:
    """How many days each kind is kept, of a command's payload; None where it makes no sense.

    A kind that is not named is kept for ever; fewer days than Odoo ever asks for are a mistake.
    """
    for name, days in payload.items():
        if name not in _KINDS or type(days) is not int or not LEAST_DAYS <= days <= 36500:
            return None
    return dict(payload)


async def forget(database: Database, pool: str, days: Mapping[str, int]) -> dict[str, int]:
    """Delete what is older, in small statements; how many rows of each kind that was."""
    counts = {}
    for name, number in days.items():
        table, found = _KINDS[name]
        counts[name] = 0
        while True:
            rows = await database.all(
                f"DELETE FROM {table} WHERE id IN ({found} LIMIT {_BATCH}) RETURNING id",
                {"pool": pool, "days": number},
            )
            counts[name] += len(rows)
            if len(rows) < _BATCH:
                break
    return counts
