"""A standby takes the lease as soon as it may, and not while Telegram does not answer it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from telegram_gateway.database.connection import Database
from telegram_gateway.database.lease import Lease
from telegram_gateway.database.process_name import ProcessName
from telegram_gateway.run.standby import wait_for_lease


@dataclass
class Accounts:
    """What the standby asks of its clients."""

    are_answering: bool = True
    saved: int = 0

    def check(self) -> None:
        pass

    async def save_changed(self) -> None:
        self.saved += 1


@pytest.fixture
def lease(database: Database) -> Lease:
    return Lease(database, "main", "gateway-2", 3600)


async def test_wait__until_the_owner_gives_the_lease_up(database: Database, lease: Lease) -> None:
    owner = Lease(database, "main", "gateway-1", 3600)
    assert await owner.take()

    async def is_ended(within_s: float) -> bool:
        await owner.release()
        return False

    async with ProcessName(database.dsn, "main", "gateway-1") as name:
        assert await name.take()
        assert await wait_for_lease(lease, Accounts(), is_ended)
    assert lease.generation == 2


async def test_wait__ends_without_the_lease_once_told_to(lease: Lease, database: Database) -> None:
    async def is_ended(within_s: float) -> bool:
        return True

    accounts = Accounts(are_answering=False)
    assert not await wait_for_lease(lease, accounts, is_ended)
    assert lease.generation is None
