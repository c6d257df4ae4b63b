"""What the administrator sees of it: a name that was cut, a group whose classroom was deleted, a
link that replaces an account. The pictures are left in .local/screenshots."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from .scene import Scene
from .test_browser import LANGUAGES, browser, loaded, logged_in, open_action, shoot

__all__ = ["browser"]


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_screens_of_the_classroom_s_changes(
    scene: Scene, browser: Browser, lang: str
) -> None:
    stack, short = scene.stack, lang[:2]
    [admin] = await scene.school.find("res.users", [("login", "=", "admin")], ["id"])
    await scene.call("res.users", "write", [admin["id"]], {"lang": lang})
    room = await scene.room(f"Écran {short}", students=1)
    [partner_id] = room.students
    chat_id = await scene.chat_id(room)
    page = await logged_in(browser, stack, "admin", "admin")

    async def open_form(model: str, number: int) -> None:
        await page.goto("about:blank")
        await page.goto(f"{stack.odoo.url}/web#id={number}&model={model}&view_type=form")
        await page.wait_for_selector(".o_form_view")
        await loaded(page)

    name = f"Histoire et géographie {short} " * 8
    await scene.call("small_school.classroom", "write", [room.id], {"name": name})
    await open_form("telegram.chat", chat_id)
    await page.locator(".alert", has_text="128").filter(visible=True).wait_for()
    await shoot(page, f"{short}-title-cut")

    words = {"fr": "prend la place", "en": "takes the place"}[short]
    await open_form("res.partner", partner_id)
    await page.locator(".o_notebook .nav-link", has_text="Telegram").click()
    await page.locator("button[name=action_telegram_link]").filter(visible=True).first.click()
    await page.locator(".modal .alert", has_text=words).filter(visible=True).wait_for()
    await shoot(page, f"{short}-link-again")
    await page.locator("button[name=action_further]").click()
    words = {"fr": "à côté", "en": "beside"}[short]
    await page.locator(".modal .alert", has_text=words).filter(visible=True).wait_for()
    await shoot(page, f"{short}-link-further")

    await scene.call("small_school.classroom", "unlink", [room.id])
    await open_form("telegram.chat", chat_id)
    await page.locator("button[name=action_ask_close_for_good]").filter(visible=True).wait_for()
    words = {"fr": "définitivement", "en": "for good"}[short]
    await page.locator(".alert", has_text=words).filter(visible=True).wait_for()
    await shoot(page, f"{short}-orphan")
    await page.locator("button[name=action_ask_close_for_good]").click()
    await page.locator(".modal button[name=action_yes]").click()
    own = [("id", "=", chat_id), ("state", "=", "deleted")]
    await scene.until("deleted", lambda: scene.school.find("telegram.chat", own, ["id"]))
    await open_form("telegram.chat", chat_id)
    await shoot(page, f"{short}-closed-for-good")
    await open_action(page, stack, "telegram_base.res_config_settings_action")
    await page.locator("[name=telegram_notice_seconds]").scroll_into_view_if_needed()
    await shoot(page, f"{short}-settings-notices")
    assert page.errors == []  # type: ignore[attr-defined]
