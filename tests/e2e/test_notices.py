"""Every kind of notice in both languages, sent to a group and looked at on a phone's page; and what
single people choose to be told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from demo.play.phones import Phone
from demo.stack.environment import LOCAL
from demo.stack.stack import Stack

from .scene import Scene
from .test_people import Chat

KINDS = 11
ARABIC = "أمينة بن علي"


@pytest_asyncio.fixture
async def browser(stack: Stack) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=stack.environment.chromium, args=["--no-sandbox"]
        )
        yield browser
        await browser.close()


async def templates(scene: Scene, lang: str) -> list[dict[str, Any]]:
    """The texts of all kinds in one language, as the menu shows them."""
    await scene.call("ir.actions.server", "run", [await server_action(scene)])
    domain = [("lang", "=", lang)]
    return await scene.school.find("telegram.notice.template", domain, ["kind", "text", "fault"])


async def server_action(scene: Scene) -> int:
    domain = [("module", "=", "telegram_school"), ("name", "=", "telegram_notice_open")]
    [found] = await scene.school.find("ir.model.data", domain, ["res_id"])
    return int(found["res_id"])


@pytest.mark.parametrize(("lang", "page_lang"), [("fr_FR", "fr"), ("en_US", "en")])
async def test_every_kind__is_sent_and_read_on_the_phone(
    scene: Scene, browser: Browser, lang: str, page_lang: str
) -> None:
    room = await scene.room(f"Annonces {page_lang}", students=1)
    await scene.call("small_school.classroom", "write", [room.id], {"lang": lang})
    for name in ("<b>&_*", ARABIC):
        partner_id, _number = await scene.partner(name)
        await scene.enrol(room, partner_id)
    [phone] = room.students.values()
    rows = await templates(scene, lang)
    assert len(rows) == KINDS
    assert [template["fault"] for template in rows if template["fault"]] == []
    chat_id = await scene.chat_id(room)
    for template in rows:
        values = {"template_id": template["id"], "chat_id": chat_id}
        wizard = await scene.call("telegram.notice.wizard", "create", values)
        await scene.call("telegram.notice.wizard", "action_send", [wizard])
    first = {"fr": "Essai d'un texte\n", "en": "Test of a text\n"}[page_lang]

    async def all_sent() -> list[str] | None:
        texts = await phone.group_texts()
        is_whole = len([one for one in texts if one.startswith(first)]) == KINDS
        return texts if is_whole and any(ARABIC in one for one in texts) else None

    texts = await scene.until("all of them", all_sent, within_s=60)
    [names] = [text for text in texts if ARABIC in text]
    # shown as typed, and set apart where a line has letters of both directions
    assert "\u2068<b>&_*\u2069" in names and f"\u2068{ARABIC}\u2069" in names
    assert len([text for text in texts if room.name in text]) >= 1  # the welcome
    assert not [text for text in texts if "{" in text or "<strong>" in text]

    page = await browser.new_page(viewport={"width": 1300, "height": 1500})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{scene.stack.sandbox.control_url}/?lang={page_lang}")
    await page.fill("#search", phone.name)
    await page.locator("#people li", has_text=phone.name).click()
    await page.locator("#chats li").filter(has_text=re.compile(f"^{room.name}")).click()
    await page.locator("#messages li", has_text=ARABIC).wait_for()
    tests = page.locator("#messages li", has_text=first.strip())
    assert await tests.count() == KINDS
    assert await tests.locator("em").count() == KINDS
    assert await page.locator("#messages li strong").count() >= KINDS
    (LOCAL / "screenshots").mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=LOCAL / "screenshots" / f"{page_lang}-notices.png")
    assert errors == []


async def test_settings__a_private_reminder_is_chosen_and_comes_once(scene: Scene) -> None:
    room = await scene.room("Annonces privées", students=2)
    first, other = room.students.values()
    await scene.call("res.partner", "write", list(room.students), {"lang": "fr_FR"})
    chat = Chat(scene, first)
    await chat.say("/settings", "/on_reminder")
    asked = first.messages[-1].id

    async def says(words: str) -> bool:
        """The message with the buttons says so now, whatever else came meanwhile."""
        private = [message for message in first.messages if message.is_private]
        return any(message.id == asked and words in message.raw_text for message in private)

    await first.press("☐ Appel ouvert")
    await scene.until("the call's notice is on", lambda: says("/off_opened"))
    # the same on the page of a phone
    control, here = scene.stack.sandbox, f"/phones/{first.user_id}"

    async def shown() -> dict[str, Any]:
        chats = (await asyncio.to_thread(control.get, here))["chats"]
        return next(
            {**message, "chat": chat["id"]}
            for chat in chats
            for message in chat["messages"]
            if not chat["is_group"] and message["id"] == asked
        )

    message = await shown()
    texts = [row[0]["text"] for row in message["buttons"]]
    where = {"chat": message["chat"], "message": asked, "place": 0}
    row = texts.index("☐ Rappel d'une séance")
    press = partial(control.post, f"{here}/press", row=row, **where)
    assert await asyncio.to_thread(press) == {"refused": None}
    await scene.until("the reminder is on", lambda: says("/off_reminder"))
    assert (await shown())["buttons"][row][0]["text"] == "☑ Rappel d'une séance"
    await first.press("☑ Appel ouvert")
    await scene.until("the call's notice is off", lambda: says("/on_opened"))
    await scene.lesson(room, ahead_s=8, length_s=20, remind=4)
    await chat.hears("Cours Annonces privées")
    await first.wait_text("Cours Annonces privées")
    await scene.quiet()
    assert len(reminders(first)) == 1
    assert reminders(other) == []


def reminders(phone: Phone) -> list[str]:
    """What the bot told this phone of the lesson, and nobody else."""
    found = [one.raw_text for one in phone.messages if one.is_private]
    return [text for text in found if "Cours Annonces privées" in text]
