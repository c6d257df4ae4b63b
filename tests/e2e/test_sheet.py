"""The sheet end to end: who is on it, what changes it, who locks it; by hand on a telephone;
excuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from .scene import Room, Scene
from .test_browser import logged_in, open_action, shoot

ARABIC, ACCENTED = "أمينة بنت عبد الرحمن", "Zoë Çelik-Œuvrard"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


@pytest_asyncio.fixture
async def browser(scene: Scene) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=scene.stack.environment.chromium, args=["--no-sandbox"]
        )
        yield browser
        await browser.close()


async def user(scene: Scene, partner_id: int, group: str, lang: str = "fr_FR") -> tuple[int, str]:
    """A user of that person; its id and login, which is the password, too."""
    login = f"sheet{partner_id}"
    module, name = group.split(".")
    values = {
        "partner_id": partner_id,
        "login": login,
        "password": login,
        "lang": lang,
        "groups_id": [(6, 0, [await scene._group(module, name)])],
    }
    context = {"no_reset_password": True}
    return int(await scene.call("res.users", "create", values, context=context)), login


async def sheet(scene: Scene, lesson_id: int) -> dict[int, dict[str, Any]]:
    fields = ["partner_id", "role", "status", "computed_status", "corrected", "minutes"]
    own = [("lesson_id", "=", lesson_id)]
    found = await scene.school.find("small_school.attendance", own, fields)
    return {one["partner_id"][0]: one for one in found}


async def statuses(scene: Scene, lesson_id: int) -> dict[int, str]:
    return {who: line["status"] for who, line in (await sheet(scene, lesson_id)).items()}


async def passed(scene: Scene, at: datetime) -> None:
    """Wait until it is later than that."""

    async def is_later() -> bool:
        return datetime.now(UTC) > at

    await scene.until(f"{at} has passed", is_later)


async def look_again(scene: Scene) -> None:
    """Run the scheduled action of every five minutes."""
    domain = [("module", "=", "telegram_school"), ("name", "=", "cron_lessons")]
    [found] = await scene.call("ir.model.data", "search_read", domain, ["res_id"])
    await scene.call("ir.cron", "method_direct_trigger", [found["res_id"]])


@pytest.mark.timeout(240)
async def test_sheet__comers_goers_and_guests_of_one_lesson_then_corrected_and_locked(
    scene: Scene, browser: Browser
) -> None:
    room = await scene.room("Fiche", students=2)
    stays, goes = room.students
    newcomer, newcomer_phone = await scene.linked("Arrivée en cours")
    # of the class, and nobody knows their Telegram account yet
    late_known, number = await scene.partner("Reliée après")
    await scene.enrol(room, late_known)
    guest = await scene.phone("Inconnue", number)
    [teacher] = room.teachers.values()
    await teacher.add(await scene.telegram.username(guest.user_id))
    await guest.find_group()
    # how long each of them is there depends on the machine: it is little that is asked for
    await scene.call("small_school.classroom", "write", [room.id], {"telegram_partial_percent": 2})
    lesson_id, start = await scene.lesson(room, ahead_s=2, length_s=600, open=2)
    await scene.until("the call", teacher.running_call)
    # Odoo keeps whole seconds: what is done one after the other is not to be in the same one
    await passed(scene, start + timedelta(seconds=2))
    for phone in (room.students[stays], room.students[goes], guest):
        await phone.join_call()
    await scene.enrol(room, newcomer)
    await newcomer_phone.ask_to_join(await newcomer_phone.invite_from_bot())
    await newcomer_phone.find_group(room.name)
    await newcomer_phone.join_call()

    async def all_seen() -> bool:
        return len(await scene.shown_on_page(lesson_id, "presence_ids")) >= 4

    await scene.until("everybody was seen", all_seen)
    # a leave is known to two seconds: without them something is left
    await passed(scene, datetime.now(UTC) + timedelta(seconds=6))
    await scene.school.unenrol(room.id, goes)
    await scene.stands(room, room.students[goes], "")
    await passed(scene, datetime.now(UTC) + timedelta(seconds=2))
    await scene.call("small_school.lesson", "action_end_now", [lesson_id])
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    lines = await sheet(scene, lesson_id)
    # measured by the part in which they belonged: nobody is late or gone early by that
    assert {who: lines[who]["status"] for who in (stays, goes, newcomer)} == dict.fromkeys(
        (stays, goes, newcomer), "present"
    )
    assert lines[late_known]["status"] == "unknown"  # may have been the guest
    guest_ids = await scene.shown_on_page(lesson_id, "guest_ids")
    [member] = await scene.school.find("telegram.member", [("id", "in", guest_ids)], ["tg_user_id"])
    assert member["tg_user_id"] == guest.user_id

    page = await logged_in(browser, scene.stack, "admin", "admin")
    await page.set_viewport_size({"width": 1300, "height": 1400})
    await page.goto(scene.form("telegram.lesson", await scene.page(lesson_id)))
    row = page.locator("[name=guest_ids] .o_data_row", has_text="Inconnue")
    await row.locator("button[name=action_who]").wait_for()
    await shoot(page, "lesson-guests")

    # corrected, computed again, locked; then the guest is known
    line = lines[stays]["id"]
    correction = {"status": "absent", "correction_reason": "le téléphone de son frère"}
    await scene.call("small_school.attendance", "write", [line], correction)
    await scene.call("small_school.classroom", "write", [room.id], {"telegram_late_minutes": 7})
    await look_again(scene)
    lines = await sheet(scene, lesson_id)
    assert (lines[stays]["status"], lines[stays]["computed_status"]) == ("absent", "present")
    await scene.call("small_school.lesson", "action_confirm_sheet", [lesson_id])
    await scene.link(late_known, guest)

    async def told() -> str | None:
        await look_again(scene)
        return str(await scene.shown_on_page(lesson_id, "differences") or "") or None

    assert "Reliée après" in await scene.until("the locked sheet says what it would say", told)
    assert (await statuses(scene, lesson_id))[late_known] == "unknown"
    await page.reload()
    await page.locator("[name=differences]", has_text="Reliée après").wait_for()
    await shoot(page, "lesson-locked")
    assert page.errors == []  # type: ignore[attr-defined]
    await scene.call("small_school.lesson", "action_unlock_sheet", [lesson_id])
    await look_again(scene)
    assert (await statuses(scene, lesson_id))[late_known] == "present"
    assert (await statuses(scene, lesson_id))[stays] == "absent"


async def class_by_hand(scene: Scene, name: str) -> tuple[Room, list[int], int, str]:
    """A classroom without Telegram and its lesson of an hour ago: room, students, lesson, and the
    login of its teacher."""
    classroom = {"name": name, "telegram_enabled": False}
    room = Room(int(await scene.call("small_school.classroom", "create", classroom)), name)
    now = datetime.now(UTC).replace(microsecond=0)
    before = (now - timedelta(days=3)).strftime("%Y-%m-%d")
    students = []
    for person in (ARABIC, ACCENTED, "Bilal O'Neil", "Élodie Ñuñez"):
        partner_id, _number = await scene.partner(person)
        values = {"classroom_id": room.id, "partner_id": partner_id, "date_from": before}
        await scene.call("small_school.enrolment", "create", values)
        students.append(partner_id)
    teacher_id, _number = await scene.partner(f"Prof {name}")
    values = {"classroom_id": room.id, "partner_id": teacher_id, "role": "teacher"}
    await scene.call("small_school.assignment", "create", {**values, "date_from": before})
    _user, login = await user(scene, teacher_id, "small_school.group_teacher")
    lesson_id = await scene.school.plan_lesson(
        room.id, "Sans Telegram", now - timedelta(minutes=40), now + timedelta(minutes=20)
    )
    return room, students, lesson_id, login


async def fits(page: Page) -> bool:
    """Return whether nothing is wider than the telephone."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.timeout(180)
