"""People take part in a lesson as channels of theirs: nobody is called absent for it, and the
teacher says who each was, with one tap in Odoo and one on a telephone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.async_api import Browser

from .scene import Scene
from .test_browser import browser, logged_in, shoot
from .test_sheet import fits, passed, statuses, user

assert browser  # the fixture


async def test_as_channels__unknown_until_the_teacher_says_who(
    scene: Scene, browser: Browser
) -> None:
    room = await scene.room("Chaînes", students=4)
    seen, first, second, missing = room.students
    teacher_id, teacher = next(iter(room.teachers.items()))
    # how long each of them is there depends on the machine: it is little that is asked for
    await scene.call("small_school.classroom", "write", [room.id], {"telegram_partial_percent": 1})
    lesson_id, start = await scene.lesson(room, ahead_s=2, length_s=600, open=2)
    await scene.until("the call", teacher.running_call)
    await passed(scene, start + timedelta(seconds=1))
    await teacher.join_call()
    await room.students[seen].join_call()
    for student, title in ((first, "Le ciel bleu"), (second, "Cuisine & <b>jardin</b>")):
        phone = room.students[student]
        await phone.join_call(join_as=await phone.own_channel(title))

    async def all_seen() -> bool:
        own = [("chat_id", "=", await scene.chat_id(room)), ("kind", "=", "joined")]
        rows = await scene.school.find("telegram.presence", own, ["channel_name"])
        titles = {row["channel_name"] for row in rows}
        return len(rows) >= 4 and {"Le ciel bleu", "Cuisine & <b>jardin</b>"} <= titles

    await scene.until("everybody was seen, with their titles", all_seen)
    await passed(scene, datetime.now(UTC) + timedelta(seconds=3))
    await scene.call("small_school.lesson", "action_end_now", [lesson_id])
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    unknown = dict.fromkeys((first, second, missing), "unknown")
    statuses_now = await statuses(scene, lesson_id)
    assert {student_id: statuses_now[student_id] for student_id in room.students} == {
        seen: "present",
        **unknown,
    }
    await teacher.wait_text("2 ont participé en tant que chaînes")

    _user, login = await user(scene, teacher_id, "small_school.group_teacher")
    page = await logged_in(browser, scene.stack, login, login)
    await page.set_viewport_size({"width": 1300, "height": 1400})
    await page.goto(scene.form("telegram.lesson", await scene.page(lesson_id)))
    asked = page.locator("[name=channels]")
    question = asked.locator("[data-question]", has_text="Le ciel bleu")
    await question.wait_for()
    await shoot(page, "fr-channels-form")
    await question.locator("button", has_text="Élève 2 Chaînes").click()
    await question.locator("button", has_text="Annuler").wait_for()
    line = page.locator("[name=attendance_ids] .o_data_row", has_text="Élève 2 Chaînes")
    await line.locator("text=Présent").first.wait_for()
    statuses_now = await statuses(scene, lesson_id)
    assert (statuses_now[first], statuses_now[missing]) == ("present", "unknown")
    await shoot(page, "fr-channels-form-answered")

    await page.set_viewport_size({"width": 360, "height": 1100})
    await page.goto(f"{scene.stack.odoo.url}/classroom/sheet/{lesson_id}")
    question = page.locator(".question", has_text="Cuisine & <b>jardin</b>")
    await question.wait_for()
    assert await fits(page)
    await shoot(page, "fr-channels-phone")
    # what was chosen and is not saved yet stays so, and is saved on top of the answer
    await page.locator(f".line[data-id='{missing}'] .tap").click()
    await question.locator("button", has_text="Élève 3 Chaînes").click()
    await question.locator("button", has_text="Annuler").wait_for()
    await page.locator(f".line.present[data-id='{second}']").wait_for()
    await page.locator(f".line.present.unsaved[data-id='{missing}']").wait_for()
    await shoot(page, "fr-channels-phone-answered")
    statuses_now = await statuses(scene, lesson_id)
    assert statuses_now[second] == "present"
    assert statuses_now[missing] == "absent"
    assert await fits(page)

    await question.locator("button", has_text="Annuler").click()
    await question.locator("button", has_text="Quelqu’un d’autre").click()
    await question.locator("button", has_text="Annuler").wait_for()
    statuses_now = await statuses(scene, lesson_id)
    assert {student_id: statuses_now[student_id] for student_id in room.students} == {
        seen: "present",
        first: "present",
        second: "absent",
        missing: "absent",
    }
    await scene.call("small_school.lesson", "action_confirm_sheet", [lesson_id])
    await question.locator("button", has_text="Annuler").click()
    await page.locator("#status.bad", has_text="confirmée").wait_for()
    assert page.errors == []  # type: ignore[attr-defined]
