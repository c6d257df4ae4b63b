"""The lesson's clock where something comes between: the next lesson, people who still talk,
somebody who ends the call, a gateway that was down."""

from __future__ import annotations

import asyncio
import html
import re
from datetime import UTC, datetime, timedelta

from telethon import functions

from demo.play.phones import Phone

from .scene import Room, Scene
from .test_kill import dying_at


async def call_ids(scene: Scene, room: Room) -> list[int]:
    """The ids of all calls that the group ever had."""
    return [call["id"] for call in await scene.calls((await scene.group(room))["id"])]


async def test_back_to_back__one_call_that_the_second_lesson_closes(scene: Scene) -> None:
    room = await scene.room("Deux de suite", students=2)
    (teacher_id, teacher), (stays_id, stays), (leaves_id, leaves) = room.phones.items()
    first, start = await scene.lesson(room, ahead_s=5, length_s=7, open=3)
    middle = start + timedelta(seconds=7)
    second = await scene.school.plan_lesson(room.id, "Suite", middle, middle + timedelta(seconds=8))
    call = await scene.until("the call", teacher.running_call)
    for phone in (teacher, stays, leaves):
        await phone.join_call()
    await scene.until("the first sheet", lambda: scene.school.sheet_is_final(first))
    assert datetime.now(UTC) >= middle
    assert (await teacher.running_call()).id == call.id
    await leaves.leave_call()
    await scene.until("the second sheet", lambda: scene.school.sheet_is_final(second))
    assert await teacher.running_call() is None
    assert await call_ids(scene, room) == [call.id]
    sheets = [await scene.school.sheet(lesson_id) for lesson_id in (first, second)]
    assert [sheet[stays_id]["status"] for sheet in sheets] == ["present", "present"]
    assert sheets[0][leaves_id]["departed_at"] != sheets[1][leaves_id]["departed_at"]
    # nobody came to the second lesson before the first one was over
    arrived = datetime.fromisoformat(sheets[1][stays_id]["arrived_at"]).replace(tzinfo=UTC)
    assert arrived == middle


async def has_come(at: datetime) -> bool:
    """Return whether it is later than that."""
    return datetime.now(UTC) > at + timedelta(seconds=1)


async def known_calls(scene: Scene, room: Room) -> int:
    """Of how many calls of the group Odoo has been told."""
    own = [("chat_id", "=", await scene.chat_id(room))]
    return len(await scene.school.find("telegram.call", own, ["id"]))


async def end_call(phone: Phone) -> int:
    """A teacher ends the group's call for all; the id of that call."""
    call = await phone.running_call()
    await phone.client(functions.phone.DiscardGroupCallRequest(call))
    return int(call.id)


async def another_call(scene: Scene, phone: Phone, former: int) -> int:
    """Wait for a call other than the former one."""

    async def look() -> int | None:
        call = await phone.running_call()
        return int(call.id) if call and call.id != former else None

    return await scene.until("another call", look)


async def test_ended_by_somebody__opened_again_three_times_then_the_teacher_is_told(
    scene: Scene,
) -> None:
    room = await scene.room("Terminée trop tôt", students=1)
    teacher = next(iter(room.teachers.values()))
    lesson_id, start = await scene.lesson(room, ahead_s=2, length_s=600, open=1)
    await scene.until("the call", teacher.running_call)
    await another_call(scene, teacher, await end_call(teacher))
    # the second time it dies before it has noted that the call is there
    async with dying_at(scene.stack, "call_created") as deaths:
        await another_call(scene, teacher, await end_call(teacher))

        async def is_told() -> bool:
            return await known_calls(scene, room) == 3

        await scene.until("it is known after all", is_told)
    assert deaths == [-9]
    # the third time nobody looks; how often it was opened again is known all the same
    async with scene.gateway_away():
        former = await end_call(teacher)
    await another_call(scene, teacher, former)
    await end_call(teacher)

    async def told() -> bool:
        texts = [one.raw_text for one in teacher.messages if one.is_private]
        return any(f"Cours {room.name}" in text and "3" in text for text in texts)

    await scene.until("the teacher is told", told)
    assert await teacher.running_call() is None
    assert len(await call_ids(scene, room)) == 4
    # what a person starts counts as the lesson's, and its end by the school is no reason to reopen
    await teacher.client(functions.phone.CreateGroupCallRequest(teacher.group, random_id=1))
    await scene.until("the lesson has begun", lambda: has_come(start))
    await scene.call("small_school.lesson", "action_end_now", [lesson_id])
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    await scene.settled(room)
    assert await teacher.running_call() is None
    assert len(await call_ids(scene, room)) == 5


