"""Private messages and pressed buttons are reported once each, also those of a time when nobody was
there."""

from __future__ import annotations

import asyncio
import contextlib

from telegram_gateway.messages.private import PrivateMessages
from telethon import errors

from gateway.tests.harness.line import Line

assert PrivateMessages  # whose subject this is; messages/lane.py makes it


async def test_written_while_nobody_was_there__reported_once_in_order(line: Line) -> None:
    amina = await line.person("Amina")
    await amina.start_bot(f"https://t.me/{line.bot.username}?start=first")
    [first] = await line.until(lambda: line.facts("bot_message"))
    assert (first.payload["tg_user_id"], first.payload["name"]) == (amina.id, "Amina")
    assert first.payload["text"] == "/start first"
    await line.stop()
    for text in ("un", "deux"):
        await amina.client.send_message(line.bot.username, text)
    await line.start()
    await line.until(lambda: len(line.facts("bot_message")) == 3)
    await line.restart()
    await amina.client.send_message(line.bot.username, "trois")
    await line.until(lambda: len(line.facts("bot_message")) >= 4)
    texts = [fact.payload["text"] for fact in line.facts("bot_message")]
    assert texts == ["/start first", "un", "deux", "trois"]


async def test_a_button__reported_though_telegram_wants_no_answer_any_more(line: Line) -> None:
    amina = await line.person("Amina")
    await amina.start_bot(f"https://t.me/{line.bot.username}?start=hello")
    await line.done(line.send(amina, "Viendras-tu ?", buttons=[[{"text": "Oui", "data": "yes"}]]))
    await line.until(lambda: "Viendras-tu ?" in amina.texts)
    line.refuse("messages.setBotCallbackAnswer", "QUERY_ID_INVALID")
    pressing = asyncio.create_task(amina.press("Oui"))  # the phone waits for an answer in vain
    [fact] = await line.until(lambda: line.facts("button_pressed"))
    assert (fact.payload["data"], fact.payload["tg_user_id"]) == ("yes", amina.id)
    assert line.logged("button_not_answered", code="QUERY_ID_INVALID")
    pressing.cancel()
    with contextlib.suppress(asyncio.CancelledError, errors.RPCError):
        await pressing
