"""The play's questions to Odoo (JSON-RPC as the school's manager) and to the Telegram server's
desk.

Nothing here reaches into tables: every call is one that a screen of the product makes too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx

from .phones import PlayError, Server


class Rpc(Protocol):
    """Odoo's execute_kw as one user."""

    def execute(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a public method of a model."""


@dataclass(frozen=True)
class Person:
    """A person of the classroom, as Odoo knows them; `number` is E.164."""

    partner_id: int
    name: str
    number: str
    role: str


@dataclass(frozen=True)
class Imported:
    """The outcome of one import: names taken, sentences for the rows refused."""

    good: list[str]
    refused: list[str]
    created: int


class Telegram:
    """The desk of the Telegram server: sells SIM cards and shows the codes that they were sent."""

    def __init__(self, server: Server, control_url: str):
        self.server = server
        self._http = httpx.AsyncClient(base_url=control_url, timeout=20)
        self._usernames: dict[int, str] = {}

    async def new_user(self, name: str, number: str) -> None:
        """Make the number a Telegram user with that name."""
        first, _, last = name.partition(" ")
        username = f"p{number.lstrip('+')}"
        answer = await self._http.post(
            "/users",
            json={"first_name": first, "last_name": last, "phone": number, "username": username},
        )
        answer.raise_for_status()
        self._usernames[answer.json()["id"]] = username

    async def username(self, user_id: int) -> str:
        """The public name of a user made here."""
        return self._usernames[user_id]

    async def code(self, number: str) -> str:
        """The login code that the number was sent last."""
        answer = await self._http.get(f"/codes/{number.lstrip('+')}")
        answer.raise_for_status()
        return str(answer.json()["code"])

    async def close(self) -> None:
        """Close the connection to the desk."""
        await self._http.aclose()


class School:
    """Odoo, through the eyes of the school's manager."""

    #: The model of classrooms, and its field for the name.
    _classroom = "small_school.classroom"
    _name = "name"

    def __init__(self, rpc: Rpc):
        self._rpc = rpc

    async def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """One call, off the event loop."""
        return await asyncio.to_thread(self._rpc.execute, model, method, *args, **kwargs)

    async def find(self, model: str, domain: list, fields: list[str], **kwargs: Any) -> list[dict]:
        """search_read, archived records included."""
        return await self.call(
            model,
            "search_read",
            domain,
            fields,
            context={"active_test": False, "lang": "fr_FR"},
            **kwargs,
        )

    async def import_roster(self, content: str, filename: str) -> Imported:
        """Upload, preview, confirm new classrooms, import; see `small_school.import`."""
        wizard_id = await self.call(
            "small_school.import", "create", {"file": content, "filename": filename}
        )
        await self._in_slices("small_school.import", "action_preview", wizard_id)
        await self.call("small_school.import", "write", [wizard_id], {"make_classrooms": True})
        await self._in_slices("small_school.import", "action_import", wizard_id)
        lines = await self.find(
            "small_school.import.line",
            [("wizard_id", "=", wizard_id)],
            ["row", "name", "state", "reason", "action"],
        )
        return Imported(
            good=[row["name"] for row in lines if row["state"] == "done"],
            refused=[
                f"row {row['row']}, {row['name']}: {row['reason']}"
                for row in lines
                if row["state"] != "done"
            ],
            created=sum(row["state"] == "done" and row["action"] == "create" for row in lines),
        )

    async def _in_slices(self, model: str, button: str, wizard_id: int) -> None:
        """Press the button, and ask for the other slices as the form does."""
        await self.call(model, button, [wizard_id])
        own = [("id", "=", wizard_id)]
        while (await self.find(model, own, ["is_working"]))[0]["is_working"]:
            await self.call(model, "action_next", [wizard_id])

    async def classroom(self, name: str) -> int:
        """The id of the classroom of that name."""
        found = await self.find(self._classroom, [(self._name, "=", name)], ["id"])
        if len(found) != 1:
            raise PlayError(f"{len(found)} classrooms are called {name}")
        return found[0]["id"]

    # --- people ------------------------------------------------------------------------------

    async def shorten(self, classroom_id: int, times: Any) -> None:
        """Set the classroom's lead times and thresholds (given in seconds) on its form."""
        minutes = {
            "telegram_reminder_minutes": times.remind,
            "telegram_open_minutes": times.open,
            "telegram_grace_minutes": times.grace,
            "telegram_late_minutes": times.late,
            "telegram_early_minutes": times.early,
        }
        values = {name: seconds / 60 for name, seconds in minutes.items()}
        values["telegram_bridge_seconds"] = times.bridge
        await self.call(self._classroom, "write", [classroom_id], values)

    async def people(self, classroom_id: int) -> list[Person]:
        """Everybody of the classroom with a telephone number, teachers and supervisors too."""
        own = [("classroom_id", "=", classroom_id)]
        enrolled = await self.find(
            "small_school.enrolment", [*own, ("state", "=", "active")], ["partner_id"]
        )
        assigned = await self.find("small_school.assignment", own, ["partner_id", "role"])
        roles = {enrolment["partner_id"][0]: "student" for enrolment in enrolled}
        roles.update({assignment["partner_id"][0]: assignment["role"] for assignment in assigned})
        partners = await self.find(
            "res.partner", [("id", "in", list(roles))], ["name", "mobile"], order="student_number"
        )
        return [
            Person(partner["id"], partner["name"], partner["mobile"], roles[partner["id"]])
            for partner in partners
        ]

    async def deep_link(self, partner_id: int) -> str:
        """A personal link to the bot, as the button on the person's form shows it."""
        wizard_id = await self.call("telegram.link.wizard", "create", {"partner_id": partner_id})
        found = await self.find("telegram.link.wizard", [("id", "=", wizard_id)], ["url"])
        return str(found[0]["url"])

    async def _enrolment(self, classroom_id: int, partner_id: int) -> int:
        own = [("classroom_id", "=", classroom_id), ("partner_id", "=", partner_id)]
        found = await self.find("small_school.enrolment", [*own, ("state", "!=", "ended")], ["id"])
        if not found:
            raise PlayError(f"partner {partner_id} is not enrolled")
        return int(found[0]["id"])

    async def enrol_new(self, classroom_id: int, name: str, number: str) -> int:
        """Enrol a new student. Return the partner's id."""
        values = {"name": name, "mobile": number, "student_number": f"N{number[-4:]}"}
        partner_id = await self.call("res.partner", "create", values)
        await self.call(
            "small_school.enrolment",
            "create",
            {"classroom_id": classroom_id, "partner_id": partner_id},
        )
        return int(partner_id)

    async def unenrol(self, classroom_id: int, partner_id: int) -> None:
        """The button “Unenrol”."""
        enrolment_id = await self._enrolment(classroom_id, partner_id)
        await self.call("small_school.enrolment", "action_unenrol", [enrolment_id])

    async def block(self, classroom_id: int, partner_id: int) -> None:
        """The button “Block”."""
        enrolment_id = await self._enrolment(classroom_id, partner_id)
        await self.call("small_school.enrolment", "action_block", [enrolment_id])

    async def is_unenrolled(self, classroom_id: int, partner_id: int) -> bool:
        """Return whether no enrolment of the student is valid any more."""
        own = [("classroom_id", "=", classroom_id), ("partner_id", "=", partner_id)]
        states = await self.find("small_school.enrolment", own, ["state"])
        return bool(states) and all(one["state"] == "ended" for one in states)

    # --- the group, as Odoo shows it ------------------------------------------------------------

    async def _chat(self, classroom_id: int) -> int | None:
        own = [("id", "=", classroom_id)]
        found = await self.find(self._classroom, own, ["telegram_chat_id"])
        return found[0]["telegram_chat_id"] and int(found[0]["telegram_chat_id"][0])

    async def chat_ready(self, classroom_id: int) -> bool:
        """Return whether the group's form shows its link."""
        own = [("id", "=", await self._chat(classroom_id))]
        found = await self.find("telegram.chat", own, ["invite_link"])
        return bool(found and found[0]["invite_link"])

    async def classroom_name(self, classroom_id: int) -> str:
        """The classroom's name now."""
        found = await self.find(self._classroom, [("id", "=", classroom_id)], [self._name])
        return str(found[0][self._name])

    async def _members(self, classroom_id: int) -> list[dict]:
        own = [("chat_id", "=", await self._chat(classroom_id)), ("is_bot", "=", False)]
        rows = await self.find(
            "telegram.member", own, ["state", "state_text", "partner_id", "seen_role"]
        )
        # the school's own account made the group
        return [row for row in rows if row["seen_role"] != "creator"]

    async def member_states(self, classroom_id: int) -> dict[str, int]:
        """Count the group's people by state."""
        return dict(Counter(one["state"] for one in await self._members(classroom_id)))

    async def state_texts(self, classroom_id: int) -> list[str]:
        """The states in words, with the number of people in each."""
        texts = Counter(one["state_text"] for one in await self._members(classroom_id))
        return [f"{text} ({count})" for text, count in texts.most_common()]

    # --- the lesson ------------------------------------------------------------------------------

    async def plan_lesson(
        self, classroom_id: int, name: str, start: datetime, stop: datetime
    ) -> int:
        """A lesson from `start` to `stop` (aware)."""
        times = {
            key: at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
            for key, at in (("start", start), ("stop", stop))
        }
        values = {"classroom_id": classroom_id, "name": name, **times}
        return int(await self.call("small_school.lesson", "create", values))

    async def excuse(self, lesson_id: int, partner_id: int) -> bool:
        """Prepare the sheet and tick “Excused by the school” on the student's line; False where
        a school knows no excuses."""
        await self.call("small_school.lesson", "action_prepare_sheet", [lesson_id])
        own = [("lesson_id", "=", lesson_id), ("partner_id", "=", partner_id)]
        lines = await self.find("small_school.attendance", own, ["id"])
        values = {"is_excused": True, "excuse_reason": "Rendez-vous médical"}
        await self.call("small_school.attendance", "write", [lines[0]["id"]], values)
        return True

    async def sheet_is_final(self, lesson_id: int) -> bool:
        """Return whether the sheet is no longer a draft."""
        found = await self.find("small_school.lesson", [("id", "=", lesson_id)], ["sheet_state"])
        return bool(found[0]["sheet_state"] != "draft")

    async def sheet(self, lesson_id: int) -> dict[int, dict]:
        """The sheet's lines by partner: name, role, status, arrived_at, departed_at, minutes."""
        rows = await self.find(
            "small_school.attendance",
            [("lesson_id", "=", lesson_id)],
            ["partner_id", "role", "status", "arrived_at", "departed_at", "minutes"],
        )
        return {row["partner_id"][0]: {**row, "name": row["partner_id"][1]} for row in rows}
