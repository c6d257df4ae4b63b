"""Calls that are announced before they begin, and announcements that are taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line


def announce(line: Line, chat: Chat, key: str, at: str) -> int:
    return line.order("announce_call", chat, key=key, payload={"title": "Algèbre", "at": at})


async def withdraw(line: Line, chat: Chat, announce_key: str) -> dict[str, Any]:
    payload = {"announce_key": announce_key}
    row = await line.done(line.order("withdraw_call", chat, payload=payload))
    assert row["state"] == "done"
    return row["result"]


def in_s(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def test_announced__begins_with_the_lesson_and_is_not_taken_back_then(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    announced = await line.done(announce(line, chat, "one", in_s(3600)))
    call = chat.call
    assert call is not None and call.schedule_date is not None and call.title == "Algèbre"
    assert announced["result"] == {"tg_call_id": call.id}
    # a second one would end the first
    again = await line.done(announce(line, chat, "two", in_s(3600)))
    assert again["result"] == {"tg_call_id": None, "skipped": "call_there"}

    opened = await line.done(line.open_call(chat))
    assert (opened["result"]["tg_call_id"], opened["result"]["adopted"]) == (call.id, False)
    assert call.schedule_date is None
    assert await withdraw(line, chat, "one") == {"tg_call_id": None}
    assert chat.call is call


async def test_withdrawn__and_what_cannot_be_announced(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    late = await line.done(announce(line, chat, "late", in_s(5)))
    assert late["result"] == {"tg_call_id": None, "skipped": "too_late"}
    for at in ("tomorrow", "2026-09-01T08:00:00"):  # the second has no time zone
        wrong = await line.done(announce(line, chat, at, at))
        assert (wrong["state"], wrong["error_code"]) == ("failed", "bad_payload")
    await line.done(announce(line, chat, "one", in_s(3600)))
    call = chat.call
    assert call is not None
    assert await withdraw(line, chat, "another") == {"tg_call_id": None}
    assert await withdraw(line, chat, "one") == {"tg_call_id": call.id}
    assert chat.call is None and not line.facts("call_opened")
