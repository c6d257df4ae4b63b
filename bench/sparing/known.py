"""Cost of people: of known ones in each of Telegram's answers, and of those who ask to come in.

Known: the CPU of an answer that shows 20 people of whom one is new, and of finding all of them
again; and what is stored then. Approvals: so many people ask at the same moment. Once they are let
in by the gateway, which does all that it always does (it reads, keeps the tables, is told twice of
each); and once, in the same run and on the same server, by a bare client (bare.py), which lets them
in one after the other.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from telegram_gateway.database import accounts, known_people
from telegram_gateway.database.connection import Database
from telegram_gateway.telegram.session import StoredSession
from telegram_sandbox.world import membership
from telegram_sandbox.world.channels import Channel
from telegram_sandbox.world.people import User
from telethon.crypto import AuthKey
from telethon.sessions import StringSession
from telethon.tl import types

from bench.sparing.measures import Measure
from bench.sparing.place import opened
from gateway.tests.harness.crowd import ask, enrol, newcomers
from gateway.tests.harness.line import Line

KNOWN = (100, 3_000, 30_000)
SHOWN = 20
ASKING = 2_000
_ANSWERS = 300
_FIRST = 7_000_000_000
_WITHIN_S = 300.0
# A check of what the account was told follows some seconds later: it counts, too.
_AFTERWARDS_S = 5.0


async def measure() -> AsyncIterator[Measure]:
    """All lines, one after the other."""
    async with opened() as line:
        async for one in _answers(line):
            yield one
    async with opened() as line:
        async for one in _approvals(line):
            yield one


# --- known people ------------------------------------------------------------------------------


def _shown(numbers: list[int]) -> types.contacts.ResolvedPeer:
    people = [types.User(id=_FIRST + n, access_hash=n + 1, first_name="A") for n in numbers]
    return types.contacts.ResolvedPeer(None, people, [])


def _cost_of_an_answer(session: StoredSession, count: int) -> float:
    """Seconds of CPU."""
    answers = []
    for number in range(_ANSWERS):
        old = [(number * SHOWN + one) % count for one in range(SHOWN - 1)]
        answers.append([*old, count + number])
    shown = [_shown(numbers) for numbers in answers]
    began = time.process_time()
    for numbers, answer in zip(answers, shown, strict=True):
        session.process_entities(answer)
        for number in numbers:
            session.get_input_entity(types.PeerUser(_FIRST + number))
    return (time.process_time() - began) / _ANSWERS


async def _answers(line: Line) -> AsyncIterator[Measure]:
    costs = {}
    database = await Database.open(line.school.gateway_url)
    try:
        account = (await accounts.load_accounts(database, line.settings.pool))["bot"]
        of = (account, line.settings.process_name, line.settings.session_key_bytes)
        login_at = await accounts.login_at(database, account, line.settings.process_name)
        for count in KNOWN:
            session = StoredSession()
            session.process_entities(_shown(list(range(count))))
            await known_people.save(database, *of, session.known(session.unsaved), login_at)
            session.unsaved.clear()
            costs[count] = min(_cost_of_an_answer(session, count) for _ in range(3))
            yield Measure(
                name=f"an answer with {SHOWN} people, {count:,} known: CPU",
                value=costs[count] * 1e6,
                unit="µs",
            )
        ratio = costs[KNOWN[-1]] / costs[KNOWN[0]]
        yield Measure(
            name=f"{KNOWN[-1]:,} known against {KNOWN[0]}", value=ratio, unit="", most=1.5
        )
        session.unsaved.clear()
        session.process_entities(_shown([KNOWN[-1] * 2 + n for n in range(SHOWN)]))
        before = _written(line)
        began = time.process_time()
        await known_people.save(database, *of, session.known(session.unsaved), login_at)
        took = time.process_time() - began
        yield Measure(
            name=f"stored for {SHOWN} new people, {KNOWN[-1]:,} known",
            value=(_written(line) - before) / 1000,
            unit="kB of WAL",
            most=20,
        )
        yield Measure(name="… CPU of the gateway", value=took * 1000, unit="ms", most=20)
    finally:
        await database.close()


def _written(line: Line) -> int:
    """Bytes that the database has written into its log, all that it ever wrote."""
    row = line.school.one("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes")
    return int(row["bytes"])


# --- approvals ---------------------------------------------------------------------------------


async def _let_in(line: Line, group: Channel, link: str, people: list[User]) -> float:
    """All ask at once; in how many seconds they are in."""
    began = time.monotonic()
    ask(line.world, group, link, people)
    await line.until(lambda: not group.requests, within_s=_WITHIN_S, what="everybody was let in")
    took = time.monotonic() - began
    assert all(group.is_member(one.id) for one in people)
    return took


async def _approvals(line: Line) -> AsyncIterator[Measure]:
    bare_s, bare_cpu = await _by_bare_client(line)
    wall_s, cpu = await _by_gateway(line)
    each = 1000 / ASKING
    yield Measure(name=f"{ASKING:,} approvals by a bare client", value=bare_s, unit="s")
    yield Measure(name="… CPU of the client, each", value=bare_cpu * each, unit="ms")
    yield Measure(name=f"{ASKING:,} approvals by the gateway", value=wall_s, unit="s")
    yield Measure(name="… CPU of the gateway, each", value=cpu * each, unit="ms")
    yield Measure(
        name="the gateway against the bare client", value=wall_s / bare_s, unit="", most=2
    )
    more = (cpu - bare_cpu) * each
    yield Measure(name="CPU beyond the bare client's, each", value=more, unit="ms", most=1.5)


async def _by_bare_client(line: Line) -> tuple[float, float]:
    world = line.world
    owner = world.add_user("Bare owner")
    bot = world.add_bot("Bare", username="bare_bot")
    group = membership.create(world, owner, "Bare", "", True)
    membership.enter(world, group, bot, inviter=owner)
    group.members[bot.id].admin_rights = types.ChatAdminRights(invite_users=True)
    invite = membership.new_invite(world, group, bot.id, request_needed=True)
    session = StringSession()
    session.set_dc(line.settings.server_dc, line.sandbox.host, line.sandbox.port)
    session.auth_key = AuthKey(line.sandbox.server.preshare_key(bot))
    told = {
        "session": session.save(),
        "key": line.sandbox.public_key_pem,
        "group": group.id,
        "count": ASKING,
    }
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.sparing.bare",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdin is not None and program.stdout is not None
    program.stdin.write(json.dumps(told).encode() + b"\n")
    assert (await program.stdout.readline()).strip() == b"ready"
    wall_s = await _let_in(line, group, invite.link, newcomers(line, ASKING, "Bare"))
    cpu = float(await program.stdout.readline())
    await program.wait()
    return wall_s, cpu


def _cpu_s(pid: int) -> float:
    """CPU time of the process, in seconds."""
    with open(f"/proc/{pid}/stat") as stream:
        fields: list[Any] = stream.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _by_gateway(line: Line) -> tuple[float, float]:
    people = newcomers(line, ASKING)
    await line.start(process=True)
    chat = line.chat("Crowd")
    enrol(line, chat, people)
    count = "SELECT count(*) AS n FROM telegram_member WHERE chat_id = %s AND state = %s"

    def are(state: str) -> bool:
        return line.school.one(count, chat.id, state)["n"] == ASKING

    await line.until(lambda: chat.is_ready and are("welcome"), within_s=60, what="all are expected")
    group = chat.group
    assert group is not None and chat.link is not None
    before = _cpu_s(line.gateway_pid)
    wall_s = await _let_in(line, group, chat.link, people)
    await line.until(lambda: are("in"), within_s=60, what="all are known to be in")
    await asyncio.sleep(_AFTERWARDS_S)
    return wall_s, _cpu_s(line.gateway_pid) - before
