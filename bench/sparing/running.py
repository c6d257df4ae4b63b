"""What 200 running calls of 30 people cost, in requests a second, and how late a leave is known."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from telegram_gateway.core.rights import closed
from telegram_gateway.telegram.groups import mark_text
from telegram_gateway.telegram.seen import flags_from_tl
from telegram_sandbox.world import calling, membership
from telegram_sandbox.world.calls import GroupCall, Participant
from telegram_sandbox.world.channels import FOREVER
from telethon import types

from demo.stack.cluster import ODOO_ROLE, Cluster
from demo.stack.environment import Environment
from demo.stack.odoo import prepared_cluster
from gateway.tests.line.line import Line
from gateway.tests.school import SCHOOL, School

from .measures import Measure

CALLS, PEOPLE = 200, 30
#: So long each state of things is watched; in the busy ones somebody comes or goes in each call so often.
WATCHED_S, EVERY_S = 40.0, 16.0
SILENCE_S = 10
#: What a leave may take to be known where updates come, and where they do not; requests a second.
TOLD_S, UNTOLD_S, A_SECOND = 5.0, 20.0, 15.0
_LOOKS = {"phone.getGroupCall", "phone.getGroupParticipants"}
_COPY = "running"
_BOT_RIGHTS = types.ChatAdminRights(
    change_info=True, ban_users=True, invite_users=True, add_admins=True, manage_call=True
)


async def measure() -> AsyncIterator[Measure]:
    """One school in the middle of its lessons."""
    async with _opened() as line:
        hall = _fill(line)
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


@contextlib.asynccontextmanager
async def _opened() -> AsyncIterator[Line]:
    environment = Environment.load()
    with (
        Cluster(environment.pg_bin, prepared_cluster(environment, lambda _said: None)) as cluster,
        psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection,
        tempfile.TemporaryDirectory() as folder,
    ):
        connection.execute(f'CREATE DATABASE "{_COPY}" TEMPLATE "{SCHOOL}" OWNER {ODOO_ROLE}')
        school = School(cluster, _COPY)
        try:
            async with Line.open(school, Path(folder)) as line:
                await line.through_proxy()
                yield line
        finally:
            school.odoo.close()


@dataclass
class Act:
    """Somebody left a call at `at`, by the clock of `time.monotonic`; `known_at`: when Odoo was told."""

    at: float
    known_at: float | None = None

    @property
    def late_s(self) -> float:
        """How late that was, so far."""
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
        """Who came first goes."""
        first: Participant = next(iter(call.participants.values()))
        self.left[first.source] = Act(time.monotonic())
        calling.leave(self.line.world, call, first)

    def note(self) -> None:
        """Read what Odoo was told since."""
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


def _fill(line: Line) -> Hall:
    """Groups with a call each that is known already, and people in it. Nobody has looked for long."""
    world, school = line.world, line.school
    world.profile = world.profile.but(channels_per_account=10 * CALLS, call_ends_when_empty_s=None)
    hall = Hall(line, [])
    now = datetime.now(UTC).replace(tzinfo=None)
    for number in range(1, CALLS + 1):
        title = f"Classe {number}"
        chat_id = school.chat(name=title, lang="fr_FR", is_reviewed=True)
        mark = school.one("SELECT mark FROM telegram_chat WHERE id = %s", chat_id)["mark"]
        channel = membership.create(world, line.account, title, mark_text(mark), True)
        rights = closed(flags_from_tl(channel.default_bans))
        channel.default_bans = types.ChatBannedRights(until_date=FOREVER, **rights)
        membership.promote(world, channel, line.account, line.bot, _BOT_RIGHTS, None)
        link = membership.new_invite(world, channel, line.bot.id, request_needed=True)
        call = calling.create(world, channel, line.account, title)
        hall.calls.append(call)
        for _ in range(PEOPLE):
            hall.join(call)
        school.insert(
            "telegram_chat_state",
            chat_id=chat_id,
            tg_chat_id=channel.id,
            state="ready",
            invite_link=link.link,
            title_seen=title,
            title_base=title,
            listed_at=now,
            is_list_whole=True,
            default_rights=json.dumps(rights, sort_keys=True),
            history="visible",
            is_read_only=False,
            tg_call_id=call.id,
            call_seen_at=now - timedelta(minutes=1),
        )
    return hall


# --- measuring -----------------------------------------------------------------------------------


async def _all_read(
    line: Line, name: str, what: Callable[[], Awaitable[None]]
) -> AsyncIterator[Measure]:
    """What is done makes every list be read."""
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
    """When each look arrived at Telegram."""
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
