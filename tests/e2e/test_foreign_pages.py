"""A foreign school's teacher and administrator go through the pages that come with the product: by
a button on each of their own forms to the class, its settings, its lessons, and a lesson that
runs. In French, in Chromium; the pictures are left in .local/screenshots."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from demo.stack.environment import ROOT
from demo.stack.stack import Stack

from .foreign import ForeignSchool
from .scene import Room, Scene
from .test_browser import FOLDER, loaded, logged_in
from .words import english_on

SOON = 30_000


@pytest.fixture(scope="module")
def foreign_stack() -> Iterator[Stack]:
    with Stack(modules=("foreign_school_telegram",), addons=[ROOT / "tests/addons"]) as stack:
        yield stack
        stack.keep_logs("foreign-pages-")


@pytest_asyncio.fixture
async def foreign(foreign_stack: Stack) -> AsyncIterator[Scene]:
    scene = Scene(foreign_stack)
    scene.school = ForeignSchool(scene._rpc)
    yield scene
    await scene.close()


@pytest_asyncio.fixture
async def browser(foreign_stack: Stack) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=foreign_stack.environment.chromium, args=["--no-sandbox"]
        )
        yield browser
        await browser.close()


async def course(scene: Scene) -> Room:
    """A course with a teacher and two students, all of them in its group."""
    number = iter(range(10))

    async def personne(name: str) -> tuple[int, str]:
        mobile = f"+33639997{next(number):03}"
        values = {"nom": name, "mobile": mobile}
        return int(await scene.call("fs.personne", "create", values)), mobile

    people = [await personne(name) for name in ("Mme Lumière", "Ève Rayon", "Noé Prisme")]
    ids = [one for one, _mobile in people]
    values: dict[str, Any] = {
        "intitule": "Optique",
        "professeur_id": ids[0],
        "inscription_ids": [(0, 0, {"personne_id": one}) for one in ids[1:]],
    }
    room = Room(int(await scene.call("fs.course", "create", values)), "Optique")
    assert isinstance(scene.school, ForeignSchool)
    partners = await scene.school._partners_of(ids)
    await scene.ready(room)
    for place, (personne_id, mobile) in enumerate(people):
        partner_id = partners[personne_id]
        [partner] = await scene.school.find("res.partner", [("id", "=", partner_id)], ["name"])
        phone = await scene.phone(partner["name"], mobile)
        (room.students if place else room.teachers)[partner_id] = phone
        await scene.join(room, partner_id, phone)
    await scene.all_in(room)
    return room


async def teacher_of(scene: Scene, room: Room) -> str:
    """A user of the course's teacher, with no other right; their login."""
    [partner_id] = room.teachers
    login = "lumiere"
    values = {
        "partner_id": partner_id,
        "login": login,
        "password": login,
        "lang": "fr_FR",
        "tz": "Africa/Algiers",
        "groups_id": [(6, 0, [await scene._group("base", "group_user")])],
    }
    context = {"no_reset_password": True}
    await scene.call("res.users", "create", values, context=context)
    return login


async def looked_at(page: Page, name: str, width: int = 1300) -> None:
    """Shoot the page; nothing on it is English."""
    await loaded(page)
    assert await english_on(page) == set(), name
    FOLDER.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=FOLDER / f"fr-{name}-{width}.png")


async def on_both(page: Page, name: str, way: Callable[[], Awaitable[None]]) -> None:
    """Go that way on a telephone and on a screen, where it ends."""
    for width in (360, 1300):
        await page.set_viewport_size({"width": width, "height": 1500})
        await page.goto("about:blank")
        await way()
        await looked_at(page, name, width)


async def press(page: Page, action: str) -> None:
    """Press the first visible button of that name; on a telephone they are behind a menu."""
    await page.wait_for_selector(".o_form_view")
    await loaded(page)
    button = page.locator(f"button[name={action}]")
    if not await button.filter(visible=True).count():
        menu = page.locator(".o_form_statusbar .dropdown-toggle, .o_statusbar_buttons_dropdown")
        await menu.filter(visible=True).first.click()
    await button.filter(visible=True).first.click()


