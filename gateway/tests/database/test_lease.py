"""One owner at a time, on the database's clock."""

from __future__ import annotations

import pytest
from telegram_gateway.core.commands import Pauses
from telegram_gateway.database.connection import Database
from telegram_gateway.database.lease import Lease
from telegram_gateway.database.pauses import load_pauses, load_pauses_and_owner
from telegram_gateway.database.process_name import ProcessName
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


# --- a standby ----------------------------------------------------------------------------------


async def test_take_over__at_once_from_a_process_that_is_gone(school, database):
    one, two = lease(database, "one"), lease(database, "two")
    async with ProcessName(school.gateway_url, "main", "one") as name:
        assert await name.take()
        assert await one.take_over()
        assert not await two.take_over()  # it is there
    assert await two.take_over()
    assert two.worker == "two:2"
    with pytest.raises(LeaseLost):
        await one.renew()


async def test_take_over__from_one_that_stands_still_once_its_lease_has_run_out(school, database):
    one, two = lease(database, "one"), lease(database, "two")
    async with ProcessName(school.gateway_url, "main", "one") as name:
        assert await name.take() and await one.take()
        run_out(school)
        assert await two.take_over()


async def test_take_over__not_from_an_owner_that_came_back_just_now(school, database):
    one, two = lease(database, "one"), lease(database, "two")
    assert await one.take()
    assert await one.take()  # another process of its name, since somebody looked
    assert not await two.take(of_gone=1)
    assert await two.take(of_gone=2)


async def test_take_over__of_two_who_wait_one_gets_it(school, database):
    await lease(database, "one").take()
    two, three = lease(database, "two"), lease(database, "three")
    async with ProcessName(school.gateway_url, "main", "two") as name:
        assert await name.take()
        assert await two.take_over()
        assert not await three.take_over()


async def test_fence__whoever_stood_still_writes_nothing_once_another_owns_the_pool(
    school, database
):
    stood_still = lease(database, "one", lasts_s=0)  # each statement comes too late for it
    await stood_still.take()
    database.fence = stood_still.fence
    await database.all("SELECT 1")  # nobody has taken it: it is prolonged, and goes on
    other = await Database.open(school.gateway_url)
    await lease(other, "two").take(of_gone=stood_still.generation)
    for _ in range(2):
        with pytest.raises(LeaseLost):
            await database.all("INSERT INTO telegram_inbox (kind) VALUES ('never')")
        with pytest.raises(LeaseLost):
            async with database.transaction():
                raise AssertionError("never begun")
    database.fence = None
    assert school.all("SELECT 1 FROM telegram_inbox") == []
    await database.all("SELECT 1")
    await other.close()


async def test_fence__what_is_in_time_asks_for_nothing(school, database):
    mine = lease(database, "one")
    await mine.take()
    database.fence = mine.fence
    renewed = "SELECT renewed_at FROM telegram_lease"
    before = school.one(renewed)
    await database.all("SELECT 1")
    assert school.one(renewed) == before


async def test_owner__is_told_with_the_pauses(school, database):
    mine = lease(database, "one")
    await mine.take()
    assert await load_pauses_and_owner(database, "main") == (Pauses(), mine.generation)
    at = "2026-03-02 09:00:00"
    school.insert("telegram_pause", pool="main", paused_at=at)
    chat_id = school.chat()
    school.insert("telegram_pause", pool="main", chat_id=chat_id, paused_at=at)
    pauses, owner = await load_pauses_and_owner(database, "main")
    assert pauses == await load_pauses(database, "main")
    assert pauses == Pauses(is_whole=True, chats=frozenset({chat_id})) and owner == 1
    assert await load_pauses_and_owner(database, "other") == (Pauses(), None)
