"""The bot's own lanes: what it is written reaches Odoo, and its list of commands is tried again."""

from __future__ import annotations

from telegram_gateway.messages import lane

from gateway.tests.harness.line import Line


async def test_commands__are_registered_once_telegram_lets_it(line: Line) -> None:
    await line.stop()
    before = len(line.asked("bots.setBotCommands"))
    refused = line.refuse("bots.setBotCommands", "INTERNAL", 500, times=2)  # 1: asked again at once
    await line.start()
    await line.until(lambda: refused.fired >= 2)
    [rest] = await line.until(lambda: line.logged("lane_rests", lane=lane.COMMANDS[0]))
    assert rest["code"] == "INTERNAL"
    line.cut("bot")  # a new connection does not wait for the rest's end
    await line.until(
        lambda: len([one for one in line.asked("bots.setBotCommands") if not one.error]) > before
    )
