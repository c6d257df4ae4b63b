"""The standing of the pool's accounts with Telegram: whether they are frozen.

It is stored, so that a restart knows it, and reported to Odoo. (Too fresh to appoint admins: see
membership/fresh.py.) What follows from it is decided in the pure `core/account_standing.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from telegram_gateway.core import account_standing as rules
from telegram_gateway.core.account_standing import Freeze, Standing
from telegram_gateway.core.model import Fact
from telegram_gateway.database import accounts as stored
from telegram_gateway.database.accounts import Account
from telegram_gateway.pool import Pool, iso
from telegram_gateway.run.lanes import Lanes
from telegram_gateway.telegram.app_config import app_config
from telegram_gateway.telegram.errors import AccountLost, TelegramError

log = structlog.get_logger(__name__)


class StandingWatch:
    """Checks whether the accounts are frozen: at the start, then rarely, and whenever an answer of
    Telegram's hints at it. `on_checked` is called after each check; `on_thawed` when an account may
    change something again; `try_bot` has the bot ask for something that does no harm, whose answer
    shows whether the bot is frozen."""

    def __init__(
        self,
        pool: Pool,
        lanes: Lanes,
        *,
        on_checked: Callable[[], None],
        on_thawed: Callable[[], None],
        try_bot: Callable[[], None],
    ):
        self._pool, self._lanes = pool, lanes
        self._on_checked, self._on_thawed, self._try_bot = on_checked, on_thawed, try_bot
        self._reported: dict[str, Freeze | None] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Have both clients heed how their accounts stand, as it was before a restart at first;
        then check."""
        pool = self._pool
        for kind, client in pool.accounts.clients.items():
            account = pool.accounts.rows[kind]
            self._reported[kind] = await stored.load_freeze(pool.database, account)
            pool.standings[kind] = rules.stored(self._reported[kind])
            client.standing = AccountStanding(pool, kind, self.check_soon)
        self.check_soon()

    def close(self) -> None:
        """Check no more."""
        if self._timer is not None:
            self._timer.cancel()

    def check_soon(self) -> None:
        """Check once the lane for it is free."""
        self._lanes.add(("standing", 0), self._check, "check")

    async def _check(self) -> None:
        """Check, and set the timer for the next check. Raises AccountLost."""
        self.close()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._pool.settings.standing_s, self.check_soon)
        bot = self._pool.standings["bot"]
        if bot.freeze is not None and bot.may_change(await self._pool.now()):
            # nothing says of a bot that it may go on: a request that does no harm finds out
            self._try_bot()
        await self._read()
        self._on_checked()

    async def _read(self) -> None:
        """Ask Telegram how the user account stands (of a bot it does not say), and keep and report
        what has changed. Raises AccountLost."""
        pool = self._pool
        try:
            freeze = rules.freeze_of(await app_config(pool.accounts.user))
        except AccountLost:
            raise
        except TelegramError as error:
            log.warning("app_config_not_read", code=error.code)
        else:
            pool.standings["user"] = rules.after_reading(pool.standings["user"], freeze)
        for kind in self._reported:
            await self._keep(pool.accounts.rows[kind], pool.standings[kind].freeze)

    async def _keep(self, account: Account, freeze: Freeze | None) -> None:
        reported = self._reported[account.kind]
        if freeze == reported:
            return
        pool = self._pool
        is_news = reported is None or freeze is None
        facts = [_fact(account, freeze, await pool.now())] if is_news else []
        await stored.save_freeze(pool.database, pool.name, account, freeze, facts)
        self._reported[account.kind] = freeze
        if facts:
            log.error(facts[0].kind, account=account.kind)
            pool.doorbell.press()
        if freeze is None:
            self._on_thawed()


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
    """A `gate.Standing`. `on_changed` is called when Telegram's answers show another standing."""

    def __init__(self, pool: Pool, kind: str, on_changed: Callable[[], None]):
        self._pool, self._kind, self._on_changed = pool, kind, on_changed

    async def may_change(self) -> bool:
        """Return whether a changing request may be made now; the caller then makes it. While the
        account is frozen, one is let through now and then, to find out whether it still is."""
        standing = self._pool.standings[self._kind]
        if standing.freeze is None:
            return True
        now = await self._pool.now()
        if not standing.may_change(now):
            return False
        self._set(rules.after_asking(standing, now))
        return True

    async def refused(self) -> None:
        """Note that Telegram has refused a request because the account is frozen."""
        now = await self._pool.now()
        before = self._pool.standings[self._kind]
        self._set(rules.after_refusal(before, now))
        if before.freeze is None:
            log.error("account_refused_as_frozen", account=self._kind)
            self._on_changed()

    def taken(self) -> None:
        """Note that Telegram has accepted a request that changes something."""
        before = self._pool.standings[self._kind]
        after = rules.after_answer(before)
        if after != before:
            self._set(after)
            self._on_changed()

    def _set(self, standing: Standing) -> None:
        self._pool.standings[self._kind] = standing