async def test_people_still_talk__they_may_and_the_next_lesson_goes_on_in_their_call(
    scene: Scene,
) -> None:
    room = await scene.room("Délai", students=1)
    [(teacher_id, teacher), (_, student)] = room.phones.items()
    first, start = await scene.lesson(room, ahead_s=3, length_s=4, open=2, grace=120)
    call = await scene.until("the call", teacher.running_call)
    await teacher.join_call()
    await student.join_call()
    await scene.until("the first sheet", lambda: scene.school.sheet_is_final(first))
    assert (await teacher.running_call()).id == call.id

    now = datetime.now(UTC).replace(microsecond=0)
    begins, ends = now + timedelta(seconds=3), now + timedelta(seconds=6)
    second = await scene.school.plan_lesson(room.id, "Suite", begins, ends)
    await scene.until("the second sheet", lambda: scene.school.sheet_is_final(second))
    assert (await teacher.running_call()).id == call.id
    await student.leave_call()
    assert (await teacher.running_call()).id == call.id
    await teacher.leave_call()

    async def is_closed() -> bool:
        return await teacher.running_call() is None

    await scene.until("the call is closed once nobody talks", is_closed)
    assert datetime.now(UTC) < start + timedelta(seconds=120)
    assert await call_ids(scene, room) == [call.id]
    line = (await scene.school.sheet(first))[teacher_id]
    assert line["departed_at"] == (start + timedelta(seconds=4)).strftime("%Y-%m-%d %H:%M:%S")


async def test_cancelled_while_it_runs__closed_at_once_with_a_word(scene: Scene) -> None:
    room = await scene.room("Annulée", students=1)
    teacher = next(iter(room.teachers.values()))
    lesson_id, _ = await scene.lesson(room, ahead_s=2, length_s=600, open=1, grace=120)
    await scene.until("the call", teacher.running_call)
    await teacher.join_call()
    await scene.call("small_school.lesson", "action_cancel", [lesson_id])
    await teacher.wait_text("Annulée : Cours Annulée")

    async def is_closed() -> bool:
        return await teacher.running_call() is None

    await scene.until("the call is closed", is_closed)
    await scene.settled(room)
    assert len(await call_ids(scene, room)) == 1


async def log_of(scene: Scene, lesson_id: int) -> str:
    """The log on the lesson's page, in French."""
    return html.unescape(await scene.shown_on_page(lesson_id, "log"))


async def test_gateway_down__opened_late_without_a_reminder_and_closed(scene: Scene) -> None:
    room = await scene.room("En retard", students=1)
    teacher = next(iter(room.teachers.values()))
    gateway = scene.stack.gateway
    await asyncio.to_thread(gateway.stop)
    try:
        lesson_id, start = await scene.lesson(room, ahead_s=3, length_s=600, remind=2, open=1)

        long_ago = start + timedelta(seconds=6)
        await scene.until("the lesson has begun long ago", lambda: has_come(long_ago))
    finally:
        await asyncio.to_thread(gateway.start)
    await scene.until("the call", teacher.running_call)
    await asyncio.to_thread(gateway.stop)
    try:
        await scene.call("small_school.lesson", "action_end_now", [lesson_id])
    finally:
        await asyncio.to_thread(gateway.start)
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    assert await teacher.running_call() is None
    await teacher.wait_text("Présences")
    assert not any("Rappel" in text for text in await teacher.group_texts())
    await scene.settled(room)
    log = await log_of(scene, lesson_id)
    assert "Le rappel n'a pas été envoyé : il serait arrivé après le début" in log
    assert re.search(r"L.appel a été ouvert \(avec \d+ s de retard, la passerelle", log), log
    assert "L’appel a été fermé" in log
    assert "Le compte rendu a été envoyé" in log


