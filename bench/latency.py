"""script/bench latency: from the commit in Odoo to the effect in Telegram.

A hundred times a person is unenrolled, which takes them out of the group, and enrolled again while
their request to join waits, which lets them in. The clock starts when Odoo's answer to the change
arrives (so the commit is over). It stops when a teacher's phone, which sees the group's updates as
they come, is told of the effect. What was told before Odoo's answer arrived counts as 0.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
import time
from dataclasses import dataclass

from telethon import events, types
from telethon.errors import InviteHashExpiredError

from demo.play.phones import Phone, Server, until
from demo.play.school import School, Telegram
from demo.stack.errors import StackError
from demo.stack.stack import Stack

CHANGES = 200
_WIDTH = 40


@dataclass
class Told:
    """Time at which the teacher's phone last received a change of members."""

    at: float = 0.0
    count: int = 0


async def asked(student: Phone, link: str) -> bool:
    """Return whether the link let the student ask."""
    try:
        return await student.ask_to_join(link)
    except InviteHashExpiredError:
        return False


async def measure(stack: Stack) -> list[float]:
    """Milliseconds of each change."""
    facts = stack.sandbox.facts
    server = Server(facts["host"], facts["port"], facts["public_key"])
    telegram = Telegram(server, stack.sandbox.control_url)
    rpc = stack.odoo.rpc()
    school = School(rpc)
    classroom_id = await school.call("small_school.classroom", "create", {"name": "Mesures"})
    await school.call(
        "small_school.classroom", "write", [classroom_id], {"telegram_notices": False}
    )
    teacher_id = await school.call(
        "res.partner", "create", {"name": "Hélène Thalès", "mobile": "+33639980041"}
    )
    values = {"classroom_id": classroom_id, "partner_id": teacher_id, "role": "teacher"}
    await school.call("small_school.assignment", "create", values)
    student_id = await school.enrol_new(classroom_id, "Amélie Béranger", "+33639980011")
    await until("the group", lambda: school.chat_ready(classroom_id), within_s=60)
    phones = []
    for partner_id, name, number in (
        (teacher_id, "Hélène Thalès", "+33639980041"),
        (student_id, "Amélie Béranger", "+33639980011"),
    ):
        await telegram.new_user(name, number)
        phone = Phone(name, number, server, telegram.code)
        phones.append(phone)
        await phone.switch_on()
        await phone.start_bot(await school.deep_link(partner_id))
        await phone.ask_to_join(await phone.invite_from_bot())
        await phone.find_group("Mesures")
    teacher, student = phones
    told = Told()
    actions = (
        types.MessageActionChatDeleteUser,
        types.MessageActionChatJoinedByRequest,
    )

    async def on_message(event: events.Raw) -> None:
        if isinstance(getattr(event.message, "action", None), actions):
            told.at, told.count = time.perf_counter(), told.count + 1

    teacher.client.add_event_handler(on_message, events.Raw(types.UpdateNewChannelMessage))
    link = await student.invite_from_bot()
    found = []

    async def waits() -> bool:
        """Return whether the request waits for a person, since the student is not enrolled."""
        domain = [("partner_id", "=", student_id), ("state", "=", "undecided")]
        return bool(await school.find("telegram.member", domain, ["state"]))

    for number in range(CHANGES):
        before = told.count
        if number % 2 == 0:
            await school.unenrol(classroom_id, student_id)
        else:
            # removing is a ban that is lifted at once: until then the link is no good
            await until("the link", lambda: asked(student, link))
            await until("a person is asked", waits)
            values = {"classroom_id": classroom_id, "partner_id": student_id}
            await school.call("small_school.enrolment", "create", values)
        committed = time.perf_counter()

        async def is_told(before: int = before) -> bool:
            return told.count > before

        ends = committed + 10
        while not await is_told():
            if time.perf_counter() > ends:
                raise StackError(f"Change {number + 1} did not arrive within 10 s.")
            await asyncio.sleep(0)
        found.append(max(0.0, told.at - committed) * 1000)
    for phone in phones:
        await phone.switch_off()
    await telegram.close()
    rpc.close()
    return found


def show(found: list[float]) -> None:
    """The distribution, and a histogram of it."""
    ordered = sorted(found)
    print(f"{len(found)} changes, milliseconds from commit to effect:")
    for name, share in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
        print(f"  {name} {ordered[min(len(ordered) - 1, int(share * len(ordered)))]:7.1f}")
    print(f"  max {ordered[-1]:7.1f}")
    step = max(5.0, ordered[int(0.95 * len(ordered))] / 10)
    for number in range(10):
        low, high = number * step, (number + 1) * step
        count = sum(low <= one < high or (number == 9 and one >= high) for one in found)
        print(f"  {low:6.0f}–{high:<6.0f} {count:4} {'█' * (count * _WIDTH // len(found))}")


def main() -> int:
    """0 when the median is under 50 ms."""
    logging.getLogger("telethon").setLevel(logging.ERROR)
    try:
        with Stack(say=lambda line: print(f"bench: {line}", flush=True)) as stack:
            found = asyncio.run(measure(stack))
    except StackError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    show(found)
    return 0 if statistics.median(found) < 50 else 1


if __name__ == "__main__":
    sys.exit(main())