async def test_by_hand__on_a_telephone_also_without_a_connection(
    scene: Scene, browser: Browser
) -> None:
    _room, students, lesson_id, login = await class_by_hand(scene, "À la main")
    page = await logged_in(browser, scene.stack, login, login)
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(f"{scene.stack.odoo.url}/classroom/today")
    await shoot(page, "fr-sheet-today")
    await page.locator("a.lesson", has_text="Sans Telegram").first.click()
    await page.wait_for_selector(".line")
    await page.click("#all")
    lines = {student_id: page.locator(f".line[data-id='{student_id}']") for student_id in students}
    await page.click("#undo")  # of what is not saved yet
    await lines[students[0]].locator(".word", has_text="non rempli").wait_for()
    await page.click("#all")
    await page.locator("#all").wait_for(state="hidden")
    for times, student in enumerate(students):
        for _tap in range(times):
            await lines[student].locator(".tap").click()
    late = lines[students[2]]
    await late.locator(".minutes button", has_text="15").click()
    assert await fits(page)
    await shoot(page, "fr-sheet-chosen")

    await page.context.set_offline(True)
    await page.click("#save")
    await page.locator("#status.bad").wait_for()
    await shoot(page, "fr-sheet-offline")
    await page.context.set_offline(False)
    await page.locator("#status.good").wait_for(timeout=60_000)
    wanted = ["present", "absent", "late", "excused"]
    assert [(await statuses(scene, lesson_id))[student_id] for student_id in students] == wanted
    own = [("lesson_id", "=", lesson_id), ("partner_id", "=", students[2])]
    [line] = await scene.school.find("small_school.attendance", own, ["late_minutes"])
    assert line["late_minutes"] == 15
    # of what is saved: the exceptions stay
    await page.click("#undo")
    await lines[students[0]].locator(".word", has_text="non rempli").wait_for()
    assert students[0] not in await statuses(scene, lesson_id)
    assert [
        (await statuses(scene, lesson_id))[student_id] for student_id in students[1:]
    ] == wanted[1:]
    await shoot(page, "fr-sheet-undone")
    await page.click("#all")
    await page.click("#save")
    await page.locator("#undo").wait_for()
    await page.locator("#status.good").wait_for()

    # not saved yet and the page closed: here again; in the other language meanwhile
    await lines[students[0]].locator(".tap").click()
    [row] = await scene.school.find("res.users", [("login", "=", login)], ["id"])
    await scene.call("res.users", "write", [row["id"]], {"lang": "en_US"})
    await page.reload()
    await page.locator("#save", has_text="Save").wait_for()
    await page.locator(f".line.absent.unsaved[data-id='{students[0]}']").wait_for()
    assert await fits(page)
    await shoot(page, "en-sheet-kept")
    # somebody else was quicker: theirs stays, and is shown
    [line] = await scene.school.find(
        "small_school.attendance", [*own[:1], ("partner_id", "=", students[0])], ["id"]
    )
    await scene.call("small_school.attendance", "write", [line["id"]], {"status": "late"})
    await page.click("#save")
    await page.locator(f".line.late.clash[data-id='{students[0]}']").wait_for()
    assert (await statuses(scene, lesson_id))[students[0]] == "late"

    await scene.call("small_school.lesson", "action_confirm_sheet", [lesson_id])
    await lines[students[1]].locator(".tap").click()
    await page.click("#save")
    await page.locator("#status.bad", has_text="confirmed").wait_for()
    await page.evaluate("localStorage.clear()")
    await page.reload()
    await page.locator("#locked", has_text="confirmed").wait_for()
    assert await page.locator("#save").is_hidden()
    await shoot(page, "en-sheet-locked")
    assert page.errors == []  # type: ignore[attr-defined]


