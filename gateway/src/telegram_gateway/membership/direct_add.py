"""Direct adds: mutual contacts of the account are added to a group without a link.

Done at the end of a reconciliation. A refusal here concerns nothing else: the person may still come
by the link, and the rest of the reconciliation goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.budget import DIRECT_ADDS_A_DAY
from telegram_gateway.core.consequences import Consequence, consequence
from telegram_gateway.core.decide import after_added
from telegram_gateway.core.direct_add import (
    DONE,
    GROUP_RESTS,
    UNKNOWN,
    Adding,
    Limit,
    after_flood_wait,
    after_peer_flood,
    candidates,
    is_of_the_group,
    is_of_the_person,
    whom_to_add,
)
from telegram_gateway.core.model import ChatId, Member, RosterEntry, TgUserId
from telegram_gateway.database import members, spends
from telegram_gateway.database.chats import Chat
from telegram_gateway.database.spends import Spent
from telegram_gateway.membership import facts
from telegram_gateway.pool import Pool, iso
from telegram_gateway.telegram import contacts
from telegram_gateway.telegram.errors import (
    AccountLost,
    Frozen,
    Limited,
    Passing,
    Paused,
    Refused,
    TelegramError,
    Wait,
)

log = structlog.get_logger(__name__)
# The address book of a school's account changes by hand, and seldom.
_CONTACTS_LAST = timedelta(hours=6)
_CONTACTS_AGAIN = timedelta(minutes=10)


async def read_contacts(pool: Pool) -> None:
    """Read the account's mutual contacts into the memory by one request. They are read again after
    some hours, or minutes if that failed. Raises TelegramError only if the account is lost."""
    now = await pool.now()
    pool.membership.mutual_until = now + _CONTACTS_LAST
    try:
        pool.membership.mutual = await contacts.mutual(pool.accounts.user)
    except Wait as error:
        pool.membership.mutual_until = now + max(
            _CONTACTS_AGAIN, timedelta(seconds=error.seconds + 1)
        )
        log.warning("contacts_read_failed", code=error.code)
    except AccountLost:
        raise
    except TelegramError as error:
        pool.membership.mutual_until = now + _CONTACTS_AGAIN
        log.warning("contacts_read_failed", code=error.code)


async def add_contacts(
    pool: Pool, chat: Chat, entries: Sequence[RosterEntry], rows: dict[TgUserId, Member]
) -> set[TgUserId]:
    """Add the people who may be added now, one request each, and put the outcomes into `rows`. The
    outcomes are stored, except those of people who are in now: these people are returned, and the
    caller stores them. Raises AccountLost, and Paused if somebody paused the chat meanwhile."""
    able = candidates(rows.values(), entries, chat.policy, {})
    if chat.tg_chat_id is None or not able or await pool.is_frozen("user"):
        return set()
    if pool.membership.mutual_until is None or pool.membership.mutual_until <= await pool.now():
        await read_contacts(pool)
    if pool.membership.mutual.isdisjoint(able):
        _again(pool, chat.id, None)
        return set()
    account = pool.accounts.rows["user"]
    most = replace(DIRECT_ADDS_A_DAY, most=pool.settings.direct_adds_a_day)
    waiting: list[TgUserId] = []

    def decide(spent: Spent) -> Adding:
        waiting[:] = candidates(rows.values(), entries, chat.policy, spent.tried)
        budget = replace(most, used=spent.used)
        return whom_to_add(waiting, pool.membership.mutual, budget, spent.limits, spent.now)

    added: set[TgUserId] = set()
    while True:
        spend_id, adding = await spends.reserve(
            pool.database, account.id, chat.id, most.per, decide
        )
        if spend_id is None:
            break
        checkpoint("add_reserved")
        user = adding.add[0]
        try:
            code = await _add(pool, chat, user)
        except Paused as error:
            await spends.save_outcome(pool.database, spend_id, error.code)
            raise
        checkpoint("contact_added")
        await spends.save_outcome(pool.database, spend_id, code)
        log.info("direct_add", chat_id=chat.id, tg_user_id=user, outcome=code)
        if code == DONE:
            rows[user] = after_added(rows[user])
            added.add(user)
        elif code == UNKNOWN:
            adding = Adding(again_at=await pool.now() + _CONTACTS_AGAIN)
            break
        elif consequence(code) is Consequence.FROZEN:
            return added
        elif is_of_the_person(code):
            rows[user] = replace(rows[user], error_code=code)
        elif is_of_the_group(code):
            adding = Adding(again_at=await pool.now() + GROUP_RESTS)
            break
        await members.save_members(pool.database, pool.name, chat.id, [rows[user]])
    if waiting:
        _again(pool, chat.id, adding.again_at)
    return added


def _again(pool: Pool, chat_id: ChatId, at: datetime | None) -> None:
    """Have the chat reconciled again when more people can be added, or contacts are read anew."""
    assert pool.membership.mutual_until is not None
    pool.membership.again_at[chat_id] = (
        min(at, pool.membership.mutual_until) if at else pool.membership.mutual_until
    )


async def _add(pool: Pool, chat: Chat, user: TgUserId) -> str:
    """Add one person. Return DONE, UNKNOWN or the error's code. A pause that Telegram asks for is
    stored."""
    assert chat.tg_chat_id is not None
    try:
        await contacts.add(pool.accounts.user, chat.tg_chat_id, user)
    except Wait as error:
        await note_limited(pool, after_flood_wait(error.code, error.seconds, await pool.now()))
        return error.code
    except Refused as error:
        if isinstance(error, Limited):
            account = pool.accounts.rows["user"]
            before = await spends.load_limits(pool.database, account.id)
            await note_limited(pool, after_peer_flood(before, await pool.now()))
        return error.code
    except Frozen as error:
        return error.code
    except Passing as error:
        log.warning("direct_add_unknown", chat_id=chat.id, tg_user_id=user, code=error.code)
        return UNKNOWN  # it may have happened: then an update or the next list shows it
    return DONE


async def note_limited(pool: Pool, limit: Limit) -> None:
    """Store a pause of the user account's, and report it if people must know of it."""
    account = pool.accounts.rows["user"]
    log.error("account_limited", code=limit.code, level=limit.level, until=iso(limit.until))
    reported = [facts.account_limited(account, limit)] if limit.kind == "cold" else []
    await spends.save_limit(pool.database, pool.name, account.id, limit, reported)
    pool.doorbell.press()
