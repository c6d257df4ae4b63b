"""How a lesson's call is closed: not while people talk, not while another lesson needs it, once."""

from __future__ import annotations

import pytest
from telegram_sandbox.world import calling

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line


async def ready_chat(line: Line) -> Chat:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    return chat


async def test_people_still_talk__closed_once_they_have_left(line: Line) -> None:
    chat = await ready_chat(line)
    amina = await line.person("Amina", chat)
    await amina.come_in(chat)
    await line.done(line.open_call(chat))
    await amina.join_call()
    await line.until(lambda: line.facts("participant_joined"))
    closing = line.close_call(chat, grace_s=3600)
    [kept] = await line.until(lambda: line.facts("call_kept"))
    assert kept.payload["until"] is not None and kept.payload["open_key"] is None
    await line.until(lambda: line.outcome(closing)["state"] == "pending")
    assert chat.call is not None
    await amina.leave_call()
    assert (await line.done(closing))["state"] == "done"
    assert chat.call is None
    assert [fact.payload["by_us"] for fact in line.facts("call_closed")] == [True]


async def test_another_lesson_needs_it__passed_on(line: Line) -> None:
    chat = await ready_chat(line)
    line.close_call(chat, "second", due_in_s=3600)
    first = await line.done(line.open_call(chat, "first"))
    second = await line.done(line.open_call(chat, "second"))
    assert first["result"]["tg_call_id"] == second["result"]["tg_call_id"]
    closed = await line.done(line.close_call(chat, "first"))
    assert closed["result"]["kept_for"] == "second:open"
    assert chat.call is not None and not line.facts("call_closed")
    [kept] = line.facts("call_kept")
    assert (kept.payload["open_key"], kept.payload["close_key"]) == ("second:open", "first:close")


@pytest.mark.parametrize(
    "point", ["call_closed", pytest.param("call_created", marks=pytest.mark.slow)]
)
async def test_killed_after_the_effect__one_call_that_is_ours(line: Line, point: str) -> None:
    """As its first life had done it, the next one knows that it did."""
    chat = await ready_chat(line)
    await line.stop()
    await line.start(process=True, crash_at=point)
    opening = line.open_call(chat)
    if point == "call_closed":
        await line.done(opening)
        closing = line.close_call(chat)
    await line.until(lambda: not line.is_running)
    await line.kill()
    await line.start()
    opened = await line.done(opening)
    assert not opened["result"]["adopted"]
    if point == "call_created":
        closing = line.close_call(chat)
    closed = await line.done(closing)
    assert closed["result"]["tg_call_id"] == opened["result"]["tg_call_id"]
    await line.until(lambda: line.facts("call_closed"))
    assert {fact.payload["by_us"] for fact in line.facts("call_closed")} == {True}
    assert len({fact.payload["tg_call_id"] for fact in line.facts("call_opened")}) == 1
    assert chat.call is None and len(line.world.calls) == 1


@pytest.mark.slow
async def test_killed_after_the_end__what_somebody_began_since_is_theirs(line: Line) -> None:
    chat = await ready_chat(line)
    await line.stop()
    await line.start(process=True, crash_at="call_closed")
    ours = (await line.done(line.open_call(chat)))["result"]["tg_call_id"]
    closing = line.close_call(chat)
    await line.until(lambda: not line.is_running)
    await line.kill()
    assert chat.group is not None
    theirs = calling.create(line.world, chat.group, line.account, None)
    await line.start()
    closed = await line.done(closing)
    assert closed["result"]["tg_call_id"] == ours
    ended = {
        fact.payload["tg_call_id"]: fact.payload["by_us"] for fact in line.facts("call_closed")
    }
    assert ended[ours] and theirs.id not in ended
    assert chat.call is theirs
