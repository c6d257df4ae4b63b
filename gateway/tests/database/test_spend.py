"""What an account used up of a quota outlives the process."""

from __future__ import annotations

from datetime import timedelta

from telegram_gateway.core.model import TgUserId
from telegram_gateway.database import accounts, spends
from telegram_gateway.database.connection import Database

from gateway.tests.harness.school import School

DAY = timedelta(days=1)


async def test_spend__counts_by_account_and_kind_within_the_time(
    database: Database, school: School
) -> None:
    mine, other = [
        await accounts.save_login(
            database, "main", "user", TgUserId(number), name="", username="", phone=""
        )
        for number in (1, 2)
    ]
    for _ in range(2):
        await spends.spend(database, mine.id, "phone_lookup")
    await spends.spend(database, mine.id, "something_else")
    await spends.spend(database, other.id, "phone_lookup")
    used = await spends.used(database, mine.id, "phone_lookup", DAY)
    assert len(used) == 2
    now = await database.now()
    assert all(abs(now - at) < timedelta(minutes=1) for at in used)
    school.all(
        "UPDATE telegram_spend SET at = at - interval '25 hours' WHERE kind = 'phone_lookup'"
    )
    assert await spends.used(database, mine.id, "phone_lookup", DAY) == ()