@pytest.mark.timeout(420)
async def test_foreign_pages__teacher_and_administrator_in_french(
    foreign: Scene, browser: Browser
) -> None:
    scene, stack = foreign, foreign.stack
    room = await course(scene)
    login = await teacher_of(scene, room)
    [admin] = await scene.school.find("res.users", [("login", "=", "admin")], ["id"])
    await scene.call("res.users", "write", [admin["id"]], {"lang": "fr_FR"})

    # the administrator: class page and settings
    boss = await logged_in(browser, stack, "admin", "admin")
    late = boss.locator("input[name=late_minutes]")

    async def to_class(page: Page) -> None:
        await page.goto(scene.form("fs.course", room.id))
        await press(page, "action_telegram_class")
        await page.locator("[name=member_ids]").filter(has_text="Ève Rayon").first.wait_for()

    async def to_settings() -> None:
        await to_class(boss)
        await press(boss, "action_settings")
        await late.wait_for()

    await on_both(boss, "class-page", lambda: to_class(boss))
    await on_both(boss, "class-settings", to_settings)
    await late.fill("7")
    await boss.locator(".o_form_button_save").click()
    await boss.wait_for_selector(".o_form_view.o_form_readonly")
    [chat] = await scene.school.find(
        "telegram.chat", [("id", "=", await _chat(scene, room))], ["late_minutes"]
    )
    assert chat["late_minutes"] == 7

    # the teacher: their course, its lessons, and one that runs
    page = await logged_in(browser, stack, login, login)
    await on_both(page, "class-page-teacher", lambda: to_class(page))
    assert await page.locator("button[name=action_settings]").filter(visible=True).count() == 0
    async with page.context.expect_page() as opened:
        await press(page, "action_register")
    register = await opened.value
    await register.get_by_text(next(iter(room.students.values())).name).first.wait_for()
    await register.close()
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    values = {"reminder_minutes": 0, "open_minutes": 2 / 60, "grace_minutes": 0}
    await scene.call("telegram.chat", "write", [await _chat(scene, room)], values)
    lesson_id = await scene.school.plan_lesson(
        room.id, "La lumière", start, start + timedelta(minutes=10)
    )
    row = page.locator(".o_data_row", has_text="La lumière")
    await press(page, "action_lessons")
    await row.wait_for()
    await looked_at(page, "class-lessons")
    await row.click()
    await page.locator("[name=call_text]").filter(visible=True).wait_for()

    [teacher] = room.teachers.values()
    present, absent = room.students.values()
    guest = await scene.phone("Inconnue Curieuse", "+33639997900")
    await teacher.add(await scene.telegram.username(guest.user_id))
    await guest.find_group(room.name)
    await scene.until("the call", teacher.running_call)
    await teacher.join_call()
    await present.join_call()
    await guest.join_call()

    async def to_lesson() -> None:
        await page.goto(scene.form("fs.seance", lesson_id))
        await press(page, "action_telegram_lesson")
        await page.wait_for_selector("svg.o_lesson_timeline")

    await on_both(page, "lesson-live", to_lesson)
    await page.wait_for_selector("svg.o_lesson_timeline[data-live]")
    lines = page.locator("[name=attendance_ids] .o_data_row")
    await expect(lines.filter(has_text=present.name)).to_contain_text("Présent", timeout=SOON)
    await expect(lines.filter(has_text=absent.name)).to_contain_text("Absent", timeout=SOON)
    await page.locator("button[name=action_join]").filter(visible=True).wait_for()
    await page.evaluate("window.isTheSame = true")
    await absent.join_call()
    # by itself, without loading the page again
    await expect(lines.filter(has_text=absent.name)).not_to_contain_text("Absent", timeout=SOON)
    assert await page.evaluate("window.isTheSame")

    hours = (datetime.now(UTC) - start).total_seconds() / 3600
    await scene.call("fs.seance", "write", [lesson_id], {"heures": hours})
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    await on_both(page, "lesson-over", to_lesson)
    await page.locator("[name=guest_ids] .o_data_row", has_text="Inconnue").wait_for()
    note = page.get_by_text("L’école tient sa propre fiche").filter(visible=True)
    await note.first.wait_for()
    assert await page.locator("button[name=action_correct]").filter(visible=True).count() == 0
    async with page.expect_download() as file:
        await page.locator("button[name=action_sheet_file]", has_text="CSV").click()
    table = (await (await file.value).path()).read_text(encoding="utf-8-sig")
    assert all(phone.name in table for phone in room.phones.values())
    await press(page, "action_open_record")
    marks = page.locator("[name=pointage_ids] .o_data_row")
    await expect(marks).to_have_count(3, timeout=SOON)

    # where the school has no sheet, ours is corrected on its page
    own = [("name", "=", "foreign_school_sheetless")]
    [module] = await scene.school.find("ir.module.module", own, ["id"])
    await scene.call("ir.module.module", "button_immediate_install", [module["id"]])
    await page.goto("about:blank")
    await to_lesson()
    line = lines.filter(has_text=absent.name)
    await line.locator("button[name=action_correct]").click()
    await page.locator(".modal select[name=status]").select_option(label="Excusé")
    await looked_at(page, "lesson-correct")
    await page.locator(".modal footer .btn-primary, .modal-footer .btn-primary").first.click()
    asked = page.locator(".modal", has_text="Donnez une raison")
    await asked.locator("footer .btn-primary, .modal-footer .btn-primary").click()
    await page.locator(".modal input[name=correction_reason]").fill("Mot du médecin")
    await page.locator(".modal footer .btn-primary, .modal-footer .btn-primary").first.click()
    corrected = re.compile("Excusé au lieu de .+ : Mot du médecin")
    await expect(line).to_contain_text(corrected, timeout=SOON)
    await looked_at(page, "lesson-corrected")
    await line.locator("button[name=action_take_back]").click()
    await expect(line).not_to_contain_text("Excusé", timeout=SOON)

    # who has no part in it finds neither menu nor page
    values = {
        "name": "Vendeur",
        "login": "vendeur",
        "password": "vendeur",
        "lang": "fr_FR",
        "groups_id": [(6, 0, [await scene._group("base", "group_user")])],
    }
    await scene.call("res.users", "create", values, context={"no_reset_password": True})
    other = await logged_in(browser, stack, "vendeur", "vendeur")
    await other.goto(scene.form("fs.seance", lesson_id))
    await press(other, "action_telegram_lesson")
    await other.locator(".modal", has_text="enseignants").wait_for()
    for screen in (boss, page):
        assert screen.errors == []  # type: ignore[attr-defined]


async def _chat(scene: Scene, room: Room) -> int:
    own = [("id", "=", room.id)]
    [found] = await scene.school.find("fs.course", own, ["telegram_chat_id"])
    return int(found["telegram_chat_id"][0])
