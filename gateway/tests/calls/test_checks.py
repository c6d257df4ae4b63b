"""A call that somebody began while nobody looked is found by a check, which is repeated if it
fails."""

from __future__ import annotations

from telegram_gateway.calls import checks

from gateway.tests.harness.line import Line


async def test_check__finds_a_call_and_is_repeated_until_it_could(line: Line) -> None:
    assert checks.CallChecks
    chat = line.chat("3e A")
    teacher = await line.person("Émile", chat, role="teacher")
    await line.until(lambda: chat.is_ready)
    await teacher.come_in(chat)
    await line.until(lambda: chat.is_admin(teacher))
    await line.stop()
    await teacher.start_call()
    refused = line.refuse("channels.getFullChannel", "CHANNELS_TOO_MUCH", by="user", times=1)
    await line.start()
    await line.until(lambda: line.facts("call_opened"))
    assert refused.fired and chat.state["tg_call_id"] == chat.call.id
