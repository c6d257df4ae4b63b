"""The contract's check, being cut off, and listening."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from telegram_gateway.database.connection import CONTRACT_VERSION, Database, aware, naive
from telegram_gateway.errors import GatewayError, UpgradeInProgress
from telegram_gateway.settings import Settings

from gateway.tests.harness.school import until


async def refused(url):
    with pytest.raises(UpgradeInProgress) as caught:
        await Database.open(url)
    return caught.value


async def test_open__the_role_is_unprivileged(school, database):
    row = await database.one(
        "SELECT current_user AS name, rolsuper, rolcreatedb FROM pg_roles"
        " WHERE rolname = current_user"
    )
    assert row == {"name": "telegram_gateway", "rolsuper": False, "rolcreatedb": False}


async def test_open__marks_differ_between_databases(school, database):
    assert school.name in database.mark


async def test_reading__goes_on_without_asking_and_is_never_behind(database):
    clock = await database.read_clock()
    for _ in range(20):
        shown = await database.now()
        assert clock.about(asyncio.get_running_loop().time()) >= shown


@pytest.mark.parametrize(("by", "code"), [(1, "upgrade_gateway"), (-1, "upgrade_odoo")])
async def test_open__another_version_says_which_side_to_upgrade(school, by, code):
    school.all("UPDATE telegram_contract SET version = version + %s", by)
    error = await refused(school.gateway_url)
    assert error.code == code
    assert error.facts == {"theirs": CONTRACT_VERSION + by, "ours": CONTRACT_VERSION}


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE telegram_contract RENAME TO was_contract",
        "REVOKE ALL ON telegram_contract FROM telegram_gateway",
        "DELETE FROM telegram_contract",
    ],
    ids=["no table", "no right", "no row"],
)
async def test_open__half_an_upgrade_is_upgrade_in_progress(school, change):
    school.all(change)
    assert (await refused(school.gateway_url)).code == "odoo_not_ready"


async def test_open__no_server_is_unreachable():
    with pytest.raises(GatewayError) as caught:
        await Database.open("postgresql://telegram_gateway@/school?host=/nowhere")
    assert caught.value.code == "database_unreachable"


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE telegram_roster RENAME TO was_roster",
        "REVOKE ALL ON telegram_roster FROM telegram_gateway",
    ],
    ids=["no table", "no right"],
)
async def test_statement__missing_table_or_right_is_upgrade_in_progress(school, database, change):
    school.all(change)
    with pytest.raises(UpgradeInProgress) as caught:
        await database.all("SELECT * FROM telegram_roster")
    assert caught.value.code == "odoo_not_ready"
    assert "telegram_roster" in caught.value.facts["reason"]
    # and the connection can still be used
    assert await database.one("SELECT 1 AS one") == {"one": 1}


async def test_transaction__an_error_leaves_nothing(school, database):
    chat_id = school.chat()
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as connection:
            await connection.execute(
                "INSERT INTO telegram_chat_state (chat_id) VALUES (%s)", (chat_id,)
            )
            raise ZeroDivisionError
    assert await database.all("SELECT id FROM telegram_chat_state") == []


async def test_cut_off__stays_away_for_a_while_and_then_comes_back(school):
    """Odoo needs its database to itself: not even another task may connect again at once."""
    database = await Database.open(school.gateway_url, cut_off_wait_s=3600)
    school.cut_off()
    for _ in range(2):
        with pytest.raises(GatewayError) as caught:
            await database.now()
        assert caught.value.code == "database_cut_off"
    connected = "SELECT count(*) AS n FROM pg_stat_activity WHERE usename = 'telegram_gateway'"
    assert school.one(connected + " AND datname = %s", school.name)["n"] == 0
    await database.close()

    database = await Database.open(school.gateway_url, cut_off_wait_s=0)
    school.cut_off()
    with pytest.raises(GatewayError):
        await database.now()
    assert await database.now()
    await database.close()


async def test_lock__that_is_not_had_in_time_is_not_a_lost_connection(school, database):
    command = school.command("reconcile")
    with school.connect(autocommit=False) as odoo:
        odoo.execute("UPDATE telegram_outbox SET state = 'cancelled'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            async with database.transaction() as connection:
                await connection.execute("SET LOCAL lock_timeout = '1ms'")
                await connection.execute(
                    "UPDATE telegram_outbox SET worker = 'w' WHERE id = %s", (command,)
                )
    assert not database.is_cut_off
    assert await database.now()


async def test_now__is_the_databases_and_aware(school, database):
    here = await database.now()
    assert here.tzinfo is UTC
    theirs = school.one("SELECT clock_timestamp() AS at")["at"]
    assert abs(here - theirs) < timedelta(minutes=1)


def test_instants__go_through_columns_unchanged():
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert aware(naive(at)) == at
    assert (aware(None), naive(None)) == (None, None)


async def test_listen__is_told_at_once_of_inserted_commands(school, database):
    async with aclosing(database.listen("telegram_outbox")) as bell:
        await anext(bell)  # listening has begun
        school.command("reconcile")
        await asyncio.wait_for(anext(bell), 30)


async def test_listen__rollback_tells_nothing_and_revival_does(school, database):
    command = school.command("reconcile")
    school.all("UPDATE telegram_outbox SET state = 'cancelled'")
    async with aclosing(database.listen("telegram_outbox")) as bell:
        await anext(bell)
        with pytest.raises(psycopg.errors.DivisionByZero), school.odoo.transaction():
            school.command("reconcile")
            school.all("SELECT 1 / 0")
        heard = asyncio.create_task(anext(bell))
        school.all("NOTIFY somebody_else")
        await database.now()
        assert not heard.done()
        school.all("UPDATE telegram_outbox SET state = 'pending' WHERE id = %s", command)
        await asyncio.wait_for(heard, 30)


async def test_listen__comes_back_after_being_cut_off(school, caplog):
    database = await Database.open(school.gateway_url, cut_off_wait_s=0)
    async with aclosing(database.listen("telegram_outbox")) as bell:
        await anext(bell)
        school.cut_off()
        await asyncio.wait_for(anext(bell), 30)  # what was missed meanwhile is looked for
        school.command("reconcile")
        await asyncio.wait_for(anext(bell), 30)
    await database.close()


async def test_listen__cut_off_waits(school):
    database = await Database.open(school.gateway_url, cut_off_wait_s=3600)
    async with aclosing(database.listen("telegram_outbox")) as bell:
        await anext(bell)
        heard = asyncio.create_task(anext(bell))
        school.cut_off()
        await until(lambda: database.is_cut_off)
        assert not heard.done()
        heard.cancel()
        with pytest.raises(asyncio.CancelledError):
            await heard
    await database.close()


async def test_a_transaction_of_a_process_that_stands_still_ends_before_its_lease(database):
    """Else its successor would wait for the rows that it holds."""
    row = await database.one("SHOW idle_in_transaction_session_timeout")
    assert row == {"idle_in_transaction_session_timeout": "10s"}
    assert Settings.model_fields["lease_s"].default > 10
