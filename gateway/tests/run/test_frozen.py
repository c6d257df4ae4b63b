"""Frozen accounts, and logins too fresh to appoint admins: what rests, what goes on, and how it
goes on by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from telethon import functions

from gateway.tests.harness.line import Line

_URL = "https://t.me/spambot?start=appeal"
_FREEZE = ("account_refused_as_frozen", "account_frozen", "account_thawed")
# What changes a group or its calls.
_CHANGES = ("phone.createGroupCall", "phone.discardGroupCall", "channels.createChannel")


def freeze(line: Line, kind: str = "user", *, shown: bool = True) -> None:
    """Telegram freezes an account; `shown`: its configuration says so."""
    line.expect_errors(*_FREEZE)
    user = line.account if kind == "user" else line.bot
    user.frozen_since = datetime.now(UTC)
    user.frozen_until = user.frozen_since + timedelta(days=30)
    user.appeal_url = _URL


def thaw(line: Line, kind: str = "user") -> None:
    """An appeal was granted."""
    (line.account if kind == "user" else line.bot).frozen_since = None


def refused(line: Line) -> list:
    return [one for one in line.asked() if (one.error or "").startswith("FROZEN")]


@pytest.mark.slow
async def test_frozen__nothing_is_changed__reading_goes_on__and_thawed_everything(
    line: Line,
) -> None:
    await line.stop()
    chat = line.chat("3e A")
    await line.start(standing_s=0.5)
    teacher = await line.person("Mme Roux", chat, role="teacher")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await teacher.come_in(chat)
    await line.until(lambda: chat.is_admin(teacher))
    freeze(line)
    [fact] = await line.until(lambda: line.facts("account_frozen"))
    assert fact.payload["account"] == "user" and fact.payload["appeal_url"] == _URL
    row = line.account_row("user")
    assert row["frozen_since"] and row["frozen_until"] and row["state"] == "connected"
    [shown] = line.health("account_frozen")
    assert shown["level"] == "act" and shown["facts"]["appeal_url"] == _URL
    report = (await line.health_report()).text
    assert _URL in report

    # the account rests: the opening waits, a new group is not made
    opening = line.open_call(chat)
    later = line.chat("4e B")
    await line.until(lambda: line.outcome(opening)["attempts"])
    await line.until(lambda: line.outcome(opening)["state"] == "pending")
    assert line.outcome(opening)["error_code"] == "FROZEN_METHOD_INVALID"
    # the bot goes on, and what happens is seen
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    assert (await line.done(line.send(chat, "Bonjour")))["state"] == "done"
    assert chat.call is None and later.group is None
    assert not refused(line)  # our own gate has held it all back

    thaw(line)
    await line.until(lambda: line.facts("account_thawed"))
    assert (await line.done(opening))["state"] == "done"
    assert chat.call is not None
    await line.until(lambda: later.is_ready)
    assert line.account_row("user")["frozen_since"] is None and not line.health("account_frozen")
    assert len(line.facts("account_frozen")) == 1


async def test_frozen__a_call_begun_by_hand_is_the_lesson_s_and_its_end_brings_the_sheet(
    line: Line,
) -> None:
    chat = line.chat("3e A")
    teacher = await line.person("Mme Roux", chat, role="teacher")
    await line.until(lambda: chat.is_ready)
    await teacher.come_in(chat)
    await line.until(lambda: chat.is_admin(teacher))
    freeze(line)
    # found out by a refusal: the configuration is read then, too
    opening = line.open_call(chat, "lesson:1")
    await line.until(lambda: line.facts("account_frozen"))
    assert [request.method for request in refused(line)] == ["phone.createGroupCall"]
    await line.until(lambda: line.outcome(opening)["state"] == "pending")
    await teacher.start_call()
    done = await line.done(opening)
    assert done["state"] == "done" and done["result"]["adopted"] is True
    call = chat.call
    opened = [fact for fact in line.facts("call_opened") if fact.payload["open_key"]]
    assert [fact.payload["tg_call_id"] for fact in opened] == [call.id]
    assert opened[0].payload["adopted"] is True and opened[0].payload["reopened"] == 0
    await teacher.join_call()
    await line.until(lambda: line.facts("participant_joined"))

    closed = await line.done(line.close_call(chat, "lesson:1"))
    assert closed["state"] == "done"
    assert closed["result"] == {"tg_call_id": call.id, "left_open": "FROZEN_METHOD_INVALID"}
    [kept] = await line.until(lambda: line.facts("call_kept"))
    assert kept.payload["close_key"] == closed["key"] and kept.payload["open_key"] is None
    assert chat.call is call  # nobody but those in it can end it
    await teacher.client(functions.phone.DiscardGroupCallRequest(await teacher.running_call()))
    [over] = await line.until(lambda: line.facts("call_closed"))
    assert over.payload["by_us"] is False and over.payload["open_key"] is None
    assert not line.health("commands_failed", "commands_stuck")


async def test_frozen__a_lesson_without_a_call_ends_as_ever(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    freeze(line)
    await line.until(lambda: line.outcome(line.open_call(chat, "lesson:1"))["id"])
    await line.until(lambda: line.facts("account_frozen"))
    closed = await line.done(line.close_call(chat, "lesson:1"))
    assert (closed["state"], closed["result"]) == ("done", {"tg_call_id": None})
    await line.until(lambda: line.facts("call_closed"))


async def test_frozen__known_after_a_restart(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    freeze(line)
    line.open_call(chat, "lesson:1")
    await line.until(lambda: line.facts("account_frozen"))
    before = len(refused(line))
    await line.restart()
    opening = line.open_call(chat, "lesson:2")
    await line.until(lambda: line.outcome(opening)["error_code"] == "FROZEN_METHOD_INVALID")
    assert len(refused(line)) == before and len(line.facts("account_frozen")) == 1


async def test_frozen__a_refusal_alone_counts_too(line: Line) -> None:
    """Not every refusal is in the configuration: then one request finds out, later."""
    line.expect_errors(*_FREEZE)
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    line.refuse("phone.createGroupCall", "FROZEN_METHOD_INVALID", 406)
    opening = line.open_call(chat)
    await line.until(lambda: line.facts("account_frozen"))
    await line.until(lambda: line.outcome(opening)["state"] == "pending")
    line.allow()
    await line.restart()  # after ten minutes, or a start
    assert (await line.done(opening))["state"] == "done"
    await line.until(lambda: line.facts("account_thawed"))


async def test_frozen_bot__the_account_goes_on_with_calls(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    freeze(line, "bot")
    message = line.send(chat, "Bonjour")
    [fact] = await line.until(lambda: line.facts("account_frozen"))
    assert fact.payload["account"] == "bot"
    await amina.ask_to_join(chat.link)
    await line.until(lambda: chat.member(amina).get("seen_status") == "requested")
    assert (await line.done(line.open_call(chat)))["state"] == "done"
    assert line.outcome(message)["state"] == "pending" and chat.is_waiting(amina)
    assert len(refused(line)) == 1
    thaw(line, "bot")
    await line.restart()
    assert (await line.done(message))["state"] == "done"
    await line.until(lambda: chat.has(amina))
    await line.until(lambda: line.facts("account_thawed"))


async def test_fresh_account__a_new_group_waits_without_a_link_and_its_calls_are_opened(
    line: Line,
) -> None:
    await line.stop()
    line.world.profile = line.world.profile.but(fresh_login_s=86_400)
    await line.start(fresh_again_s=1.0)
    chat = line.chat("3e A")
    await line.until(lambda: chat.state.get("waits_until"))
    assert chat.state["state"] == "creating"
    assert chat.state["error_code"] == "FRESH_CHANGE_ADMINS_FORBIDDEN"
    assert not chat.link and not line.facts("chat_ready")
    assert line.account_row("user")["fresh_until"] == chat.state["waits_until"]
    [shown] = line.health("account_fresh")
    assert shown["level"] == "note" and shown["facts"]["groups"] == 1
    assert (await line.done(line.open_call(chat)))["state"] == "done"
    assert chat.call is not None
    assert (await line.done(line.close_call(chat)))["state"] == "done"
    assert chat.call is None

    line.world.profile = line.world.profile.but(fresh_login_s=None)
    await line.until(lambda: chat.is_ready)  # by itself
    assert chat.link and chat.state["waits_until"] is None
    await line.until(lambda: line.facts("chat_ready"))
    assert line.account_row("user")["fresh_until"] is None
    assert not line.health("account_fresh")


async def test_fresh_bot__roles_wait_and_hold_up_nobody(line: Line) -> None:
    await line.stop()
    line.world.profile = line.world.profile.but(fresh_admin_s=86_400, fresh_code=406)
    await line.start(fresh_again_s=1.0)
    chat = line.chat("3e A")
    teacher = await line.person("Mme Roux", chat, role="teacher")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await teacher.come_in(chat)
    await line.until(lambda: chat.member(teacher)["error_code"])
    assert chat.is_known_as(teacher, "in") and not chat.is_admin(teacher)
    assert line.account_row("bot")["fresh_until"]
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    line.set_roster(chat, amina, status="out")
    await line.until(lambda: not chat.has(amina))
    assert chat.member(teacher)["error_code"]  # still said: why
    line.world.profile = line.world.profile.but(fresh_admin_s=None)
    await line.until(lambda: chat.is_admin(teacher))  # by itself
    await line.until(lambda: not chat.member(teacher)["error_code"])
    assert line.account_row("bot")["fresh_until"] is None
