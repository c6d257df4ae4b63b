"""script/bench register: how long a register of 200 students and 300 lessons takes to open.

Made is a classroom whose lessons were all held, with a line for every student on every sheet.
Measured is what a person waits for in a browser, from the address to the last cell, ten times; and,
once each, the same register as a spreadsheet and as CSV. The median and the slowest are printed.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, async_playwright

from demo.stack.odoo import ADMIN, DATABASE
from demo.stack.stack import Stack

from .opening import run

STUDENTS = 200
LESSONS = 300
TIMES = 10
MOST_S = 2.0
_FIRST, _LAST = "2025-09-01", "2026-07-31"

# Rows of tables, as if they had been made by the school over a year; the lessons like a first one.
_FILL = """
INSERT INTO res_partner (name, display_name, lang, active, company_id, create_date)
SELECT 'Élève ' || n, 'Élève ' || n, 'fr_FR', true, 1, now()
FROM generate_series(1, {students}) n;
INSERT INTO small_school_enrolment (classroom_id, partner_id, date_from, state)
SELECT {classroom}, id, '{first}', 'active' FROM res_partner WHERE name LIKE 'Élève %';
INSERT INTO small_school_lesson
SELECT r.* FROM small_school_lesson l, generate_series(1, {lessons} - 1) n,
    LATERAL jsonb_populate_record(l, jsonb_build_object(
        'id', nextval('small_school_lesson_id_seq'), 'name', 'Séance ' || n,
        'start', l.start + n * interval '1 day', 'stop', l.stop + n * interval '1 day')) r
WHERE l.id = {lesson};
INSERT INTO small_school_attendance (lesson_id, classroom_id, partner_id, role, status, start)
SELECT l.id, l.classroom_id, e.partner_id, 'student',
    (ARRAY['present','present','present','late','absent','excused','partial'])
        [1 + (l.id * 31 + e.partner_id * 17) % 7], l.start
FROM small_school_lesson l JOIN small_school_enrolment e USING (classroom_id)
WHERE l.classroom_id = {classroom};
ANALYZE;
"""


async def _measure(stack: Stack, address: str) -> dict[str, list[float]]:
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
        await _open(page, address + "html")  # the first one compiles the template
        found = {
            "the register in the browser": [
                await _open(page, address + "html") for _ in range(TIMES)
            ],
            "as a spreadsheet": [await _fetch(page, address + "xlsx")],
            "as CSV": [await _fetch(page, address + "csv")],
        }
        await browser.close()
    return found


async def _open(page: Page, url: str) -> float:
    """Seconds to the last cell, painted."""
    began = time.monotonic()
    await page.goto(url, wait_until="load")
    await page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    taken = time.monotonic() - began
    cells = await page.locator(".register tbody td:not(.total)").count()
    assert cells == STUDENTS * LESSONS, cells
    return taken


async def _fetch(page: Page, url: str) -> float:
    began = time.monotonic()
    answer = await page.request.get(url)
    assert answer.ok and len(await answer.body()) > STUDENTS * LESSONS
    return time.monotonic() - began


def measure(stack: Stack, say: Callable[[str], Any]) -> dict[str, list[float]]:
    """Fill the school and measure."""
    say(f"making {LESSONS} lessons of {STUDENTS} students")
    stack.gateway.stop()  # nothing happens on Telegram meanwhile
    rpc = stack.odoo.rpc()
    try:
        values = {"name": "Registre", "tz": "Europe/Paris", "telegram_enabled": False}
        classroom = rpc.execute("small_school.classroom", "create", values)
        times = {"start": f"{_FIRST} 08:00:00", "stop": f"{_FIRST} 09:00:00", "state": "held"}
        lesson = rpc.execute(
            "small_school.lesson", "create", {**times, "classroom_id": classroom, "name": "Séance"}
        )
    finally:
        rpc.close()
    numbers = {"students": STUDENTS, "lessons": LESSONS, "first": _FIRST}
    fill = _FILL.format(classroom=classroom, lesson=lesson, **numbers)
    stack.cluster.sql(fill, DATABASE)
    address = (
        f"{stack.odoo.url}/classroom/report/register?id={classroom}"
        f"&first={_FIRST}&last={_LAST}&format="
    )
    return asyncio.run(_measure(stack, address))


def main() -> int:
    """0; with --check, 1 when the median in the browser is not under two seconds."""
    return run("register", __doc__, measure, {"the register in the browser": MOST_S})


if __name__ == "__main__":
    sys.exit(main())
