"""What a school with models of its own has without a line in its adapter: the portal of a pupil,
the bot's `/today`, and the administrator's test lesson, in Chromium, in French."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from demo.stack.environment import ROOT
from demo.stack.stack import Stack

from .foreign import ForeignSchool
from .scene import Scene
from .test_browser import shoot as picture
from .test_foreign_school import ADDONS
from .test_in_class import person_at
from .test_people import Chat
from .test_sheet import browser, fits, user  # noqa: F401 (a fixture is found by its name)
from .wizard import browsing, go, hold_test_lesson, page_shows, says

pytestmark = pytest.mark.timeout(300)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack(modules=("foreign_school_telegram",), addons=[ADDONS]) as stack:
        yield stack
        stack.keep_logs("foreign-desk-")


@pytest_asyncio.fixture
async def scene(stack: Stack) -> AsyncIterator[Scene]:
    scene = Scene(stack)
    scene.school = ForeignSchool(stack.odoo.rpc())
    yield scene
    await scene.close()
    assert stack.check() == []


def english_labels() -> set[str]:
    """The labels of our screens that are other words in French."""
    labels = set()
    for addon in ("telegram_base", "telegram_school"):
        text = (ROOT / "addons" / addon / "i18n/fr.po").read_text()
        pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', text, re.MULTILINE)
        labels |= {english for english, french in pairs if english != french and len(english) > 3}
    return labels


async def is_french(page: Page) -> bool:
    """Return whether no label on the page is one of ours in English."""
    texts = await page.evaluate(
        """() => {
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const texts = [];
            while (walker.nextNode()) texts.push(walker.currentNode.textContent.trim());
            return texts;
        }"""
    )
    found = english_labels() & set(texts)
    assert not found, found
    return True


async def look_at(page: Page, stack: Stack, path: str, name: str) -> None:
    """Open a page of the portal, in French, as wide as a telephone and as a desk."""
    await page.goto(f"{stack.odoo.url}{path}")
    assert await is_french(page)
    for width in (1300, 360):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await fits(page)
        await picture(page, f"fr-desk-{name}-{width}")


async def test_pupil__lessons_today_and_attendance(scene: Scene, browser) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    minutes = {
        "telegram_reminder_minutes": 0,
        "telegram_open_minutes": 1,
        "telegram_grace_minutes": 0,
    }
    values = {"intitule": "Chimie", "langue": "fr_FR", **minutes}
    course = int(await scene.call("fs.course", "create", values))
    pupil = await scene.school.enrol_new(course, "Élève Chimie", "+33639980201")
    _user, login = await user(scene, pupil, "base.group_portal")
    phone = await scene.phone("Élève Chimie", "+33639980201")
    await scene.until("the group", lambda: scene.school.chat_ready(course))
    await scene.link(pupil, phone)
    await phone.ask_to_join(await phone.invite_from_bot())
    await phone.find_group("Chimie")
    chat = Chat(scene, phone)
    await chat.say("/today", "pas de séance")
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=75)
    await scene.school.plan_lesson(
        course, "Dans un mois", start + 30 * DAY, start + 30 * DAY + HOUR
    )
    lesson = await scene.school.plan_lesson(course, "Atomes", start, start + timedelta(seconds=15))
    said = await chat.say("/today", "Atomes")
    assert "Dans un mois" not in said
    page = await person_at(browser, scene, login)
    await look_at(page, scene.stack, "/my", "home")
    await page.click("a[href='/my/telegram/lessons']")
    for subject in ("Atomes", "Dans un mois"):
        await says(page, subject)
    # the call opens
    await scene.until("the call", phone.running_call)
    await phone.join_call()

    async def is_joinable() -> bool:
        await page.reload()
        return await page.locator("a.o_join").count() == 1

    await scene.until("the way in", is_joinable)
    assert "t.me/" in (await page.locator("a.o_join").get_attribute("href") or "")
    await look_at(page, scene.stack, "/my/telegram/lessons", "lessons")
    assert "Rejoindre" in await chat.say("/today", "Atomes")
    # and afterwards
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson), within_s=120)
    await look_at(page, scene.stack, "/my/telegram/attendance", "attendance")
    row = page.locator("tr", has_text="Atomes")
    await expect(row).to_contain_text("Présent")
    await page.click("text=365")
    await expect(page.locator(".o_telegram_total")).to_contain_text("Chimie")


async def test_administrator__holds_a_test_lesson(scene: Scene, stack: Stack) -> None:
    [admin] = await scene.school.find("res.users", [("login", "=", "admin")], ["id"])
    await scene.call("res.users", "write", [admin["id"]], {"lang": "fr_FR", "tz": "Europe/Paris"})
    async with browsing(stack) as page:
        await go(page, stack, "/telegram/start")
        await page.click("text=Lier mon propre Telegram")
        link = await page.locator("a[href*='?start=']").get_attribute("href")
        assert link
        phone = await scene.phone("Mitchell Admin", "+33639980202")
        await phone.start_bot(link)
        await page_shows(page, stack, "Créer la classe d'essai")
        assert await is_french(page)
        await hold_test_lesson(page, stack, phone)
    # neither a course nor a lesson of the school's
    assert not await scene.school.find("fs.course", [("intitule", "ilike", "essai")], ["id"])
