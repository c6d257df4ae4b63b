"""Many classrooms with their groups, and a lesson for each: what the bench of the clock and the
end-to-end test with kills have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from demo.play.phones import until
from demo.play.school import School
from demo.stack.errors import StackError
from demo.stack.stack import Stack


@dataclass(frozen=True)
class Room:
    """A classroom and its group."""

    id: int
    chat_id: int
    tg_chat_id: int


@dataclass(frozen=True)
class Planned:
    """A lesson of that classroom."""

    id: int
    room: Room
    opens_at: datetime
    stop: datetime


async def make_rooms(
    school: School, count: int, *, name: str, open_s: float, remind_s: float = 0
) -> list[Room]:
    """Make so many classrooms with their groups, without people. Lead times (of opening, of the
    reminder) are in seconds."""
    values = [
        {
            "name": f"{name} {number}",
            "telegram_notices": False,
            "telegram_open_minutes": open_s / 60,
            "telegram_reminder_minutes": remind_s / 60,
            "telegram_report": "none",
            # only reminders are counted
            "telegram_notice_opened": "off",
        }
        for number in range(1, count + 1)
    ]
    ids = await school.call("small_school.classroom", "create", values)
    own = [("id", "in", ids)]
    found = await school.find("small_school.classroom", own, ["telegram_chat_id"], order="id")
    chats = {int(one["telegram_chat_id"][0]): int(one["id"]) for one in found}

    async def ready() -> list[dict[str, Any]] | None:
        domain = [("chat_id", "in", list(chats)), ("state", "=", "ready")]
        rows = await school.find("telegram.chat.state", domain, ["chat_id", "tg_chat_id"])
        return rows if len(rows) == count else None

    rows = await until(f"{count} groups", ready, within_s=600)
    return [
        Room(chats[int(row["chat_id"][0])], int(row["chat_id"][0]), int(row["tg_chat_id"]))
        for row in rows
    ]


async def plan(
    school: School, lessons: Iterable[tuple[Room, datetime, datetime]], *, open_s: float
) -> list[Planned]:
    """Plan all these lessons (room, start, stop) at once."""
    listed = list(lessons)
    values = [
        {
            "classroom_id": room.id,
            "name": f"Cours {number}",  # no two reminders say the same
            "start": _text(start),
            "stop": _text(stop),
        }
        for number, (room, start, stop) in enumerate(listed, 1)
    ]
    ids = await school.call("small_school.lesson", "create", values)
    opens = [datetime.fromtimestamp(start.timestamp() - open_s, UTC) for _, start, _ in listed]
    if datetime.now(UTC) >= min(opens):
        raise StackError("Planning the lessons took until the first of them was due.")
    return [
        Planned(lesson_id, room, opens_at, stop)
        for lesson_id, (room, _, stop), opens_at in zip(ids, listed, opens, strict=True)
    ]


async def outcomes(school: School, lessons: Iterable[Planned]) -> Mapping[str, list[str]]:
    """States of the lessons' commands by part: {"open": ["done", …], "close": …, "remind": …}."""
    ids = [lesson.id for lesson in lessons]
    found: dict[str, list[str]] = {}
    domain = [("key", "=like", "lesson:small_school.lesson:%")]
    for row in await school.find("telegram.outbox", domain, ["key", "state"]):
        if int(row["key"].split(":")[2]) in ids:
            found.setdefault(row["key"].rpartition(":")[2], []).append(row["state"])
    return found


async def all_done(school: School, lessons: Iterable[Planned]) -> bool:
    """Return whether no command of these lessons waits any more."""
    found = await outcomes(school, lessons)
    return not {"pending", "working"} & {state for states in found.values() for state in states}


async def calls_of(stack: Stack, rooms: Iterable[Room]) -> list[dict[str, Any]]:
    """All calls that the rooms' groups ever had, as Telegram knows them."""
    groups = {room.tg_chat_id for room in rooms}
    found = await asyncio.to_thread(stack.sandbox.get, "/calls")
    return [call for call in found if call["chat_id"] in groups]


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
