"""One test's database, with the tables that Odoo's addons really make, seen from Odoo's side."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.rows import dict_row

from demo.stack.cluster import GATEWAY_ROLE, ODOO_ROLE, Cluster

SCHOOL = "school"
TABLES = "tables"  # nobody is connected to it while tests run, so that it can be copied

# What functions of ours read, or a test writes.
_READ = ("ir_config_parameter", "ir_cron")
# PostgreSQL locks each table that a statement drops; it has room for some thousands.
_DROPPED_AT_ONCE = 50


def shrink(cluster: Cluster, database: str) -> None:
    """Drop the tables that mean nothing to the gateway; copying takes as long as there are tables.

    The product's own stay, with those that they refer to and those that its views read."""
    with psycopg.connect(cluster.url(database, "postgres"), autocommit=True) as connection:
        rows = connection.execute(
            """
            SELECT tablename FROM pg_tables
            WHERE schemaname = 'public' AND tablename NOT LIKE 'telegram%%'
            AND tablename <> ALL (%s) AND tablename NOT IN (
                SELECT confrelid::regclass::text FROM pg_constraint
                WHERE contype = 'f' AND conrelid::regclass::text LIKE 'telegram%%'
                UNION SELECT table_name FROM information_schema.view_table_usage
                WHERE view_name LIKE 'telegram%%')
            ORDER BY tablename
            """,
            [list(_READ)],
        )
        names = [f'"{name}"' for (name,) in rows]
        for first in range(0, len(names), _DROPPED_AT_ONCE):
            dropped = ", ".join(names[first : first + _DROPPED_AT_ONCE])
            connection.execute(f"DROP TABLE {dropped} CASCADE")
        connection.execute("VACUUM FULL")  # or the catalogs stay as large as they were


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
