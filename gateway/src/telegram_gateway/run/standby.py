"""A second gateway that stands by: connected with logins of its own, so that they do not expire, and
quick to take over.

An owner whose process is gone has no name any more (`database/process_name.py`), which is seen at
once; one that stands still has, and its lease has to run out. What it had begun it does not go on
with when it stirs again: see `Lease.fence` and `Pool.may_change`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from telegram_gateway.accounts import Accounts
from telegram_gateway.database.lease import Lease

_LOOK_S = 1.0
_SAVE_S = 60.0  # an old session would have Telegram tell of everything since then


async def wait_for_lease(
    lease: Lease, accounts: Accounts, is_ended: Callable[[float], Awaitable[bool]]
) -> bool:
    """Wait until the lease is ours, and our lines are well. False once `is_ended`, which waits for so
    many seconds at most, says that something else is to be done; raises GatewayError where Telegram
    cannot be worked with any more."""
    loop = asyncio.get_running_loop()
    saved_at = loop.time()
    while not (accounts.are_answering and await lease.take_over()):
        if await is_ended(_LOOK_S):
            return False
        accounts.check()
        if loop.time() > saved_at + _SAVE_S:
            await accounts.save_changed()
            saved_at = loop.time()
    return True
