"""Commands are claimed when they are due, one after the other in a lane, and their outcome is
recorded."""

from __future__ import annotations

import pytest
from telegram_gateway.run import dispatch

from gateway.tests.harness.line import Line


async def test_kind_that_nobody_knows__is_refused_and_holds_up_nothing(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    strange = line.order("send", chat, payload={"text": "Bonjour"}, due_in_s=3600)
    line.school.all(
        "UPDATE telegram_outbox SET kind = 'dance', due_at = now() AT TIME ZONE 'utc'"
        " WHERE id = %s",
        strange,
    )
    greeting = line.send(chat, "Bonjour")
    assert (await line.done(greeting))["state"] == "done"
    outcome = await line.done(strange)
    assert (outcome["state"], outcome["error_code"]) == ("failed", "bad_payload")


async def test_what_was_due_before_it_served__says_so(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    await line.stop()
    late, reads = line.send(chat, "Bonjour"), line.order("list_groups")
    await line.start()
    assert (await line.done(late))["result"]["gateway_was_away"] is True
    assert "gateway_was_away" not in (await line.done(reads))["result"]


async def test_fault_of_our_own__the_command_is_tried_again_and_then_set_aside(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.expect_errors("command_failed")
    monkeypatch.setattr("telegram_gateway.core.retry.MOST_ATTEMPTS", 2)
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    broken = line.order("send", chat, payload={"text": ["no", "text"]})
    outcome = await line.done(broken)
    assert (outcome["state"], outcome["error_code"], outcome["attempts"]) == (
        "failed",
        "internal",
        2,
    )
    assert (await line.done(line.send(chat, "Bonjour")))["state"] == "done"


async def test_reconcile_rows__are_done_as_one(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    await line.stop()
    rows = [line.reconcile(chat, check=True) for _ in range(3)]
    await line.start()
    done = [(await line.done(row))["state"] for row in rows]
    assert done == ["done"] * 3
    checks = line.asked("channels.getParticipants", by="user")
    assert len(checks) <= dispatch._KEEPS_ITS_TURN * 2  # far fewer than three checks ask for
