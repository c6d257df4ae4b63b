"""The doorbell at a real Odoo: facts are handled at once, and an Odoo that is down holds up
nothing."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs
from telegram_gateway.core.model import Fact
from telegram_gateway.database import inbox
from telegram_gateway.database.connection import Database
from telegram_gateway.database.doorbell import Doorbell
from telegram_gateway.settings import Settings

from demo.stack.cluster import GATEWAY_ROLE, Cluster
from demo.stack.environment import Environment, free_port
from demo.stack.odoo import Odoo
from demo.stack.people import DOORBELL, make_doorbell
from gateway.tests.harness.school import SCHOOL, until

PASSWORD = secrets.token_urlsafe(12)


@pytest.fixture(scope="module")
def odoo(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Odoo]:
    """Odoo serving the database that the copies are made of."""
    odoo = Odoo(Environment.load(), cluster, tmp_path_factory.mktemp("odoo"))
    # the cron would handle the facts too, if the doorbell did not
    cluster.sql("UPDATE ir_cron SET active = false", SCHOOL)
    try:
        odoo.start()
        rpc = odoo.rpc()
        make_doorbell(rpc, PASSWORD)
        rpc.close()
        yield odoo
    finally:
        odoo.stop()


def settings(cluster, url, password=PASSWORD):
    return Settings(
        database_url=cluster.url(SCHOOL, GATEWAY_ROLE),
        session_key=base64.b64encode(bytes(32)).decode(),
        odoo_url=url,
        odoo_database=SCHOOL,
        odoo_login=DOORBELL,
        odoo_password=password,
        api_id=1,
        api_hash="x",
    )


@contextlib.asynccontextmanager
async def ringing(doorbell):
    task = asyncio.create_task(doorbell.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def tell(cluster, count=1):
    """Insert facts as the gateway; their ids."""
    database = await Database.open(cluster.url(SCHOOL, GATEWAY_ROLE))
    names = [f"test:{secrets.token_hex(8)}" for _ in range(count)]
    payload = {"account": "bot", "error_code": None}
    at = datetime.now(UTC)
    facts = [Fact(fact=n, kind="account_back", occurred_at=at, payload=payload) for n in names]
    await inbox.insert_facts(database, "main", facts)
    await database.close()
    return names


def states(cluster, names):
    listed = ", ".join(f"'{name}'" for name in names)
    query = f"SELECT DISTINCT state FROM telegram_inbox WHERE fact IN ({listed}) ORDER BY 1"
    return cluster.sql(query, SCHOOL)


async def test_ring__facts_are_handled_until_nothing_is_left(cluster, odoo):
    """More than Odoo handles in one go: it is rung again."""
    doorbell = Doorbell(settings(cluster, odoo.url))
    async with ringing(doorbell):
        names = await tell(cluster, 450)
        doorbell.press()
        await until(lambda: states(cluster, names) == "done")
        names = await tell(cluster)
        doorbell.press()
        await until(lambda: states(cluster, names) == "done")


async def test_ring__logs_in_anew_when_it_is_no_longer_known(cluster, odoo):
    """Odoo's database was restored: the user has another number."""
    doorbell = Doorbell(settings(cluster, odoo.url), down_s=0.05)
    doorbell._uid = 999_999
    async with ringing(doorbell):
        names = await tell(cluster)
        doorbell.press()
        await until(lambda: states(cluster, names) == "done")


async def test_ring__a_wrong_password_is_said_and_handles_nothing(cluster, odoo):
    doorbell = Doorbell(settings(cluster, odoo.url, "wrong"), down_s=0.01)
    names = await tell(cluster)
    with capture_logs() as logs:
        async with ringing(doorbell):
            doorbell.press()
            await until(lambda: sum(log["event"] == "doorbell_refused" for log in logs) > 1)
    assert states(cluster, names) == "new"
    assert "wrong" not in str(logs)


async def test_ring__odoo_down_is_tried_again_and_again(cluster):
    doorbell = Doorbell(settings(cluster, f"http://127.0.0.1:{free_port()}"), down_s=0.01)
    with capture_logs() as logs:
        async with ringing(doorbell) as task:
            doorbell.press()
            await until(lambda: len(logs) > 2)
            assert not task.done()
    assert {log["event"] for log in logs} == {"odoo_unreachable"}
