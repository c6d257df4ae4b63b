"""Logging in at a terminal, by a French person."""

from __future__ import annotations

import re

import pytest
from telegram_gateway.identity import terminal
from telethon import functions

from gateway.tests.harness.line import Line

FRENCH = "fr_FR.UTF-8"
PASSWORD = "pâté & crème 42 / très secret"


async def _code(line: Line, number: str, *, before: str | None = None) -> str:
    """The code that this number is sent; `before`: one of an earlier login, which is not meant."""
    codes = line.world.login_codes
    number = number.lstrip("+")
    return await line.until(lambda: codes.get(number) != before and codes.get(number))


@pytest.mark.parametrize(
    ("answer", "is_yes"),
    [
        ("oui", True),
        (" Y ", True),
        ("Oui", True),
        ("non", False),
        ("", False),
        ("yesterday", False),
    ],
)
def test_yes__in_both_languages(answer: str, is_yes: bool) -> None:
    assert terminal._is_yes(answer) is is_yes


async def test_phone_wrong_code_code_and_password(line: Line) -> None:
    line.account.password, line.account.password_hint = PASSWORD, "dessert"
    async with line.terminal("login", "user", lang=FRENCH) as typed:
        typed.type(f"+{line.account.phone}\n")
        code = await _code(line, line.account.phone)
        done = await typed.finish(f"1111111111\n{code}\n{PASSWORD}\n")
    assert done.code == 0, done
    asked = done.asked
    assert "Ce code est faux" in asked
    assert "dans une application Telegram où ce compte est déjà connecté" in asked
    assert "dans son application (5 caractères" in asked
    assert "(indice : dessert)" in asked
    assert "École Démo était déjà connecté" in done.said
    assert PASSWORD not in done.said + asked
    assert code not in done.said + asked
    await line.until(lambda: len(line.logged("serving")) == 2, what="served with the new login")


async def test_qr_code_in_blocks__the_groups_of_before_are_served(line: Line) -> None:
    chat = line.chat("3e A")
    teacher = await line.person("Nora", chat, role="teacher")
    await line.until(lambda: chat.is_ready)
    await teacher.come_in(chat)
    phone = line.sandbox.client(line.account)
    await phone.connect()
    logins, clock = line.sandbox.server.logins, line.world.clock
    async with line.terminal("login", "user", "--qr", lang=FRENCH) as typed:
        token = await line.until(lambda: logins.shown(clock.time()), what="a code to scan")
        await phone(functions.auth.AcceptLoginTokenRequest(token))
        done = await typed.finish()
    await phone.disconnect()
    assert done.code == 0, done
    assert "Connecter un appareil" in done.asked
    assert len([row for row in done.asked.splitlines() if re.search("[█▀▄]{3}", row)]) > 10
    assert "École Démo était déjà connecté" in done.said
    await line.until(lambda: len(line.logged("serving")) == 2, what="served with the new login")
    # a new login has heard of no group; nothing is asked of Telegram again and again because of it
    await line.done(line.open_call(chat))
    await line.until(lambda: chat.call)
    asked = line.asked("channels.getChannels")
    assert not [request for request in asked if request.error == "CHANNEL_INVALID"]


@pytest.mark.parametrize("answer", ["non", ""])
async def test_another_account__is_asked_about(line: Line, answer: str) -> None:
    other = line.world.add_user("Compte", "Bis", phone="+33639980177")
    async with line.terminal("login", "user", "--phone", other.phone, lang=FRENCH) as typed:
        code = await _code(line, other.phone)
        done = await typed.finish(f"{code}\n{answer}\n")
    assert done.code == 2
    assert "École Démo est connecté actuellement" in done.asked
    assert done.asked.splitlines()[-1].startswith("Rien n'a été changé")
