"""A private cluster with the tables that Odoo's addons really make; each test has a fresh copy.

Tests connect as the gateway's own role, which may do what telegram_base grants it and nothing
else. What Odoo does is done through `School.odoo`, as Odoo's role.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from psycopg.rows import dict_row
from telegram_gateway.database.connection import Database

from demo.stack.cluster import GATEWAY_ROLE, ODOO_ROLE, Cluster
from demo.stack.environment import Environment
from demo.stack.odoo import prepared_cluster

SCHOOL = "school"
TABLES = "tables"  # never connected to, so that it can be copied


async def until(condition: Callable[[], Any]) -> None:
    """Wait until it holds; the test's own time limit ends what never does."""
    while True:
        if condition():
            return
        await asyncio.sleep(0.01)


class School:
    """One test's database, seen from Odoo's side."""

    def __init__(self, cluster: Cluster, name: str):
        self.cluster, self.name = cluster, name
        self.gateway_url = cluster.url(name, GATEWAY_ROLE)
        self.odoo = self.connect()
        self._numbers = itertools.count(1)

    def connect(self, **options) -> psycopg.Connection:
        """Another connection of Odoo's role."""
        options = {"autocommit": True, **options}
        url = self.cluster.url(self.name, ODOO_ROLE)
        return psycopg.connect(url, row_factory=dict_row, **options)

    def all(self, query: str, *arguments) -> list[dict]:
        cursor = self.odoo.execute(query, arguments)
        return cursor.fetchall() if cursor.description else []

    def one(self, query: str, *arguments) -> dict:
        (row,) = self.all(query, *arguments)
        return row

    def insert(self, table: str, **columns) -> int:
        """Insert a row as Odoo; its id."""
        names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
        return self.one(
            f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id", *columns.values()
        )["id"]

    def partner(self, name: str = "Amina") -> int:
        return self.insert("res_partner", name=name)

    def chat(self, **columns) -> int:
        defaults = {
            "name": "3e A",
            "mark": f"mark-{next(self._numbers)}",
            "title_policy": "accept",
            "promotion_policy": "restore",
            "join_policy": "ask",
            "leave_policy": "unenrol",
            "active": True,
        }
        return self.insert("telegram_chat", **{**defaults, **columns})

    def contact(self, partner_id: int, tg_user_id: int, state: str = "confirmed") -> int:
        return self.insert(
            "telegram_contact", partner_id=partner_id, tg_user_id=tg_user_id, state=state
        )

    def command(self, kind: str = "send", **columns) -> int:
        return self.insert("telegram_outbox", kind=kind, **columns)

    async def until_blocked(self) -> None:
        """Wait until somebody waits for a lock of another."""
        await until(lambda: self.one("SELECT count(*) AS n FROM pg_locks WHERE NOT granted")["n"])

    def cut_off(self) -> None:
        """What Odoo does before it duplicates or drops its database."""
        self.all(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid() AND usename = %s",
            self.name,
            GATEWAY_ROLE,
        )


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Installing takes minutes, so it is done once for all tests and kept until addons change."""
    environment = Environment.load()
    with Cluster(environment.pg_bin, prepared_cluster(environment, print)) as cluster:
        cluster.sql(f'CREATE DATABASE "{TABLES}" TEMPLATE "{SCHOOL}" OWNER {ODOO_ROLE}')
        yield cluster


_copies = itertools.count(1)


@pytest.fixture
def school(cluster: Cluster) -> Iterator[School]:
    """A fresh copy of the database."""
    name = f"copy_{next(_copies)}"
    cluster.sql(f'CREATE DATABASE "{name}" TEMPLATE "{TABLES}" OWNER {ODOO_ROLE}')
    school = School(cluster, name)
    yield school
    school.odoo.close()
    cluster.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest_asyncio.fixture
async def database(school: School) -> AsyncIterator[Database]:
    """The gateway's connection."""
    database = await Database.open(school.gateway_url)
    yield database
    await database.close()
