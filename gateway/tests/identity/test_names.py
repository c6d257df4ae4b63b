"""What people are called on Telegram: Odoo is told where it knows them otherwise."""

from __future__ import annotations

from telegram_gateway.core.model import TgUserId
from telegram_gateway.database.names import changed_names
from telegram_gateway.telegram.seen import Person
from telegram_sandbox.world.renaming import change_user

from gateway.tests.harness.line import Line


async def test_renamed__odoo_is_told_once(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    await amina.client.send_message(line.bot.username, "/help")
    await line.until(lambda: line.facts("bot_message"))
    change_user(line.world, amina.user, {"first_name": "Amina B."})
    [fact] = await line.until(lambda: line.facts("person_changed"))
    assert (fact.payload["tg_user_id"], fact.payload["name"]) == (amina.id, "Amina B.")
    await line.done(line.reconcile(chat, check=True))
    assert chat.member(amina)["name"] == "Amina B."


async def test_as_odoo_knows_them__nothing_is_told(school, database) -> None:
    school.insert(
        "telegram_contact",
        partner_id=school.partner("Amina"),
        tg_user_id=7,
        state="confirmed",
        name="Amina",
        username="amina",
    )
    same, other = Person(name="Amina", username="amina"), Person(name="A.", username="amina")
    user = TgUserId(7)
    assert await changed_names(database, {user: same}) == {}
    assert await changed_names(database, {user: other}) == {user: other}
