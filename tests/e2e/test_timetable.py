"""From the weekly timetable, and the buttons of a lesson, to the call in the group; the feed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import icalendar
import pytest
from telethon import types

from .scene import Room, Scene

PARIS = ZoneInfo("Europe/Paris")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def odoo_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


async def every_day_at(scene: Scene, room: Room, at: datetime, minutes: int) -> list[dict]:
    """A lesson each day at the clock time of `at`; the lessons that this made, in order."""
    local = at.astimezone(PARIS)
    values: dict[str, Any] = {f"on_{day}": True for day in DAYS}
    values |= {"classroom_id": room.id, "name": f"Cours {room.name}"}
    values |= {"hour": local.hour + local.minute / 60, "duration": minutes / 60}
    values |= {"date_from": local.date().isoformat()}
    pattern_id = await scene.call("small_school.pattern", "create", values)
    own = [("pattern_id", "=", pattern_id)]
    return await scene.school.find(
        "small_school.lesson", own, ["start", "stop", "pattern_date"], order="start"
    )


async def clock(scene: Scene, lesson_id: int) -> dict[str, str]:
    """{part: due time} of the commands that wait for the lesson."""
    own = [("key", "like", f"lesson:small_school.lesson:{lesson_id}:"), ("state", "=", "pending")]
    rows = await scene.school.find("telegram.outbox", own, ["key", "due_at"])
    return {row["key"].rpartition(":")[2]: row["due_at"] for row in rows}


async def button(scene: Scene, name: str, lesson_id: int, **context: Any) -> None:
    """A button of the lesson's form."""
    await scene.call("small_school.lesson", name, [lesson_id], context=context)


async def call_ids(scene: Scene, room: Room) -> list[int]:
    [chat] = await scene.chats(room.name)
    return [call["id"] for call in await scene.calls(chat["id"])]


@pytest.mark.timeout(240)
async def test_pattern__its_call_opens_and_the_teacher_ends_and_prolongs_it(scene: Scene) -> None:
    room = await scene.room("Emploi du temps", students=1)
    teacher = next(iter(room.teachers.values()))
    await scene.call("small_school.classroom", "write", [room.id], {"telegram_open_minutes": 0.1})
    # the next full minute that leaves time for the opening
    start = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    if start - datetime.now(UTC) < timedelta(seconds=40):
        start += timedelta(minutes=1)
    today, tomorrow, *_later = await every_day_at(scene, room, start, 30)
    assert today["start"] == odoo_time(start)
    assert (await clock(scene, today["id"]))["close"] == odoo_time(start + timedelta(minutes=30))

    await scene.until("the call of the timetable", teacher.running_call, within_s=120)
    assert datetime.now(UTC) < start
    await scene.until("the lesson is open", lambda: is_state(scene, today["id"], "open"))
    await scene.until("the lesson begins", lambda: has_come(start), within_s=20)
    await button(scene, "action_end_now", today["id"])
    await scene.until("the call is closed", lambda: is_closed(teacher))
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(today["id"]))
    await button(scene, "action_prolong", today["id"], classroom_minutes=10)
    await scene.until("the call again", teacher.running_call)
    await button(scene, "action_end_now", today["id"])
    await scene.until("the call is closed again", lambda: is_closed(teacher))
    await scene.until("the sheet again", lambda: scene.school.sheet_is_final(today["id"]))
    assert len(await call_ids(scene, room)) == 2

    # the next lesson is moved, and so are its commands; then it is cancelled
    before = await clock(scene, tomorrow["id"])
    assert set(before) == {"remind", "open", "close"}
    moved = {
        name: datetime.fromisoformat(tomorrow[name]) + timedelta(hours=2)
        for name in ("start", "stop")
    }
    values = {name: str(at) for name, at in moved.items()}
    await scene.call("small_school.lesson", "write", [tomorrow["id"]], values)
    after = await clock(scene, tomorrow["id"])
    assert after == {
        part: str(datetime.fromisoformat(due) + timedelta(hours=2)) for part, due in before.items()
    }
    await button(scene, "action_cancel", tomorrow["id"])
    assert await clock(scene, tomorrow["id"]) == {}


