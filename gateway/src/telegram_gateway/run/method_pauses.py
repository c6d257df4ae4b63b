"""Method pauses that Telegram asks for: kept in the database, so that a restart knows them, and
obeyed by both clients. What they mean is decided in the pure `core/method_pauses.py`."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from telegram_gateway.core.method_pauses import MethodPauses, pause_until
from telegram_gateway.database import method_pauses as stored
from telegram_gateway.pool import Pool, iso

log = structlog.get_logger(__name__)
# A shorter pause is over before anybody could read of it.
_STORED_FROM_S = 10
# Its pauses have a kind of their own, and hold up nothing but direct adds:
# membership/direct_add.py.
_ELSEWHERE = {"channels.inviteToChannel"}


async def open_method_pauses(pool: Pool) -> MethodPauses:
    """Load the pauses that are in force, and have both clients heed them from now on."""
    pauses = MethodPauses()
    for kind, client in pool.accounts.clients.items():
        account_id = pool.accounts.rows[kind].id
        for method, until in await stored.load(pool.database, account_id):
            pauses.pause((kind, method), until)
        client.pauses = AccountPauses(pool, pauses, kind)
    return pauses


class AccountPauses:
    """The pauses of one account, as its client asks for them: a `gate.MethodPauses`."""

    def __init__(self, pool: Pool, pauses: MethodPauses, kind: str):
        self._pool, self._pauses, self._kind = pool, pauses, kind
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def is_known(self, method: str) -> bool:
        """Return whether the method was paused and Telegram has accepted no request of it since."""
        return self._pauses.is_known((self._kind, method))

    @asynccontextmanager
    async def turn(self, method: str) -> AsyncIterator[int]:
        """Wait for a turn alone with the method. Gives how many seconds it must still be left
        alone; at 0 the caller asks, and no error means that Telegram has accepted it."""
        async with self._turns[method]:
            rest_s = self._pauses.rest_s((self._kind, method), await self._pool.now())
            yield rest_s
            if not rest_s:
                self._pauses.accepted((self._kind, method))

    async def note_pause(self, method: str, code: str, seconds: int) -> None:
        """Telegram wants the method left alone for so many seconds; longer pauses are stored."""
        now = await self._pool.now()
        until = pause_until(now, seconds)
        log.warning("method_paused", account=self._kind, method=method, until=iso(until))
        if method in _ELSEWHERE:
            return
        self._pauses.pause((self._kind, method), until)
        if seconds >= _STORED_FROM_S:
            account_id = self._pool.accounts.rows[self._kind].id
            await stored.save(
                self._pool.database, self._pool.name, account_id, method, code, now, until
            )
