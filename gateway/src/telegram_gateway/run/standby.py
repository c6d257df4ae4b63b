"""A standby: a process that is connected with logins of its own, so that they do not expire, and
waits for the lease.

If the owner's process is gone, its name (`database/process_name.py`) is free, which is seen at
once. If the owner stands still, it still has its name, so its lease has to run out. When it goes
on, it does nothing more of what it had begun: see `Lease.fence` and `Pool.may_change`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from telegram_gateway.database.lease import Lease

_CHECK_EVERY_S = 1.0
_SAVE_EVERY_S = 60.0  # with an old session, Telegram would tell everything since then once more


class Clients(Protocol):
    """The part of `Accounts` that a standby uses."""

    @property
    def are_answering(self) -> bool:
        """True if Telegram answers both clients."""

    def check(self) -> None:
        """Raise GatewayError where it is impossible to work with Telegram any more."""

    async def save_changed(self) -> None:
        """Store what changed in the sessions."""


async def wait_for_lease(
    lease: Lease, clients: Clients, is_ended: Callable[[float], Awaitable[bool]]
) -> bool:
    """Wait until the lease is ours, which it is taken only while Telegram answers. False once
    `is_ended` says that something else is to be done; it waits for so many seconds at most. Raises
    GatewayError where it is impossible to work with Telegram any more."""
    loop = asyncio.get_running_loop()
    saved_at = loop.time()
    while not (clients.are_answering and await lease.take_over()):
        if await is_ended(_CHECK_EVERY_S):
            return False
        clients.check()
        if loop.time() > saved_at + _SAVE_EVERY_S:
            await clients.save_changed()
            saved_at = loop.time()
    return True
