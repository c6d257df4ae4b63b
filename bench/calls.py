"""script/bench calls: how many requests the gateway makes to Telegram, against the fewest that
would do.

Counted are the requests of the school's bot and account that reach the Telegram server, except
those by which any client keeps its connection and its updates (`_KEPT`). Private messages cost one
request each, and are part of both numbers. Each case prints the number of requests, the fewest
possible, the ratio, and which requests were not needed.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from demo.play.phones import Phone, Server, until
from demo.play.school import School, Telegram
from demo.stack.errors import StackError
from demo.stack.stack import Stack

ASKERS = 30
CLASSROOMS = 40

# What a client needs to stay connected and to be told of updates, whatever it is used for.
_KEPT = {
    "getState",
    "getDifference",
    "getChannelDifference",
    "getConfig",
    "ping",
    "pingDelayDisconnect",
}
# What the gateway asks for once, when it starts, whatever there is to do then.
_START = Counter({"setBotCommands": 2, "getMessages": 1})
# What a group is made with. It is closed, and its newcomers see its history: Telegram has a call
# for each, and what a new group is like without them is documented nowhere.
_GROUP = {
    "createChannel": 1,
    "editChatDefaultBannedRights": 1,
    "togglePreHistoryHidden": 1,
    "editAdmin": 1,
    "exportChatInvite": 1,
}


@dataclass(frozen=True)
class Case:
    """Cost of one case."""

    name: str
    used: Counter[str]
    fewest: Counter[str]

    @property
    def ratio(self) -> float:
        """Calls used for each that was needed; 1.0 where none was needed and none used."""
        used, fewest = self.used.total(), self.fewest.total()
        return used / fewest if fewest else 1.0 + used

    @property
    def excess(self) -> str:
        """The calls that were more than needed."""
        return ", ".join(f"{name} {n}" for name, n in sorted((self.used - self.fewest).items()))


class Bench:
    """A school at work, whose calls are counted."""

    def __init__(self, stack: Stack):
        facts = stack.sandbox.facts
        self._stack = stack
        self._server = Server(facts["host"], facts["port"], facts["public_key"])
        self._telegram = Telegram(self._server, stack.sandbox.control_url)
        self._rpc = stack.odoo.rpc()
        self.school = School(self._rpc)
        self._phones: list[Phone] = []
        self._ours: set[int] = set()
        self.cases: list[Case] = []

    async def close(self) -> None:
        """Switch everything off."""
        for phone in self._phones:
            await phone.switch_off()
        await self._telegram.close()
        self._rpc.close()

    async def _calls(self) -> Counter[str]:
        if not self._ours:
            found = await self.school.find("telegram.account", [], ["tg_user_id"])
            self._ours = {int(one["tg_user_id"]) for one in found}
        log = await asyncio.to_thread(self._stack.sandbox.get, "/log")
        names = (one["method"].rpartition(".")[2] for one in log if one["user_id"] in self._ours)
        return Counter(name for name in names if name not in _KEPT)

    async def _sent(self) -> int:
        domain = [("kind", "=", "send"), ("state", "=", "done")]
        return int(await self.school.call("telegram.outbox", "search_count", domain))

    async def is_started(self) -> bool:
        """Return whether the gateway has finished its one-time work at start."""
        return _START <= await self._calls()

    async def is_quiet(self) -> bool:
        """Return whether nothing is left to be done or handled."""
        waiting = [("state", "in", ("pending", "working"))]
        left = await self.school.call("telegram.outbox", "search_count", waiting)
        new = await self.school.call("telegram.inbox", "search_count", [("state", "=", "new")])
        return not left and not new

    async def case(
        self, name: str, fewest: dict[str, int], play: Callable[[], Awaitable[None]]
    ) -> None:
        """Count what `play` costs until all is quiet again."""
        await until("the gateway's start", self.is_started)
        await until("quiet", self.is_quiet, within_s=300)
        before, sent = await self._calls(), await self._sent()
        await play()
        await until("quiet", self.is_quiet, within_s=600)
        needed = Counter(fewest)
        needed["sendMessage"] += await self._sent() - sent
        self.cases.append(Case(name, await self._calls() - before, needed))

    async def classroom(self, name: str) -> int:
        """A classroom without notices, and its group."""
        values = {"name": name, "telegram_notices": False}
        found = int(await self.school.call("small_school.classroom", "create", values))
        await until(f"the group of {name}", lambda: self.school.chat_ready(found), within_s=600)
        return found

    async def phone(self, name: str, number: str) -> Phone:
        """Somebody's phone, switched on."""
        await self._telegram.new_user(name, number)
        phone = Phone(name, number, self._server, self._telegram.code)
        await phone.switch_on()
        self._phones.append(phone)
        return phone


