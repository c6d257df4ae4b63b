"""A lesson before, while and after it runs, as its teacher, a student and a parent see it on a
telephone, in French."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from .scene import Scene
from .test_browser import logged_in, shoot
from .test_sheet import browser, fits, user  # noqa: F401 (a fixture is found by its name)
from .test_timeline import SOON


async def person_at(browser, scene: Scene, login: str) -> Page:  # type: ignore[no-untyped-def]  # noqa: F811
    """The telephone of somebody who reads French."""
    page = await logged_in(browser, scene.stack, login, login)
    await page.set_viewport_size({"width": 360, "height": 780})
    # pages of the portal are in the language of the browser
    french = {"name": "frontend_lang", "value": "fr_FR", "url": scene.stack.odoo.url}
    await page.context.add_cookies([french])  # type: ignore[list-item]
    return page


async def whole(page: Page, name: str) -> None:
    """A picture of the page to its end, as far as it scrolls as a whole."""
    await page.set_viewport_size({"width": 360, "height": 1700})
    await shoot(page, name)
    await page.set_viewport_size({"width": 360, "height": 780})


@pytest.mark.timeout(420)
async def test_lesson__before_while_and_after_it_runs(scene: Scene, browser) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    room = await scene.room("En classe", students=2)
    [teacher_id] = room.teachers
    (here_id, here), (away_id, _away) = room.students.items()
    mother_id, _number = await scene.partner("Mme Parent")
    await scene.call("res.partner", "write", [away_id], {"guardian_ids": [(4, mother_id)]})
    _user, teacher = await user(scene, teacher_id, "small_school.group_teacher")
    _user, student = await user(scene, here_id, "base.group_portal")
    _user, mother = await user(scene, mother_id, "base.group_portal")
    lesson_id, _start = await scene.lesson(room, ahead_s=3600, length_s=1800, remind=30, open=60)
    root = scene.stack.odoo.url
    form = f"{root}/web#id={lesson_id}&model=small_school.lesson&view_type=form"
    pages = [
        await person_at(browser, scene, login) for login in (teacher, teacher, student, mother)
    ]
    desk, phone, child, parent = pages

    # before: nothing to fill in, nowhere to join
    await desk.goto("about:blank")
    await desk.goto(form)
    start_now = desk.locator("button[name=action_start_now]:visible")
    more = desk.locator(".o_form_statusbar .dropdown-toggle, .o_statusbar_buttons_dropdown")
    await desk.wait_for_selector(".o_form_view")
    await whole(desk, "fr-class-before")
    for name in ("action_all_present", "action_join"):
        await expect(desk.locator(f"button[name={name}]:visible")).to_have_count(0)
    await phone.goto(f"{root}/classroom/sheet/{lesson_id}")
    await phone.locator("#locked", has_text="pas encore commencé").wait_for()
    await shoot(phone, "fr-class-sheet-before")
    await child.goto(f"{root}/my/lessons")
    await expect(child.locator("a.o_join")).to_have_count(0)

    # started now: the true time, the call, the way in
    if not await start_now.count() and await more.count():
        await more.first.click()
    await start_now.first.click()
    await desk.locator(".modal .btn-primary").first.click()
    await scene.until("the call", here.running_call)
    await here.join_call()
    await phone.reload()
    line = {
        partner_id: phone.locator(f".line[data-id='{partner_id}']")
        for partner_id in (here_id, away_id)
    }
    await expect(phone.locator("#join")).to_be_visible(timeout=SOON)
    await expect(line[away_id]).to_have_class("line absent", timeout=SOON)
    await expect(line[here_id]).not_to_have_class("line absent", timeout=SOON)
    assert await fits(phone)
    await shoot(phone, "fr-class-sheet-while")
    await desk.goto("about:blank")
    await desk.goto(form)
    await desk.wait_for_selector(".o_form_view")
    await whole(desk, "fr-class-while")
    await desk.locator("button[name=action_telegram_lesson]").click()
    await desk.wait_for_selector("svg.o_lesson_timeline[data-live]")
    own = [("id", "=", lesson_id)]
    [lesson] = await scene.school.find(
        "small_school.lesson", own, ["may_end", "may_fill_in", "state", "join_url"]
    )
    assert (lesson["may_end"], lesson["may_fill_in"], lesson["state"]) == (True, True, "open")
    await whole(desk, "fr-class-while-telegram")
    await child.reload()
    link = await child.locator("a.o_join").first.get_attribute("href")
    assert str(link).startswith("https://t.me/")
    assert await fits(child)
    await shoot(child, "fr-class-portal-lessons")
    for page, name in ((child, "student"), (parent, "parent")):
        await page.goto(f"{root}/my/attendance")
        await page.locator(".o_in_progress", has_text="en cours").wait_for()
        await expect(page.locator("td .text-danger")).to_have_count(0)
        assert await fits(page)
        await shoot(page, f"fr-class-portal-{name}-while")

    # after: the sheet's last word
    await scene.call("small_school.lesson", "action_end_now", [lesson_id])
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    for page, name in ((child, "student"), (parent, "parent")):
        await page.reload()
        await expect(page.locator(".o_in_progress")).to_have_count(0)
        await shoot(page, f"fr-class-portal-{name}-after")
    await expect(parent.locator("td .text-danger")).to_have_count(1)
    await child.goto(f"{root}/my/lessons")
    await expect(child.locator("a.o_join")).to_have_count(0)
    await desk.goto("about:blank")
    await desk.goto(form)
    await desk.wait_for_selector(".o_form_view")
    await whole(desk, "fr-class-after")
    await phone.reload()
    await phone.locator(".line").first.wait_for()
    await shoot(phone, "fr-class-sheet-after")
    for page in pages:
        assert page.errors == []  # type: ignore[attr-defined]