async def test_calls_refused_for_a_while__one_finds_out_and_then_all_are_opened(
    scene: Scene,
) -> None:
    rooms = [await scene.room(f"Patience {n}", students=0, joined=False) for n in range(3)]
    for room in rooms:
        await scene.ready(room)
        await scene.settled(room)
    method = "phone.createGroupCall"
    before = await scene.requests(method)
    refusal = {"kind": "error", "method": method, "code": 420, "message": "FLOOD_WAIT_10"}
    await asyncio.to_thread(lambda: scene.stack.sandbox.post("/faults", times=1, **refusal))
    lessons = []
    for number, room in enumerate(rooms):
        ahead_s = 4 if number == 0 else 7
        lesson_id, _ = await scene.lesson(room, ahead_s=ahead_s, length_s=600, open=1)
        lessons.append(lesson_id)
    names = ["method", "until"]
    paused = [("kind", "=", "method"), ("method", "=", method)]
    find = scene.school.find
    [pause] = await scene.until("the pause", lambda: find("telegram.limit", paused, names))

    async def all_run() -> bool:
        calls = [await call_ids(scene, room) for room in rooms]
        return [len(ids) for ids in calls] == [1, 1, 1]

    await scene.until("all three calls", all_run)
    assert datetime.now(UTC) >= datetime.fromisoformat(pause["until"]).replace(tzinfo=UTC)
    assert await scene.requests(method) == before + 1 + len(rooms)
    await scene.call("small_school.lesson", "action_cancel", lessons)
    for room in rooms:
        await scene.settled(room)


async def test_announced__begins_when_it_is_opened_and_is_withdrawn_when_moved(
    scene: Scene,
) -> None:
    room = await scene.room("Annonce", students=1)
    teacher = next(iter(room.teachers.values()))
    options = {"telegram_announce": True, "telegram_mute_newcomers": True}
    options["telegram_record"] = "video"
    await scene.call("small_school.classroom", "write", [room.id], options)
    chat_id = (await scene.group(room))["id"]

    async def announced() -> dict | None:
        return next((one for one in await scene.calls(chat_id) if one["scheduled_for"]), None)

    first, start = await scene.lesson(room, ahead_s=3600, length_s=1800, remind=3600, open=60)
    call = await scene.until("the announcement", announced)
    assert datetime.fromisoformat(call["scheduled_for"]) == start
    own = [("id", "=", first), ("state", "=", "planned")]
    assert await scene.school.find("small_school.lesson", own, ["id"]), "it does not run yet"
    await scene.call("small_school.lesson", "action_start_now", [first])
    await scene.settled(room)
    [begun] = await scene.calls(chat_id)
    assert (begun["id"], begun["scheduled_for"], begun["join_muted"]) == (call["id"], None, True)
    [recording] = begun["recordings"]
    assert (recording["title"], recording["is_video"]) == (f"Cours {room.name}", True)
    await teacher.join_call()
    await scene.call("small_school.lesson", "action_cancel", [first])
    await scene.settled(room)
    [ended] = await scene.calls(chat_id)
    assert ended["ended_at"] and ended["recordings"][0]["ended_at"]
    log = await log_of(scene, first)
    assert "L'appel a été annoncé dans le groupe" in log
    assert "Il est enregistré : Messages enregistrés de" in log

    second, start = await scene.lesson(room, ahead_s=3600, length_s=1800, remind=3600, open=60)
    call = await scene.until("the second announcement", announced)
    later = [start + timedelta(hours=hours) for hours in (5, 6)]
    values = dict(zip(("start", "stop"), (str(at)[:19] for at in later), strict=True))
    await scene.call("small_school.lesson", "write", [second], values)
    await scene.settled(room)
    assert {one["id"]: bool(one["ended_at"]) for one in await scene.calls(chat_id)} == {
        begun["id"]: True,
        call["id"]: True,
    }
