"""What is reported of a call in which not everything was seen: by the gateway, or by Telegram."""

from __future__ import annotations

from datetime import datetime

import pytest
from telegram_gateway.calls.watch import CallWatch

from gateway.tests.harness.line import Line

assert CallWatch  # whose subject this is; the gateway makes them


async def test_as_a_channel__reported_with_its_title_and_as_nobody(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.done(line.open_call(chat))
    await amina.join_call(join_as=await amina.own_channel("Cuisine & <b>jardin</b>"))
    [joined] = await line.until(lambda: line.facts("participant_joined"))
    assert (joined.payload["peer_kind"], joined.payload["tg_user_id"]) == ("channel", None)
    assert joined.payload["name"] == "Cuisine & <b>jardin</b>"
    assert joined.payload["tg_channel_id"]


@pytest.mark.slow
async def test_killed_while_somebody_leaves__found_with_a_bound_and_not_observed_until_then(
    line: Line,
) -> None:
    await line.stop()
    await line.start(process=True)
    chat = line.chat("3e A")
    stays, leaves = [await line.person(name, chat) for name in ("Amina", "Bilal")]
    await line.until(lambda: chat.is_ready)
    for person in (stays, leaves):
        await person.come_in(chat)
    await line.done(line.open_call(chat))
    for person in (stays, leaves):
        await person.join_call()
    await line.until(lambda: len(line.facts("participant_joined")) == 2)
    await line.kill()
    await leaves.leave_call()
    left_at = leaves.acts[-1].at
    await line.start()
    [left] = await line.until(lambda: line.facts("participant_left"))
    assert (left.payload["tg_user_id"], left.payload["source"]) == (leaves.id, "look")
    at = datetime.fromisoformat(left.payload["at"])
    assert -1 <= (at - left_at).total_seconds() <= left.payload["precision_s"] + 1
    # whoever was there before is not reported once more
    assert len(line.facts("participant_joined")) == 2
