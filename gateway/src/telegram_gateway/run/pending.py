"""The pending commands, kept in memory between two turns of the dispatcher.

A turn comes after each command that was done, so reading all pending rows each time would cost more
the more there are. Odoo's writes notify; what they do not notify of (a cancelled row) shows when
the row is claimed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from telegram_gateway.core.commands import Command
from telegram_gateway.database import outbox
from telegram_gateway.database.connection import Database

#: After so long they are read again, notified or not.
_OLDEST_S = 2.0
# However often something changes, reading takes a fifth of the time at most.
_RESTS = 4
_LONGEST_REST_S = 0.5


class PendingCommands:
    """The pending rows of a pool that are due within `within_s`. Clock: the running loop's."""

    def __init__(self, database: Database, pool: str, within_s: float):
        self._database = database
        self._pool = pool
        self._within_s = within_s
        self._rows: dict[int, Command] = {}
        self._is_changed = True
        self._read_at = 0.0
        self._rests_until = 0.0

    def changed(self) -> None:
        """Note that rows were written: they are read when they are asked for, but not too often."""
        self._is_changed = True

    async def rows(self) -> list[Command]:
        """The pending commands, read again where that is due. Raises GatewayError."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        is_old = began >= self._read_at + _OLDEST_S
        if is_old or (self._is_changed and began >= self._rests_until):
            self._is_changed = False  # what changes while we read is read again
            pending = await outbox.load_pending(self._database, self._pool, within_s=self._within_s)
            self._rows = {command.id: command for command in pending}
            self._read_at = loop.time()
            rest_s = min(_LONGEST_REST_S, _RESTS * (self._read_at - began))
            self._rests_until = self._read_at + rest_s
        return list(self._rows.values())

    def remove(self, ids: Iterable[int]) -> None:
        """Note that these rows are pending no more."""
        for command_id in ids:
            self._rows.pop(command_id, None)

    @property
    def read_again_in_s(self) -> float | None:
        """In how many seconds `rows` reads again, where rows were written; None: none were."""
        if not self._is_changed:
            return None
        return max(0.0, self._rests_until - asyncio.get_running_loop().time())
