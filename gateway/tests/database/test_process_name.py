"""Two processes of one name never use the same logins at the same time."""

from __future__ import annotations

import asyncio

import pytest
from telegram_gateway.database import logins
from telegram_gateway.database.health import load_lines
from telegram_gateway.database.process_name import ProcessName
from telegram_gateway.errors import GatewayError

from gateway.tests.harness.school import School


def name(school: School, process: str = "gateway-1", pool: str = "main") -> ProcessName:
    return ProcessName(school.gateway_url, pool, process)


async def test_take__the_second_waits_until_the_first_has_released_it(school) -> None:
    async with name(school) as first, name(school) as second:
        assert await first.take()
        assert not await second.take()
        await first.release()
        assert await second.take()


async def test_take__other_names_and_pools_are_apart(school) -> None:
    async with name(school) as one, name(school, "gateway-2") as two, name(school, pool="x") as x:
        assert await one.take() and await two.take() and await x.take()


async def test_take__a_process_that_died_is_replaced_at_once(school) -> None:
    async with name(school) as first, name(school) as second:
        assert await first.take()
        watch = asyncio.create_task(first.held())
        school.cut_off()  # what the system does with the connections of a process that is gone
        with pytest.raises(GatewayError, match="database_cut_off"):
            await watch
        assert await second.take()


async def test_health__says_that_a_second_one_waits(school, database) -> None:
    await logins.announce_process(
        database,
        "main",
        "gateway-1",
        public_key="",
        has_api=True,
        state="serving",
        started_at=await database.now(),
    )
    await logins.mark_name_taken(database, "main", "gateway-1")
    lines = {health_line["code"]: health_line for health_line in await load_lines(database, "main")}
    assert lines["process_twice"]["level"] == "act"
    assert lines["process_twice"]["facts"]["process"] == "gateway-1"
