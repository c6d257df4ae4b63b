"""The commands of a lesson's call, from its opening to its closing."""

from __future__ import annotations

from gateway.tests.harness.line import Line


async def test_open_and_close(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    opened = await line.done(line.open_call(chat))
    assert opened["result"] == {"tg_call_id": chat.call.id, "adopted": False}
    closed = await line.done(line.close_call(chat))
    assert closed["result"] == {"tg_call_id": opened["result"]["tg_call_id"]}
    assert chat.call is None
    [opening] = line.facts("call_opened")
    [closing] = line.facts("call_closed")
    assert opening.payload["open_key"] == closing.payload["open_key"]
