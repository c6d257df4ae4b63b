"""How the pool's accounts stand with Telegram: frozen, or too fresh to appoint admins. Kept, so that
a restart knows it, told to Odoo and shown.

What it means is decided by the pure `core/account_standing.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from telegram_gateway.core import account_standing as rules
from telegram_gateway.core.account_standing import Freeze, Standing
from telegram_gateway.core.model import ChatId, Fact
from telegram_gateway.database import accounts as stored
from telegram_gateway.database.accounts import Account
from telegram_gateway.pool import Pool, iso
from telegram_gateway.telegram.app_config import app_config
from telegram_gateway.telegram.errors import AccountLost, Fresh, TelegramError

log = structlog.get_logger(__name__)


class Standings:
    """Watches whether the accounts are frozen. `moved` is called when something is to be looked at
    (`look`), `thawed` when an account may change something again."""

    def __init__(self, pool: Pool, moved: Callable[[], None], thawed: Callable[[], None]):
        self._pool, self._moved, self._thawed = pool, moved, thawed
        self._told: dict[str, Freeze | None] = {}

    async def open(self) -> None:
        """From now on both clients heed it, as it stood before a restart, too."""
        for kind, client in self._pool.accounts.clients.items():
            account = self._pool.accounts.rows[kind]
            self._told[kind] = await stored.load_freeze(self._pool.database, account)
            self._pool.standings[kind] = rules.stored(self._told[kind])
            if await stored.is_fresh(self._pool.database, account):
                self._pool.fresh_kinds.add(kind)
            client.standing = AccountStanding(self._pool, kind, self._moved)

    async def look(self) -> None:
        """Ask Telegram how the user account stands (a bot is not told), and keep and tell what is
        different from before. Raises AccountLost."""
        pool = self._pool
        try:
            found = rules.freeze_of(await app_config(pool.accounts.user))
        except AccountLost:
            raise
        except TelegramError as error:
            log.warning("config_unread", code=error.code)
        else:
            pool.standings["user"] = rules.after_reading(pool.standings["user"], found)
        for kind in self._told:
            await self._keep(pool.accounts.rows[kind], pool.standings[kind].freeze)

    async def _keep(self, account: Account, freeze: Freeze | None) -> None:
        told = self._told[account.kind]
        if freeze == told:
            return
        pool = self._pool
        is_news = told is None or freeze is None
        facts = [_fact(account, freeze, await pool.now())] if is_news else []
        await stored.save_freeze(pool.database, pool.name, account, freeze, facts)
        self._told[account.kind] = freeze
        if facts:
            log.error(facts[0].kind, account=account.kind)
            pool.doorbell.press()
        if freeze is None:
            self._thawed()


def _fact(account: Account, freeze: Freeze | None, now: datetime) -> Fact:
    at = freeze.since if freeze is not None else now
    payload: dict[str, object] = {"account": account.kind, "account_id": account.id}
    if freeze is not None:
        payload["since"] = iso(freeze.since)
        payload["until"] = iso(freeze.until) if freeze.until else None
        payload["appeal_url"] = freeze.appeal_url
    kind = "account_frozen" if freeze is not None else "account_thawed"
    return Fact(
        fact=f"{kind}:{account.id}:{int(at.timestamp() * 1000)}",
        kind=kind,
        occurred_at=at,
        payload=payload,
    )


class AccountStanding:
    """A `gate.Standing`."""

    def __init__(self, pool: Pool, kind: str, moved: Callable[[], None]):
        self._pool, self._kind, self._moved = pool, kind, moved

    async def may_change(self) -> bool:
        standing = self._pool.standings[self._kind]
        if standing.freeze is None:
            return True
        now = await self._pool.now()
        if not standing.may_change(now):
            return False
        self._set(rules.after_asking(standing, now))
        return True

    async def refused(self) -> None:
        now = await self._pool.now()
        before = self._pool.standings[self._kind]
        self._set(rules.after_refusal(before, now))
        if before.freeze is None:
            log.error("account_refused_as_frozen", account=self._kind)
            self._moved()

    def taken(self) -> None:
        before = self._pool.standings[self._kind]
        after = rules.after_answer(before)
        if after != before:
            self._set(after)
            self._moved()

    def _set(self, standing: Standing) -> None:
        self._pool.standings[self._kind] = standing


# --- too fresh ---------------------------------------------------------------------------------


async def note_fresh(pool: Pool, kind: str, chat_id: ChatId, error: Fresh) -> datetime:
    """An account may not appoint admins yet: kept, shown, and tried again in that chat by itself;
    until when that presumably lasts."""
    account = pool.accounts.rows[kind]
    now, again = await pool.now(), timedelta(seconds=pool.settings.fresh_again_s)
    login_at = pool.accounts.login_at(kind)
    until = rules.fresh_until(login_at, now, again)
    pool.fresh[chat_id] = rules.fresh_again_at(until, now, again)
    pool.fresh_kinds.add(kind)
    await stored.save_fresh(pool.database, account, until)
    log.warning("account_fresh", account=kind, chat_id=chat_id, code=error.code, until=iso(until))
    return until


async def too_fresh(pool: Pool, chat_id: ChatId) -> bool:
    """Whether appointing admins in that chat was refused, and is to be tried again later only."""
    return chat_id in pool.fresh and pool.fresh[chat_id] > await pool.now()


async def note_appointed(pool: Pool, kind: str, chat_id: ChatId) -> None:
    """An account has appointed an admin: it is too fresh no more."""
    pool.fresh.pop(chat_id, None)
    if kind in pool.fresh_kinds:
        pool.fresh_kinds.discard(kind)
        await stored.save_fresh(pool.database, pool.accounts.rows[kind], None)
