"""The gateway is killed (SIGKILL) between an effect on Telegram and its record, and started again.

Whatever the point: one group, each message once, one call, the right people, the right sheet.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from telethon import functions

from demo.play.phones import until
from demo.stack.stack import Stack

from .scene import Scene

# One of the group and one of the call; each point has its test on the gateway's harness.
POINTS = ("bot_promoted", "call_created")


@asynccontextmanager
async def dying_at(stack: Stack, point: str) -> AsyncIterator[list[int]]:
    """The gateway dies when it comes to the point, and is started again at once. The list holds
    the exit codes of the processes that died."""
    gateway = stack.gateway
    await asyncio.to_thread(gateway.stop)
    await asyncio.to_thread(gateway.start, crash_at=point)
    deaths: list[int] = []

    async def revive() -> None:
        while True:
            if not gateway.is_running:
                deaths.append(gateway.program.process.returncode)
                await asyncio.to_thread(gateway.start, is_ready=False)
            await asyncio.sleep(0.02)

    reviver = asyncio.create_task(revive())
    try:
        yield deaths
    finally:
        reviver.cancel()


@pytest.mark.parametrize("point", POINTS)
async def test_killed__ends_in_the_same_state(scene: Scene, point: str) -> None:
    name = f"Coupure {point}"
    async with dying_at(scene.stack, point) as deaths:
        room = await scene.room(name)
        (teacher_id, teacher), (stays_id, stays), (goes_id, goes) = room.phones.items()
        await scene.school.unenrol(room.id, goes_id)
        await scene.stands(room, goes, "")
        # so long that most of it is observed, though the gateway comes back late on a busy machine
        lesson_id, _ = await scene.lesson(room, ahead_s=4, length_s=12, open=3)
        await until("the call", teacher.running_call)
        await teacher.join_call()
        await stays.join_call()
        await until("the sheet", lambda: scene.school.sheet_is_final(lesson_id), within_s=40)
        await teacher.wait_text(f"Cours {name}", within_s=30)
    assert deaths == [-9]

    [chat] = await scene.chats(name)
    ids = {person["id"]: person["kind"] for person in chat["people"] if not person["is_bot"]}
    account = next(i for i, kind in ids.items() if kind == "creator")
    assert set(ids) == {account, teacher.user_id, stays.user_id}
    assert ids[teacher.user_id] == "admin"
    assert [text for text, times in Counter(chat["texts"]).items() if times > 1] == []
    for phone in room.phones.values():
        own = Counter(message.raw_text for message in phone.messages if message.is_private)
        assert [text for text, times in own.items() if times > 1] == []
    [call] = await scene.calls(chat["id"])
    assert call["ended_at"]
    sheet = await scene.school.sheet(lesson_id)
    assert {i: row["status"] for i, row in sheet.items()} == {
        teacher_id: "present",
        stays_id: "present",
    }


async def test_killed_twice_in_a_lesson__what_was_done_is_known_and_what_came_since_is_left(
    scene: Scene,
) -> None:
    room = await scene.room("Coupure et après", students=1)
    [teacher] = room.teachers.values()
    await scene.settled(room)
    gateway = scene.stack.gateway

    async def is_dead() -> bool:
        return not gateway.is_running

    async def has_begun() -> bool:
        return datetime.now(UTC) > start + timedelta(seconds=1)

    # after the reminder; the next one comes when the lesson has begun, too late for reminders
    await asyncio.to_thread(gateway.stop)
    await asyncio.to_thread(gateway.start, crash_at="message_sent")
    lesson_id, start = await scene.lesson(room, ahead_s=4, length_s=9, remind=2, open=1)
    await scene.until("dead after the reminder", is_dead)
    await scene.until("the lesson has begun", has_begun)

    # after the end of the call; somebody begins one of their own before the next one comes
    await asyncio.to_thread(gateway.start, crash_at="call_closed")
    ours = await scene.until("the call", teacher.running_call)
    await scene.until("dead after the end of the call", is_dead)
    await teacher.client(functions.phone.CreateGroupCallRequest(teacher.group, random_id=1))
    theirs = await scene.until("the teacher's call", teacher.running_call)
    await asyncio.to_thread(gateway.start)
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    await scene.settled(room)

    own = [("key", "=like", f"lesson:small_school.lesson:{lesson_id}:%:remind")]
    [reminder] = await scene.school.find("telegram.outbox", own, ["state", "result"])
    texts = (await scene.group(room))["texts"]
    assert [text.startswith("Rappel") for text in texts].count(True) == 1
    assert (reminder["state"], "message_id" in (reminder["result"] or "")) == ("done", True)
    running = await teacher.running_call()
    assert running is not None and running.id == theirs.id
    own = [("chat_id", "=", await scene.chat_id(room))]
    names = ["tg_call_id", "closed_at", "is_closed_by_us"]
    calls = await scene.school.find("telegram.call", own, names, order="id")
    assert [(call["tg_call_id"], bool(call["closed_at"])) for call in calls] == [
        (ours.id, True),
        (theirs.id, False),
    ]
    assert calls[0]["is_closed_by_us"]
    await teacher.client(functions.phone.DiscardGroupCallRequest(theirs))
