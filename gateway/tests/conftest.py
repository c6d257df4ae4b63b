"""The fixtures of all rooms: a copy of the school's tables, the gateway's connection to it, and a
whole gateway between these tables and the sandbox.

The private cluster has the tables that Odoo's addons really make; each test has a fresh copy. Tests
connect as the gateway's own role, which may do what telegram_base grants it and nothing else. What
Odoo does is done through `School.odoo`, as Odoo's role. With several processes of pytest each has a
cluster of its own.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from telegram_gateway.database.connection import Database

from demo.stack.cluster import ODOO_ROLE, Cluster
from demo.stack.environment import Environment
from demo.stack.odoo import prepared_cluster
from gateway.tests.harness.line import Line
from gateway.tests.harness.school import SCHOOL, TABLES, School, shrink

# Telethon tells of every broken connection; here they are broken on purpose.
logging.getLogger("telethon").setLevel(logging.CRITICAL)

_LINE = pytest.StashKey[Line]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs the tables (`tables`) or a whole gateway (`line`).

    Installing takes minutes, so it is done once for all tests and kept until addons change; and
    before any test begins, whose time limit it would else use up."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "line" in fixtures or ("school" in fixtures and hasattr(item.module, "Line")):
            item.add_marker("line")
        elif "cluster" in fixtures:
            item.add_marker("tables")
    is_needed = any("cluster" in getattr(item, "fixturenames", ()) for item in items)
    if is_needed and not config.option.collectonly:
        prepared_cluster(Environment.load(), print)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One of this process."""
    environment = Environment.load()
    with Cluster(environment.pg_bin, prepared_cluster(environment, print)) as cluster:
        cluster.sql(f'CREATE DATABASE "{TABLES}" TEMPLATE "{SCHOOL}" OWNER {ODOO_ROLE}')
        shrink(cluster, TABLES)
        yield cluster


@pytest.fixture(scope="session")
def copier(cluster: Cluster) -> Iterator[psycopg.Connection]:
    """The superuser's connection: a program for each copy would take a good part of a test."""
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
        yield connection


_copies = itertools.count(1)


@pytest.fixture
def school(cluster: Cluster, copier: psycopg.Connection) -> Iterator[School]:
    """A fresh copy of the database."""
    name = f"copy_{next(_copies)}"
    copier.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TABLES}" OWNER {ODOO_ROLE}')
    school = School(cluster, name)
    yield school
    school.odoo.close()
    copier.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest_asyncio.fixture
async def database(school: School) -> AsyncIterator[Database]:
    """The gateway's connection to its copy."""
    database = await Database.open(school.gateway_url)
    yield database
    await database.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """A failure is shown with how everything stood: it may not come again."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and report.when == "call" and _LINE in item.stash:
        report.sections.append(("how everything stands", item.stash[_LINE].evidence()))


@pytest_asyncio.fixture
async def line(
    school: School, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Line]:
    """The gateway serves; `await line.stop()` first where it must not yet."""
    async with Line.open(school, tmp_path) as line:
        request.node.stash[_LINE] = line
        await line.start()
        yield line
        await line.stop()
        line.check()


@pytest_asyncio.fixture
async def proxied(line: Line) -> Line:
    """A line on which the gateway serves through `line.proxy`."""
    await line.stop()
    await line.through_proxy()
    await line.start()
    return line
