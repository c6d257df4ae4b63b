"""The calls that run, as tables and watches have them, from one process to the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from telegram_gateway.calls.running import RunningCalls
from telegram_sandbox.world import calling

from gateway.tests.harness.line import Line
from gateway.tests.harness.telegram import killed

assert RunningCalls  # whose subject this is; the call lane makes them


async def test_begun_while_nobody_was_there__since_when_the_log_says(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    await line.stop()
    killed(line)
    assert chat.group is not None
    call = calling.create(line.world, chat.group, line.account, None)
    call.date -= timedelta(minutes=5)
    chat.group.admin_log = [
        replace(entry, date=entry.date - timedelta(minutes=5)) for entry in chat.group.admin_log
    ]
    await line.start()
    [opened] = await line.until(lambda: line.facts("call_opened"))
    assert opened.payload["tg_call_id"] == call.id
    assert abs((opened.occurred_at - call.date.replace(tzinfo=None)).total_seconds()) < 2
    # nobody can say who came and went until then
    await line.until(lambda: line.facts("observation_back"))
    [lost] = line.facts("observation_lost")
    assert lost.occurred_at == opened.occurred_at


async def test_ended_while_nobody_was_there__closed_not_by_us(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    await line.done(line.open_call(chat))
    call = chat.call
    assert call is not None
    await line.stop()
    calling.discard(line.world, call, None)
    await line.start()
    [closed] = await line.until(lambda: line.facts("call_closed"))
    assert (closed.payload["tg_call_id"], closed.payload["by_us"]) == (call.id, False)
    await line.until(lambda: chat.state["tg_call_id"] is None)
