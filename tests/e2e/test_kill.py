"""The gateway is killed (SIGKILL) between an effect on Telegram and its record, and started again.

Whatever the point: one group, each message once, one call, the right people, the right sheet.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from demo.play.phones import until
from demo.stack.stack import Stack

from .scene import Scene

POINTS = (
    "group_created",
    "group_recorded",
    "bot_promoted",
    "message_sent",
    "request_approved",
    "member_removed",
    "call_created",
    "call_closed",
)


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
        await teacher.wait_text(goes.name)
        lesson_id, _ = await scene.lesson(room, ahead_s=4, length_s=5, open=3)
        await until("the call", teacher.running_call)
        await teacher.join_call()
        await stays.join_call()
        await until("the sheet", lambda: scene.school.sheet_is_final(lesson_id), within_s=40)
        await teacher.wait_text(f"Cours {name}", within_s=30)
    assert deaths == [-9]

    [chat] = await scene.chats(name)
    ids = {one["id"]: one["kind"] for one in chat["people"] if not one["is_bot"]}
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
