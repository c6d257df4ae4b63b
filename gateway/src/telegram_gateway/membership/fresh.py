"""Accounts that are too fresh to appoint admins: their login, or what made them an admin, is too
young.

What follows from that is decided in the pure `core/account_standing.py`. It is stored, so that
people see it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from telegram_gateway.core import account_standing as rules
from telegram_gateway.core.model import ChatId
from telegram_gateway.database import accounts as stored
from telegram_gateway.pool import Pool, iso
from telegram_gateway.telegram.errors import Fresh

log = structlog.get_logger(__name__)


async def load_fresh(pool: Pool) -> None:
    """At a start: which accounts were too fresh before it."""
    for kind, account in pool.accounts.rows.items():
        if await stored.is_fresh(pool.database, account):
            pool.membership.fresh_kinds.add(kind)


async def note_fresh(pool: Pool, kind: str, chat_id: ChatId, error: Fresh) -> datetime:
    """Record that an account may not appoint admins yet, and until when that presumably lasts;
    then it is tried again in that chat by itself."""
    account = pool.accounts.rows[kind]
    now, again = await pool.now(), timedelta(seconds=pool.settings.fresh_again_s)
    login_at = pool.accounts.login_at(kind)
    until = rules.fresh_until(login_at, now, again)
    pool.membership.fresh[chat_id] = rules.fresh_again_at(until, now, again)
    pool.membership.fresh_kinds.add(kind)
    await stored.save_fresh(pool.database, account, until)
    log.warning("account_fresh", account=kind, chat_id=chat_id, code=error.code, until=iso(until))
    return until


async def is_too_fresh(pool: Pool, chat_id: ChatId) -> bool:
    """Return whether appointing admins in that chat was refused, and is not to be tried again
    yet."""
    return chat_id in pool.membership.fresh and pool.membership.fresh[chat_id] > await pool.now()


async def note_appointed(pool: Pool, kind: str, chat_id: ChatId) -> None:
    """Record that an account has appointed an admin: it is no longer too fresh."""
    pool.membership.fresh.pop(chat_id, None)
    if kind in pool.membership.fresh_kinds:
        pool.membership.fresh_kinds.discard(kind)
        await stored.save_fresh(pool.database, pool.accounts.rows[kind], None)
