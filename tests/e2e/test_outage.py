"""Odoo is away during a whole lesson: the gateway needs nobody to keep its clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from demo.play.phones import until

from .scene import Scene


async def test_odoo_down__the_call_opens_and_closes_in_time(scene: Scene) -> None:
    room = await scene.room("Panne", students=3)
    (teacher_id, teacher), *students = room.phones.items()
    lesson_id, start = await scene.lesson(
        room, ahead_s=14, length_s=16, remind=5, open=3, late=4, early=4
    )
    # more than 5 s before, with the reminder, the opening and the end still to come
    await asyncio.to_thread(scene.stack.odoo.kill)
    try:
        assert datetime.now(UTC) < start - timedelta(seconds=5)
        await teacher.wait_text(f"Cours {room.name}")
        assert datetime.now(UTC) < start
        await until("the call", teacher.running_call)
        assert datetime.now(UTC) < start
        (stays_id, stays), (late_id, late), (absent_id, _) = students
        await teacher.join_call()
        await stays.join_call()

        async def is_late() -> bool:
            return datetime.now(UTC) > start + timedelta(seconds=5)

        await until("five seconds after the start", is_late)
        await late.join_call()

        async def closed() -> bool:
            return await teacher.running_call() is None

        await until("the end of the call", closed)
        assert datetime.now(UTC) >= start + timedelta(seconds=16)
    finally:
        await asyncio.to_thread(scene.stack.odoo.start)
    await until("the sheet", lambda: scene.school.sheet_is_final(lesson_id), within_s=60)
    sheet = await scene.school.sheet(lesson_id)
    assert {i: row["status"] for i, row in sheet.items()} == {
        teacher_id: "present",
        stays_id: "present",
        late_id: "late",
        absent_id: "absent",
    }
    await teacher.wait_text("Présences")


async def test_gateway_away__what_happened_is_found_in_the_group(scene: Scene) -> None:
    """The gateway is down while much happens: at its start Telegram tells it of all."""
    room = await scene.room("Absence de la passerelle", students=3)
    (leaves_id, leaves), (ended_id, ended), (stays_id, stays) = room.students.items()
    new_id, number = await scene.partner("Arrivée Pendant")
    newcomer = await scene.phone("Arrivée Pendant", number)
    gateway = scene.stack.gateway
    await asyncio.to_thread(gateway.stop)
    try:
        await leaves.leave_group()
        await scene.school.unenrol(room.id, ended_id)
        await scene.enrol(room, new_id)
        await scene.link(new_id, newcomer)
        link = (await scene.chats(room.name))[0]["links"][-1]
        await newcomer.ask_to_join(link)
    finally:
        await asyncio.to_thread(gateway.start)
    await until(
        "the enrolment of who left is over",
        lambda: scene.school.is_unenrolled(room.id, leaves_id),
        within_s=60,
    )

    async def is_out() -> bool:
        return not await ended.is_in_group()

    await until("who was unenrolled is out", is_out)
    await newcomer.find_group(room.name)
    assert await stays.is_in_group()
    assert not await scene.school.is_unenrolled(room.id, stays_id)
