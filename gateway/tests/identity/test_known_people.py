"""Whom an account has met it can address, also after it died; until the school erases them."""

from __future__ import annotations

import pytest
from telegram_gateway.database import accounts, known_people
from telegram_gateway.database.connection import Database
from telegram_gateway.telegram.session import StoredSession

from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person


async def _met(line: Line) -> Person:
    """Somebody whom the bot knows by a private message alone; it is stored that it does."""
    who = await line.person("Amina")
    await who.client.send_message(line.bot.username, "Bonjour")
    await line.until(lambda: line.facts("bot_message"))
    await line.until(lambda: _knows(line, who), what="it is stored whom the bot met")
    return who


async def _knows(line: Line, who: Person) -> bool:
    """Whether the bot's login, as it is stored, knows that person."""
    database = await Database.open(line.school.gateway_url)
    try:
        bot = (await accounts.load_accounts(database, line.settings.pool))["bot"]
        of = (database, bot, line.settings.process_name, line.settings.session_key_bytes)
        data = await accounts.load_session(*of)
        assert data is not None
        session = StoredSession.from_bytes(data, await known_people.load(*of))
        return session.get_entity_rows_by_id(who.id) is not None
    finally:
        await database.close()


@pytest.mark.slow
async def test_killed__it_knows_whom_it_met(line: Line) -> None:
    await line.stop()
    await line.start(process=True)
    who = await _met(line)
    await line.kill()
    await line.start()
    before = line.so_far
    assert (await line.done(line.send(who, "Bonsoir")))["state"] == "done"
    await line.until(lambda: "Bonsoir" in who.texts)
    assert not line.asked("users.getUsers", "bot", after=before)


async def test_stopped_in_good_order__it_knows_whom_it_met_at_last(line: Line) -> None:
    who = await line.person("Amina")
    await who.client.send_message(line.bot.username, "Bonjour")
    await line.until(lambda: line.facts("bot_message"))
    await line.stop()
    assert await _knows(line, who)


async def test_erased__it_knows_them_no_more(line: Line) -> None:
    who, other = await _met(line), await _met(line)
    assert who.partner_id is not None
    payload = {"partner_id": who.partner_id, "tg_user_ids": [who.id], "put_out": [who.id]}
    done = await line.done(line.order("forget", payload=payload))
    assert done["state"] == "done"
    assert not await _knows(line, who)
    assert await _knows(line, other)
    await line.restart()
    assert not await _knows(line, who)
