"""Every screen in headless Chromium, in French and English: no error, nothing in another language.

The pictures are left in .local/screenshots to be looked at.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, TimeoutError, async_playwright

from demo.stack.environment import LOCAL
from demo.stack.stack import Stack

from .scene import Room, Scene

FOLDER = LOCAL / "screenshots"
LANGUAGES = ("fr_FR", "en_US")
SCREENS = (
    "small_school.action_classroom",
    "small_school.action_lesson",
    "small_school.action_my_lessons",
    "small_school.action_conflicts",
    "small_school.action_pattern",
    "small_school.action_holiday",
    "small_school.action_substitution",
    "small_school.action_enrolment",
    "small_school.action_attendance",
    "small_school.action_attendance_report",
    "small_school.action_risk",
    "small_school.action_excuse",
    "telegram_base.telegram_chat_action",
    "telegram_school.telegram_class_action",
    "telegram_school.telegram_lesson_action",
    "telegram_base.telegram_member_action",
    "telegram_base.telegram_contact_action",
    "telegram_base.telegram_call_action",
    "telegram_base.telegram_outbox_action",
    "telegram_base.telegram_inbox_action",
    "telegram_base.telegram_account_action",
    "telegram_base.telegram_contact_log_action",
    "telegram_base.telegram_removal_action",
    "telegram_base.telegram_trouble_action",
    "telegram_school.telegram_notice_open",
)
# lists without a form behind them
LISTS = {
    "small_school.action_attendance",
    "small_school.action_substitution",
    "telegram_base.telegram_contact_log_action",
    "telegram_base.telegram_removal_action",
}


@pytest_asyncio.fixture
async def browser(stack: Stack) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=stack.environment.chromium, args=["--no-sandbox"]
        )
        yield browser
        await browser.close()


async def logged_in(browser: Browser, stack: Stack, login: str, password: str) -> Page:
    """A page of that user; its errors are collected in `page.errors`."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    page.errors = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.errors.append(str(error)))  # type: ignore[attr-defined]
    for is_last in (False, True):  # now and then nothing comes of the click
        await page.goto(f"{stack.odoo.url}/web/login")
        await page.fill("#login", login)
        await page.fill("#password", password)
        await page.click("button[type=submit]")
        try:
            # the login page has the frame of a portal page, too
            await page.wait_for_url(lambda url: "/web/login" not in url)
        except TimeoutError:
            if is_last:
                raise
        else:
            break
    await page.wait_for_selector(".o_web_client, .o_portal, #wrapwrap")
    return page


async def shoot(page: Page, name: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=FOLDER / f"{name}.png")


async def loaded(page: Page) -> None:
    """Wait until Odoo's page is drawn to its end. Its menus take several lines before those that
    do not fit are put behind a "+": meanwhile what is below moves, away from under a click."""
    await page.wait_for_function("!document.querySelector('.o_loading:not([style*=none])')")
    await page.wait_for_function(
        "(bar => bar.scrollHeight <= bar.clientHeight + 1)(document.querySelector('.o_main_navbar'))"
    )


async def open_action(page: Page, stack: Stack, action: str) -> None:
    """An action's first view, loaded to its end."""
    await page.goto("about:blank")
    await page.goto(f"{stack.odoo.url}/web#action={action}")
    # an empty list of Odoo 13 has no height
    await page.wait_for_selector(".o_action .o_content > *", state="attached")
    await loaded(page)


async def plan_weeks(scene: Scene, room: Room) -> None:
    """A timetable with a conflict, a substitute, a cancelled lesson and holidays."""
    own = {"classroom_id": room.id}
    [teacher_id] = room.teachers
    days = ("on_monday", "on_tuesday", "on_wednesday", "on_thursday", "on_friday")
    weekly = {**own, **dict.fromkeys(days, True), "name": "Cartes", "teacher_id": teacher_id}
    pattern_id = await scene.call("small_school.pattern", "create", {**weekly, "hour": 10.5})
    lessons = await scene.school.find(
        "small_school.lesson", [("pattern_id", "=", pattern_id)], ["start", "stop"], order="start"
    )
    first, second, third, *_more = lessons
    beside = {name: first[name] for name in ("start", "stop")}
    await scene.call("small_school.lesson", "create", {**own, **beside, "name": "Rattrapage"})
    substitute, _number = await scene.partner("Mme Remplaçante")
    values = {"substitute_id": substitute}
    await scene.call("small_school.lesson", "write", [second["id"]], values)
    await scene.call("small_school.lesson", "action_cancel", [third["id"]], "Panne de courant")
    period = {"date_from": first["start"][:10], "date_to": first["start"][:10]}
    # of this classroom alone: other tests have lessons on that day
    only = {"classroom_ids": [(6, 0, [room.id])]}
    await scene.call(
        "small_school.holiday", "create", {**period, **only, "name": "Fête de l'école"}
    )
    values = {**own, **period, "teacher_id": teacher_id, "substitute_id": substitute}
    await scene.call("small_school.substitution", "create", values)


