"""Many who go at once, while the gateway was away, and what somebody answers: by the screens of the
class, in French, at the width of a desk and of a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from demo.play.phones import Phone

from .scene import Room, Scene
from .test_browser import FOLDER, browser, loaded, logged_in

__all__ = ["browser"]
MANY = 7  # more than 5, and than 10 % of the class


async def both_widths(page: Page, name: str) -> None:
    """Pictures at 360 and at 1,300 px."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for width in (360, 1300):
        await page.set_viewport_size({"width": width, "height": 1500})
        await page.screenshot(path=FOLDER / f"fr-{name}-{width}.png")


async def class_page(page: Page, scene: Scene, room: Room, tab: str, width: int = 1300) -> None:
    await page.set_viewport_size({"width": width, "height": 1500})
    await page.goto("about:blank")
    await page.goto(scene.form("small_school.classroom", room.id))
    await page.wait_for_selector(".o_form_view")
    await loaded(page)
    if tab == "Telegram":
        await page.locator("button[name=action_telegram_class]").click()
        await page.wait_for_selector(".o_form_view [name=member_ids]")
    else:
        await page.locator(".o_notebook .nav-link", has_text=tab).first.click()


@pytest.mark.timeout(420)
async def test_removed_while_the_gateway_was_away__held_and_put_back(
    scene: Scene, browser: Browser
) -> None:
    room = await scene.room("Tous partis", students=MANY + 1)
    supervisor_id, *_ = await scene.supervisor_of(room)
    [user] = await scene.school.find("res.users", [("partner_id", "=", supervisor_id)], ["login"])
    login = user["login"]
    values = {"password": login, "lang": "fr_FR"}
    await scene.call("res.users", "write", [user["id"]], values)
    account = await scene.account(room)
    gone = dict(list(room.students.items())[:MANY])
    async with scene.gateway_away():
        for phone in gone.values():
            await account.remove(phone, banned=True)

    async def count() -> bool:
        found = await scene.school.find(
            "telegram.chat", [("id", "=", await scene.chat_id(room))], ["gone_count"]
        )
        return bool(found[0]["gone_count"] == MANY)

    await scene.until("all of them are held", count)
    for partner_id in gone:
        assert await scene.enrolments(room, partner_id) == ["active"]

    page = await logged_in(browser, scene.stack, login, login)
    await class_page(page, scene, room, "Telegram", width=360)
    await page.screenshot(path=FOLDER / "fr-class-telegram-360.png", full_page=True)
    await class_page(page, scene, room, "Telegram")
    held = page.locator(".alert", has_text="Parties du groupe").filter(visible=True)
    await held.wait_for()
    await both_widths(page, "many-went")
    await held.locator("button[name=action_ask_meant]").click()
    await page.locator(".modal", has_text=f"{MANY} (").wait_for()
    await both_widths(page, "many-meant")
    await page.locator(".modal button[special=cancel], .modal button.btn-secondary").last.click()
    await held.locator("button[name=action_put_all_back]").click()
    await expect(held).to_have_count(0)
    for partner_id, phone in gone.items():
        await scene.until(
            f"{phone.name} may come", lambda phone=phone: may_come(scene, room, phone)
        )
        await scene.stands(room, phone, "member")
        assert await scene.enrolments(room, partner_id) == ["active"]

    # unenrolled by a button, which asks with whom
    [(last_id, last)] = [student for student in room.students.items() if student[0] not in gone]
    await class_page(page, scene, room, "Étudiants")
    row = page.locator(".o_data_row", has_text=last.name)
    await row.locator("button[name=action_ask_unenrol]").click()
    await page.locator(".modal", has_text=last.name).wait_for()
    await both_widths(page, "unenrol")
    await page.locator(".modal button[name=action_end]:visible").click()
    await scene.until("unenrolled", lambda: scene.school.is_unenrolled(room.id, last_id))
    await scene.stands(room, last, "")
    assert page.errors == []  # type: ignore[attr-defined]


async def may_come(scene: Scene, room: Room, phone: Phone) -> bool:
    """Whether their ban is lifted; then they ask."""
    try:
        await phone.ask_to_join(await scene.link_of(room))
    except Exception as error:
        assert "expired" in str(error)
        return False
    return True
