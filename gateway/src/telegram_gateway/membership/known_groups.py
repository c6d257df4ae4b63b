"""Refreshes the account's access hashes from its dialog list.

A person's account can address only groups whose access hash it has, and a new login has none. The
list of its dialogs has them all. A bot needs no access hash.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from telegram_gateway.core.known_groups import after_asked
from telegram_gateway.core.model import TgChatId
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import groups
from telegram_gateway.telegram.errors import AccountLost, TelegramError, Wait
from telegram_gateway.telegram.peers import is_known

log = structlog.get_logger(__name__)


async def refresh_known_groups(pool: Pool, tg_chat_id: TgChatId, *, at_once: bool = False) -> None:
    """Read the dialog list if the account does not know the group; one request for 100 groups.
    After a read in vain the next one waits, longer each time; but at most a minute if a person
    waits (`at_once`).

    Afterwards `is_known` says whether the group is known. Raises TelegramError only if the account
    is lost.
    """
    if is_known(pool.accounts.user, tg_chat_id):
        return
    async with pool.membership.hearing_turn:  # whoever comes meanwhile is served by the same read
        now = await pool.now()
        if is_known(pool.accounts.user, tg_chat_id):
            return
        if pool.membership.hearing.may_ask(now, at_once=at_once):
            await _read_dialogs(pool, now)


async def _read_dialogs(pool: Pool, now: datetime) -> None:
    wait_s, code = 0, ""
    try:
        await groups.refresh_dialogs(pool.accounts.user)
    except Wait as error:
        wait_s, code = error.seconds + 1, error.code
    except AccountLost:
        raise
    except TelegramError as error:
        code = error.code
    unknown = sum(not is_known(pool.accounts.user, group) for group in pool.chat_ids)
    pool.membership.hearing = after_asked(
        pool.membership.hearing, now, unknown=unknown, is_read=not code, wait_s=wait_s
    )
    if unknown:
        at = pool.membership.hearing.again_at
        log.warning(
            "dialogs_refresh_failed",
            code=code,
            groups=unknown,
            tries=pool.membership.hearing.tries,
            again_at=at.isoformat(timespec="seconds") if at else None,
        )
