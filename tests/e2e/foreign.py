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
    """`fs.course` with `fs.personne` as students, one teacher, and nobody who supervises."""

    _classroom = "fs.course"
    _name = "intitule"

    async def fill(self) -> None:
        """The people of demo/roster.csv, as this school keeps people."""
        with ROSTER.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter=";"))[:27]
        course_id = await self.call(
            "fs.course", "create", {"intitule": rows[0]["Classe"], "langue": "fr_FR"}
        )
        for row in rows:
            number = phonenumbers.parse(row["Téléphone"], "FR")
            personne_id = await self._personne(
                row["Nom"],
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
            )
            if row["Matricule"] == "P001":
                await self.call("fs.course", "write", [course_id], {"professeur_id": personne_id})
            elif row["Matricule"].startswith("E"):
                values = {"course_id": course_id, "personne_id": personne_id}
                await self.call("fs.inscription", "create", values)

    async def _personne(self, name: str, mobile: str) -> int:
        return int(await self.call("fs.personne", "create", {"nom": name, "mobile": mobile}))

    async def _partners_of(self, personne_ids: list[int]) -> dict[int, int]:
        """Contacts that the product has made for these people: id of the one → of the other."""
        own = [("res_model", "=", "fs.personne"), ("res_id", "in", personne_ids)]
        found = await self.find("telegram.school.person", own, ["res_id", "partner_id"])
        return {row["res_id"]: int(row["partner_id"][0]) for row in found}

    async def _personne_of(self, partner_id: int) -> int:
        own = [("res_model", "=", "fs.personne"), ("partner_id", "=", partner_id)]
        found = await self.find("telegram.school.person", own, ["res_id"])
        return int(found[0]["res_id"])

    async def people(self, classroom_id: int) -> list[Person]:
        own = [("course_id", "=", classroom_id), ("etat", "=", "valide")]
        rows = await self.find("fs.inscription", own, ["personne_id"])
        roles = {row["personne_id"][0]: "student" for row in rows}
        course = await self.find("fs.course", [("id", "=", classroom_id)], ["professeur_id"])
        roles[course[0]["professeur_id"][0]] = "teacher"
        people = await self.find(
            "fs.personne", [("id", "in", list(roles))], ["nom", "mobile"], order="id"
        )
        partners = await self._partners_of(list(roles))
        return [
            Person(partners[one["id"]], one["nom"], one["mobile"], roles[one["id"]])
            for one in people
        ]

    async def enrol_new(self, classroom_id: int, name: str, number: str) -> int:
        personne_id = await self._personne(name, number)
        values = {"course_id": classroom_id, "personne_id": personne_id}
        await self.call("fs.inscription", "create", values)
        return (await self._partners_of([personne_id]))[personne_id]

    async def _set(self, classroom_id: int, partner_id: int, state: str) -> None:
        personne_id = await self._personne_of(partner_id)
        own = [("course_id", "=", classroom_id), ("personne_id", "=", personne_id)]
        found = await self.find("fs.inscription", own, ["id"])
        await self.call("fs.inscription", "write", [one["id"] for one in found], {"etat": state})

    async def unenrol(self, classroom_id: int, partner_id: int) -> None:
        await self._set(classroom_id, partner_id, "annulee")

    async def block(self, classroom_id: int, partner_id: int) -> None:
        await self._set(classroom_id, partner_id, "exclu")

    async def is_unenrolled(self, classroom_id: int, partner_id: int) -> bool:
        personne_id = await self._personne_of(partner_id)
        own = [("course_id", "=", classroom_id), ("personne_id", "=", personne_id)]
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
            ["personne_id", "resultat", "entree", "sortie", "minutes"],
        )
        teachers = {
            row["professeur_id"][0]
            for row in await self.find("fs.course", [], ["professeur_id"])
            if row["professeur_id"]
        }
        partners = await self._partners_of([row["personne_id"][0] for row in rows])
        return {
            partners[row["personne_id"][0]]: {
                "name": row["personne_id"][1],
                "role": "teacher" if row["personne_id"][0] in teachers else "student",
                "status": row["resultat"],
                "arrived_at": row["entree"],
                "departed_at": row["sortie"],
                "minutes": row["minutes"],
            }
            for row in rows
        }
