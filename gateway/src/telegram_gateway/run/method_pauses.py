"""Pauses of methods that Telegram wants, for all lanes: kept, so that a restart knows them, and shown.

What they mean is decided by the pure `core/method_pauses.py`.
"""

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
# A shorter one is over before anybody could read of it.
_SHOWN_S = 10
# Its pauses are known by another name, and hold up nothing but direct adds: see membership/direct_add.py.
_ELSEWHERE = {"channels.inviteToChannel"}


async def watch(pool: Pool) -> MethodPauses:
    """From now on both clients heed the pauses, those of before a restart, too."""
    floods = MethodPauses()
    for kind, client in pool.accounts.clients.items():
        account_id = pool.accounts.rows[kind].id
        for method, until in await stored.load(pool.database, account_id):
            floods.told((kind, method), until)
        client.pauses = AccountPauses(pool, floods, kind)
    return floods


class AccountPauses:
    """A `gate.MethodPauses`."""

    def __init__(self, pool: Pool, floods: MethodPauses, kind: str):
        self._pool, self._floods, self._kind = pool, floods, kind
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def is_known(self, method: str) -> bool:
        return self._floods.is_known((self._kind, method))

    @asynccontextmanager
    async def turn(self, method: str) -> AsyncIterator[int]:
        async with self._turns[method]:
            rest_s = self._floods.rest_s((self._kind, method), await self._pool.now())
            yield rest_s
            if not rest_s:
                self._floods.passed((self._kind, method))

    async def told(self, method: str, code: str, seconds: int) -> None:
        now = await self._pool.now()
        until = pause_until(now, seconds)
        log.warning("method_paused", account=self._kind, method=method, until=iso(until))
        if method in _ELSEWHERE:
            return
        self._floods.told((self._kind, method), until)
        if seconds >= _SHOWN_S:
            account_id = self._pool.accounts.rows[self._kind].id
            await stored.save(
                self._pool.database, self._pool.name, account_id, method, code, now, until
            )
