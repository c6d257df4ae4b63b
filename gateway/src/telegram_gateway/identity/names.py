"""Report changed names and deleted accounts to Odoo."""

from __future__ import annotations

from collections.abc import Mapping

from telegram_gateway.core.model import Fact, TgUserId
from telegram_gateway.database import names
from telegram_gateway.pool import Pool
from telegram_gateway.telegram.seen import Person


async def report_names(pool: Pool, seen: Mapping[TgUserId, Person]) -> None:
    """Report people whose name or username is new to Odoo, or whose account was deleted."""
    known = {user: person for user, person in seen.items() if person != Person()}
    if not known:
        return
    changed = await names.changed_names(pool.database, known)
    if not changed:
        return
    await names.rename(pool.database, changed.items())
    now = await pool.now()
    await pool.report(
        Fact(
            fact=f"person_changed:{user}:{int(now.timestamp() * 1000)}",
            kind="person_changed",
            occurred_at=now,
            payload={
                "tg_user_id": user,
                "name": person.name,
                "username": person.username,
                "is_deleted": person.is_deleted,
            },
        )
        for user, person in changed.items()
    )
