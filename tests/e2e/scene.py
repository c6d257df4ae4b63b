"""Classrooms and people of a test, made through Odoo's own doors and by phones over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from demo.play.phones import Phone, Server, until
from demo.play.school import School, Telegram
from demo.stack.stack import Stack

_Found = TypeVar("_Found")
_NUMBERS = count(1)


@dataclass
class Room:
    """A classroom and its people's phones, by partner."""

    id: int
    name: str
    students: dict[int, Phone] = field(default_factory=dict)
    teachers: dict[int, Phone] = field(default_factory=dict)

    @property
    def phones(self) -> dict[int, Phone]:
        """Everybody's."""
        return {**self.teachers, **self.students}


class Scene:
    """What a test plays with; `close()` switches all phones off."""

    def __init__(self, stack: Stack):
        self.stack = stack
        facts = stack.sandbox.facts
        self.server = Server(facts["host"], facts["port"], facts["public_key"])
        self.telegram = Telegram(self.server, stack.sandbox.control_url)
        self._rpc = stack.odoo.rpc()
        self.school = School(self._rpc)
        self._phones: list[Phone] = []

    async def close(self) -> None:
        for phone in self._phones:
            await phone.switch_off()
        await self.telegram.close()
        self._rpc.close()

    async def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """One call of Odoo as the manager."""
        return await self.school.call(model, method, *args, **kwargs)

    async def partner(self, name: str) -> tuple[int, str]:
        """A person in Odoo with a telephone number of their own."""
        number = f"+3363999{next(_NUMBERS):04}"
        values = {"name": name, "mobile": number}
        return int(await self.call("res.partner", "create", values)), number

    async def phone(self, name: str, number: str) -> Phone:
        """That person's phone, logged in."""
        await self.telegram.new_user(name, number)
        phone = Phone(name, number, self.server, self.telegram.code)
        await phone.switch_on()
        self._phones.append(phone)
        return phone

    async def room(self, name: str, *, students: int = 2, joined: bool = True) -> Room:
        """A classroom with a teacher and students; `joined`: all of them are in its group."""
        room = Room(int(await self.call("classroom.classroom", "create", {"name": name})), name)
        own = {"classroom_id": room.id}
        people = [("teacher", f"Prof {name}")]
        people += [("student", f"Élève {number} {name}") for number in range(1, students + 1)]
        for role, person in people:
            partner_id, number = await self.partner(person)
            if role == "teacher":
                values = {**own, "partner_id": partner_id, "role": "teacher"}
                await self.call("classroom.assignment", "create", values)
            else:
                await self.enrol(room, partner_id)
            phones = room.teachers if role == "teacher" else room.students
            phones[partner_id] = await self.phone(person, number)
        if joined:
            await self.ready(room)
            for partner_id, phone in room.phones.items():
                await self.join(room, partner_id, phone)
            await self.all_in(room)
        return room

    async def enrol(self, room: Room, partner_id: int) -> int:
        """Enrol somebody; the enrolment's id."""
        values = {"classroom_id": room.id, "partner_id": partner_id}
        return int(await self.call("classroom.enrolment", "create", values))

    async def ready(self, room: Room, *, within_s: float = 40.0) -> None:
        """Wait for the group's link on the classroom's form."""
        await until("the group", lambda: self.school.chat_ready(room.id), within_s=within_s)

    async def link(self, partner_id: int, phone: Phone) -> None:
        """Press START on the person's own link."""
        await phone.start_bot(await self.school.deep_link(partner_id))

    async def join(self, room: Room, partner_id: int, phone: Phone) -> None:
        """Link, take the group's link from the bot, ask, and be let in."""
        await self.link(partner_id, phone)
        await phone.ask_to_join(await phone.invite_from_bot())
        await phone.find_group(room.name)

    async def all_in(self, room: Room) -> None:
        """Wait until Odoo shows everybody as in the group."""
        wanted = {"in": len(room.phones)}
        await self.until(
            f"Odoo shows everybody of {room.name} in",
            lambda: self._is(lambda: self.school.member_states(room.id), wanted),
        )

    @staticmethod
    async def _is(look: Callable[[], Awaitable[Any]], wanted: Any) -> bool:
        return bool(await look() == wanted)

    async def until(
        self, what: str, look: Callable[[], Awaitable[_Found | None]], *, within_s: float = 30.0
    ) -> _Found:
        """Wait for a condition."""
        return await until(what, look, within_s=within_s)

    async def lesson(self, room: Room, *, ahead_s: float, length_s: float, **times: float) -> Any:
        """Plan a lesson; `times`: remind, open (seconds before). Its id and start."""
        minutes = {
            "telegram_reminder_minutes": times.get("remind", 0.0) / 60,
            "telegram_open_minutes": times.get("open", 0.0) / 60,
            "telegram_late_minutes": times.get("late", 600.0) / 60,
            "telegram_early_minutes": times.get("early", 600.0) / 60,
            "telegram_bridge_seconds": 2,
        }
        await self.call("classroom.classroom", "write", [room.id], minutes)
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=ahead_s)
        stop = start + timedelta(seconds=length_s)
        return await self.school.plan_lesson(room.id, f"Cours {room.name}", start, stop), start

    # What is true on Telegram, through the desk of its server

    async def chats(self, title: str) -> list[dict[str, Any]]:
        """The groups of that title, with people and texts."""
        found = await asyncio.to_thread(self.stack.sandbox.get, "/chats")
        return [
            await asyncio.to_thread(self.stack.sandbox.get, f"/chats/{chat['id']}")
            for chat in found
            if chat["title"] == title
        ]

    async def calls(self, chat_id: int) -> list[dict[str, Any]]:
        """All calls that the group ever had."""
        found = await asyncio.to_thread(self.stack.sandbox.get, "/calls")
        return [call for call in found if call["chat_id"] == chat_id]
