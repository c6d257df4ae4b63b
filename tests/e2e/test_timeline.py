"""What is looked at while a lesson runs follows the call without reloading the page: the picture,
the table and the counts on the form, the page for telephones."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from .scene import Scene
from .test_browser import logged_in, shoot

#: Pages never look by themselves: what they show, they were told of by the bus.
PATIENT = """window.isPatient = true;
const later = window.setTimeout;
window.setTimeout = (what, ms, ...more) => ms === 20000 ? 0 : later(what, ms, ...more);"""
#: What follows within 5 seconds has as many as a busy machine takes.
SOON = 30_000


@pytest_asyncio.fixture
async def browser(scene: Scene) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=scene.stack.environment.chromium, args=["--no-sandbox"]
        )
        yield browser
        await browser.close()


async def form_of(page: Page, scene: Scene, lesson_id: int) -> None:
    # the web client may be there already: only another document runs the page's script
    await page.goto("about:blank")
    await page.goto(scene.form("telegram.lesson", await scene.page(lesson_id)))
    await page.wait_for_selector("svg.o_lesson_timeline[data-live]")


@pytest.mark.timeout(300)
async def test_lesson_form__follows_the_call_by_itself(scene: Scene, browser: Browser) -> None:
    room = await scene.room("Chronologie", students=2)
    lesson_id, _start = await scene.lesson(room, ahead_s=2, length_s=600, open=2)
    early, (late_id, late) = next(iter(room.students.values())), list(room.students.items())[1]
    await scene.until("the call", early.running_call)
    await early.join_call()
    page = await logged_in(browser, scene.stack, "admin", "admin")
    await page.context.add_init_script(PATIENT)
    await form_of(page, scene, lesson_id)
    assert await page.evaluate("window.isPatient"), "the script has run in this page"
    # would be gone if the page were loaded again
    await page.evaluate("window.isTheSame = true")

    rows = page.locator("[name=attendance_ids] .o_data_row")
    staying, coming = rows.filter(has_text=early.name), rows.filter(has_text=late.name)
    absent, hours = re.compile("text-danger"), re.compile(r"\d\d:\d\d")
    await expect(staying).not_to_have_class(absent, timeout=SOON)
    await expect(coming).to_have_class(absent, timeout=SOON)

    async def times(row: str) -> int:
        """How many hours the row has: that of an arrival, that of a departure."""
        return len(hours.findall(await rows.filter(has_text=row).inner_text()))

    async def has_times(name: str, number: int) -> bool:
        return await times(name) == number

    assert await times(early.name) == 1, "nobody has left who is there"
    phone = await logged_in(browser, scene.stack, "admin", "admin")
    await phone.set_viewport_size({"width": 360, "height": 740})
    await phone.goto(f"{scene.stack.odoo.url}/classroom/sheet/{lesson_id}")
    line = phone.locator(f".line[data-id='{late_id}']")
    await expect(line).to_have_class(re.compile("absent"))

    await late.join_call()
    await page.wait_for_function(
        "document.querySelectorAll('svg.o_lesson_timeline g rect').length >= 2", timeout=SOON
    )
    # the sheet below the picture is read again, too
    await expect(coming).not_to_have_class(absent, timeout=SOON)
    assert await times(late.name) == 1
    await expect(line).not_to_have_class(re.compile("absent"), timeout=SOON)
    await shoot(phone, "fr-sheet-live")
    await late.leave_call()
    await scene.until("the departure", lambda: has_times(late.name, 2))
    assert await times(early.name) == 1, "still there"
    await shoot(page, "lesson-live")
    assert await page.evaluate("window.isTheSame")
    for screen in (page, phone):
        assert screen.errors == []  # type: ignore[attr-defined]
    await scene.call("small_school.lesson", "action_end_now", [lesson_id])
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
