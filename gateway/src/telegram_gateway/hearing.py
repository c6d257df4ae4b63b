"""How the user account hears of the school's groups again.

A login made anew knows no group, and Telegram lets a person's account address only those that it
has heard of. Its own list of chats tells it of all; a bot needs no such thing.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from telegram_gateway.core.model import TgChatId
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import groups
from telegram_gateway.telegram.errors import AccountLost, TelegramError, Wait

log = structlog.get_logger(__name__)
# A group that is not in the list is one that the account is not in: a person must act.
_AGAIN = timedelta(minutes=10)


def is_heard_of(pool: Pool, tg_chat_id: TgChatId) -> bool:
    """Whether the account can address the group."""
    return groups.is_known(pool.accounts.user, tg_chat_id)


async def hear_of_groups(pool: Pool) -> None:
    """Read the account's list of chats where it does not know one of the groups, one call for 100
    of them, and at most once in ten minutes. Raises TelegramError only when the account is lost."""
    if all(is_heard_of(pool, one) for one in pool.chat_ids):
        return
    now = await pool.now()
    if pool.heard_until is not None and now < pool.heard_until:
        return
    pool.heard_until = now + _AGAIN
    try:
        await groups.hear(pool.accounts.user)
    except Wait as error:
        pool.heard_until = now + max(_AGAIN, timedelta(seconds=error.seconds + 1))
        log.warning("groups_unheard", code=error.code)
    except AccountLost:
        raise
    except TelegramError as error:
        log.warning("groups_unheard", code=error.code)
