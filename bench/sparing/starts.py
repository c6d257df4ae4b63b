"""What a start and a broken line cost, in requests, with so many groups; and how long the first command
that is due at a start waits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
from telegram_sandbox.world import membership

from demo.stack.cluster import ODOO_ROLE, Cluster
from demo.stack.environment import Environment
from demo.stack.odoo import prepared_cluster
from gateway.tests.line.line import Line
from gateway.tests.line.many import Many, many
from gateway.tests.school import SCHOOL, School

from .measures import Measure

SIZES = (50, 200, 800)
CHANGED = 5
#: Of a start: the accounts' own standing, the bot's commands, the numbers of updates, what was written to
#: the bot; of a broken line less. And what a changed group may cost.
START, LINE, EACH_CHANGED = 20, 10, 14
FIRST_COMMAND_S = 2.0
SPREAD_S = 20.0
CUT_S = 4.0  # longer than the ping
QUIET_S = 3.0


async def measure() -> AsyncIterator[Measure]:
    """Each size with a school of its own."""
    environment = Environment.load()
    with (
        Cluster(environment.pg_bin, prepared_cluster(environment, print)) as cluster,
        psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as copier,
    ):
        for size in SIZES:
            async with _line(cluster, copier, size) as line:
                async for one in _with(line, size):
                    yield one


@contextlib.asynccontextmanager
async def _line(cluster: Cluster, copier: psycopg.Connection, size: int) -> AsyncIterator[Line]:
    name = f"starts_{size}"
    copier.execute(f'CREATE DATABASE "{name}" TEMPLATE "{SCHOOL}" OWNER {ODOO_ROLE}')
    school = School(cluster, name)
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with Line.open(school, Path(folder)) as line:
                line.settings = line.settings.model_copy(
                    update={"log_level": "info", "spread_s": SPREAD_S}
                )
                await line.through_proxy()
                yield line
    finally:
        school.odoo.close()
        copier.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _with(line: Line, size: int) -> AsyncIterator[Measure]:
    groups = await many(line, size)
    where = f"{size} groups"

    first_s, used, cpu_s = await _start(line, groups, with_command=True)
    yield Measure(
        name=f"start, {where}: the first command",
        value=first_s,
        unit="s",
        most=FIRST_COMMAND_S,
    )
    yield Measure(name=f"start, {where}: CPU", value=cpu_s, unit="s")
    yield Measure(
        name=f"start, {where}, all is told: in all", value=used, unit="requests", most=START
    )
    await line.stop()

    _change(line, groups)
    used = (await _start(line, groups))[1]
    most = START + CHANGED * EACH_CHANGED
    name = f"start, {where}, all is told, {CHANGED} changed: in all"
    yield Measure(name=name, value=used, unit="requests", most=most)

    for name, cut in (("short cut", _short), ("long cut", _long)):
        used = await _count(line, cut)
        yield Measure(
            name=f"{name}, {where}, all is told: in all", value=used, unit="requests", most=LINE
        )

    async def untold() -> None:
        line.world.hub.forget(is_told=True)
        await _long(line)

    async def untold_with_changes() -> None:
        line.faults.lose_push(times=None)
        _change(line, groups)
        line.allow()
        await untold()

    used = await _count(line, lambda _line: untold())
    yield _each(f"long cut, {where}, not all is told", used - LINE, size)
    used = await _count(line, lambda _line: untold_with_changes())
    rest = used - LINE - CHANGED * EACH_CHANGED
    yield _each(f"long cut, {where}, not all is told, {CHANGED} changed", rest, size)
    await line.kill()
    first_s, used, cpu_s = await _start(line, groups, with_command=True)
    name = f"start after a kill, {where}: the first command"
    yield Measure(name=name, value=first_s, unit="s", most=FIRST_COMMAND_S)
    yield _each(f"start after a kill, {where}", used - START, size)
    yield Measure(
        name=f"start after a kill, {where}: CPU until all is quiet", value=cpu_s, unit="s"
    )
    await line.stop()


def _each(name: str, used: int, size: int) -> Measure:
    value = max(0, used) / size
    return Measure(name=f"{name}: each group", value=value, unit="requests", most=1.0)


def _change(line: Line, groups: list[Many]) -> None:
    """In some groups somebody has left."""
    for one in [one for one in groups if one.channel.is_member(one.people[0].id)][:CHANGED]:
        membership.leave(line.world, one.channel, one.people[0])


async def _start(
    line: Line, groups: list[Many], *, with_command: bool = False
) -> tuple[float, int, float]:
    """Start the gateway: seconds until the first command is done, requests, seconds of CPU."""
    before = line.so_far
    waiting = line.send(groups[len(groups) // 2].chat, "Bonjour") if with_command else None
    began = time.monotonic()
    await line.start(process=True, spread_s=SPREAD_S)
    first_s = 0.0
    if waiting is not None:
        await line.until(lambda: line.outcome(waiting)["state"] == "done", within_s=60)
        first_s = time.monotonic() - began
    await _quiet(line)
    return first_s, len(line.asked(after=before)), _cpu_s(line.gateway_pid)


async def _count(line: Line, what: Callable[[Line], object]) -> int:
    """The requests of what is done, until all is quiet."""
    before = line.so_far
    await what(line)  # type: ignore[misc]
    await _quiet(line)
    return len(line.asked(after=before))


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
