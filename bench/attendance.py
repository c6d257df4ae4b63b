"""script/bench attendance: a lesson of 1,000 people, half of whom reconnect.

All join within a minute, half of them leave and come back some seconds later, and all stay until
the call is closed. The Telegram server plays them from a script; the gateway and Odoo run as at a
school. Every join and leave of the script must be recorded, for the right person and at its second.
Each line of the sheet must say what the script says. And the sheet must be there soon after the
lesson's end.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.play.phones import PlayError, until
from demo.play.school import School
from demo.stack.errors import StackError
from demo.stack.odoo import DATABASE
from demo.stack.stack import Stack

from .lessons import Planned, Room, calls_of, make_rooms, plan

PEOPLE = 1000
JOIN_WITHIN_S = 60.0
MOST_S = 5.0
_OPEN_S = 10.0
_AHEAD_S = 30.0
_LENGTH_S = 100.0
_EXACT_S = 5  # as the rules of the sheets have it
_TOLERANCE_S = 2.0  # of the script's own clock: it has whole seconds

# The people of the group as students of the school, linked and long enrolled.
_FILL = """
INSERT INTO res_partner (name, display_name, lang, active, company_id, create_date)
SELECT 'Élève ' || n, 'Élève ' || n, 'fr_FR', true, 1, now() FROM generate_series(1, {people}) n;
CREATE TEMP TABLE filled AS SELECT p.id AS partner_id, a.tg_user_id FROM
    (SELECT id, row_number() OVER (ORDER BY id) AS n FROM res_partner WHERE name LIKE 'Élève %') p
    JOIN unnest(ARRAY[{accounts}]::bigint[]) WITH ORDINALITY a (tg_user_id, n) USING (n);
INSERT INTO telegram_contact (partner_id, tg_user_id, state, name, confirmed_at, seen_at)
SELECT partner_id, tg_user_id, 'confirmed', 'Passant', now(), now() FROM filled;
INSERT INTO small_school_enrolment (classroom_id, partner_id, date_from, state)
SELECT {classroom}, partner_id, now() - interval '9 days', 'active' FROM filled;
INSERT INTO telegram_roster (chat_id, partner_id, role, status, since)
SELECT {chat}, partner_id, 'student', 'in', now() - interval '9 days' FROM filled;
ANALYZE;
"""


@dataclass(frozen=True)
class Act:
    """An account's act, in seconds after the script began."""

    after_s: float
    what: str  # "join" | "leave"
    account: int


@dataclass
class Found:
    """Results: delay of the sheet after the end, records, and records that are wrong."""

    sheet_s: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def script(accounts: list[int]) -> list[Act]:
    """Everybody joins, every other one leaves and comes back."""
    chance = random.Random(1)
    acts = []
    for number, account in enumerate(accounts):
        joins = JOIN_WITHIN_S * number / len(accounts)
        acts.append(Act(joins, "join", account))
        if number % 2:
            leaves = joins + chance.uniform(3, 10)
            acts.append(Act(leaves, "leave", account))
            acts.append(Act(leaves + chance.uniform(2, 15), "join", account))
    return acts


async def play(stack: Stack, say: Callable[[str], Any]) -> Found:
    """Make the school and the lesson, play it, and compare."""
    rpc = stack.odoo.rpc()
    school = School(rpc)
    try:
        [room] = await make_rooms(school, 1, name="Amphithéâtre", open_s=_OPEN_S)
        # all are still in when the call is closed
        await school.call(
            "small_school.classroom", "write", [room.id], {"telegram_grace_minutes": 0}
        )
        accounts = await _fill(stack, school, room)
        say(f"{len(accounts)} people are in the group and on the roster")
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=_AHEAD_S)
        stop = start + timedelta(seconds=_LENGTH_S)
        [lesson] = await plan(school, [(room, start, stop)], open_s=_OPEN_S)

        async def running() -> dict[str, Any] | None:
            calls = await calls_of(stack, [room])
            return next((one for one in calls if not one["ended_at"]), None)

        call = await until("the call", running, within_s=_AHEAD_S + 10)
        acts = script(accounts)
        began = time.time()
        rows = [(one.after_s, one.what, one.account) for one in acts]
        await asyncio.to_thread(stack.sandbox.post, f"/calls/{call['id']}/acts", acts=rows)
        say(f"{len(acts)} joins and leaves are played")
        await asyncio.sleep(stop.timestamp() - time.time())
        await until("the sheet", lambda: school.sheet_is_final(lesson.id), within_s=120)
        found = Found(sheet_s=time.time() - stop.timestamp())
        await _compare(school, room, lesson, acts, began, found)
        return found
    finally:
        rpc.close()


