"""How the user account hears of the school's groups again.

A login made anew knows no group, and Telegram lets a person's account address only those that it
has heard of. Its own list of chats tells it of all; a bot needs no such thing.
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


async def hear_of(pool: Pool, tg_chat_id: TgChatId, *, at_once: bool = False) -> None:
    """Where the account does not know the group, read its list of chats: one call for 100 of them;
    after a time in vain with growing pauses, which who asks `at_once` waits for a minute at most.
    Raises TelegramError only when the account is lost."""
    if is_known(pool.accounts.user, tg_chat_id):
        return
    async with pool.membership.hearing_turn:  # who comes meanwhile is answered by the same list
        now = await pool.now()
        if is_known(pool.accounts.user, tg_chat_id):
            return
        if pool.membership.hearing.may_ask(now, at_once=at_once):
            await _hear(pool, now)


async def _hear(pool: Pool, now: datetime) -> None:
    wait_s, code = 0, ""
    try:
        await groups.refresh_dialogs(pool.accounts.user)
    except Wait as error:
        wait_s, code = error.seconds + 1, error.code
    except AccountLost:
        raise
    except TelegramError as error:
        code = error.code
    unknown = sum(not is_known(pool.accounts.user, one) for one in pool.chat_ids)
    found = after_asked(
        pool.membership.hearing, now, unknown=unknown, is_read=not code, wait_s=wait_s
    )
    pool.membership.hearing = found
    if unknown:
        at = found.again_at.isoformat(timespec="seconds") if found.again_at else None
        log.warning("groups_unheard", code=code, groups=unknown, tries=found.tries, again_at=at)
