"""script/bench clock: how late 200 lessons are that are due in the same second.

Each has a group of its own; all calls are to be opened and all reminders sent at the same instant,
and all calls closed at a later one. Odoo, the gateway and PostgreSQL run as at a school; Telegram
allows 20 messages a minute in a group and 30 a second in all, and notes when it did what. A
reminder counts as late from the instant on at which that limit allowed it.

--kills: a hundred lessons in two minutes instead, while the gateway is killed at random moments;
each must be opened and closed exactly once.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.play.phones import PlayError, until
from demo.play.school import School
from demo.stack.errors import StackError
from demo.stack.stack import Stack

from . import kills
from .lessons import Planned, all_done, make_rooms, outcomes, plan

LESSONS = 200
#: So many of the calls are in time, and reminders follow at such a rate.
LEAST_IN_TIME = 0.95
SLOWEST_A_SECOND = 20
IN_TIME_S = 1.0
_LEAD_S = 40.0
_LASTS_S = 20.0
_MEASURED_S = 10.0  # after the end
_A_SECOND = 30  # messages that Telegram takes from a bot


@dataclass
class Found:
    """Seconds after the due instant, per kind, and what went wrong."""

    late: dict[str, list[float]] = field(default_factory=dict)
    floods: int = 0
    wrong: list[str] = field(default_factory=list)

    def in_time(self, name: str) -> float:
        """The share of that kind that was done within a second."""
        found = self.late[name]
        return sum(one <= IN_TIME_S for one in found) / len(found)


async def measure(stack: Stack, count: int) -> Found:
    """Play the lessons. Return how late they were."""
    rpc = stack.odoo.rpc()
    school = School(rpc)
    limits = {"bot_messages_per_group_per_minute": 20, "bot_messages_per_second": _A_SECOND}
    try:
        rooms = await make_rooms(school, count, name="Horloge", open_s=_LEAD_S, remind_s=_LEAD_S)
        await asyncio.to_thread(stack.sandbox.patch, "/profile", **limits)
        before = (await _log(stack))[-1]["number"]
        now = datetime.now(UTC).replace(microsecond=0)
        start = now + timedelta(seconds=_LEAD_S + 10 + count / 5)
        stop = start + timedelta(seconds=_LASTS_S)
        lessons = await plan(school, [(room, start, stop) for room in rooms], open_s=_LEAD_S)

        # nobody asks anything of Odoo while it is measured
        await asyncio.sleep((stop - datetime.now(UTC)).total_seconds() + _MEASURED_S)
        await until("the end of all lessons", lambda: all_done(school, lessons), within_s=120)
        return await _found(stack, school, lessons, before)
    finally:
        rpc.close()


async def _log(stack: Stack, after: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await asyncio.to_thread(stack.sandbox.get, f"/log?after={after}")
    return found


async def _found(stack: Stack, school: School, lessons: list[Planned], before: int) -> Found:
    due = lessons[0].opens_at.timestamp()
    stop = lessons[0].stop.timestamp()
    found = Found()
    log = await _log(stack, before)
    found.floods = sum("FLOOD" in (one["error"] or "") for one in log)
    done: dict[str, list[float]] = {}
    for one in log:
        if one["error"] is None:
            done.setdefault(one["method"].rpartition(".")[2], []).append(one["at"])
    found.late["calls opened"] = [at - due for at in done.get("createGroupCall", [])]
    found.late["calls closed"] = [at - stop for at in done.get("discardGroupCall", [])]
    reminders = [at - due for at in sorted(done.get("sendMessage", []))]
    found.late["reminders"] = reminders
    found.late["reminders beyond the limit"] = [
        max(0.0, at - number / _A_SECOND) for number, at in enumerate(reminders)
    ]
    for name, times in found.late.items():
        if len(times) != len(lessons):
            found.wrong.append(f"{name}: {len(times)} for {len(lessons)} lessons")
    for part, states in (await outcomes(school, lessons)).items():
        if set(states) != {"done"}:
            found.wrong.append(f"{part}: {sorted(set(states))}")
    if reminders and reminders[-1] > len(lessons) / SLOWEST_A_SECOND + IN_TIME_S:
        found.wrong.append(f"reminders: fewer than {SLOWEST_A_SECOND} a second")
    if found.floods:
        found.wrong.append(f"Telegram asked {found.floods} times to wait")
    return found


def show(found: Found) -> None:
    """The distributions."""
    print(f"{LESSONS} lessons due in the same second; seconds after it:")
    for name, times in found.late.items():
        ordered = sorted(times)
        p50, p99 = (_at(ordered, share) for share in (0.5, 0.99))
        ratio = found.in_time(name)
        print(
            f"  {name:28} p50 {p50:6.2f}  p99 {p99:6.2f}  max {ordered[-1]:6.2f}"
            f"  within {IN_TIME_S:.0f} s {100 * ratio:5.1f} %"
        )
    for line in found.wrong:
        print(f"  wrong: {line}")


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> int:
    """0; with --check, 1 when fewer are in time than is stated above, or something went wrong."""
    parser = argparse.ArgumentParser(prog="script/bench clock", description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help=f"exit 1 unless {LEAST_IN_TIME:.0%} of the calls open and close within"
        f" {IN_TIME_S:.0f} s, and reminders follow at {SLOWEST_A_SECOND} a second without a flood",
    )
    parser.add_argument("--kills", action="store_true", help="kill the gateway meanwhile")
    parser.add_argument("--seed", type=int, default=kills.WHOLE.seed, help="of the kills")
    arguments = parser.parse_args()
    logging.getLogger("telethon").setLevel(logging.ERROR)
    try:
        with Stack(say=lambda line: print(f"bench: {line}", flush=True)) as stack:
            if arguments.kills:
                verdict = asyncio.run(storm(stack, replace(kills.WHOLE, seed=arguments.seed)))
            else:
                found = asyncio.run(measure(stack, LESSONS))
            stack.keep_logs("clock-")
    except (StackError, PlayError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    if arguments.kills:
        print(f"{verdict.lessons} lessons, the gateway killed {len(verdict.deaths)} times")
        for line in verdict.wrong:
            print(f"  wrong: {line}")
        return 1 if verdict.wrong else 0
    show(found)
    kinds = ("calls opened", "calls closed")
    is_late = bool(found.wrong) or any(found.in_time(name) < LEAST_IN_TIME for name in kinds)
    return 1 if arguments.check and is_late else 0


async def storm(stack: Stack, wanted: kills.Storm) -> kills.Verdict:
    """Play it. Return its verdict."""
    rpc = stack.odoo.rpc()
    try:
        return await kills.play(stack, School(rpc), wanted)
    finally:
        rpc.close()


if __name__ == "__main__":
    sys.exit(main())
