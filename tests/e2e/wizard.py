"""A person's acts on the pages by which a school connects, in Chromium."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, async_playwright

from demo.play.phones import Phone, until
from demo.stack.stack import ACCOUNT_PHONE, Stack

from .test_browser import FOLDER, logged_in

DIGITS = ACCOUNT_PHONE.lstrip("+")
PASSWORD = "pâté & crème 42 / très secret"


@asynccontextmanager
async def browsing(stack: Stack) -> AsyncIterator[Page]:
    """The administrator's browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=stack.environment.chromium, args=["--no-sandbox"]
        )
        page = await logged_in(browser, stack, "admin", "admin")
        page.set_default_timeout(30_000)
        yield page
        assert page.errors == []  # type: ignore[attr-defined]
        await browser.close()


async def shoot(page: Page, name: str) -> None:
    """At the width of a desk and of a phone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for width in (1300, 360):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.screenshot(path=FOLDER / f"connect-{name}-{width}.png", full_page=True)
    await page.set_viewport_size({"width": 1300, "height": 800})


async def says(page: Page, text: str) -> None:
    await page.get_by_text(text).first.wait_for()


async def go(page: Page, stack: Stack, path: str) -> None:
    await page.goto(f"{stack.odoo.url}{path}")


async def send_phone(page: Page, stack: Stack, number: str = ACCOUNT_PHONE) -> None:
    """Ask for a code."""
    await go(page, stack, "/telegram/connect?step=account")
    await page.fill("#telegram_phone", number)
    await page.click("text=Envoyer le code")


async def last_code(stack: Stack, digits: str = DIGITS) -> str | None:
    """The code that this number was sent last and has not used, if there is one."""
    found = await asyncio.to_thread(stack.sandbox.find, f"/codes/{digits}")
    return found and str(found["code"])


async def sent_code(stack: Stack, digits: str = DIGITS, *, before: str | None = None) -> str:
    """The code that this number is sent; `before`: one of an earlier login, which is not meant."""

    async def look() -> str | None:
        code = await last_code(stack, digits)
        return None if code == before else code

    code = await until("the code", look)
    stack.secrets[f"login code {code[:2]}"] = code
    return code


async def is_serving(stack: Stack) -> None:
    """The gateway works, and is the process that was started at first."""

    async def look() -> bool:
        return "serving" == stack.cluster.sql("SELECT state FROM telegram_process", "school")

    await until("the gateway at work", look, within_s=60)
    assert stack.gateway.is_running


async def page_shows(page: Page, stack: Stack, text: str) -> None:
    """Load the page of the steps until it has this as a button, or as a part that is done."""

    async def look() -> bool:
        await go(page, stack, "/telegram/start")
        button = page.locator(f'button:has-text("{text}"), li:has(.fa-check):has-text("{text}")')
        return await button.count() > 0

    await until(f"“{text}” on the page", look, within_s=60)


async def press_when_there(page: Page, stack: Stack, text: str) -> None:
    await page_shows(page, stack, text)
    await page.click(f'button:has-text("{text}")')


async def hold_test_lesson(page: Page, stack: Stack, phone: Phone) -> None:
    """Go from the button that makes the class to the sheet, and clean up: the administrator and
    their phone, which is linked."""
    await page.click("text=Créer la classe d'essai")
    invite = await phone.invite_from_bot()
    await phone.ask_to_join(invite)
    await phone.find_group("Classe d'essai")
    await press_when_there(page, stack, "Ouvrir une séance maintenant")
    await until("the call", phone.running_call)
    await phone.join_call()
    await press_when_there(page, stack, "Terminer la séance")
    await shoot(page, "fr-start-lesson")
    await until("the end", lambda: has_ended(phone))
    await page_shows(page, stack, "La fiche dit que vous y étiez")
    await page.locator("a[href*='model=telegram.lesson&view_type=form']").wait_for()
    await shoot(page, "fr-start-sheet")
    await press_when_there(page, stack, "Nettoyer")
    await until("out of the group", lambda: is_out(phone))


async def has_ended(phone: Phone) -> bool:
    return await phone.running_call() is None


async def is_out(phone: Phone) -> bool:
    return not await phone.is_in_group()
