"""The bot's messages: sent, edited, and found again where their answer was lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from telegram_gateway.core.model import TgChatId, TgUserId
from telegram_gateway.telegram import bot_commands, messages, sent
from telegram_gateway.telegram.missed_messages import messages_after
from telegram_gateway.telegram.peers import channel_for, person_for

from gateway.tests.telegram.conftest import School


def test_plain_text__as_telegram_stores_it() -> None:
    assert messages.plain_text({"text": " <b>Rappel</b> &amp; plus\n"}) == "Rappel & plus"


async def test_in_a_group__sent_edited_and_found(school: School) -> None:
    group = await school.group()
    tg_chat_id, bot_id = TgChatId(group.id), school.bot_user.id
    channel = await channel_for(school.bot, tg_chat_id)
    since = datetime.now(UTC) - timedelta(minutes=1)
    payload = {
        "text": "<b>Rappel</b>",
        "buttons": [[{"text": "École", "url": "https://a.example"}]],
    }
    message_id = await messages.send(school.bot, channel, payload, random_id=5)
    assert message_id is not None
    assert await messages.send(school.bot, channel, payload, random_id=5) is None  # known already
    found_id = await sent.find_in_group(school.user, tg_chat_id, bot_id, "Rappel", since, set())
    assert found_id is not None and found_id.message_id == message_id
    others = {message_id}
    assert not await sent.find_in_group(school.user, tg_chat_id, bot_id, "Rappel", since, others)
    for _ in range(2):  # the second time it says so already
        await messages.edit(school.bot, channel, {"text": "Merci"}, message_id)
    assert await sent.stands_in_group(school.user, tg_chat_id, bot_id, message_id)
    assert not await sent.stands_in_group(school.user, tg_chat_id, bot_id, message_id + 1)


async def test_to_a_person__and_what_they_wrote_meanwhile(school: School) -> None:
    amina = school.world.add_user("Amina")
    phone = school.sandbox.client(amina)
    await phone.connect()
    try:
        for text in ("/start", "Bonjour"):
            await phone.send_message("ecole_bot", text)
        written = await messages_after(school.bot, 0)
        assert [(seen.text, seen.tg_user_id) for seen in written] == [
            ("/start", amina.id),
            ("Bonjour", amina.id),
        ]
        peer = await person_for(school.bot, TgUserId(amina.id))
        message_id = await messages.send(school.bot, peer, {"text": "Bonsoir"}, random_id=6)
        last = written[-1].message_id
        found_id = await sent.find_to_person(school.bot, amina.id, "Bonsoir", last, set())
        assert found_id is not None and found_id.message_id == message_id
        assert (
            await sent.find_to_person(school.bot, amina.id, "Bonsoir", message_id or 0, set())
            is None
        )
    finally:
        await phone.disconnect()


async def test_commands__are_listed_in_both_languages(school: School) -> None:
    await bot_commands.register(school.bot)
    assert {"", "fr"} <= {
        code for listed in school.bot_user.commands.values() for code in listed
    } | set(school.bot_user.commands)
