"""The bot's own lanes: what it is written reaches Odoo, and its list of commands is tried again."""

from __future__ import annotations

import pytest
from telegram_gateway.core import retry
from telegram_gateway.messages import lane

from gateway.tests.harness.line import Line


async def test_commands__are_registered_once_telegram_lets_it(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "_LOOK_FIRST_S", 0.1)
    await line.stop()
    before = len(line.asked("bots.setBotCommands"))
    refused = line.refuse("bots.setBotCommands", "INTERNAL", 500, times=2)  # 1: asked again at once
    await line.start()
    await line.until(lambda: refused.fired >= 2)
    [rest] = await line.until(lambda: line.logged("lane_rests", lane=lane.COMMANDS[0]))
    assert rest["code"] == "INTERNAL"
    await line.until(
        lambda: (
            len([request for request in line.asked("bots.setBotCommands") if not request.error])
            > before
        )
    )
