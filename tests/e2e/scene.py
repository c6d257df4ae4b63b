"""Classrooms and people of a test, made through Odoo's own doors and by phones over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from demo.play.phones import Phone, Server, until
from demo.play.school import School, Telegram
from demo.stack.stack import ACCOUNT_PHONE, Stack

_Found = TypeVar("_Found")
_NUMBERS = count(1)


@dataclass
class Room:
    """A classroom and its people's phones, by partner."""

    id: int
    name: str
    students: dict[int, Phone] = field(default_factory=dict)
    teachers: dict[int, Phone] = field(default_factory=dict)
    supervisors: dict[int, Phone] = field(default_factory=dict)
    tg_chat_id: int = 0  # once it was asked for

    @property
    def phones(self) -> dict[int, Phone]:
        """Everybody's."""
        return {**self.teachers, **self.supervisors, **self.students}


class Scene:
    """Everything that a test plays with; `close()` switches all phones off."""

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
        room = Room(int(await self.call("small_school.classroom", "create", {"name": name})), name)
        own = {"classroom_id": room.id}
        people = [("teacher", f"Prof {name}")]
        people += [("student", f"Élève {number} {name}") for number in range(1, students + 1)]
        for role, person in people:
            partner_id, number = await self.partner(person)
            if role == "teacher":
                values = {**own, "partner_id": partner_id, "role": "teacher"}
                await self.call("small_school.assignment", "create", values)
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
        return int(await self.call("small_school.enrolment", "create", values))

    async def ready(self, room: Room, *, within_s: float = 60.0) -> None:
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

    async def linked(self, name: str) -> tuple[int, Phone]:
        """Somebody whom the school knows, who has linked Telegram and is enrolled nowhere."""
        partner_id, number = await self.partner(name)
        phone = await self.phone(name, number)
        await self.link(partner_id, phone)
        domain = [("partner_id", "=", partner_id), ("state", "=", "confirmed")]
        await self.until(
            f"{name} is linked", lambda: self.school.find("telegram.contact", domain, ["id"])
        )
        return partner_id, phone

    async def supervisor(self, room: Room) -> Phone:
        """A supervisor with a user of Odoo, whom activities can reach; in the group, its admin."""
        partner_id, name, number = await self.supervisor_of(room)
        phone = await self.phone(name, number)
        await self.join(room, partner_id, phone)
        room.supervisors[partner_id] = phone
        await self.all_in(room)
        return phone

    async def supervisor_of(self, room: Room) -> tuple[int, str, str]:
        """The same without Telegram: partner, name, number."""
        name = f"Surveillante {room.name}"
        partner_id, number = await self.partner(name)
        values = {
            "partner_id": partner_id,
            "login": f"s{partner_id}",
            "groups_id": [(6, 0, [await self._group("small_school", "group_supervisor")])],
        }
        context = {"no_reset_password": True}
        await self.call("res.users", "create", values, context=context)
        values = {"classroom_id": room.id, "partner_id": partner_id, "role": "supervisor"}
        await self.call("small_school.assignment", "create", values)
        return partner_id, name, number

    async def _group(self, module: str, name: str) -> int:
        domain = [("module", "=", module), ("name", "=", name)]
        [found] = await self.school.find("ir.model.data", domain, ["res_id"])
        return int(found["res_id"])

    async def account(self, room: Room) -> Phone:
        """The school's own account in a person's hand: the group's owner, on another telephone."""
        phone = Phone("École Démo", ACCOUNT_PHONE, self.server, self.telegram.code)
        await phone.switch_on()
        self._phones.append(phone)
        await phone.find_group(room.name)
        return phone

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
        self, what: str, look: Callable[[], Awaitable[_Found | None]], *, within_s: float = 60.0
    ) -> _Found:
        """Wait for a condition."""
        return await until(what, look, within_s=within_s)

    async def lesson(self, room: Room, *, ahead_s: float, length_s: float, **times: float) -> Any:
        """Plan a lesson; `times`: remind, open (seconds before), grace (seconds after). Its id and
        start."""
        minutes = {
            "telegram_reminder_minutes": times.get("remind", 0.0) / 60,
            "telegram_open_minutes": times.get("open", 0.0) / 60,
            "telegram_grace_minutes": times.get("grace", 0.0) / 60,
            "telegram_late_minutes": times.get("late", 600.0) / 60,
            "telegram_early_minutes": times.get("early", 600.0) / 60,
            "telegram_bridge_seconds": 2,
        }
        await self.call("small_school.classroom", "write", [room.id], minutes)
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=ahead_s)
        stop = start + timedelta(seconds=length_s)
        return await self.school.plan_lesson(room.id, f"Cours {room.name}", start, stop), start

    # What Odoo shows

    async def chat_id(self, room: Room) -> int:
        """The telegram.chat of the classroom."""
        own = [("id", "=", room.id)]
        [found] = await self.school.find("small_school.classroom", own, ["telegram_chat_id"])
        return int(found["telegram_chat_id"][0])

    async def page(self, lesson_id: int, model: str = "small_school.lesson") -> int:
        """The telegram.lesson whose page the lesson's button opens."""
        action = await self.call(model, "action_telegram_lesson", [lesson_id])
        return int(action["res_id"])

    async def shown_on_page(self, lesson_id: int, field_name: str) -> Any:
        """What the lesson's page shows."""
        own = [("id", "=", await self.page(lesson_id))]
        [found] = await self.school.find("telegram.lesson", own, [field_name])
        return found[field_name]

    def form(self, model: str, number: int) -> str:
        """The address of a form."""
        return f"{self.stack.odoo.url}/web#id={number}&model={model}&view_type=form"

    async def state_text(self, room: Room) -> str:
        """The group's state on the classroom's form, in French."""
        own = [("id", "=", room.id)]
        [found] = await self.school.find("small_school.classroom", own, ["telegram_state_text"])
        return str(found["telegram_state_text"])

    async def member(self, room: Room, phone: Phone) -> dict[str, Any] | None:
        """The phone's account in the classroom's group, as Odoo shows it."""
        own = [("chat_id", "=", await self.chat_id(room)), ("tg_user_id", "=", phone.user_id)]
        fields = ["state", "state_text", "error_code", "name", "username", "wanted_status"]
        found = await self.school.find("telegram.member", own, fields)
        return found[0] if found else None

    async def shown(self, room: Room, phone: Phone, *states: str | bool) -> dict[str, Any]:
        """Wait until Odoo shows the account in one of these states."""

        async def look() -> dict[str, Any] | None:
            member = await self.member(room, phone)
            return member if member and member["state"] in states else None

        return await self.until(f"{phone.name} is shown as {' or '.join(map(str, states))}", look)

    async def enrolments(self, room: Room, partner_id: int) -> list[str]:
        """States of the person's enrolments in the classroom, oldest first."""
        own = [("classroom_id", "=", room.id), ("partner_id", "=", partner_id)]
        found = await self.school.find("small_school.enrolment", own, ["state"], order="id")
        return [one["state"] for one in found]

    async def activities(self, room: Room) -> list[str]:
        """The activities about the classroom."""
        own = [("res_model", "=", "small_school.classroom"), ("res_id", "=", room.id)]
        return [one["note"] for one in await self.school.find("mail.activity", own, ["note"])]

    async def history(self, room: Room) -> list[str]:
        """The sentences of the classroom's history."""
        own = [("model", "=", "small_school.classroom"), ("res_id", "=", room.id)]
        return [one["body"] for one in await self.school.find("mail.message", own, ["body"])]

    async def says(
        self, look: Callable[[Room], Awaitable[list[str]]], room: Room, *words: str
    ) -> str:
        """Wait until one of the sentences has all the words."""

        async def found() -> str | None:
            texts = await look(room)
            return next((text for text in texts if all(one in text for one in words)), None)

        return await self.until(f"Odoo says: {' … '.join(words)}", found)

    async def is_quiet(self) -> bool:
        """Return whether nothing is left to be done on Telegram now, or to be handled in Odoo; what
        is to be done at its own time (a lesson's commands), or rests for longer than anybody here
        would wait (a look-up until tomorrow), does not count."""
        now = datetime.now(UTC)
        soon, late = (
            (now + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S") for minutes in (1, 60)
        )
        waiting = [
            ("state", "in", ("pending", "working")),
            ("due_at", "<=", soon),
            "|",
            ("again_at", "=", False),
            ("again_at", "<=", late),
        ]
        left = await self.call("telegram.outbox", "search_count", waiting)
        new = await self.call("telegram.inbox", "search_count", [("state", "=", "new")])
        return not left and not new

    async def quiet(self) -> None:
        """Wait until everything that is to come has come."""
        await self.until("quiet", self.is_quiet)

    async def compare(self, room: Room) -> None:
        """The button “Compare now”."""
        await self.call("telegram.chat", "action_reconcile", [await self.chat_id(room)])

    async def link_of(self, room: Room) -> str:
        """The group's link, as the classroom's form shows it."""
        own = [("id", "=", room.id)]
        [found] = await self.school.find("small_school.classroom", own, ["telegram_invite_link"])
        return str(found["telegram_invite_link"])

    async def policy(self, room: Room, **policies: str) -> None:
        """Choose policies on the classroom's form: join, leave, title, promotion, archive."""
        values = {f"telegram_{name}_policy": value for name, value in policies.items()}
        await self.call("small_school.classroom", "write", [room.id], values)

    # What is true on Telegram, through the desk of its server

    async def chats(self, title: str) -> list[dict[str, Any]]:
        """The groups of that title, with people and texts."""
        chats = await asyncio.to_thread(self.stack.sandbox.get, "/chats")
        return [
            await asyncio.to_thread(self.stack.sandbox.get, f"/chats/{chat['id']}")
            for chat in chats
            if chat["title"] == title
        ]

    async def change_user(self, phone: Phone, **fields: Any) -> None:
        """What somebody does in the settings of Telegram: first_name, username, deleted…"""
        await asyncio.to_thread(self.stack.sandbox.patch, f"/users/{phone.user_id}", **fields)

    @asynccontextmanager
    async def profile(self, **parameters: Any) -> AsyncIterator[None]:
        """A Telegram with these parameters, for a while."""
        sandbox = self.stack.sandbox
        before = await asyncio.to_thread(sandbox.patch, "/profile", **parameters)
        try:
            yield
        finally:
            await asyncio.to_thread(sandbox.patch, "/profile", **before)

    @asynccontextmanager
    async def gateway_away(self) -> AsyncIterator[None]:
        """The gateway is down; what its bot is told meanwhile is never told again, as after
        days."""
        gateway = self.stack.gateway
        await asyncio.to_thread(gateway.stop)
        try:
            yield
        finally:
            await asyncio.to_thread(self.stack.sandbox.post, "/updates/forget")
            await asyncio.to_thread(gateway.start)

    async def requests(self, method: str, room: Room | None = None) -> int:
        """Number of requests of this method so far; about this room's group alone, where given."""
        found = await asyncio.to_thread(self.stack.sandbox.get, f"/log?method={method}")
        chat = (await self.group(room))["id"] if room is not None else None
        return sum(chat in (None, one["chat_id"]) for one in found)

    async def group(self, room: Room) -> dict[str, Any]:
        """The classroom's group, whatever it is called."""
        if not room.tg_chat_id:
            own = [("chat_id", "=", await self.chat_id(room))]
            [row] = await self.school.find("telegram.chat.state", own, ["tg_chat_id"])
            room.tg_chat_id = row["tg_chat_id"]
        return await asyncio.to_thread(self.stack.sandbox.get, f"/chats/{room.tg_chat_id}")

    async def standing(self, room: Room, phone: Phone) -> str:
        """The person's standing in the group: "member", "admin", "banned", or "" when not there."""
        people = (await self.group(room))["people"]
        return next((one["kind"] for one in people if one["id"] == phone.user_id), "")

    async def in_group(self, room: Room) -> dict[int, str]:
        """Standing of each person in the group: "member", "admin", "creator", "banned"…; by
        Telegram id."""
        return {one["id"]: one["kind"] for one in (await self.group(room))["people"]}

    async def stands(self, room: Room, phone: Phone, wanted: str) -> None:
        """Wait until the person is that in the group; "": not there."""
        what = f"{phone.name} in {room.name}: {wanted or 'out'}"
        await self.until(what, lambda: self._is(lambda: self.standing(room, phone), wanted))

    async def rights(self, room: Room, phone: Phone) -> set[str]:
        """The rights that the person has as an administrator of the group."""
        people = (await self.group(room))["people"]
        return next((set(one["rights"]) for one in people if one["id"] == phone.user_id), set())

    async def sent(self, phone: Phone, link: str, *, times: int = 1) -> None:
        """Wait until the bot has sent the person a button with that link so many times."""

        async def look() -> bool:
            buttons = [one for m in phone.messages for row in m.buttons or [] for one in row]
            return sum(one.url == link for one in buttons) >= times

        await self.until(f"{phone.name} gets {link}", look)

    async def notices(self, room: Room, words: str, name: str = "") -> list[str]:
        """The lines in the group that begin with these words and name somebody."""
        texts = (await self.group(room))["texts"]
        lines = [line for text in texts for line in text.splitlines()]
        return [line for line in lines if line.startswith(words) and name in line]

    @asynccontextmanager
    async def waiting_notices(self, seconds: int) -> AsyncIterator[None]:
        """Notices wait so long for further changes meanwhile, as they do at a school."""
        parameter = ("ir.config_parameter", "set_param", "telegram_school.notice_seconds")
        before = await self.call("ir.config_parameter", "get_param", parameter[-1])
        await self.call(*parameter, str(seconds))
        try:
            yield
        finally:
            await self.call(*parameter, before)

    async def settled(self, room: Room) -> None:
        """Wait until everything that Odoo asked for in this group is done, notices too."""
        soon = datetime.now(UTC) + timedelta(minutes=5)
        own = [
            ("chat_id", "=", await self.chat_id(room)),
            ("state", "in", ["pending", "working"]),
            ("due_at", "<=", soon.strftime("%Y-%m-%d %H:%M:%S")),
        ]

        async def done() -> bool:
            return not await self.call("telegram.outbox", "search_count", own)

        await self.until(f"nothing to do in {room.name}", done)

    async def compare_rosters(self) -> None:
        """Run the scheduled action of every hour: dates that have come."""
        await self.cron("cron_rosters")

    async def cron(self, name: str) -> None:
        """Run one of the classrooms' own crons now."""
        domain = [("module", "=", "telegram_school"), ("name", "=", name)]
        [found] = await self.call("ir.model.data", "search_read", domain, ["res_id"])
        await self.call("ir.cron", "method_direct_trigger", [found["res_id"]])

    async def calls(self, chat_id: int) -> list[dict[str, Any]]:
        """All calls that the group ever had."""
        found = await asyncio.to_thread(self.stack.sandbox.get, "/calls")
        return [call for call in found if call["chat_id"] == chat_id]
