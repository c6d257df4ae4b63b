"""Cost of 200 running calls of 30 people, in requests a second, and how late a leave is known."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from telegram_sandbox.world import calling
from telegram_sandbox.world.calls import GroupCall, Participant

from gateway.tests.harness.line import Line
from gateway.tests.harness.many import many

from .measures import Measure
from .place import opened

CALLS, PEOPLE = 200, 30
#: So long each state of things is watched; in the busy ones somebody comes or goes in each call so
#: often.
WATCHED_S, EVERY_S = 40.0, 16.0
SILENCE_S = 10
#: What a leave may take to be known where updates come, and where they do not; requests a second.
TOLD_S, UNTOLD_S, A_SECOND = 5.0, 20.0, 15.0
_LOOKS = {"phone.getGroupCall", "phone.getGroupParticipants"}


async def measure() -> AsyncIterator[Measure]:
    """One school in the middle of its lessons."""
    async with opened(is_proxied=True) as line:
        hall = await _fill(line)
        where = f"{CALLS} calls of {PEOPLE}"

        async def start() -> None:
            await line.start(process=True)

        async def cut() -> None:
            line.cut("user")

        async def silence() -> None:
            line.proxy.swallow()
            await asyncio.sleep(SILENCE_S)
            await line.proxy.heal()

        async for one in _all_read(line, f"{where}, a start", start):
            yield one

        # one comes in each call, so that it is known that updates come
        async with hall.busy(line):
            await asyncio.sleep(2 * EVERY_S)
        async for one in _watched(line, hall, f"{where}, quiet, updates come"):
            yield one
        async for one in _watched(
            line, hall, f"{where}, busy, updates come", is_busy=True, most_s=TOLD_S
        ):
            yield one
        for name, trouble in (("a cut", cut), (f"{SILENCE_S} s of silence", silence)):
            async for one in _all_read(line, f"{where}, {name}", trouble):
                yield one
        line.faults.lose_push("updateGroupCallParticipants", user=line.account, times=None)
        async for one in _watched(
            line, hall, f"{where}, busy, updates withheld", is_busy=True, most_s=UNTOLD_S
        ):
            yield one
        await asyncio.sleep(4 * EVERY_S)  # until that is over
        async for one in _watched(line, hall, f"{where}, quiet, updates withheld"):
            yield one
        name = f"{where}: the gateway's CPU since its start"
        yield Measure(name=name, value=_cpu_s(line.gateway_pid), unit="s")
        await line.stop()
        line.check()


# --- the school ----------------------------------------------------------------------------------


@dataclass
class Act:
    """Somebody left a call at `at`, by the clock of `time.monotonic`; `known_at`: when Odoo was
    told."""

    at: float
    known_at: float | None = None

    @property
    def late_s(self) -> float:
        """Delay so far, in seconds."""
        return (self.known_at or time.monotonic()) - self.at


@dataclass
class Hall:
    """All calls, and who left them."""

    line: Line
    calls: list[GroupCall]
    left: dict[int, Act] = field(default_factory=dict)  # by the device
    _read: int = 0
    _sources: int = 0

    def join(self, call: GroupCall) -> None:
        """Somebody new comes."""
        self._sources += 1
        user = self.line.world.add_user(f"Élève {self._sources}")
        calling.join(self.line.world, call, user, source=self._sources)

    def leave(self, call: GroupCall) -> None:
        """Let the person who came first leave."""
        first: Participant = next(iter(call.participants.values()))
        self.left[first.source] = Act(time.monotonic())
        calling.leave(self.line.world, call, first)

    def note(self) -> None:
        """Read what Odoo was told since the last time."""
        query = (
            "SELECT id, payload FROM telegram_inbox"
            " WHERE id > %s AND kind = 'participant_left' ORDER BY id"
        )
        for row in self.line.school.all(query, self._read):
            self._read = row["id"]
            act = self.left.get(json.loads(row["payload"])["device"])
            if act is not None:
                act.known_at = act.known_at or time.monotonic()

    @contextlib.asynccontextmanager
    async def busy(self, line: Line) -> AsyncIterator[None]:
        """In each call somebody comes or goes every EVERY_S seconds."""
        chance = random.Random(1)

        async def come_and_go() -> None:
            while True:
                for call in chance.sample(self.calls, len(self.calls)):
                    (self.leave if len(call.participants) > PEOPLE else self.join)(call)
                    await asyncio.sleep(EVERY_S / len(self.calls))

        task = asyncio.create_task(come_and_go())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _fill(line: Line) -> Hall:
    """Groups with a call each that is known already, and people in it. Nobody has looked for
    long."""
    line.world.profile = line.world.profile.but(call_ends_when_empty_s=None)
    hall = Hall(line, [])
    for one in await many(line, CALLS, people=0):
        call = calling.create(line.world, one.channel, line.account, one.channel.title)
        hall.calls.append(call)
        for _ in range(PEOPLE):
            hall.join(call)
        line.school.all(
            "UPDATE telegram_chat_state SET tg_call_id = %s,"
            " call_seen_at = now() AT TIME ZONE 'utc' - interval '1 minute' WHERE chat_id = %s",
            call.id,
            one.chat.id,
        )
    return hall


# --- measuring -----------------------------------------------------------------------------------


async def _all_read(
    line: Line, name: str, what: Callable[[], Awaitable[None]]
) -> AsyncIterator[Measure]:
    """Wait until the block has made every list be read."""
    before, began = line.so_far, time.monotonic()
    back = _observed(line)
    await what()
    while await asyncio.to_thread(_observed, line) < back + CALLS:
        if time.monotonic() > began + 120:
            raise AssertionError("in two minutes not every list was read")
        await asyncio.sleep(0.25)
    value = time.monotonic() - began
    yield Measure(name=f"{name}: until all are observed", value=value, unit="s")
    yield _fastest(line, name, before)


def _observed(line: Line) -> int:
    query = "SELECT count(*) AS n FROM telegram_inbox WHERE kind = 'observation_back'"
    return int(line.school.one(query)["n"])


async def _watched(
    line: Line, hall: Hall, name: str, *, is_busy: bool = False, most_s: float | None = None
) -> AsyncIterator[Measure]:
    before, began = line.so_far, time.monotonic()
    hall.left.clear()
    async with hall.busy(line) if is_busy else contextlib.nullcontext():
        while time.monotonic() < began + WATCHED_S:
            await asyncio.sleep(0.25)
            await asyncio.to_thread(hall.note)
    used, took_s = len(_looks(line, before)), time.monotonic() - began
    yield Measure(name=f"{name}: looks a second", value=used / took_s, unit="requests")
    yield _fastest(line, name, before)
    if is_busy:
        ends = time.monotonic() + 2 * UNTOLD_S
        while not all(one.known_at for one in hall.left.values()) and time.monotonic() < ends:
            await asyncio.sleep(0.25)
            await asyncio.to_thread(hall.note)
        late = sorted(one.late_s for one in hall.left.values())
        middle = f"{name}: a leave is known after, in the middle"
        yield Measure(name=middle, value=late[len(late) // 2], unit="s")
        latest = f"{name}: a leave is known after, at the latest"
        yield Measure(name=latest, value=late[-1], unit="s", most=most_s)


def _looks(line: Line, before: int) -> list[float]:
    """Times at which each read arrived at Telegram."""
    asked = line.asked(by="user", after=before)
    return sorted(one.at for one in asked if one.method in _LOOKS)


def _fastest(line: Line, name: str, before: int) -> Measure:
    at, most, first = _looks(line, before), 0, 0
    for last, when in enumerate(at):
        while at[first] <= when - 1:
            first += 1
        most = max(most, last - first + 1)
    name = f"{name}: looks in the second that had most"
    return Measure(name=name, value=most, unit="requests", most=A_SECOND)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
