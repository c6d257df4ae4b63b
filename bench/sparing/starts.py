"""Cost of a start and of a broken connection, in requests, with many groups; and how long the first
command that is due at a start waits."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from telegram_sandbox.world import membership

from gateway.tests.harness.line import Line
from gateway.tests.harness.many import ABOUT_GROUPS, Many, many

from .measures import Measure
from .place import opened

SIZES = (50, 200, 800)
CHANGED = 5
#: Beside what is asked about groups, however many there are: how the accounts stand, the bot's
#: commands, what was written to it, the numbers of updates.
BESIDE = 20
#: Of a group in which something happened: a glance, the log, the whole, who did it.
EACH_CHANGED = 12
FIRST_COMMAND_S = 2.0
SPREAD_S = 20.0
CUT_S = 4.0  # longer than the ping
QUIET_S = 3.0


async def measure() -> AsyncIterator[Measure]:
    """Each size with a school of its own."""
    for size in SIZES:
        async with opened(is_proxied=True, log_level="info", spread_s=SPREAD_S) as line:
            async for one in _with(line, size):
                yield one


async def _with(line: Line, size: int) -> AsyncIterator[Measure]:
    groups = await many(line, size)
    stage = _Stage(line, groups, f"{size} groups")
    async for one in stage.start("start, all is told", told=True, with_command=True):
        yield one
    await line.stop()
    stage.change()
    async for one in stage.start("start, all is told, 5 changed", told=True):
        yield one
    for name, cut in (("short cut", _short), ("long cut", _long)):
        async for one in stage.count(f"{name}, all is told", lambda cut=cut: cut(line), told=True):
            yield one
    stage.lose()
    async for one in stage.count("long cut, not all is told", lambda: _long(line)):
        yield one
    line.faults.lose_push(times=None)
    stage.change()
    line.allow()
    stage.lose()
    async for one in stage.count("long cut, not all is told, 5 changed", lambda: _long(line)):
        yield one
    await line.kill()
    async for one in stage.start("start after a kill", with_command=True):
        yield one
    await line.stop()


class _Stage:
    """A school whose gateway is started and cut off, and what is measured of that."""

    def __init__(self, line: Line, groups: list[Many], where: str) -> None:
        self._line, self._groups, self._where = line, groups, where
        self._changed: set[int] = set()

    def change(self) -> None:
        """In some groups somebody leaves."""
        left = [one for one in self._groups if one.channel.id not in self._changed]
        for one in left[:CHANGED]:
            membership.leave(self._line.world, one.channel, one.people[0])
            self._changed.add(one.channel.id)

    def lose(self) -> None:
        """Forget all updates until now: they are not replayed."""
        self._line.world.hub.forget(is_told=True)

    async def start(
        self, name: str, *, told: bool = False, with_command: bool = False
    ) -> AsyncIterator[Measure]:
        """Start the gateway, with a command that is due."""
        line, before = self._line, self._line.so_far
        middle = self._groups[len(self._groups) // 2]
        waiting = line.send(middle.chat, "Bonjour") if with_command else None
        if waiting is not None:  # something is written there
            self._changed.add(middle.channel.id)
        began = time.monotonic()
        await line.start(process=True, spread_s=SPREAD_S)
        if waiting is not None:
            await line.until(lambda: line.outcome(waiting)["state"] == "done", within_s=60)
            first_s = time.monotonic() - began
            yield self._measure(f"{name}: first command", first_s, "s", FIRST_COMMAND_S)
        await _quiet(line)
        for one in self._requests(name, before, told=told):
            yield one
        yield self._measure(f"{name}: CPU", _cpu_s(line.gateway_pid), "s")

    async def count(
        self, name: str, what: Callable[[], Awaitable[None]], *, told: bool = False
    ) -> AsyncIterator[Measure]:
        """Count the requests of the block."""
        before = self._line.so_far
        await what()
        await _quiet(self._line)
        for one in self._requests(name, before, told=told):
            yield one

    def _requests(self, name: str, before: int, *, told: bool) -> list[Measure]:
        asked = self._line.asked(after=before)
        same = {one.channel.id for one in self._groups} - self._changed
        of_same = [one for one in asked if one.method in ABOUT_GROUPS and one.chat_id in same]
        changed = [one for one in asked if one.chat_id in self._changed]
        rest = len(asked) - len(of_same) - len(changed)
        each, per_changed = len(of_same) / len(same), len(changed) / (len(self._changed) or 1)
        return [
            self._measure(f"{name}: each unchanged", each, "requests", 0 if told else 1),
            self._measure(f"{name}: each changed", per_changed, "requests", EACH_CHANGED),
            self._measure(f"{name}: beside these", rest, "requests", BESIDE),
        ]

    def _measure(self, name: str, value: float, unit: str, most: float | None = None) -> Measure:
        return Measure(name=f"{self._where}, {name}", value=value, unit=unit, most=most)


async def _quiet(line: Line) -> None:
    """Wait until nothing was asked for some seconds."""
    last, since = line.so_far, time.monotonic()
    while time.monotonic() - since < QUIET_S:
        await asyncio.sleep(0.1)
        if line.so_far != last:
            last, since = line.so_far, time.monotonic()


async def _short(line: Line) -> None:
    """The connections break, and are made anew at once."""
    line.proxy.reset()
    await _are_back(line, line.so_far)


async def _long(line: Line) -> None:
    """For some seconds there is no line."""
    before = line.so_far
    line.proxy.refuse()
    line.proxy.reset()
    await asyncio.sleep(CUT_S)
    await line.proxy.heal()
    await _are_back(line, before)


async def _are_back(line: Line, before: int) -> None:
    for kind in ("bot", "user"):
        await line.until(
            lambda kind=kind: line.asked("updates.getDifference", kind, after=before), within_s=60
        )


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
