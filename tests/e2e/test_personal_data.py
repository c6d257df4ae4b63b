"""People who have left are erased: out of the group, gone from every table, and the sheet of the
lesson that they were in is what it was."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from demo.play.phones import Phone
from demo.stack.cluster import ODOO_ROLE
from demo.stack.odoo import ADMIN, DATABASE

from .scene import Room, Scene
from .secrets import forms
from .test_browser import browser, logged_in, shoot
from .test_people_screens import to_form

__all__ = ["browser"]
_WORDS = {
    "fr_FR": {
        "erase": "Effacer ses données",
        "first": "Mettez-y d'abord fin",
        "close": "Fermer",
        "rows": "Inscriptions",
        "known": "Je sais que",
        "go": "Effacer définitivement",
        "done": "Plus aucun texte dans Odoo ne nomme la personne",
        "erased": "Les données de cette personne ont été effacées",
        "export": "Exporter ses données",
    },
    "en_US": {
        "erase": "Erase their data",
        "first": "End the enrolment",
        "close": "Close",
        "rows": "Enrolments",
        "known": "I know that",
        "go": "Erase for good",
        "done": "No text in Odoo names the person any more",
        "erased": "The data of this person was erased",
        "export": "Export their data",
    },
}
_NAMES = ("Zélie Quatremare", "Ysoline Vauquelin")


async def _student(scene: Scene, room: Room, name: str) -> tuple[int, Phone, list[str]]:
    """A student in the group; partner, phone, and all by which one could know them."""
    partner_id, number = await scene.partner(name)
    email = f"{name.split()[1].lower()}@example.com"
    await scene.call("res.partner", "write", [partner_id], {"email": email})
    await scene.enrol(room, partner_id)
    phone = await scene.phone(name, number)
    await scene.join(room, partner_id, phone)
    room.students[partner_id] = phone
    username = f"p{number.lstrip('+')}"
    return partner_id, phone, [name, number, username, email, str(phone.user_id)]


async def _erase(scene: Scene, partner_id: int) -> str:
    """The window on the person's form; what it says in the end."""
    action = await scene.call("res.partner", "action_telegram_erase", [partner_id])
    wizard = action["res_id"]
    await scene.call("telegram.erasure.wizard", "write", [wizard], {"is_sure": True})
    context = {"lang": "fr_FR"}
    await scene.call("telegram.erasure.wizard", "action_erase", [wizard], context=context)
    own = [("id", "=", wizard)]
    [row] = await scene.school.find("telegram.erasure.wizard", own, ["outcome"])
    return str(row["outcome"])


async def _sheet(scene: Scene, lesson_id: int) -> list[dict[str, Any]]:
    fields = ["role", "status", "minutes", "percentage"]
    own = [("lesson_id", "=", lesson_id)]
    return await scene.school.find("small_school.attendance", own, fields, order="id")


def _found(dump: str, traces: list[str]) -> list[str]:
    """Lines of the dump in which one of the traces stands, in any form that programs write."""
    patterns = [re.escape(form.decode(errors="replace")) for one in traces for form in _forms(one)]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)
    return [line[:300] for line in dump.splitlines() if pattern.search(line)]


def _forms(trace: str) -> list[bytes]:
    return [trace.encode()] if trace.isdigit() else list(forms(trace).values())


async def test_people_who_left_are_erased__nothing_names_them_and_the_sheet_is_whole(
    scene: Scene,
) -> None:
    room = await scene.room("Effacement", students=1)
    first, second = [await _student(scene, room, name) for name in _NAMES]
    traces = [*first[2], *second[2]]
    await scene.all_in(room)
    lesson_id, _start = await scene.lesson(room, ahead_s=3, length_s=5, open=2)
    await scene.until("the call", first[1].running_call)
    await first[1].join_call()
    await second[1].join_call()
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    await scene.call("small_school.lesson", "action_confirm_sheet", [lesson_id])
    sheet = await _sheet(scene, lesson_id)
    assert sum(line["minutes"] > 0 for line in sheet) == 2

    # handed out before
    await scene.school.unenrol(room.id, first[0])
    await scene.stands(room, first[1], "")
    await scene.quiet()
    assert first[2][0] in await asyncio.to_thread(_export, scene, first[0])
    outcome = await _erase(scene, first[0])
    assert "La passerelle" in outcome

    # one is still in the group when the gateway is down: it is put out by the erasure
    gateway = scene.stack.gateway
    await asyncio.to_thread(gateway.stop)
    try:
        await scene.school.unenrol(room.id, second[0])
        outcome = await _erase(scene, second[0])
        assert "la commande attend" in outcome
        assert await scene.standing(room, second[1]) == "member"
    finally:
        await asyncio.to_thread(gateway.start)
    await scene.stands(room, second[1], "")

    async def forgotten() -> bool:
        own = [("id", "in", [first[0], second[0]]), ("active", "=", False)]
        people = await scene.school.find("res.partner", own, ["name", "telegram_is_forgetting"])
        return len(people) == 2 and not any(one["telegram_is_forgetting"] for one in people)

    await scene.until("both are forgotten", forgotten)
    await scene.quiet()
    assert await _sheet(scene, lesson_id) == sheet
    assert await scene.school.member_states(room.id) == {"in": 2}

    dump = await asyncio.to_thread(_dump, scene)
    assert _found(dump, [room.name]), "the dump can be read"
    assert _found(dump, traces) == []