async def _fill(stack: Stack, school: School, room: Room) -> list[int]:
    """Bring the people into the group while the gateway is away, and make the school know them."""
    await asyncio.to_thread(stack.gateway.stop)
    path = f"/chats/{room.tg_chat_id}"
    before = {one["id"] for one in (await asyncio.to_thread(stack.sandbox.get, path))["people"]}
    await asyncio.to_thread(stack.sandbox.post, f"{path}/crowd", people=PEOPLE)
    people = (await asyncio.to_thread(stack.sandbox.get, path))["people"]
    accounts = [one["id"] for one in people if one["id"] not in before]
    fill = _FILL.format(
        people=PEOPLE,
        accounts=",".join(map(str, accounts)),
        classroom=room.id,
        chat=room.chat_id,
    )
    await asyncio.to_thread(stack.cluster.sql, fill, DATABASE)
    await asyncio.to_thread(stack.gateway.start)
    domain = [("chat_id", "=", room.chat_id), ("state", "=", "in"), ("is_bot", "=", False)]

    async def all_in() -> bool:
        return bool(await school.call("telegram.member", "search_count", domain) >= PEOPLE)

    await until("everybody is known to be in", all_in, within_s=120)
    return accounts


async def _compare(
    school: School, room: Room, lesson: Planned, acts: list[Act], began: float, found: Found
) -> None:
    own = [("chat_id", "=", room.chat_id), ("kind", "in", ["joined", "left"])]
    fields = ["tg_user_id", "kind", "at", "precision_s", "source"]
    rows = await school.find("telegram.presence", own, fields, order="at, id")
    seen: dict[int, list[tuple[str, float]]] = {}
    for row in rows:
        found.counts[f"{row['kind']}, by {row['source']}"] += 1
        found.counts["not exact"] += row["precision_s"] > _EXACT_S
        seen.setdefault(row["tg_user_id"], []).append((row["kind"], _seconds(row["at"])))
    stop = lesson.stop.timestamp()
    done: dict[int, list[tuple[str, float]]] = {}
    for act in sorted(acts, key=lambda one: one.after_s):
        what = "joined" if act.what == "join" else "left"
        done.setdefault(act.account, []).append((what, began + act.after_s))
    for account, theirs in done.items():
        theirs.append(("left", stop))
        got = seen.pop(account, [])
        if [what for what, _ in got] != [what for what, _ in theirs]:
            found.wrong.append(f"{account} did {theirs}, recorded is {got}")
        elif any(abs(a - b) > _TOLERANCE_S for (_, a), (_, b) in zip(got, theirs, strict=True)):
            found.wrong.append(f"{account} did {theirs}, recorded is {got} at other times")
    found.wrong += [
        f"{account} was never there, recorded is {got}" for account, got in seen.items()
    ]
    await _compare_sheet(school, lesson, done, found)


async def _compare_sheet(
    school: School, lesson: Planned, done: dict[int, list[tuple[str, float]]], found: Found
) -> None:
    contacts = await school.find("telegram.contact", [], ["partner_id", "tg_user_id"])
    account_of = {one["partner_id"][0]: one["tg_user_id"] for one in contacts}
    sheet = await school.sheet(lesson.id)
    if len(sheet) != len(done):
        found.wrong.append(f"the sheet has {len(sheet)} lines")
    stop, start = lesson.stop.timestamp(), lesson.stop.timestamp() - _LENGTH_S
    for partner_id, line in sheet.items():
        found.counts[f"on the sheet: {line['status']}"] += 1
        # breaks are shorter than what is bridged
        arrived = done[account_of[partner_id]][0][1]
        wanted = (stop - max(start, arrived)) / 60
        if abs(line["minutes"] - wanted) * 60 > _TOLERANCE_S:
            found.wrong.append(f"{line['name']}: {line['minutes']} minutes, should be {wanted:.2f}")


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def show(found: Found) -> None:
    """Print what was recorded, how soon, and the first errors."""
    for what, count in sorted(found.counts.items()):
        print(f"{what:36} {count}")
    print(f"{'the sheet, after the end':36} {found.sheet_s:.1f} s")
    for line in found.wrong[:20]:
        print(f"  wrong: {line}")
    if found.wrong:
        print(f"  {len(found.wrong)} things are wrong")


def main() -> int:
    """0; with --check, 1 when something is lost or wrong, or the sheet comes late."""
    parser = argparse.ArgumentParser(prog="script/bench attendance", description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help=f"exit 1 unless nothing is lost and the sheet is there within {MOST_S:.0f} s of the end",
    )
    arguments = parser.parse_args()

    def say(line: str) -> None:
        print(f"bench: {line}", flush=True)

    try:
        with Stack(say=say) as stack:
            found = asyncio.run(play(stack, say))
            stack.keep_logs("attendance-")
    except (StackError, PlayError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    show(found)
    is_well = not found.wrong and found.sheet_s <= MOST_S
    return 1 if arguments.check and not is_well else 0


if __name__ == "__main__":
    sys.exit(main())
