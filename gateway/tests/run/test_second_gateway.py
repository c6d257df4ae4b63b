"""A second gateway of the pool: let in by the first one's login, it takes over when that one
ends."""

from __future__ import annotations

import json

import pytest
from telegram_gateway.run import standby

from gateway.tests.harness.gateway import InLoop
from gateway.tests.harness.line import Line


def process_state(line: Line, name: str) -> str | None:
    rows = line.school.all("SELECT state FROM telegram_process WHERE process = %s", name)
    return rows[0]["state"] if rows else None


async def test_let_in__and_takes_over(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    line.school.insert("telegram_pause", pool="main", paused_at="2026-03-02 09:00:00")
    # that nothing is to be changed in the groups does not keep it out
    settings = line.settings.model_copy(update={"process_name": "gateway-2"})
    second = InLoop(settings)
    try:
        await line.until(lambda: process_state(line, "gateway-2") == "waiting")
        payload = {"login": "x" * 32, "process": "gateway-2", "kind": "user", "step": "admit"}
        line.school.command("login", payload=json.dumps(payload))
        states = "SELECT state, error_code FROM telegram_login"
        await line.until(lambda: line.school.all(states) == [{"state": "done", "error_code": None}])
        assert line.account_row("user")["state"] == "connected"
        line.settings = settings
        await line.log_in("bot")
        await line.until(lambda: process_state(line, "gateway-2") == "standby")
        assert process_state(line, "gateway-1") == "serving"
        line.resume()
        await line.stop()
        await line.until(lambda: process_state(line, "gateway-2") == "serving")
        amina = await line.person("Amina", chat)
        await amina.come_in(chat)
        await line.until(lambda: chat.is_known_as(amina, "in"))
    finally:
        await second.stop()


async def test_while_it_stands_by__it_keeps_what_its_clients_hear(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed and started again, it would else be told of everything since it began to stand by."""
    monkeypatch.setattr(standby, "_SAVE_EVERY_S", 0.0)
    for kind in ("bot", "user"):
        await line.log_in(kind, "gateway-2")
    second = InLoop(line.settings.model_copy(update={"process_name": "gateway-2"}))
    try:
        await line.until(lambda: process_state(line, "gateway-2") == "standby")
        query = (
            "SELECT s.account_id, count(k.id) AS n FROM telegram_session s"
            " LEFT JOIN telegram_session_known k ON k.session_id = s.id"
            " WHERE s.process = 'gateway-2' GROUP BY s.account_id"
        )
        before = {row["account_id"]: row["n"] for row in line.school.all(query)}
        chat = line.chat("3e A")
        await line.until(lambda: chat.is_ready)
        await line.until(
            lambda: all(before[row["account_id"]] < row["n"] for row in line.school.all(query))
        )
    finally:
        await second.stop()
