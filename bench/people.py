"""script/bench people: how long the list of everybody takes to open, with 5,000 people.

The 5,000 people are in 40 classrooms, and every other one has linked Telegram. Measured is how long
a person waits in a browser, from the click on the menu to the first rows, ten times; and the calls
that the page makes to Odoo for it, one after the other. The median and the slowest are printed.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, async_playwright

from demo.stack.odoo import ADMIN, DATABASE, Rpc
from demo.stack.stack import Stack

from .opening import run

PEOPLE = 5000
CLASSROOMS = 40
TIMES = 10
MOST_S = 1.0
_FIELDS = ["name", "state", "since", "until", "seen_at", "username", "phone", "chat_ids"]

# Rows of tables, as if they had been made by the school over the years.
_FILL = f"""
INSERT INTO res_partner (name, display_name, lang, active, mobile, company_id, create_date)
SELECT 'Élève ' || n, 'Élève ' || n, 'fr_FR', true, '+3361' || lpad(n::text, 7, '0'), 1, now()
FROM generate_series(1, {PEOPLE}) n;
INSERT INTO telegram_chat (name, mark, lang, active, company_id, title_policy, promotion_policy,
    archive_policy, join_policy, leave_policy, most_removals, most_removals_percent, is_reviewed)
SELECT 'Classe ' || n, 'bench-' || n, 'fr_FR', true, 1, 'accept', 'restore', 'read_only', 'ask',
    'unenrol', 5, 10, true
FROM generate_series(1, {CLASSROOMS}) n;
INSERT INTO telegram_roster (chat_id, partner_id, role, status, since)
SELECT c.id, p.id, 'student', 'in', now()
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM res_partner WHERE name LIKE 'Élève %') p
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM telegram_chat
      WHERE mark LIKE 'bench-%') c ON c.n = p.n % {CLASSROOMS};
INSERT INTO telegram_contact (partner_id, tg_user_id, state, name, username, confirmed_at, seen_at)
SELECT id, 900000000 + id, 'confirmed', name, 'eleve_' || id, now(), now()
FROM res_partner WHERE name LIKE 'Élève %' AND id % 2 = 0;
INSERT INTO telegram_link (partner_id, token_hash, purpose, expires_at, create_date)
SELECT id, 'bench-' || id, 'paper', now() + interval '7 days', now()
FROM res_partner WHERE name LIKE 'Élève %' AND id % 4 = 1;
ANALYZE;
"""


def of_calls(rpc: Rpc) -> list[float]:
    """Seconds of what the page asks of Odoo: the first rows and how many there are."""
    times = []
    for _ in range(TIMES):
        began = time.monotonic()
        rpc.execute("telegram.person", "search_read", [], _FIELDS, limit=80)
        count = rpc.execute("telegram.person", "search_count", [])
        times.append(time.monotonic() - began)
        assert count >= PEOPLE
    return times


async def of_browser(stack: Stack) -> list[float]:
    """Seconds from the click on the menu to the rows."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=stack.environment.chromium, args=["--no-sandbox"]
        )
        page = await browser.new_page(viewport={"width": 1300, "height": 900})
        await page.goto(f"{stack.odoo.url}/web/login")
        await page.fill("#login", ADMIN[0])
        await page.fill("#password", ADMIN[1])
        await page.click("button[type=submit]")
        await page.wait_for_selector(".o_web_client")
        times = [await _open(page, stack) for _ in range(TIMES + 1)]
        await browser.close()
    return times[1:]  # the first one loads the views


async def _open(page: Page, stack: Stack) -> float:
    other = "telegram_base.telegram_member_action"
    await page.goto(f"{stack.odoo.url}/web#action={other}")
    await page.wait_for_selector(".o_list_view")
    menu = page.locator(".o_menu_sections a, .o_main_navbar a", has_text="Personnes").or_(
        page.locator(".o_menu_sections a", has_text="People")
    )
    await menu.first.wait_for(state="visible")
    began = time.monotonic()
    await menu.first.click()
    await page.locator(".o_data_row", has_text="Élève").first.wait_for()
    return time.monotonic() - began


def measure(stack: Stack, say: Callable[[str], Any]) -> dict[str, list[float]]:
    """Fill the school and measure."""
    say(f"making {PEOPLE} people in {CLASSROOMS} classrooms")
    stack.gateway.stop()  # these classrooms are to have no groups
    stack.cluster.sql(_FILL, DATABASE)
    rpc = stack.odoo.rpc()
    try:
        return {
            "the list's calls of Odoo": of_calls(rpc),
            "the list in the browser": asyncio.run(of_browser(stack)),
        }
    finally:
        rpc.close()


def main() -> int:
    """0; with --check, 1 when the median of the browser is not under a second."""
    return run(
        "people",
        __doc__,
        measure,
        dict.fromkeys(("the list's calls of Odoo", "the list in the browser"), MOST_S),
    )


if __name__ == "__main__":
    sys.exit(main())
