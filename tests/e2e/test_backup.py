"""Odoo's own backup, restore and duplicate, while the gateway is connected with its small role."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
from typing import Any

import httpx
import pytest

from demo.play.phones import until
from demo.stack.cluster import GATEWAY_ROLE
from demo.stack.odoo import DATABASE
from demo.stack.stack import Stack
from demo.stack.telegram import Gateway

from .scene import Scene

_MASTER = "admin"  # Odoo's database password where none was set
_TABLES = ("telegram_chat", "telegram_roster", "telegram_contact", "telegram_outbox")


def database_service(stack: Stack, method: str, *args: Any) -> Any:
    """One call of Odoo's database manager."""
    call = {"service": "db", "method": method, "args": [_MASTER, *args]}
    body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": call}
    answer = httpx.post(f"{stack.odoo.url}/jsonrpc", json=body, timeout=120).json()
    assert "error" not in answer, answer["error"]["data"]["message"]
    return answer["result"]


def counts(stack: Stack, database: str) -> dict[str, str]:
    """Rows of our tables."""
    return {
        table: stack.cluster.sql(f"SELECT count(*) FROM {table}", database) for table in _TABLES
    }


async def still_in_step(scene: Scene, name: str) -> None:
    """A change in Odoo still reaches Telegram."""
    await scene.room(name, students=1)


@pytest.mark.timeout(240)
async def test_duplicate_backup_restore__with_the_gateway_connected(scene: Scene) -> None:
    stack = scene.stack
    await still_in_step(scene, "Avant la copie")
    before = counts(stack, DATABASE)

    assert await asyncio.to_thread(database_service, stack, "duplicate_database", DATABASE, "copy")
    assert counts(stack, "copy") == before
    await still_in_step(scene, "Après la copie")

    dump = await asyncio.to_thread(database_service, stack, "dump", DATABASE, "zip")
    assert base64.b64decode(dump)[:2] == b"PK"
    wanted = counts(stack, DATABASE)
    assert await asyncio.to_thread(database_service, stack, "restore", "restored", dump, True)
    assert counts(stack, "restored") == wanted
    # the gateway's rights are in the backup too, and no more than in the original
    rights = (
        "SELECT string_agg(table_name || ' ' || privilege_type, ','"
        " ORDER BY table_name, privilege_type)"
        " FROM information_schema.role_table_grants"
        f" WHERE grantee = '{GATEWAY_ROLE}' AND table_name LIKE 'telegram_%'"
    )
    assert stack.cluster.sql(rights, "restored") == stack.cluster.sql(rights, DATABASE) != ""
    # nobody can read the logins from a backup
    sessions = stack.cluster.sql("SELECT encode(data, 'escape') FROM telegram_session", "restored")
    assert sessions
    assert '"key"' not in sessions

    await still_in_step(scene, "Après la sauvegarde")
    # a gateway with the same settings, session key and all, refuses to act on either of them
    for database in ("copy", "restored"):
        await refuses_until_adopted(stack, database)
    await still_in_step(scene, "Après l'adoption")


async def refuses_until_adopted(stack: Stack, database: str) -> None:
    """The whole service runs against the copy and touches nothing; then somebody says *adopt*."""
    twin = stack.make_gateway(f"on-{database}")
    twin.settings.update(
        DATABASE_URL=stack.cluster.url(database, GATEWAY_ROLE),
        SESSION_KEY=stack.gateway.settings["SESSION_KEY"],
        PROCESS_NAME=stack.gateway.name,
    )
    connections = stack.sandbox.get("/health")["connections"]
    await asyncio.to_thread(twin.start, is_ready=False)

    async def has_refused() -> bool:
        state = stack.cluster.sql("SELECT state FROM telegram_process", database)
        return state == "copied"

    await until("the refusal", has_refused)
    assert "database_copied" in twin.log.read_text()
    assert stack.sandbox.get("/health")["connections"] == connections
    await asyncio.to_thread(twin.stop)
    assert "database_copied" in codes(twin)
    assert "is the school's from now on" in said(twin, "adopt")
    assert "nothing to adopt" in said(twin, "adopt")
    assert "database_copied" not in codes(twin)


def codes(gateway: Gateway) -> set[str]:
    """Codes of the lines of `check`."""
    return {line["code"] for line in json.loads(said(gateway, "check", "--json"))["lines"]}


def said(gateway: Gateway, *words: str) -> str:
    """Output of a command, whatever its exit code."""
    done = subprocess.run(
        gateway._command(*words),
        env={**os.environ, **gateway._environ(), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done.stdout