def _dump(scene: Scene) -> str:
    cluster = scene.stack.cluster
    return cluster.run("pg_dump", "-h", str(cluster.folder), "-U", ODOO_ROLE, DATABASE)


def _export(scene: Scene, partner_id: int) -> str:
    """The readme of the person's file, through the door that the button opens."""
    with httpx.Client(base_url=scene.stack.odoo.url, timeout=60) as browser:
        login = {"db": DATABASE, "login": ADMIN[0], "password": ADMIN[1]}
        call = {"jsonrpc": "2.0", "method": "call", "params": login}
        browser.post("/web/session/authenticate", json=call)
        answer = browser.get(f"/telegram/personal-data/{partner_id}")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    # in the language that the administrator has just now
    [readme] = [name for name in archive.namelist() if name in ("lisez-moi.txt", "readme.txt")]
    return archive.read(readme).decode("utf-8-sig")


@pytest.mark.parametrize("lang", list(_WORDS))
async def test_form__shows_what_to_do_first_then_what_goes_then_that_it_is_done(
    scene: Scene, browser: Browser, lang: str
) -> None:
    words, short = _WORDS[lang], lang[:2]
    room = Room(
        int(await scene.call("small_school.classroom", "create", {"name": f"Oubli {short}"})), ""
    )
    partner_id, _number = await scene.partner(f"Partante {short}")
    await scene.enrol(room, partner_id)
    [admin] = await scene.school.find("res.users", [("login", "=", "admin")], ["id"])
    await scene.call("res.users", "write", [admin["id"]], {"lang": lang})
    page = await logged_in(browser, scene.stack, "admin", "admin")
    await page.set_viewport_size({"width": 1300, "height": 900})
    await to_form(page, scene, "res.partner", partner_id)
    await shoot(page, f"{short}-personal-form")
    async with page.expect_download() as download:
        await page.locator("button", has_text=words["export"]).filter(visible=True).click()
    assert (await download.value).suggested_filename.endswith(f"-{partner_id}.zip")
    button = page.locator("button", has_text=words["erase"]).filter(visible=True)
    await button.click()
    window = page.locator(".modal-dialog")
    await window.locator(".alert-danger", has_text=words["first"]).wait_for()
    await shoot(page, f"{short}-personal-first")
    assert await window.locator("button", has_text=words["go"]).filter(visible=True).count() == 0
    await window.locator("footer button", has_text=words["close"]).filter(visible=True).click()
    await scene.school.unenrol(room.id, partner_id)
    await button.click()
    await window.locator("td", has_text=words["rows"]).first.wait_for()
    await window.locator("label", has_text=words["known"]).filter(visible=True).click()
    await shoot(page, f"{short}-personal-preview")
    await window.locator("button", has_text=words["go"]).filter(visible=True).click()
    await window.locator(".alert-success", has_text=words["done"]).filter(visible=True).wait_for()
    await shoot(page, f"{short}-personal-done")
    await window.locator("footer button", has_text=words["close"]).filter(visible=True).click()
    await page.locator(".o_form_view .o_notebook .nav-link", has_text="Telegram").click()
    await page.locator(".alert", has_text=words["erased"]).filter(visible=True).first.wait_for()
    await shoot(page, f"{short}-personal-erased")
    assert page.errors == []  # type: ignore[attr-defined]