async def test_lesson_started_early__and_its_substitute(scene: Scene) -> None:
    room = await scene.room("Remplacement d'une heure", students=1)
    teacher = next(iter(room.teachers.values()))
    lesson_id, _start = await scene.lesson(room, ahead_s=3600, length_s=1800, open=60)
    partner_id, number = await scene.partner("Remplaçante Roux")
    values = {"substitute_id": partner_id}
    await scene.call("small_school.lesson", "write", [lesson_id], values)
    substitute = await scene.phone("Remplaçante Roux", number)
    # not yet theirs: an hour before, nobody but the usual people is on the roster
    own = [("chat_id.name", "=", room.name), ("partner_id", "=", partner_id)]
    assert await scene.school.find("telegram.roster", own, ["status"]) == []

    await button(scene, "action_start_now", lesson_id)
    await scene.until("the call, an hour early", teacher.running_call)
    await scene.join(room, partner_id, substitute)

    async def is_admin() -> bool:
        people = await teacher.people()
        return any(
            isinstance(one, types.ChannelParticipantAdmin) and one.user_id == me.id
            for one in people.values()
        )

    me = await substitute.client.get_me()
    await scene.until("the substitute is an admin", is_admin)
    await button(scene, "action_cancel", lesson_id)
    await scene.until("the call is closed", lambda: is_closed(teacher))

    async def is_gone() -> bool:
        return me.id not in await teacher.people()

    await scene.until("the substitute is out", is_gone)
    assert len(await call_ids(scene, room)) == 1


async def test_feed__is_read_without_a_session(scene: Scene) -> None:
    room = await scene.room("Calendrier lu", students=1)
    [student_id] = room.students
    start = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=2)
    first, second, *more = await every_day_at(scene, room, start, 90)
    await button(scene, "action_cancel", second["id"])
    action = await scene.call("res.partner", "action_small_school_feed", [student_id])
    [feed] = await scene.school.find("small_school.feed", [("id", "=", action["res_id"])], ["url"])
    address = scene.stack.odoo.url + urlsplit(feed["url"]).path

    answer = await fetch(address)
    assert answer.status_code == 200
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert calendar.errors == []
    events = sorted(calendar.walk("VEVENT"), key=lambda event: event["DTSTART"].dt)
    assert len(events) == 2 + len(more)
    assert [event.errors for event in events if event.errors] == []
    assert {event["DTEND"].dt - event["DTSTART"].dt for event in events} == {timedelta(minutes=90)}
    # the clock shows the same all the year
    assert {event["DTSTART"].dt.astimezone(PARIS).time() for event in events} == {
        start.astimezone(PARIS).time()
    }
    assert [str(event["STATUS"]) for event in events[:3]] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert len({str(event["UID"]) for event in events}) == len(events)
    assert str(events[0]["URL"]).startswith("https://t.me/c/")

    values = {"start": odoo_time(start + timedelta(hours=1))}
    values["stop"] = odoo_time(start + timedelta(hours=2))
    await scene.call("small_school.lesson", "write", [first["id"]], values)
    again = icalendar.Calendar.from_ical((await fetch(address)).content)
    [moved] = [one for one in again.walk("VEVENT") if one["UID"] == events[0]["UID"]]
    assert moved["DTSTART"].dt == start + timedelta(hours=1)
    assert moved["SEQUENCE"] > events[0]["SEQUENCE"]

    await scene.call("small_school.feed", "action_renew", [action["res_id"]])
    assert (await fetch(address)).status_code == 404


async def is_state(scene: Scene, lesson_id: int, state: str) -> bool:
    own = [("id", "=", lesson_id), ("state", "=", state)]
    return bool(await scene.school.find("small_school.lesson", own, ["id"]))


async def is_closed(phone: Any) -> bool:
    return await phone.running_call() is None


async def has_come(at: datetime) -> bool:
    return datetime.now(UTC) > at + timedelta(seconds=1)


async def fetch(address: str) -> httpx.Response:
    """As a calendar does: no session, no cookie."""
    async with httpx.AsyncClient(timeout=30) as client:
        return await client.get(address)
