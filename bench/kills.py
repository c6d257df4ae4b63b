"""Many lessons with a gateway that is killed at random moments: each call once, from its opening
to its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from demo.play.phones import until
from demo.play.school import School
from demo.stack.stack import Stack
from demo.stack.telegram import Gateway

from .lessons import Planned, Room, all_done, calls_of, make_rooms, outcomes, plan

_OPEN_S = 3.0
_REMIND_S = 6.0
_AHEAD_S = 12.0


@dataclass(frozen=True)
class Storm:
    """So many groups with so many lessons each. A lesson begins every `every_s` seconds and lasts
    `lasts_s`. The gateway is killed so many times, at moments that follow from `seed`."""

    groups: int
    lessons: int  # of each group
    every_s: float
    lasts_s: float
    kills: int
    seed: int


#: A hundred lessons in two minutes; and what the tests have time for.
WHOLE = Storm(groups=25, lessons=4, every_s=30, lasts_s=16, kills=20, seed=1)
SHORT = Storm(groups=12, lessons=2, every_s=18, lasts_s=11, kills=4, seed=1)


@dataclass
class Verdict:
    """Result: `wrong` is empty when all was as it should be."""

    lessons: int = 0
    deaths: list[int] = field(default_factory=list)  # exit codes of the processes that died
    wrong: list[str] = field(default_factory=list)


async def play(stack: Stack, school: School, storm: Storm) -> Verdict:
    """Play the lessons to their end."""
    random = Random(storm.seed)
    rooms = await make_rooms(
        school, storm.groups, name="Tempête", open_s=_OPEN_S, remind_s=_REMIND_S
    )
    before = (await asyncio.to_thread(stack.sandbox.get, "/log"))[-1]["number"]
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=_AHEAD_S)
    spans = []
    for room in rooms:
        offset = random.randrange(int(storm.every_s - storm.lasts_s))
        for number in range(storm.lessons):
            start = first + timedelta(seconds=offset + number * storm.every_s)
            spans.append((room, start, start + timedelta(seconds=storm.lasts_s)))
    lessons = await plan(school, spans, open_s=_OPEN_S)
    ends = max(lesson.stop for lesson in lessons)
    moments = sorted(_moments(random, storm, lessons))
    async with kept_alive(stack.gateway) as deaths:
        for moment in moments:
            await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
            if stack.gateway.is_running:
                await asyncio.to_thread(stack.gateway.kill)

        async def over() -> bool:
            return datetime.now(UTC) > ends and await all_done(school, lessons)

        await until("the end of all lessons", over, within_s=storm.every_s + 120)
    wrong = await _wrong(stack, school, rooms, lessons, before)
    return Verdict(len(lessons), deaths, wrong)


def _moments(random: Random, storm: Storm, lessons: list[Planned]) -> list[datetime]:
    """Half of them anywhere, half of them while something is due."""
    begins = min(lesson.opens_at for lesson in lessons)
    lasts = max(lesson.stop for lesson in lessons) - begins
    due = [at for lesson in lessons for at in (lesson.opens_at, lesson.stop)]
    found = [begins + random.random() * lasts for _ in range(storm.kills // 2)]
    while len(found) < storm.kills:
        found.append(random.choice(due) + timedelta(milliseconds=random.randrange(250)))
    return found


@asynccontextmanager
async def kept_alive(gateway: Gateway) -> AsyncIterator[list[int]]:
    """The gateway is started again at once whenever it has died. The list holds the exit codes of
    the processes that died."""
    deaths: list[int] = []

    async def revive() -> None:
        while True:
            if not gateway.is_running:
                assert gateway.program is not None
                deaths.append(gateway.program.process.returncode)
                await asyncio.to_thread(gateway.start, is_ready=False)
            await asyncio.sleep(0.02)

    reviver = asyncio.create_task(revive())
    try:
        yield deaths
    finally:
        reviver.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reviver


async def _wrong(
    stack: Stack, school: School, rooms: list[Room], lessons: list[Planned], before: int
) -> list[str]:
    """List the deviations, in words."""
    found = []
    log = await asyncio.to_thread(stack.sandbox.get, f"/log?after={before}")
    asked = Counter(one["method"] for one in log if one["error"] is None)
    for method in ("phone.createGroupCall", "phone.discardGroupCall"):
        # a call that is ended by the creation of another one is not discarded
        if asked[method] != len(lessons):
            found.append(f"{method}: {asked[method]} times for {len(lessons)} lessons")
    calls = await calls_of(stack, rooms)
    for lesson in lessons:
        own = [
            call
            for call in calls
            if call["chat_id"] == lesson.room.tg_chat_id
            and lesson.opens_at <= datetime.fromisoformat(call["started_at"]) < lesson.stop
        ]
        if len(own) != 1:
            found.append(f"lesson {lesson.id}: {len(own)} calls")
        found += [
            f"lesson {lesson.id}: its call ended at {call['ended_at']}, before {lesson.stop}"
            for call in own
            if not call["ended_at"] or datetime.fromisoformat(call["ended_at"]) < lesson.stop
        ]
    states = await outcomes(school, lessons)
    for part in ("open", "close"):
        if states[part] != ["done"] * len(lessons):
            found.append(f"{part}: {Counter(states[part])}")
    said = 0
    for room in rooms:
        chat = await asyncio.to_thread(stack.sandbox.get, f"/chats/{room.tg_chat_id}")
        times = Counter(chat["texts"])
        found += [f"said {count} times: {text}" for text, count in times.items() if count > 1]
        said += sum(text.startswith("Rappel") for text in chat["texts"])
    # one that was sent just before a death, and whose lesson had begun at the next start, is
    # marked as too late
    reminders = Counter(states.get("remind", []))
    if not reminders["done"] <= said <= reminders["done"] + reminders["expired"]:
        found.append(f"{said} reminders for {reminders}")
    return found
