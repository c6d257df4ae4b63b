"""A dead line is noticed, connected anew at a pace, and left to another process in time. With the
time-outs of production."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from telethon import types
from telethon._updates import MessageBox

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line

pytestmark = pytest.mark.slow


async def _lesson(line: Line) -> Chat:
    """A class whose lesson's call runs."""
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    opened = await line.done(line.open_call(chat))
    assert opened["state"] == "done" and chat.call is not None
    return chat


def _memory_mb(pid: int) -> float:
    """Resident memory of a process, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [found] = [line.split()[1] for line in lines if line.startswith("VmRSS:")]
    return int(found) / 1024


# --- at work 10 s after the line is --------------------------------------------------------------

FAULTS = ["freeze", "swallow", "swallow up", "swallow down", "refuse", "close_at_once", "delay"]


def _break(line: Line, fault: str) -> None:
    name, *directions = fault.split()
    if name == "delay":
        line.proxy.delay(60)
    elif name == "refuse":
        line.proxy.refuse()
        line.proxy.reset()
    else:
        getattr(line.proxy, name)(*directions)


@pytest.mark.parametrize(
    ("fault", "lasts_s"),
    [
        *((fault, 12) for fault in FAULTS),
        ("freeze", 2),
        ("swallow", 2),
        ("swallow down", 2),
        ("swallow", 40),
        ("close_at_once", 40),
    ],
)
@pytest.mark.timeout(240)
async def test_the_line_is_back__the_gateway_is_at_work_within_10_s(
    proxied: Line, fault: str, lasts_s: int
) -> None:
    line = proxied
    line.expect_errors("lane_failed")
    chat = await _lesson(line)
    before = line.proxy.count()
    _break(line, fault)
    closing, sent = line.close_call(chat), line.send(chat, "Bonjour")
    ends = time.monotonic() + lasts_s
    await line.until(lambda: time.monotonic() > ends, within_s=lasts_s + 5)
    made = line.proxy.count() - before
    await line.proxy.heal()
    healed = time.monotonic()
    amina = await line.person("Amina", chat)
    await amina.ask_to_join(chat.link)
    for what in (
        lambda: line.outcome(closing)["state"] == "done" and chat.call is None,
        lambda: line.outcome(sent)["state"] == "done",
        lambda: chat.has(amina),
    ):
        await line.until(what, within_s=max(0.1, healed + 10 - time.monotonic()))
    assert chat.texts.count("Bonjour") == 1
    assert made <= 2 * (3 + lasts_s / 3), f"{made} connections in {lasts_s} s"


@pytest.mark.timeout(240)
async def test_a_firewall_closes_every_connection__few_are_made_and_little_is_kept(
    proxied: Line,
) -> None:
    """Many groups, as a process whose memory can be measured."""
    line = proxied
    chats = [line.chat(f"Classe {number}") for number in range(12)]
    for chat in chats:
        await line.until(lambda chat=chat: chat.is_ready, within_s=60)
    await line.stop()
    await line.start(process=True)
    lesson = chats[0]
    opened = await line.done(line.open_call(lesson))
    assert opened["state"] == "done"
    before = line.proxy.count()
    line.proxy.close_at_once()
    ends = time.monotonic() + 30
    await line.until(lambda: time.monotonic() > ends, within_s=40)
    assert line.proxy.count() - before <= 24
    closing = line.close_call(lesson)
    await line.proxy.heal()
    healed = time.monotonic()
    await line.until(lambda: line.outcome(closing)["state"] == "done", within_s=10)
    assert lesson.call is None and time.monotonic() < healed + 10
    assert _memory_mb(line.gateway_pid) < 200


# --- noticed, and left to another one ------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("freeze", None),
        ("swallow", None),
        ("refuse", None),
        ("close_at_once", None),
        ("freeze", "bot"),
        ("close_at_once", "user"),
    ],
)
@pytest.mark.timeout(240)
async def test_the_line_is_dead__the_other_gateway_serves_within_60_s(
    proxied: Line, fault: str, kind: str | None
) -> None:
    """Also where one of the two lines alone is dead."""
    line = proxied
    for account in ("bot", "user"):
        await line.log_in(account, "gateway-2")
    await line.start_beside("gateway-2", server_port=line.sandbox.port)
    await line.until(lambda: line.process_row("gateway-2").get("state") == "standby")
    getattr(line.proxy, fault)(kind=kind)
    if fault == "refuse":
        line.proxy.reset(kind)
    await line.until(lambda: line.process_row("gateway-2")["state"] == "serving", within_s=60)
    await line.until(lambda: line.process_row()["state"] == "unreachable", within_s=60)
    # and once it is well again, the first one stands by
    await line.proxy.heal()
    await line.until(lambda: line.process_row()["state"] == "standby", within_s=30)
    assert line.process_row("gateway-2")["state"] == "serving"


async def test_nobody_else_is_there__the_gateway_takes_its_lease_back(proxied: Line) -> None:
    line = proxied
    line.proxy.freeze()
    await line.until(lambda: line.process_row()["state"] == "unreachable", within_s=60)
    [health_line] = await line.until(lambda: line.health("process_unreachable"), within_s=30)
    assert health_line["level"] == "down"
    await line.proxy.heal()
    await line.until(lambda: line.process_row()["state"] == "serving", within_s=10)
    assert {line.account_row(kind)["state"] for kind in ("bot", "user")} == {"connected"}


# --- the loop for updates ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bot", "user"])
async def test_a_flood_wait_on_missed_updates__everything_goes_on(line: Line, kind: str) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    for method in ("updates.getDifference", "updates.getChannelDifference"):
        line.refuse(method, "FLOOD_WAIT_3", 420, by=kind)
    line.faults.lose_push(user=line.bot if kind == "bot" else line.account, times=2)
    await amina.come_in(chat)
    line.cut()
    await line.until(lambda: chat.is_known_as(amina, "in"), within_s=60)
    await amina.leave_group()
    await line.until(lambda: line.facts("member_left"), within_s=60)
    assert not line.logged("telegram_unreachable")


def _poison(monkeypatch: pytest.MonkeyPatch, user_id: int, times: int | None = 1) -> list[int]:
    """Let the loop of this account's clients fail, so often (None: always) that it hears
    something."""
    process, failed = MessageBox.process_updates, []

    def fail(self, updates, chat_hashes, result):
        if chat_hashes.self_id == user_id and (times is None or len(failed) < times):
            failed.append(1)
            raise RuntimeError("cannot cope with this")
        return process(self, updates, chat_hashes, result)

    monkeypatch.setattr(MessageBox, "process_updates", fail)
    return failed


@pytest.mark.parametrize("kind", ["bot", "user"])
async def test_a_loop_has_ended__connected_anew_and_the_lease_is_kept(
    line: Line, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    generation = line.school.one("SELECT generation FROM telegram_lease")["generation"]
    failed = _poison(monkeypatch, {"bot": line.bot, "user": line.account}[kind].id)
    opened = line.open_call(chat)
    await amina.ask_to_join(chat.link)
    await line.until(lambda: failed)
    await line.until(lambda: line.logged("telegram_unreachable", reason="UPDATES"))
    await line.until(lambda: len(line.logged("serving")) == 2, within_s=60)
    assert line.school.one("SELECT generation FROM telegram_lease")["generation"] == generation + 1
    await line.until(lambda: chat.is_known_as(amina, "in"))
    await line.until(lambda: line.outcome(opened)["state"] == "done")


async def test_missed_updates_that_end_the_loop_each_time__are_left_out(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is read in any case. (The pause before the third time is not the point.)"""
    amina = await line.person("Amina")
    await line.stop()
    await amina.start_bot(f"https://t.me/{line.bot.username}?start=Poison")
    take, failed = MessageBox.apply_difference, []

    def fail(self, diff, chat_hashes):
        if chat_hashes.self_id == line.bot.id and not isinstance(
            diff, types.updates.DifferenceEmpty
        ):
            failed.append(1)
            raise RuntimeError("cannot cope with this")
        return take(self, diff, chat_hashes)

    monkeypatch.setattr(MessageBox, "apply_difference", fail)
    await line.start(connect_every_s=1)
    await line.until(lambda: len(failed) == 2, within_s=60)
    await line.until(lambda: line.process_row().get("state") == "serving", within_s=60)
    await amina.start_bot(f"https://t.me/{line.bot.username}?start=Bonjour")
    await line.until(lambda: len(line.facts("bot_message")) == 2)
    assert len(failed) == 2
    assert [fact.payload["text"] for fact in line.facts("bot_message")] == [
        "/start Poison",
        "/start Bonjour",
    ]


# --- nothing is knocked at for ever --------------------------------------------------------------


async def test_the_menu_of_commands_is_refused__ever_more_seldom(line: Line) -> None:
    await line.stop()
    refused = line.refuse("bots.setBotCommands", "INTERNAL", 500, by="bot")
    await line.start()
    rests = await line.until(
        lambda: (found := line.logged("lane_rests", lane="commands")) and len(found) >= 3 and found,
        within_s=60,
    )
    waits = [rest["wait_s"] for rest in rests]
    assert waits == sorted(set(waits)), "each pause is longer than the one before"
    line.allow(refused)
