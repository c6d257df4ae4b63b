"""Reads both sides as they are now: the school's own records, and Telegram's truth."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from demo.stack.cluster import ODOO_ROLE
from demo.stack.odoo import DATABASE
from demo.stack.stack import Stack

from .rules import INSIDE, Place, Room

_STRENGTH = {"": 0, "out": 1, "student": 2, "teacher": 3, "supervisor": 4, "banned": 5}
# Changes on Telegram; everything else that the school's accounts ask for only looks.
CHANGING = {
    "channels.createChannel",
    "channels.editAdmin",
    "channels.editBanned",
    "channels.editTitle",
    "channels.inviteToChannel",
    "messages.editChatDefaultBannedRights",
    "messages.exportChatInvite",
    "messages.hideChatJoinRequest",
    "messages.sendMessage",
}


@dataclass
class Person:
    """Somebody of a story; `accounts` are their Telegram ids, the one used last in front."""

    name: str
    partner_id: int
    accounts: list[int] = field(default_factory=list)


@dataclass
class Classroom:
    """A room of a story; ids of Odoo and, once its group is there, of Telegram."""

    name: str
    id: int
    chat_id: int = 0
    tg_chat_id: int = 0


class Sides:
    """Looks without touching. Close it at the end."""

    def __init__(self, stack: Stack):
        url = stack.cluster.url(DATABASE, ODOO_ROLE)
        self._db = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        self._http = httpx.Client(base_url=stack.sandbox.control_url, timeout=30)
        accounts = self.rows("SELECT kind, tg_user_id FROM telegram_account ORDER BY id")
        self.ours = {one["kind"]: one["tg_user_id"] for one in accounts}

    def close(self) -> None:
        self._db.close()
        self._http.close()

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of the database."""
        return self._db.execute(query, values).fetchall()

    def telegram(self, path: str, **query: Any) -> Any:
        """The state that the Telegram server's desk shows."""
        answer = self._http.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        """Have the desk do something; what it answers."""
        answer = self._http.post(path, json=body)
        answer.raise_for_status()
        return answer.json()

    def patch(self, path: str, **body: Any) -> None:
        self._http.patch(path, json=body).raise_for_status()

    def clear_faults(self) -> None:
        self._http.delete("/faults").raise_for_status()

    def journal(self) -> int:
        """Number of the last request that anybody made."""
        log = self.telegram("/log")
        return int(log[-1]["number"]) if log else 0

    def changes_since(self, number: int, tg_ids: set[int]) -> list[str]:
        """Calls of the school's accounts that change something in those groups or write to those
        people, made after that one."""
        return [
            request["method"]
            for request in self.telegram("/log", after=number)
            if request["method"] in CHANGING
            and request["user_id"] in self.ours.values()
            and request["chat_id"] in tg_ids
        ]

    def put_out_since(self, tg_chat_id: int, entry_id: int) -> tuple[dict[int, int], int]:
        """Whom the school's bot has put out of the group after that entry of its log (how often,
        by user), and the id of the newest entry."""
        out: dict[int, int] = {}
        for entry in self.telegram(f"/chats/{tg_chat_id}/log"):
            if entry["id"] <= entry_id or entry.get("by") != self.ours["bot"]:
                entry_id = max(entry_id, entry["id"])
                continue
            entry_id = entry["id"]
            if entry["what"] == "ParticipantToggleBan" and entry["after"] == "Banned":
                if entry["before"] != "Left":
                    out[entry["user_id"]] = out.get(entry["user_id"], 0) + 1
        return out, entry_id

    # --- everything about the people of a story ----------------------------------------------

    def places(
        self,
        classrooms: Mapping[str, Classroom],
        people: Mapping[str, Person],
        promoted: Container[tuple[str, str]] = (),
    ) -> dict[tuple[str, str, int], Place]:
        """Every account of every person in every room that has a group, by their names."""
        places = {}
        for name, classroom in classrooms.items():
            if not classroom.tg_chat_id:
                continue
            room, standings = self._room(classroom)
            books, roster = self._books(classroom), self._roster(classroom)
            guests, shown = self._guests(classroom), self._shown(classroom)
            linked = self._linked(people)
            rows = self.rows("SELECT id FROM res_partner WHERE NOT active")
            archived = {row["id"] for row in rows}
            rows = self.rows("SELECT id FROM res_partner WHERE student_blocked")
            # whom the school has blocked is banned in a class that never had them once they come
            come = {row["id"]: "banned" for row in rows if roster.get(row["id"]) == "banned"}
            books = {**come, **books}
            for person in people.values():
                for account in person.accounts:
                    standing, rights = standings.get(account, ("", frozenset()))
                    places[name, person.name, account] = Place(
                        room=room,
                        person=person.name,
                        account=account,
                        is_linked=(person.partner_id, account) in linked,
                        is_archived=person.partner_id in archived,
                        books=books.get(person.partner_id, ""),
                        roster=roster.get(person.partner_id, ""),
                        guest=guests.get(account, ""),
                        standing=standing,
                        rights=rights,
                        shown=shown.get(account, ""),
                        was_promoted=(name, person.name) in promoted,
                        is_inside_otherwise=any(
                            standings.get(other, ("", ""))[0] in INSIDE
                            and (person.partner_id, other) in linked
                            for other in person.accounts
                            if other != account
                        ),
                    )
        return places

    def _room(self, classroom: Classroom) -> tuple[Room, dict[int, tuple[str, frozenset[str]]]]:
        [row] = self.rows(
            "SELECT r.name AS books_name, r.active AND c.is_wanted AS is_active,"
            " c.join_policy, c.leave_policy, c.title_policy, c.archive_policy, c.most_removals,"
            " CASE c.stranger_policy WHEN 'school' THEN o.telegram_strangers"
            " ELSE c.stranger_policy END AS strangers"
            " FROM small_school_classroom r"
            " JOIN telegram_chat c ON c.res_model = 'small_school.classroom' AND c.res_id = r.id"
            " JOIN res_company o ON o.id = c.company_id"
            " WHERE r.id = %s",
            classroom.id,
        )
        chat = self.telegram(f"/chats/{classroom.tg_chat_id}")
        room = Room(
            name=classroom.name,
            is_active=row["is_active"],
            books_name=row["books_name"],
            title=chat["title"],
            join=row["join_policy"],
            leave=row["leave_policy"],
            titles=row["title_policy"],
            archive=row["archive_policy"],
            holds=row["most_removals"] == 0,
            strangers=row["strangers"],
            forbidden=frozenset(chat["forbidden"]),
        )
        standings = {
            person["id"]: (
                person["kind"],
                frozenset(person["rights"] if person["kind"] == "admin" else ()),
            )
            for person in chat["people"]
        }
        for account in chat["requests"]:
            standings.setdefault(account, ("requested", frozenset()))
        return room, standings

    def _books(self, classroom: Classroom) -> dict[int, str]:
        """The school's records: enrolments, assignments, blocks, archived people."""
        rows = self.rows(
            "SELECT e.partner_id, e.state, p.student_blocked, 'student' AS role,"
            " NOT p.active AND p.telegram_archived_at"
            " <= now() AT TIME ZONE 'UTC' - interval '1 hour' AS is_away"
            " FROM small_school_enrolment e JOIN res_partner p ON p.id = e.partner_id"
            " WHERE e.classroom_id = %s"
            " UNION ALL SELECT a.partner_id, 'active', p.student_blocked, a.role,"
            " NOT p.active AND p.telegram_archived_at"
            " <= now() AT TIME ZONE 'UTC' - interval '1 hour'"
            " FROM small_school_assignment a JOIN res_partner p ON p.id = a.partner_id"
            " WHERE a.classroom_id = %s"
            " AND coalesce(a.date_to, 'infinity') >= current_date",
            classroom.id,
            classroom.id,
        )
        books: dict[int, str] = {}
        for row in rows:
            if row["state"] == "blocked":
                says = "banned"
            elif row["student_blocked"]:
                says = "banned"
            elif row["state"] == "ended":
                says = "out"
            elif row["is_away"]:
                says = "out"
            else:
                says = row["role"]
            before = books.get(row["partner_id"], "")
            books[row["partner_id"]] = max(before, says, key=lambda word: _STRENGTH[word])
        return books

    def _roster(self, classroom: Classroom) -> dict[int, str]:
        rows = self.rows(
            "SELECT partner_id, status FROM telegram_roster WHERE chat_id = %s", classroom.chat_id
        )
        return {one["partner_id"]: one["status"] for one in rows}

    def _guests(self, classroom: Classroom) -> dict[int, str]:
        rows = self.rows(
            "SELECT tg_user_id, CASE WHEN by_rule THEN 'rule' ELSE decision END AS decision"
            " FROM telegram_guest WHERE chat_id = %s",
            classroom.chat_id,
        )
        return {row["tg_user_id"]: row["decision"] for row in rows}

    def _shown(self, classroom: Classroom) -> dict[int, str]:
        rows = self.rows(
            "SELECT tg_user_id, state FROM telegram_member"
            " WHERE chat_id = %s AND tg_user_id IS NOT NULL",
            classroom.chat_id,
        )
        return {row["tg_user_id"]: row["state"] or "" for row in rows}

    def _linked(self, people: Mapping[str, Person]) -> set[tuple[int, int]]:
        rows = self.rows(
            "SELECT partner_id, tg_user_id FROM telegram_contact"
            " WHERE state = 'confirmed' AND partner_id = ANY(%s)",
            [person.partner_id for person in people.values()],
        )
        return {(row["partner_id"], row["tg_user_id"]) for row in rows}
