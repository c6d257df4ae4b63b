"""One owner at a time, on the database's clock."""

from __future__ import annotations

import pytest
from telegram_gateway.database.connection import Database
from telegram_gateway.database.lease import Lease
from telegram_gateway.errors import LeaseLost


def lease(database, process, lasts_s=3600.0, pool="main"):
    return Lease(database, pool, process, lasts_s)


def run_out(school):
    school.all("UPDATE telegram_lease SET expires_at = now() AT TIME ZONE 'utc' - interval '1s'")


async def test_take__the_first_gets_it_and_the_second_stands_by(school, database):
    one, two = lease(database, "one"), lease(database, "two")
    assert await one.take() and not await two.take()
    assert (one.worker, two.generation) == ("one:1", None)


async def test_take__pools_are_apart(school, database):
    assert await lease(database, "one").take()
    assert await lease(database, "two", pool="other").take()


async def test_take__at_the_same_time_one_wins(school, database):
    other = await Database.open(school.gateway_url)
    async with other.transaction() as connection:
        await connection.execute(
            "INSERT INTO telegram_lease (pool, process, generation, expires_at)"
            " VALUES ('main', 'other', 1, now() AT TIME ZONE 'utc' + interval '1h')"
        )
    assert not await lease(database, "one").take()
    await other.close()


async def test_takeover__after_it_ran_out_and_the_old_owner_learns_of_it(school, database):
    old, new = lease(database, "old"), lease(database, "new")
    await old.take()
    run_out(school)
    assert await new.take()
    assert new.worker == "new:2"
    with pytest.raises(LeaseLost):
        await old.renew()
    assert old.generation is None
    await new.renew()


async def test_renew__prolongs(school, database):
    mine = lease(database, "one")
    await mine.take()
    run_out(school)  # nobody took it meanwhile
    await mine.renew()
    assert school.one(
        "SELECT expires_at > now() AT TIME ZONE 'utc' + interval '50 min' AS ok,"
        " renewed_at IS NOT NULL AS renewed FROM telegram_lease"
    ) == {"ok": True, "renewed": True}
    assert not await lease(database, "two").take()


async def test_renew__without_a_lease_is_lost(database):
    with pytest.raises(LeaseLost):
        await lease(database, "one").renew()


async def test_take__own_is_had_back_at_once_under_a_new_name(school, database):
    before, after = lease(database, "one"), lease(database, "one")
    await before.take()
    assert await after.take()
    assert (before.worker, after.worker) == ("one:1", "one:2")
    with pytest.raises(LeaseLost):
        await before.renew()


async def test_release__lets_the_next_in_without_waiting(school, database):
    one, two = lease(database, "one"), lease(database, "two")
    await one.take()
    await one.release()
    assert await two.take() and two.generation == 2


async def test_release__of_what_was_lost_takes_nothing_from_the_new_owner(school, database):
    one, two, three = (lease(database, name) for name in ("one", "two", "three"))
    await one.take()
    run_out(school)
    await two.take()
    await one.release()
    assert not await three.take()
    await two.renew()
