"""The picture on a lesson's form follows the call without reloading the page."""

from __future__ import annotations

import pytest
from playwright.async_api import async_playwright

from .scene import Scene
from .test_browser import logged_in, shoot


@pytest.mark.timeout(240)
async def test_lesson_form__follows_the_call_by_itself(scene: Scene) -> None:
    room = await scene.room("Chronologie", students=2)
    lesson_id, _start = await scene.lesson(room, ahead_s=2, length_s=600, open=2)
    early, late = room.students.values()
    await scene.until("the call", early.running_call)
    await early.join_call()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=scene.stack.environment.chromium, args=["--no-sandbox"]
        )
        page = await logged_in(browser, scene.stack, "admin", "admin")
        # the page never looks by itself: what it shows, it was told of by the bus
        await page.context.add_init_script(
            """window.isPatient = true;
            const later = window.setTimeout;
            window.setTimeout = (what, ms, ...more) => ms === 20000 ? 0 : later(what, ms, ...more);"""
        )
        # the web client is there already: only another document runs the script
        await page.goto("about:blank")
        await page.goto(
            f"{scene.stack.odoo.url}/web#id={lesson_id}&model=classroom.lesson&view_type=form"
        )
        await page.wait_for_selector("svg.o_lesson_timeline[data-live]")
        assert await page.evaluate("window.isPatient"), "the script has run"
        # would be gone if the page were loaded again
        await page.evaluate("window.isTheSame = true")
        bars = page.locator("svg.o_lesson_timeline g rect")
        await late.join_call()
        await page.wait_for_function(
            "document.querySelectorAll('svg.o_lesson_timeline g rect').length >= 2", timeout=60_000
        )
        assert await bars.count() >= 2
        # the sheet below the picture is read again, too
        rows = page.locator("[name=line_ids] .o_data_row", has_text=late.name)
        await rows.first.wait_for(timeout=60_000)
        await shoot(page, "lesson-live")
        assert await page.evaluate("window.isTheSame")
        assert page.errors == []  # type: ignore[attr-defined]
        await browser.close()
    await scene.call("classroom.lesson", "action_end_now", [lesson_id])
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
