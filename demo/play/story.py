"""The story: one classroom from its import to the report of its first lesson.

Each part checks what people would look at: the group on a phone, the record in Odoo.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telethon import errors, types

from .expect import Window, differences, expected
from .phones import Phone, PlayError, Server, until
from .school import School, Telegram
from .timeline import Timeline

ROSTER = Path(__file__).resolve().parents[1] / "roster.csv"
TITLE = "Mathématiques 3e A"
LESSON = "Théorème de Thalès"
REPORT = f"Présences : {LESSON}"  # how the report begins in French
NEW_TITLE = "Maths 3e A — groupe"
TEACHER_RIGHTS = ("manage_call", "pin_messages", "invite_users", "delete_messages")
SUPERVISOR_RIGHTS = (*TEACHER_RIGHTS, "change_info", "ban_users")


@dataclass(frozen=True, kw_only=True)
class Times:
    """The lesson's clock, shortened (seconds). The product's defaults are minutes."""

    ahead: int = 14  # from planning to the start
    length: int = 40
    remind: int = 9
    open: int = 6
    grace: int = 0  # those who play hang up only when the call is closed
    late: int = 7
    early: int = 7
    bridge: int = 4


@dataclass
class Cast:
    """The players: phones by role; `part` is what a student does in the lesson."""

    students: list[Phone] = field(default_factory=list)
    teachers: list[Phone] = field(default_factory=list)
    supervisors: list[Phone] = field(default_factory=list)
    partner_ids: dict[str, int] = field(default_factory=dict)  # by phone number
    stranger: Phone | None = None

    @property
    def everybody(self) -> list[Phone]:
        """Everyone of the roster, teachers first."""
        return [*self.teachers, *self.supervisors, *self.students]

    @property
    def phones(self) -> list[Phone]:
        """Every phone that is switched on."""
        return [*self.everybody, *([self.stranger] if self.stranger else [])]


class Story:
    """Plays the parts in order; `close()` switches the phones off whatever happened."""

    def __init__(self, school: School, telegram: Telegram, timeline: Timeline, times: Times):
        self.school, self.telegram, self.timeline, self.times = school, telegram, timeline, times
        self.server: Server = telegram.server
        self.cast = Cast()
        self.classroom_id = 0
        self.lesson_id = 0

    async def play(self, *, is_imported: bool = False) -> bool:
        """All six parts; without the first when the roster is there already. True when every step
        agreed; stops at the first that makes no sense to go on from."""
        try:
            if not is_imported:
                await self.import_roster()
            self.classroom_id = await self.school.classroom(TITLE)
            await self.school.shorten(self.classroom_id, self.times)
            await self.link_and_join()
            await self.changes_in_odoo()
            await self.changes_in_telegram()
            await self.lesson()
        except PlayError as error:
            self.timeline.check(str(error), False)
        finally:
            await self.close()
        return self.timeline.close()

    async def close(self) -> None:
        """Switch every phone off."""
        await asyncio.gather(*(phone.switch_off() for phone in self.cast.phones))

    async def _phone(self, name: str, number: str) -> Phone:
        """Buy a phone for a person: the number exists on Telegram from now on."""
        await self.telegram.new_user(name, number)
        phone = Phone(name, number, self.server, self.telegram.code)
        await phone.switch_on()
        return phone

    # --- 1 -----------------------------------------------------------------------------------

    async def import_roster(self) -> None:
        """The import wizard takes demo/roster.csv twice."""
        line = self.timeline
        line.heading("1. The roster is imported")
        content = base64.b64encode(ROSTER.read_bytes()).decode()
        first = await self.school.import_roster(content, ROSTER.name)
        line.check(
            f"{len(first.good)} people imported, {len(first.refused)} rows refused",
            (len(first.good), len(first.refused)) == (27, 2),
            first.refused,
        )
        for reason in first.refused:
            line.note(f"refused: {reason}")
        again = await self.school.import_roster(content, ROSTER.name)
        line.check(
            "imported again: people are updated by their number, none is doubled",
            (len(again.good), again.created) == (27, 0),
            [f"{again.created} created"],
        )

    # --- 2 -----------------------------------------------------------------------------------

    async def link_and_join(self) -> None:
        """The group appears; everybody links by the bot, asks to join and is let in."""
        line, school = self.timeline, self.school
        line.heading("2. The group, and everybody in it")
        with line.measured("the gateway created the group"):
            await until("the group", lambda: school.chat_ready(self.classroom_id), within_s=60)
        for person in await school.people(self.classroom_id):
            phone = await self._phone(person.name, person.number)
            self.cast.partner_ids[phone.number] = person.partner_id
            {
                "student": self.cast.students,
                "teacher": self.cast.teachers,
                "supervisor": self.cast.supervisors,
            }[person.role].append(phone)
        line.note(f"{len(self.cast.everybody)} phones switched on and logged in")
        total = len(self.cast.everybody)
        waiting = 0
        for phone in self.cast.everybody:
            waiting += await self._link_and_ask(phone)
        for phone in self.cast.everybody:
            await phone.find_group(TITLE)
        line.check("everybody asked by the link and was let in by user id", waiting == total)
        teacher = self.cast.teachers[0]

        async def rights_given() -> bool:
            seen = await teacher.people()
            return all(
                self._has_exactly(seen.get(phone.user_id), wanted)
                for phones, wanted in (
                    (self.cast.teachers, TEACHER_RIGHTS),
                    (self.cast.supervisors, SUPERVISOR_RIGHTS),
                )
                for phone in phones
            )

        with line.measured("teachers and supervisor are admins with the rights of their role"):
            await until("admin rights", rights_given)

        async def all_in() -> bool:
            return await school.member_states(self.classroom_id) == {"in": total}

        with line.measured(f"Odoo shows all {total} as in the group"):
            await until("the states in Odoo", all_in)
        for text in await school.state_texts(self.classroom_id):
            line.note(f"Odoo says: {text}")

    async def _link_and_ask(self, phone: Phone) -> bool:
        """Press START on the person's own deep link, take the group's link, ask to join."""
        link = await self.school.deep_link(self.cast.partner_ids[phone.number])
        await phone.start_bot(link)
        return await phone.ask_to_join(await phone.invite_from_bot())

    @staticmethod
    def _has_exactly(participant: object, rights: tuple[str, ...]) -> bool:
        """Return whether the participant is an admin with these rights and no other of the
        school's."""
        if not isinstance(participant, types.ChannelParticipantAdmin):
            return False
        given = participant.admin_rights
        return all(bool(getattr(given, name)) == (name in rights) for name in SUPERVISOR_RIGHTS)

    # --- 3 -----------------------------------------------------------------------------------

    async def changes_in_odoo(self) -> None:
        """One more, one unenrolled, one blocked: the group follows, and says so."""
        line, school = self.timeline, self.school
        line.heading("3. Odoo changes, the group follows")
        teacher = self.cast.teachers[0]
        partner_id = await school.enrol_new(self.classroom_id, "Zoé L'Hermitte", "+33639980199")
        phone = await self._phone("Zoé L'Hermitte", "+33639980199")
        self.cast.partner_ids[phone.number] = partner_id
        await self._link_and_ask(phone)
        await phone.find_group()
        self.cast.students.append(phone)
        line.check("a student enrolled later is in", await phone.is_in_group())
        unenrolled, blocked = self.cast.students[0], self.cast.students[1]
        for who, act, words in (
            (unenrolled, school.unenrol, "unenrolled: out, without a ban"),
            (blocked, school.block, "blocked: out and banned"),
        ):
            await act(self.classroom_id, self.cast.partner_ids[who.number])

            async def is_out(who: Phone = who) -> bool:
                return who.user_id not in await teacher.people()

            with line.measured(f"{who.name} {words}"):
                await until(f"{who.name} out of the group", is_out)
        for needle in ("Zoé L'Hermitte", unenrolled.name, blocked.name):
            with line.measured(f"notice in the group about {needle}"):
                await teacher.wait_text(needle)
        self.cast.students = self.cast.students[2:]

    # --- 4 -----------------------------------------------------------------------------------

    async def changes_in_telegram(self) -> None:
        """A student leaves on the phone, a supervisor changes the title: Odoo follows."""
        line, school = self.timeline, self.school
        line.heading("4. Telegram changes, Odoo follows")
        gone = self.cast.students.pop(0)
        await gone.leave_group()
        with line.measured(f"{gone.name} left on the phone: unenrolled in Odoo"):
            await until(
                "unenrolled in Odoo",
                lambda: school.is_unenrolled(self.classroom_id, self.cast.partner_ids[gone.number]),
            )
        if self.cast.supervisors:
            await self.cast.supervisors[0].edit_title(NEW_TITLE)

            async def renamed() -> bool:
                return await school.classroom_name(self.classroom_id) == NEW_TITLE

            with line.measured("a supervisor changed the title: the classroom is renamed in Odoo"):
                await until("the classroom's new name", renamed)
        else:
            line.note("nobody supervises here: the title is the supervisors', a teacher may not")
            is_refused = False
            try:
                await self.cast.teachers[-1].edit_title(NEW_TITLE)
            except errors.ChatAdminRequiredError:
                is_refused = True
            line.check("Telegram refuses a teacher who changes the title", is_refused)
        self.cast.stranger = await self._phone("Un Inconnu", "+33639980198")
        username = await self.telegram.username(self.cast.stranger.user_id)
        await self.cast.teachers[0].add(username)
        await self.cast.stranger.find_group()

        async def listed() -> bool:
            return (await school.member_states(self.classroom_id)).get("guest") == 1

        with line.measured("a stranger whom a teacher added is listed, to be decided about"):
            await until("the guest in Odoo", listed)

    # --- 5 and 6 -------------------------------------------------------------------------------

    async def lesson(self) -> None:
        """The lesson: reminder, call, joins and leaves, the end, the sheet, the report."""
        line, school, times = self.timeline, self.school, self.times
        line.heading("5. The lesson")
        teacher = self.cast.teachers[0]
        students = self.cast.students
        line.check("22 students are left", len(students) == 22, [str(len(students))])
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=times.ahead)
        window = Window(
            start=start,
            stop=start + timedelta(seconds=times.length),
            bridge=timedelta(seconds=times.bridge),
            late=timedelta(seconds=times.late),
            early=timedelta(seconds=times.early),
        )
        self.lesson_id = await school.plan_lesson(
            self.classroom_id, LESSON, window.start, window.stop
        )
        excused = students[-1]
        knows_excuses = await school.excuse(self.lesson_id, self.cast.partner_ids[excused.number])
        second = await students[2].switch_on()
        await second.client.get_dialogs()
        before = len(await teacher.group_texts())

        async def reminded() -> bool:
            return len(await teacher.group_texts()) > before

        await until("the reminder", reminded, within_s=times.ahead)
        line.check("the reminder is in the group", datetime.now(UTC) < window.start)
        await until("the call", teacher.running_call, within_s=times.ahead)
        early = (window.start - datetime.now(UTC)).total_seconds()
        line.check(f"the call was opened {early:.1f} s before the start", early > 0)
        await self._attend(window)
        await self._after(window, excused if knows_excuses else None)

    def _parts(self, window: Window) -> list[tuple[Phone, list[tuple[float, str, int]]]]:
        """The acts of each part: (seconds after the start, "join" or "leave", device)."""
        length = (window.stop - window.start).total_seconds()
        students = self.cast.students
        whole = [(-2.0, "join", 0)]
        parts: list[tuple[Phone, list[tuple[float, str, int]]]] = [
            (students[0], whole),
            # comes back after a break that is bridged, twice
            (
                students[1],
                [
                    *whole,
                    (10, "leave", 0),
                    (12, "join", 0),
                    (22, "leave", 0),
                    (24, "join", 0),
                ],
            ),
            # goes on with a second device
            (students[2], [*whole, (15, "join", 1), (length - 2, "leave", 1)]),
            *((student, whole) for student in students[3:8]),
            *((student, [(11.0, "join", 0)]) for student in students[8:11]),  # late
            *((student, [*whole, (length - 12, "leave", 0)]) for student in students[11:14]),
            (students[14], [*whole, (12, "leave", 0)]),  # partly there
            (students[15], [(2, "join", 0), (9, "leave", 0), (20, "join", 0), (26, "leave", 0)]),
            (students[16], [*whole, (8, "leave", 0), (30, "join", 0), (36, "leave", 0)]),
            (students[17], [(length - 5, "join", 0)]),  # only at the end
            *((teacher, whole) for teacher in self.cast.teachers),
        ]
        if self.cast.stranger:
            parts.append((self.cast.stranger, [(6, "join", 0), (14, "leave", 0)]))
        return parts

    async def _attend(self, window: Window) -> None:
        """Everybody plays their part against the clock."""

        async def one(phone: Phone, steps: list[tuple[float, str, int]]) -> None:
            for offset, what, device in steps:
                at = window.start + timedelta(seconds=offset)
                await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
                await (phone.join_call if what == "join" else phone.leave_call)(device)

        parts = self._parts(window)
        self.timeline.note(f"{len(parts)} people join and leave the call; four never come")
        outcomes = await asyncio.gather(
            *(one(phone, steps) for phone, steps in parts), return_exceptions=True
        )
        failed = [o for o in outcomes if isinstance(o, BaseException)]
        self.timeline.check(
            "everybody could join and leave as they liked", not failed, map(repr, failed)
        )

    async def _after(self, window: Window, excused: Phone | None) -> None:
        line, school = self.timeline, self.school
        line.heading("6. The end: the sheet and the report")
        teacher = self.cast.teachers[0]

        async def closed() -> bool:
            return await teacher.running_call() is None

        left = (window.stop - datetime.now(UTC)).total_seconds()
        await until("the end of the call", closed, within_s=max(0.0, left) + 20)
        line.check("the call was closed at the end", datetime.now(UTC) >= window.stop)
        with line.measured("the sheet is there"):
            await until("the sheet", lambda: school.sheet_is_final(self.lesson_id), within_s=30)
        sheet = await school.sheet(self.lesson_id)
        for phone in self.cast.students:
            partner_id = self.cast.partner_ids[phone.number]
            wanted = expected(phone.acts, window, excused=phone is excused)
            row = sheet.get(partner_id)
            wrong = differences(row, wanted, window) if row else ["no line"]
            minutes = f"{row['minutes'] * 60:4.0f} s" if row else ""
            line.check(f"{phone.name:<28} {wanted.status:<10} {minutes}", not wrong, wrong)
        guest = self.cast.stranger
        line.check(
            "the sheet has the 22 students, and the stranger is nobody's line",
            sum(row["role"] == "student" for row in sheet.values()) == 22
            and not any(guest and guest.name in row["name"] for row in sheet.values()),
        )
        with line.measured("the report is in the group"):
            report = await teacher.wait_text(REPORT, within_s=20)
        for text in report.splitlines():
            line.note(f"the group reads: {text}")
        line.check("it counts 22 students", "22" in report, [report])
