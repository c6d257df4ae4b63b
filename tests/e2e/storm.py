"""Eight people of a school who use Odoo all at once, while lessons are held and people come and go
on Telegram."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from telethon.errors import RPCError

from demo.play.phones import Phone, PlayError
from demo.stack.errors import OdooRefusal
from demo.stack.odoo import Rpc

from .scene import Room, Scene

#: Answers that tell a person what to do differently: somebody else was faster.
_EXPECTED = ("odoo.exceptions.UserError", "odoo.exceptions.ValidationError")
_STATUSES = ("present", "absent", "late")


@dataclass
class Place:
    """A classroom of the storm: its room, lessons to come, and lines of the sheet of one that is
    over."""

    room: Room
    lessons: list[int]
    lines: list[int]
    past: int
    partners: list[int]
    chat_id: int
    tg_link: str = ""
    live: list[int] = field(default_factory=list)


@dataclass
class Tally:
    """What came of all calls: by name; refusals by their class; and answers that nobody expects."""

    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Person:
    """Somebody with a login, who does one thing after the other. `places`: their classrooms."""

    def __init__(self, rpc: Rpc, role: str, places: list[Place], tally: Tally, seed: int):
        self._rpc, self.role, self._places, self._tally = rpc, role, places, tally
        self._random = Random(seed)
        acts: dict[Callable[[Place], None], int] = {
            self._read_form: 3,
            self._read_list: 2,
            self._move: 3,
            self._correct: 3,
        }
        if role != "teacher":
            acts |= {self._enrol: 3, self._end: 3, self._return: 3}
        if role == "manager":
            acts |= {self._new_student: 1, self._lock: 1, self._compare: 1}
        self._acts = list(itertools.chain.from_iterable([act] * n for act, n in acts.items()))

    def play(self, ends: float) -> None:
        """Do this and that until that instant (of the monotonic clock)."""
        while time.monotonic() < ends:
            self._random.choice(self._acts)(self._random.choice(self._places))
        self._rpc.close()

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """One call; None if Odoo refuses it. A refusal that is no sentence for a person is kept."""
        self._tally.calls[f"{model}.{method}"] += 1
        try:
            return self._rpc.execute(model, method, *args, **kwargs)
        except OdooRefusal as refusal:
            self._tally.refused[refusal.kind] += 1
            if refusal.kind not in _EXPECTED:
                what = f"{self.role}: {model}.{method}: {refusal.kind}: {refusal}"
                self._tally.wrong.append(what)
        except Exception as error:  # the proxy's own page, a connection that is gone
            self._tally.wrong.append(f"{self.role}: {model}.{method}: {error!r}")
        return None

    # -- everybody ------------------------------------------------------------------------------

    def _read_form(self, place: Place) -> None:
        forms = {
            "small_school.classroom": [place.room.id],
            "small_school.lesson": [*place.lessons, *place.live],
            "res.partner": place.partners,
        }
        model = self._random.choice(list(forms))
        view = self.call(model, "fields_view_get", False, "form")
        if view:
            self.call(model, "read", [self._random.choice(forms[model])], list(view["fields"]))

    def _read_list(self, place: Place) -> None:
        own = [("classroom_id", "=", place.room.id)]
        for model in ("small_school.enrolment", "small_school.lesson"):
            self.call(model, "search_read", own, ["display_name"], limit=80)

    def _move(self, place: Place) -> None:
        start = datetime.now(UTC) + timedelta(days=2, minutes=5 * self._random.randrange(200))
        times = {"start": start, "stop": start + timedelta(minutes=50)}
        values = {name: f"{at:%Y-%m-%d %H:%M:00}" for name, at in times.items()}
        self.call("small_school.lesson", "write", [self._random.choice(place.lessons)], values)

    def _correct(self, place: Place) -> None:
        values = {"status": self._random.choice(_STATUSES), "correction_reason": "vu en classe"}
        line = self._random.choice(place.lines)
        self.call("small_school.attendance", "write", [line], values)

    # -- supervisors and managers ----------------------------------------------------------------

    def _enrolments(self, place: Place, state: str) -> list[int]:
        own = [("classroom_id", "=", place.room.id), ("state", "=", state)]
        found = self.call("small_school.enrolment", "search", own)
        return [self._random.choice(found)] if found else []

    def _enrol(self, place: Place) -> None:
        values = {"classroom_id": place.room.id, "partner_id": self._random.choice(place.partners)}
        self.call("small_school.enrolment", "create", values)

    def _end(self, place: Place) -> None:
        """Unenrol or block somebody, by the window that asks."""
        if ids := self._enrolments(place, "active"):
            act = self._random.choice(("unenrol", "unenrol", "block"))
            values = {"enrolment_ids": [(6, 0, ids)], "act": act}
            if asked := self.call("small_school.enrolment.end", "create", values):
                self.call("small_school.enrolment.end", "action_end", [asked])

    def _return(self, place: Place) -> None:
        if ids := self._enrolments(place, "blocked"):
            self.call("small_school.enrolment", "action_unblock", ids)
        elif ids := self._enrolments(place, "ended"):
            self.call("small_school.enrolment", "action_enrol_again", ids)

    # -- managers ---------------------------------------------------------------------------------

    def _new_student(self, place: Place) -> None:
        values = {"name": f"Nouveau {self._random.randrange(10**6)}"}
        if partner_id := self.call("res.partner", "create", values):
            place.partners.append(partner_id)
            self._enrol(place)

    def _lock(self, place: Place) -> None:
        """Confirm a sheet, and unlock it again."""
        for act in ("action_confirm_sheet", "action_unlock_sheet"):
            self.call("small_school.lesson", act, [place.past])

    def _compare(self, place: Place) -> None:
        self.call("telegram.chat", "action_reconcile", [place.chat_id])
        self.call("telegram.member", "search_read", [], ["state_text"], limit=80)


async def wander(phone: Phone, place: Place, over: asyncio.Event, random: Random) -> None:
    """A student on Telegram until it is over: asks to be let in, joins the call, leaves it."""
    while not over.is_set():
        with contextlib.suppress(RPCError, PlayError):
            act = random.choice((phone.join_call, phone.leave_call, None))
            if act is not None:
                await act()
            elif not await phone.is_in_group():
                await phone.ask_to_join(place.tg_link)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), random.uniform(0.5, 2.0))


async def prepare(scene: Scene, count: int, *, lasts_s: float) -> list[Place]:
    """Make so many classrooms with people in their groups, lessons of the coming days, a sheet that
    can be corrected, and lessons that are held during the storm."""
    places = []
    for number in range(1, count + 1):
        room = await scene.room(f"Tempête {lasts_s:.0f}-{number}", students=3)
        lessons = []
        for days in range(2, 5):
            start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
            stop = start + timedelta(minutes=50)
            lessons.append(
                await scene.school.plan_lesson(room.id, f"Plus tard {days}", start, stop)
            )
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
        stop = start + timedelta(minutes=50)
        past = await scene.school.plan_lesson(room.id, "Hier", start, stop)
        await scene.call("small_school.enrolment", "write", await _all_of(scene, room), _LONG_AGO)
        await scene.call("small_school.lesson", "action_all_present", [past])
        own = [("lesson_id", "=", past)]
        lines = await scene.school.find("small_school.attendance", own, ["id"])
        places.append(
            Place(
                room,
                lessons,
                [line["id"] for line in lines],
                past,
                list(room.students),
                await scene.chat_id(room),
                await scene.link_of(room),
            )
        )
    for place in places:
        for begins_s in range(5, int(lasts_s) - 4, 15):
            lesson, _ = await scene.lesson(place.room, ahead_s=begins_s, length_s=8, open=2)
            place.live.append(lesson)
    return places


_LONG_AGO = {"date_from": "2026-01-05"}


async def _all_of(scene: Scene, room: Room) -> list[int]:
    own = [("classroom_id", "=", room.id)]
    return list(await scene.call("small_school.enrolment", "search", own))


async def people(scene: Scene, places: list[Place], tally: Tally) -> list[Person]:
    """A teacher for each classroom, two supervisors for all of them, and managers: eight."""
    found = []
    roles = [("teacher", [place]) for place in places] + [("supervisor", places)] * 2
    roles += [("manager", places)] * (8 - len(roles))
    for seed, (role, own) in enumerate(roles):
        partner_id = next(iter(own[0].room.teachers)) if role == "teacher" else None
        found.append(
            Person(await _login(scene, role, own, seed, partner_id), role, own, tally, seed)
        )
    return found


async def _login(
    scene: Scene, role: str, places: list[Place], seed: int, partner_id: int | None
) -> Rpc:
    login = f"storm-{places[0].room.id}-{seed}"
    groups = [await scene._group("base", "group_user")]
    groups.append(await scene._group("small_school", f"group_{role}"))
    values: dict[str, Any] = {"login": login, "password": login, "groups_id": [(6, 0, groups)]}
    values["name"] = f"Tempête {role} {seed}"
    if partner_id is not None:
        values["partner_id"] = partner_id
    user = await scene.call("res.users", "create", values, context={"no_reset_password": True})
    if role == "supervisor":
        [found] = await scene.school.find("res.users", [("id", "=", user)], ["partner_id"])
        for place in places:
            values = {"classroom_id": place.room.id, "partner_id": found["partner_id"][0]}
            await scene.call("small_school.assignment", "create", {**values, "role": "supervisor"})
    rpc = scene.stack.odoo.rpc(login, login)
    await asyncio.to_thread(rpc.execute, "res.users", "search_count", [])
    return rpc


async def blow(scene: Scene, places: list[Place], crowd: list[Person], lasts_s: float) -> None:
    """Let everybody do what they do for so many seconds."""
    over = asyncio.Event()
    phones = [(phone, place) for place in places for phone in place.room.students.values()]
    wandering = [
        asyncio.create_task(wander(phone, place, over, Random(number)))
        for number, (phone, place) in enumerate(phones)
    ]
    ends = time.monotonic() + lasts_s
    try:
        await asyncio.gather(*(asyncio.to_thread(person.play, ends) for person in crowd))
    finally:
        over.set()
        await asyncio.gather(*wandering)
