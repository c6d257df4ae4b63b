"""The list of a call is read once more before it is closed, and when Telegram hides listeners."""

from __future__ import annotations

from telegram_gateway.calls.reading import CallReader

from gateway.tests.harness.line import Line

assert CallReader  # whose subject this is; the gateway makes them


async def test_hidden_listeners__not_taken_to_have_left(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.done(line.open_call(chat))
    await amina.join_call()
    await line.until(lambda: line.facts("participant_joined"))
    line.hide_listeners(chat)
    await line.until(lambda: line.facts("listeners_hidden"))
    line.hide_listeners(chat, False)
    await line.until(lambda: line.facts("listeners_shown"))
    assert not line.facts("participant_left")


async def test_before_the_end__updates_that_were_lost_are_found(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.done(line.open_call(chat))
    line.faults.lose_push("updateGroupCallParticipants", user=line.account, times=None)
    await amina.join_call()
    await line.done(line.close_call(chat))
    joined = line.facts("participant_joined")
    assert [fact.payload["tg_user_id"] for fact in joined] == [amina.id]
    [left] = line.facts("participant_left")
    assert left.payload["at"] >= joined[0].payload["at"]
