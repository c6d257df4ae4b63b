"""Lost, limited and unreachable are three things, and each goes on as it can."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from telegram_gateway.core.account_standing import AGAIN, Standing
from telegram_gateway.core.consequences import Consequence, consequence
from telegram_gateway.run.account_standing import AccountStanding
from telegram_sandbox.facts import any_method

from gateway.tests.harness.gateway import InProcess
from gateway.tests.harness.line import Line

LOST = sorted(
    {
        name
        for number, name in any_method()
        if consequence(name, number, "messages.sendMessage", is_bot=True) is Consequence.LOST
    }
)


def row_of(line: Line, number: int) -> dict:
    return line.school.one("SELECT * FROM telegram_outbox WHERE id = %s", number)


@pytest.mark.slow
@pytest.mark.parametrize("name", LOST)
async def test_lost__by_name__the_bot_is_named_and_a_new_login_goes_on(line: Line, name) -> None:
    line.expect_errors("lane_failed")
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    fault = line.refuse("messages.sendMessage", name, 401, by="bot", times=None)
    sent = line.send(chat, "Bonjour")
    await line.until(lambda: line.account_row("bot")["state"] == "lost")
    await line.until(lambda: line.health("account_lost"))
    [lost] = line.health("account_lost")
    assert (lost["facts"]["kind"], lost["facts"]["error_code"]) == ("bot", name)
    assert line.account_row("user")["state"] != "lost"
    text = (await line.health_report()).text
    assert "The bot" in text or "Le bot" in text
    line.allow(fault)
    await line.log_in("bot")
    await line.until(lambda: row_of(line, sent)["state"] == "done")


async def test_lost__the_account_while_it_is_used(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    line.expect_errors("lane_failed")
    line.revoke("user", "SESSION_REVOKED")
    line.open_call(chat)
    await line.until(lambda: line.account_row("user")["state"] == "lost")
    assert line.account_row("user")["error_code"] == "SESSION_REVOKED"
    assert line.is_running


async def test_limited__groups_wait_and_everything_else_goes_on(line: Line) -> None:
    line.expect_errors("account_limited")
    ready = line.chat("3e A")
    await line.until(lambda: ready.is_ready)
    line.refuse("channels.createChannel", "USER_RESTRICTED", 403)
    waiting, next_one = line.chat("4e B"), line.chat("5e C")
    [limited] = await line.until(lambda: line.health("groups_limited"))
    assert (limited["facts"]["kind"], limited["level"]) == ("user", "note")
    sent, opened = line.send(ready, "Bonjour"), line.open_call(ready)
    for number in (sent, opened):
        await line.until(lambda number=number: row_of(line, number)["state"] == "done")
    assert line.account_row("user")["state"] == "connected"
    await line.until(lambda: waiting.state.get("error_code") == "USER_RESTRICTED")
    # whoever comes next does not ask in vain: the core decides until when nobody does
    line.reconcile(next_one)
    await line.until(
        lambda: line.school.all(
            "SELECT 1 FROM telegram_outbox WHERE chat_id = %s AND error_code = 'USER_RESTRICTED'",
            next_one.id,
        )
    )
    assert len([request for request in line.asked("channels.createChannel") if request.error]) <= 2
    assert not line.health("account_limited"), "adding people is another matter"


async def test_an_obstacle_is_gone__the_group_goes_on_by_itself(line: Line) -> None:
    """Nobody asks for another look."""
    fault = line.refuse("messages.exportChatInvite", "NEVER_HEARD_OF", 400, by="bot")
    chat = line.chat("3e A")
    await line.until(lambda: line.logged("reconcile_refused", chat_id=chat.id))
    assert not chat.is_ready
    line.allow(fault)
    await line.until(lambda: chat.is_ready, within_s=60)
    await line.until(
        lambda: not line.school.all("SELECT 1 FROM telegram_outbox WHERE state <> 'done'")
    )


async def test_an_obstacle_is_gone_while_the_gateway_was_away(line: Line) -> None:
    line.refuse("channels.createChannel", "CHANNELS_TOO_MUCH", 400)
    chat = line.chat("3e A")
    await line.until(lambda: line.logged("reconcile_refused", chat_id=chat.id))
    await line.stop()
    line.allow()
    await line.start()
    await line.until(lambda: chat.is_ready)


@pytest.mark.slow
async def test_a_poisonous_message_is_set_aside_and_holds_up_nobody(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    line.refuse("messages.sendMessage", "NEVER_HEARD_OF", 500, by="bot", times=4)
    poisonous = line.send(chat, "Poison")
    await line.until(lambda: row_of(line, poisonous)["attempts"] >= 2)
    following = line.send(chat, "Bonjour")
    await line.until(lambda: row_of(line, following)["state"] == "done", within_s=60)


_POISON = """
CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'this fact cannot be told'; END $$;
CREATE TRIGGER poison BEFORE INSERT ON telegram_inbox FOR EACH ROW
WHEN (NEW.kind = '{kind}' AND NEW.payload LIKE '%Poison%') EXECUTE FUNCTION refuse_poison()
"""


@pytest.mark.slow
async def test_a_message_that_cannot_be_told_is_set_aside_and_holds_up_nobody(line: Line) -> None:
    line.expect_errors("lane_failed", "message_set_aside")
    line.school.odoo.execute(_POISON.format(kind="bot_message"))
    amina = await line.person("Amina")
    await amina.start_bot(f"https://t.me/{line.bot.username}?start=Poison")
    await amina.start_bot(f"https://t.me/{line.bot.username}?start=Bonjour")
    await line.until(lambda: line.logged("message_set_aside"), within_s=60)
    await line.until(lambda: line.facts("bot_message"))
    assert [fact.payload["text"] for fact in line.facts("bot_message")] == ["/start Bonjour"]


@pytest.mark.slow
async def test_updates_that_cannot_be_coped_with_hold_up_that_group_alone(line: Line) -> None:
    line.expect_errors("lane_failed", "updates_set_aside")
    poisoned, other = line.chat("3e A"), line.chat("4e B")
    await line.until(lambda: poisoned.is_ready and other.is_ready)
    line.school.odoo.execute(_POISON.format(kind="request_waiting"))
    stranger = await line.person("Poison", is_known=False)
    await stranger.ask_to_join(poisoned.link)
    await line.until(lambda: line.logged("lane_failed", lane="membership"))
    amina = await line.person("Amina", other)
    await amina.ask_to_join(other.link)
    await line.until(lambda: other.is_known_as(amina, "in"))
    sent = line.send(poisoned, "Bonjour")
    await line.until(lambda: row_of(line, sent)["state"] == "done")
    assert line.is_running and len(line.logged("serving")) == 1


@pytest.mark.slow
async def test_unreachable__is_said_and_is_not_lost(line: Line) -> None:
    await line.stop()
    line.expect_errors()
    await line.start(is_ready=False, server_port=1)
    [health_line] = await line.until(lambda: line.health("process_unreachable"), within_s=90)
    assert health_line["level"] == "down"
    assert {line.account_row(kind)["state"] for kind in ("bot", "user")} == {"disconnected"}
    assert (await line.health_report()).exit_code == 2
    assert line.is_running and len(line.logged("telegram_unreachable")) == 1


@pytest.mark.slow
async def test_two_of_one_name__the_second_waits_and_takes_over(line: Line, tmp_path) -> None:
    await line.stop()
    await line.start(process=True)
    second = InProcess(line.settings, tmp_path / "second.log")
    try:
        [health_line] = await line.until(lambda: line.health("process_twice"), within_s=60)
        assert health_line["level"] == "act"
        assert any(entry["event"] == "name_taken" for entry in second.log)
        logins = len(line.asked("users.getUsers"))
        assert not any(entry["event"] == "serving" for entry in second.log)
        assert len(line.asked("users.getUsers")) == logins
        await line.kill()
        await line.until(
            lambda: any(entry["event"] == "serving" for entry in second.log), within_s=60
        )
        assert {line.account_row(kind)["state"] for kind in ("bot", "user")} == {"connected"}
    finally:
        await second.stop()


async def test_gate__after_a_refusal_one_request_at_a_time_finds_out() -> None:
    changed: list[str] = []
    instants = [datetime(2026, 3, 2, 9, tzinfo=UTC)]

    async def now() -> datetime:
        return instants[-1]

    pool: Any = SimpleNamespace(standings={"bot": Standing()}, now=now)
    gate = AccountStanding(pool, "bot", lambda: changed.append("changed"))
    assert await gate.may_change()
    for _ in range(2):  # the second one was sent before the first was answered
        await gate.refused()
    assert changed == ["changed"] and not await gate.may_change()
    instants.append(instants[-1] + AGAIN)
    assert await gate.may_change() and not await gate.may_change()
    gate.taken()
    assert changed == ["changed"] * 2 and await gate.may_change()