async def measure(stack: Stack) -> list[Case]:
    """All cases, in the order in which they build on each other."""
    bench = Bench(stack)
    school = bench.school
    people: list[tuple[int, Phone]] = []
    rooms: list[int] = []

    async def link(number: int) -> tuple[int, Phone]:
        mobile = f"+3363998{number:04}"
        values = {"name": f"Élève {number}", "mobile": mobile}
        partner_id = int(await school.call("res.partner", "create", values))
        phone = await bench.phone(f"Élève {number}", mobile)
        await phone.start_bot(await school.deep_link(partner_id))
        domain = [("partner_id", "=", partner_id), ("state", "=", "confirmed")]
        await until("linked", lambda: school.find("telegram.contact", domain, ["id"]))
        return partner_id, phone

    async def new_classroom() -> None:
        rooms.append(await bench.classroom("Trente"))
        for number in range(ASKERS):
            partner_id, phone = await link(1000 + number)
            people.append((partner_id, phone))
            values = {"classroom_id": rooms[0], "partner_id": partner_id}
            await school.call("small_school.enrolment", "create", values)
        for _, phone in people:
            await phone.ask_to_join(await phone.invite_from_bot())
            await phone.find_group("Trente")

    async def enrolment() -> None:
        partner_id, phone = await link(2000)
        people.append((partner_id, phone))
        values = {"classroom_id": rooms[0], "partner_id": partner_id}
        await school.call("small_school.enrolment", "create", values)
        await phone.ask_to_join(await phone.invite_from_bot())
        await phone.find_group("Trente")

    async def unenrolment() -> None:
        partner_id, phone = people[-1]
        await school.unenrol(rooms[0], partner_id)

        async def is_out() -> bool:
            return not await phone.is_in_group()

        await until("out", is_out)

    async def rename() -> None:
        await school.call("small_school.classroom", "write", [rooms[0]], {"name": "Trente et un"})

    async def look_again() -> None:
        found = await school.find("telegram.chat", [], ["id"])
        await school.call("telegram.chat", "write", [found[0]["id"]], {"most_removals": 5})

    async def nightly() -> None:
        # the button asks for the same comparison as the cron at night
        own = [("res_model", "=", "small_school.classroom"), ("res_id", "=", rooms[0])]
        [chat] = await school.find("telegram.chat", own, ["id"])
        await school.call("telegram.chat", "action_reconcile", [chat["id"]])

    async def many() -> None:
        values = [
            {"name": f"Classe {number}", "telegram_notices": False} for number in range(CLASSROOMS)
        ]
        made = await school.call("small_school.classroom", "create", values)

        async def all_ready() -> bool:
            domain = [("state", "=", "ready")]
            count = await school.call("telegram.chat", "search_count", domain)
            return int(count) >= CLASSROOMS + 1

        assert len(made) == CLASSROOMS
        await until("all groups", all_ready, within_s=600)

    try:
        await bench.case(
            f"new classroom, {ASKERS} ask to join",
            # the account looks its bot up once, by its name
            {**_GROUP, "resolveUsername": 1, "hideChatJoinRequest": ASKERS},
            new_classroom,
        )
        await bench.case("one enrolment", {"hideChatJoinRequest": 1}, enrolment)
        # removing is a ban that is lifted at once
        await bench.case("one unenrolment", {"editBanned": 2}, unenrolment)
        await bench.case("a rename", {"editTitle": 1}, rename)
        await bench.case("unchanged, looked at again", {}, look_again)
        await bench.case("unchanged, compared at night", {"getParticipants": 1}, nightly)
        if CLASSROOMS:
            fewest = {name: n * CLASSROOMS for name, n in _GROUP.items()}
            await bench.case(f"{CLASSROOMS} classrooms", fewest, many)
    finally:
        await bench.close()
    return bench.cases


def main() -> int:
    """0; with --check, 1 when a case used more calls than needed."""
    parser = argparse.ArgumentParser(prog="script/bench calls", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 unless every ratio is 1.0")
    arguments = parser.parse_args()
    logging.getLogger("telethon").setLevel(logging.ERROR)
    try:
        with Stack(say=lambda line: print(f"bench: {line}", flush=True)) as stack:
            cases = asyncio.run(measure(stack))
    except StackError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    for case in cases:
        used, fewest = case.used.total(), case.fewest.total()
        print(f"{case.name:32} used {used:4}  fewest {fewest:4}  ratio {case.ratio:.2f}")
        if case.excess:
            print(f"  more than needed: {case.excess}")
    return 1 if arguments.check and any(case.ratio > 1.0 for case in cases) else 0


if __name__ == "__main__":
    sys.exit(main())
