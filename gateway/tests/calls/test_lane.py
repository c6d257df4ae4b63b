"""A lesson's call: opened, joined, left, closed, and all of it reported."""

from __future__ import annotations

from gateway.tests.harness.line import Line


async def test_a_lesson__opened_joined_left_and_closed(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    opened = await line.done(line.open_call(chat, title="Algèbre"))
    assert opened["state"] == "done"
    call = chat.call
    assert call is not None and call.id == opened["result"]["tg_call_id"]
    assert call.title == "Algèbre"
    await amina.join_call()
    [joined] = await line.until(lambda: line.facts("participant_joined"))
    await amina.leave_call()
    [left] = await line.until(lambda: line.facts("participant_left"))
    for fact in (joined, left):
        assert fact.payload["tg_user_id"] == amina.id
        assert fact.payload["tg_call_id"] == call.id
    closed = await line.done(line.close_call(chat))
    assert closed["state"] == "done" and chat.call is None
    [fact] = await line.until(lambda: line.facts("call_closed"))
    assert fact.payload["by_us"]


async def test_away_for_the_whole_lesson__the_call_is_not_opened_afterwards(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    await line.stop()
    opening = line.open_call(chat, due_in_s=-10, expires_in_s=-1)
    closing = line.close_call(chat, due_in_s=-1)
    await line.start()
    assert (await line.done(opening))["state"] == "expired"
    assert (await line.done(closing))["state"] == "done"
    assert chat.call is None and not line.facts("call_opened")
    [closed] = line.facts("call_closed")
    assert closed.payload["tg_call_id"] is None
