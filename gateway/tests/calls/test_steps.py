"""How a call is set up, and what is done where Telegram refuses a part of it."""

from __future__ import annotations

import pytest
from telegram_gateway.calls import steps
from telegram_gateway.telegram.errors import Refused

from gateway.tests.harness.line import Line


async def test_set_up__muted_and_recorded(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    payload = {"join_muted": True, "record": "video"}
    opened = await line.done(line.open_call(chat, payload=payload))
    assert opened["result"]["recorded"] == "video" and "refused" not in opened["result"]
    call = chat.call
    assert call is not None and call.join_muted and call.recording is not None


async def test_set_up__what_is_refused_does_not_keep_the_lesson_from_being_held(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    line.refuse("phone.toggleGroupCallSettings", "CHAT_ADMIN_REQUIRED")
    line.refuse("phone.toggleGroupCallRecord", "GROUPCALL_NOT_MODIFIED")
    payload = {"join_muted": True, "record": "audio"}
    opened = await line.done(line.open_call(chat, payload=payload))
    assert opened["state"] == "done" and chat.call is not None
    assert opened["result"]["refused"] == {"join_muted": "CHAT_ADMIN_REQUIRED"}
    assert opened["result"]["recorded"] == "audio"  # it was recorded already, by that answer


async def test_a_chat_without_a_group__refused() -> None:
    with pytest.raises(Refused, match="chat_broken"):
        await steps.load_chat_with_group(None, None)  # type: ignore[arg-type]