@pytest.mark.timeout(180)
async def test_excuse__asked_for_on_a_telephone_and_decided(scene: Scene, browser: Browser) -> None:
    room, students, lesson_id, _login = await class_by_hand(scene, "Excuses")
    mother, _number = await scene.partner("Mme Œuvrard")
    await scene.call("res.partner", "write", [mother], {"email": "mere@example.com"})
    await scene.call("res.partner", "write", [students[0]], {"guardian_ids": [(4, mother)]})
    parent_id, parent = await user(scene, mother, "base.group_portal")
    partner_id, _name, _number = await scene.supervisor_of(room)
    [boss] = await scene.school.find(
        "res.users", [("partner_id", "=", partner_id)], ["id", "login"]
    )
    await scene.call("res.users", "write", [boss["id"]], {"password": "boss", "lang": "fr_FR"})

    phone = await logged_in(browser, scene.stack, parent, parent)
    await phone.set_viewport_size({"width": 360, "height": 740})
    address = f"{scene.stack.odoo.url}/my/excuses"
    # pages of the portal are in the language of the browser
    french = {"name": "frontend_lang", "value": "fr_FR", "url": scene.stack.odoo.url}
    await phone.context.add_cookies([french])  # type: ignore[list-item]
    await phone.goto(address)
    await phone.select_option("#excuse_lesson", str(lesson_id))
    await phone.fill("#excuse_reason", "Elle a la grippe. مريضة")
    wrong = {"name": "page.html", "mimeType": "text/html", "buffer": b"<html>"}
    await phone.set_input_files("#excuse_document", files=[wrong])
    await phone.click("#excuse button[type=submit]")
    await phone.locator(".alert-danger").wait_for()
    assert "grippe" in await phone.input_value("#excuse_reason")
    await shoot(phone, "fr-excuse-refused")
    right = {"name": "certificat médical.pdf", "mimeType": "application/pdf", "buffer": PDF}
    await phone.set_input_files("#excuse_document", files=[right])
    await phone.click("#excuse button[type=submit]")
    await phone.locator(".alert-success").wait_for()
    assert await fits(phone)
    await phone.set_viewport_size({"width": 360, "height": 1400})
    await shoot(phone, "fr-excuse-asked")

    desk = await logged_in(browser, scene.stack, boss["login"], "boss")
    await desk.set_viewport_size({"width": 1300, "height": 900})
    await open_action(desk, scene.stack, "small_school.action_excuse")
    await desk.locator(".o_data_row", has_text=ARABIC).first.click()
    await desk.wait_for_selector(".o_form_view")
    await shoot(desk, "fr-excuse-form")
    await desk.click("button[name=action_accept]")
    await desk.locator("button[name=action_reopen]:visible").wait_for()
    await shoot(desk, "fr-excuse-accepted")
    assert await scene.school.find("mail.mail", [("recipient_ids", "in", [mother])], ["id"])
    await scene.call("small_school.lesson", "action_all_present", [lesson_id])
    assert (await statuses(scene, lesson_id))[students[0]] == "excused"

    await scene.call("res.users", "write", [parent_id], {"lang": "en_US"})
    await phone.context.add_cookies([{**french, "value": "en_US"}])  # type: ignore[list-item]
    await phone.goto(address)
    await phone.locator(".o_excuse .badge-success", has_text="Accepted").wait_for()
    await shoot(phone, "en-excuse-list")
    for page in (phone, desk):
        assert page.errors == []  # type: ignore[attr-defined]