@pytest.fixture(scope="module")
def lively_room(stack: Stack) -> Room:
    """A classroom in whose call somebody was, and whose sheet is final."""

    async def make() -> Room:
        scene = Scene(stack)
        room = await scene.room("Géographie 5e B", students=3)
        lesson_id, _ = await scene.lesson(room, ahead_s=3, length_s=4, open=2)
        teacher = next(iter(room.teachers.values()))
        await scene.until("the call", teacher.running_call)
        await teacher.join_call()
        await next(iter(room.students.values())).join_call()
        await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
        await plan_weeks(scene, room)
        await scene.close()
        return room

    return asyncio.run(make())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_screens__every_one_opens(
    scene: Scene, browser: Browser, lively_room: Room, lang: str
) -> None:
    stack = scene.stack
    [admin] = await scene.school.find("res.users", [("login", "=", "admin")], ["id"])
    await scene.call("res.users", "write", [admin["id"]], {"lang": lang})
    page = await logged_in(browser, stack, "admin", "admin")
    for action in SCREENS:
        await open_action(page, stack, action)
        name = f"{lang[:2]}-{action.partition('.')[2]}"
        await shoot(page, f"{name}-list")
        rows = page.locator(".o_list_view .o_data_row")
        if action not in LISTS and await rows.count():
            await rows.first.click()
            await page.wait_for_selector(".o_form_view")
            await shoot(page, f"{name}-form")
            for number in range(1, await page.locator(".o_notebook .nav-link").count()):
                tab = page.locator(".o_notebook .nav-link").nth(number)
                if await tab.is_visible():
                    await tab.click()
                    await shoot(page, f"{name}-form-{number}")
        assert await page.locator(".o_dialog_error, .o_error_dialog").count() == 0, action
    for wizard in ("import", "timetable_import", "bbb_import"):
        await page.goto("about:blank")
        await page.goto(f"{stack.odoo.url}/web#action=small_school.action_{wizard}")
        await page.wait_for_selector(".modal .o_form_view")
        await shoot(page, f"{lang[:2]}-{wizard}")
    await page.goto("about:blank")
    await page.goto(f"{stack.odoo.url}/web#action=telegram_base.res_config_settings_action")
    await page.wait_for_selector(".o_form_view .app_settings_block:not(.o_hidden)")
    await shoot(page, f"{lang[:2]}-settings")
    assert page.errors == []  # type: ignore[attr-defined]


async def test_class_page__shows_the_group_in_words(
    scene: Scene, browser: Browser, lively_room: Room
) -> None:
    stack = scene.stack
    page = await logged_in(browser, stack, "admin", "admin")
    await page.goto(scene.form("small_school.classroom", lively_room.id))
    await page.wait_for_selector(".o_form_view")
    await page.locator("button[name=action_telegram_class]").click()
    link = (await scene.chats(lively_room.name))[0]["links"][-1]
    await page.get_by_text(link).filter(visible=True).first.wait_for()


async def test_calendar__a_lesson_that_is_dragged_moves(
    scene: Scene, browser: Browser, lively_room: Room
) -> None:
    stack = scene.stack
    # on its own in the middle of a day that the week view shows, an hour's height each hour
    day = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0)
    lesson_id = await scene.school.plan_lesson(
        lively_room.id, "À glisser", day + timedelta(days=7), day + timedelta(days=7, hours=1)
    )
    page = await logged_in(browser, stack, "admin", "admin")
    await open_action(page, stack, "small_school.action_lesson")
    await page.locator(".o_calendar_button_next").click()
    await loaded(page)
    event = page.locator(".fc-event", has_text="À glisser").first
    await event.scroll_into_view_if_needed()
    box = await event.bounding_box()
    assert box is not None
    # in its middle: both ends of it can be dragged by themselves on Odoo 13
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    for step in range(1, 11):
        await page.mouse.move(x, y + box["height"] * 2 * step / 10)
    await page.mouse.up()

    async def moved() -> bool:
        own = [("id", "=", lesson_id)]
        [lesson] = await scene.school.find("small_school.lesson", own, ["start", "stop"])
        start, stop = (
            datetime.fromisoformat(lesson[name]).replace(tzinfo=UTC) for name in ("start", "stop")
        )
        return start - day > timedelta(days=7, hours=1) and stop - start == timedelta(hours=1)

    await scene.until("the lesson is later, and as long", moved)
    assert page.errors == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", ["fr", "en"])
async def test_phone_page__asks_to_join_and_reads(
    scene: Scene, browser: Browser, lively_room: Room, lang: str
) -> None:
    stack = scene.stack
    name = f"Venue {lang}"
    partner_id, number = await scene.partner(name)
    await scene.enrol(lively_room, partner_id)
    await scene.telegram.new_user(name, number)
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{stack.sandbox.control_url}/?lang={lang}")
    await page.locator("#people li", has_text=name).click()
    await page.fill("#open input", await scene.school.deep_link(partner_id))
    await page.click("#open button")
    # the bot answers with the group's link on a key
    await page.locator("#messages .keys button", has_text=lively_room.name).click()
    asked = {"fr": "Demande envoyée", "en": "Request sent"}[lang]
    await page.locator("#toast.on", has_text=asked).wait_for()
    await page.locator("#chats li").filter(has_text=re.compile(f"^{lively_room.name}")).click()
    await page.locator("#messages li", has_text="Présences").wait_for()
    await page.fill("#write input", "Bonjour à <b>tous</b>")
    await page.click("#write button")
    await page.locator("#messages li.out", has_text="Bonjour à <b>tous</b>").wait_for()
    await shoot(page, f"{lang}-phone")
    await page.set_viewport_size({"width": 380, "height": 800})
    await shoot(page, f"{lang}-phone-narrow")
    assert errors == []
