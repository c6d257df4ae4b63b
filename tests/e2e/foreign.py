"""The foreign school (tests/addons/foreign_school) as the play sees it: same story, other
models."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import Any

import phonenumbers

from demo.play.school import Person, School
from demo.play.story import ROSTER


class ForeignSchool(School):
    """`fs.course` with `res.users` as students, one teacher, and nobody who supervises."""

    _classroom = "fs.course"
    _name = "intitule"

    async def fill(self) -> None:
        """The people of demo/roster.csv, as users of this school."""
        with ROSTER.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter=";"))[:27]
        course_id = await self.call(
            "fs.course", "create", {"intitule": rows[0]["Classe"], "langue": "fr_FR"}
        )
        for row in rows:
            number = phonenumbers.parse(row["Téléphone"], "FR")
            user_id = await self._user(
                row["Nom"],
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
            )
            if row["Matricule"] == "P001":
                await self.call("fs.course", "write", [course_id], {"professeur_id": user_id})
            elif row["Matricule"].startswith("E"):
                values = {"course_id": course_id, "user_id": user_id}
                await self.call("fs.inscription", "create", values)

    async def _user(self, name: str, mobile: str) -> int:
        values = {"name": name, "login": mobile, "mobile": mobile}
        quietly = {"no_reset_password": True}
        return int(await self.call("res.users", "create", values, context=quietly))

    async def _partner_of(self, user_id: int) -> int:
        found = await self.find("res.users", [("id", "=", user_id)], ["partner_id"])
        return int(found[0]["partner_id"][0])

    async def _user_of(self, partner_id: int) -> int:
        found = await self.find("res.users", [("partner_id", "=", partner_id)], ["id"])
        return int(found[0]["id"])

    async def people(self, classroom_id: int) -> list[Person]:
        own = [("course_id", "=", classroom_id), ("etat", "=", "valide")]
        rows = await self.find("fs.inscription", own, ["user_id"])
        roles = {row["user_id"][0]: "student" for row in rows}
        course = await self.find("fs.course", [("id", "=", classroom_id)], ["professeur_id"])
        roles[course[0]["professeur_id"][0]] = "teacher"
        users = await self.find(
            "res.users", [("id", "in", list(roles))], ["partner_id", "name", "mobile"], order="id"
        )
        return [
            Person(user["partner_id"][0], user["name"], user["mobile"], roles[user["id"]])
            for user in users
        ]

    async def enrol_new(self, classroom_id: int, name: str, number: str) -> int:
        user_id = await self._user(name, number)
        await self.call("fs.inscription", "create", {"course_id": classroom_id, "user_id": user_id})
        return await self._partner_of(user_id)

    async def _set(self, classroom_id: int, partner_id: int, state: str) -> None:
        user_id = await self._user_of(partner_id)
        own = [("course_id", "=", classroom_id), ("user_id", "=", user_id)]
        found = await self.find("fs.inscription", own, ["id"])
        await self.call("fs.inscription", "write", [one["id"] for one in found], {"etat": state})

    async def unenrol(self, classroom_id: int, partner_id: int) -> None:
        await self._set(classroom_id, partner_id, "annulee")

    async def block(self, classroom_id: int, partner_id: int) -> None:
        await self._set(classroom_id, partner_id, "exclu")

    async def is_unenrolled(self, classroom_id: int, partner_id: int) -> bool:
        user_id = await self._user_of(partner_id)
        own = [("course_id", "=", classroom_id), ("user_id", "=", user_id)]
        states = await self.find("fs.inscription", own, ["etat"])
        return all(one["etat"] == "annulee" for one in states)

    async def plan_lesson(
        self, classroom_id: int, name: str, start: datetime, stop: datetime
    ) -> int:
        values = {
            "course_id": classroom_id,
            "sujet": name,
            "debut": start.strftime("%Y-%m-%d %H:%M:%S"),
            "heures": (stop - start).total_seconds() / 3600,
        }
        return int(await self.call("fs.seance", "create", values))

    async def excuse(self, lesson_id: int, partner_id: int) -> bool:
        return False

    async def sheet_is_final(self, lesson_id: int) -> bool:
        found = await self.find("fs.seance", [("id", "=", lesson_id)], ["telegram_sheet_state"])
        return bool(found[0]["telegram_sheet_state"] == "final")

    async def sheet(self, lesson_id: int) -> dict[int, dict[str, Any]]:
        rows = await self.find(
            "fs.pointage",
            [("seance_id", "=", lesson_id)],
            ["user_id", "resultat", "entree", "sortie", "minutes"],
        )
        teachers = {
            row["professeur_id"][0]
            for row in await self.find("fs.course", [], ["professeur_id"])
            if row["professeur_id"]
        }
        return {
            await self._partner_of(row["user_id"][0]): {
                "name": row["user_id"][1],
                "role": "teacher" if row["user_id"][0] in teachers else "student",
                "status": row["resultat"],
                "arrived_at": row["entree"],
                "departed_at": row["sortie"],
                "minutes": row["minutes"],
            }
            for row in rows
        }
