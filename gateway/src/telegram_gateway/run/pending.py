"""The commands that wait, as they were read last.

A turn comes after each command that was done, so reading all that wait each time would cost more the
more there are. Odoo's writing notifies; what it does not notify of (a cancelled row) is found out when
the row is claimed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from telegram_gateway.core.commands import Command
from telegram_gateway.database import outbox
from telegram_gateway.database.connection import Database

#: Read again after so long, whatever was heard.
_OLDEST_S = 2.0
# However often something changes, reading takes a fifth of the time at most.
_RESTS = 4
_LONGEST_REST_S = 0.5


class PendingCommands:
    """The pending rows that are due within `within_s`. Clock: the running loop's."""

    def __init__(self, database: Database, pool: str, within_s: float):
        self._database = database
        self._pool = pool
        self._within_s = within_s
        self._rows: dict[int, Command] = {}
        self._is_changed = True
        self._read_at = 0.0
        self._rests_until = 0.0

    def changed(self) -> None:
        """There may be others."""
        self._is_changed = True

    async def rows(self) -> list[Command]:
        """Those that wait."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        is_old = began >= self._read_at + _OLDEST_S
        if is_old or (self._is_changed and began >= self._rests_until):
            self._is_changed = False  # what changes while we read is read again
            found = await outbox.waiting(self._database, self._pool, within_s=self._within_s)
            self._rows = {one.id: one for one in found}
            self._read_at = loop.time()
            rest_s = min(_LONGEST_REST_S, _RESTS * (self._read_at - began))
            self._rests_until = self._read_at + rest_s
        return list(self._rows.values())

    def taken(self, ids: Iterable[int]) -> None:
        """These wait no more."""
        for one in ids:
            self._rows.pop(one, None)

    @property
    def read_again_in_s(self) -> float | None:
        """When to ask for them again, where others are known to wait; None: nothing is known."""
        if not self._is_changed:
            return None
        return max(0.0, self._rests_until - asyncio.get_running_loop().time())
