"""Who asks to be let in, and does not belong: told of, and turned down once Odoo has answered."""

from __future__ import annotations

import pytest

from gateway.tests.harness.line import Line


@pytest.mark.parametrize("times", [2, 3])
async def test_asks_again_at_once__turned_down_again(line: Line, times: int) -> None:
    chat = line.chat("3e A")
    await line.person("Émile", chat, role="teacher")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    line.set_roster(chat, amina, status="out")
    line.reconcile(chat)
    await line.until(lambda: chat.is_known_as(amina, "removed"))
    for _ in range(times):
        await amina.ask_to_join(chat.link)
        await line.until(lambda: chat.is_known_as(amina, "requested") or not chat.is_waiting(amina))
        line.answer("request_waiting")
        await line.until(lambda: not chat.is_waiting(amina))
        await line.until(lambda: chat.is_known_as(amina, "removed"))


async def test_asks_again_within_a_second_after_they_were_enrolled_in_between__let_in(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Odoo's answer to the first request says nothing of the second, though both have one date."""
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat, status="out")
    await line.until(lambda: chat.is_ready)
    now = line.world.clock.now()
    with monkeypatch.context() as patch:
        patch.setattr(line.world.clock, "now", lambda: now)
        await amina.ask_to_join(chat.link)
        await line.until(lambda: line.facts("request_waiting", state="new"))
        line.answer("request_waiting")
        await line.until(lambda: not chat.is_waiting(amina))
        await amina.ask_to_join(chat.link)
        await line.until(lambda: line.facts("request_waiting", state="new"))
        assert chat.is_waiting(amina), "nobody has answered this one"
    line.set_roster(chat, amina)
    line.answer("request_waiting")
    await line.until(lambda: chat.is_known_as(amina, "in"))
