"""People who call themselves, and write, what has stopped programs: the gateway goes on."""

from __future__ import annotations

import json
import random

from telethon import functions

from gateway.tests.harness.hostile import hostile
from gateway.tests.harness.line import Line

SHARE = 12


async def test_names_messages_and_titles__stop_nothing(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    teacher = await line.person("Émile", chat, role="supervisor")
    await line.until(lambda: chat.is_ready)
    for person in (amina, teacher):
        await person.come_in(chat)
    await line.until(lambda: chat.is_admin(teacher))
    texts = [one for one in hostile() if one.strip() and len(one) < 60]
    texts = ["A\0B", "\0\x01\x1b[2J", *random.Random("line").sample(texts, SHARE)]
    bot = await amina.client.get_input_entity(line.bot.username)
    for text in texts:
        await amina.client(functions.account.UpdateProfileRequest(first_name=text))
        await amina.client(functions.messages.SendMessageRequest(bot, text))
        await teacher.edit_title(f"{text} 3e A"[:100])
    await amina.client(functions.messages.SendMessageRequest(bot, "the last one"))
    last_facts = await line.until(
        lambda: [
            fact for fact in line.facts("bot_message") if fact.payload["text"] == "the last one"
        ]
    )
    assert len(line.facts("bot_message")) == len(texts) + len(last_facts)
    assert "\\u0000" not in json.dumps([fact.payload for fact in line.facts()])
    # the group's own work goes on, after a start, too
    await line.restart()
    omar = await line.person("Omar", chat)
    line.reconcile(chat)
    await omar.ask_to_join(chat.link)
    await line.until(lambda: chat.is_known_as(omar, "in"))
