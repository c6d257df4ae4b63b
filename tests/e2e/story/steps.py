"""The steps that a story is made of: what the school does, what people do on Telegram, and trouble.

A step returns None when it happened, "" when it makes no sense now, else why it was refused.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from demo.stack.stack import Stack

from . import rules
from .rules import Causes, Place
from .sides import Classroom, Person, Sides

SUPERVISOR = "Sam"
NUMBERS = count(1)
Expected = Callable[[Place, Place], str]


class Steps:
    """One method for each; what may come of it is noted for the next comparison."""

    def __init__(self, stack: Stack):
        self.stack = stack
        self.sides = Sides(stack)
        self._rpc = stack.odoo.rpc()
        self.classrooms: dict[str, Classroom] = {}
        self.people: dict[str, Person] = {}
        # since the last rest:
        self.causes = Causes()
        self._touched: dict[tuple[str, str], list[Expected | None]] = {}
        self._came_where_removed: set[str] = set()  # rooms that may remove who comes
        self._where: dict[tuple[str, int], str] = {}  # standings of accounts, where known
        self._relinked: set[str] = set()  # people whose accounts were linked, or decided about
        # in this story:
        self._promoted: set[tuple[str, str]] = set()  # whose rights the owner changed by hand

    def odoo(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """One call of Odoo as the manager."""
        return self._rpc.execute(model, method, *args, **kwargs)

    def _new_account(self, person: Person) -> None:
        number = next(NUMBERS)
        user = self.sides.post(
            "/users", first_name=f"{person.name} {number}", username=f"histoire_{number}"
        )
        person.accounts.insert(0, user["id"])

    def _touch(self, room: str, person: str, expected: Any = None, **causes: bool) -> None:
        """Something happens to the person in the room; `causes`: out, ban, unenrol."""
        self._touched.setdefault((room, person), []).append(expected)
        for name in causes:
            getattr(self.causes, name).add((room, person))

    def _touch_everywhere(self, person: str, **causes: bool) -> None:
        for room in self.classrooms:
            self._touch(room, person, **causes)

    def _places(self) -> dict[tuple[str, str, int], Place]:
        return self.sides.places(self.classrooms, self.people, self._promoted)

    # The school

    def _enrol(self, room: str, person: str) -> str | None:
        self._touch(room, person)
        values = {
            "classroom_id": self.classrooms[room].id,
            "partner_id": self.people[person].partner_id,
        }
        self.odoo("small_school.enrolment", "create", values)
        return None

    def _enrol_everywhere(self, person: str) -> None:
        self._touch_everywhere(person)
        partner_id = self.people[person].partner_id
        rooms = [classroom.id for classroom in self.classrooms.values()]
        self.odoo(
            "small_school.enrolment",
            "create",
            [{"classroom_id": room, "partner_id": partner_id} for room in rooms],
        )

    def _enrolments(self, room: str, person: str, *states: str) -> list[int]:
        rows = self.sides.rows(
            "SELECT id FROM small_school_enrolment WHERE classroom_id = %s AND partner_id = %s"
            " AND state = ANY(%s) ORDER BY id",
            self.classrooms[room].id,
            self.people[person].partner_id,
            list(states),
        )
        return [row["id"] for row in rows]

    def _change_enrolment(self, room: str, person: str, state: str, button: str) -> str | None:
        found = self._enrolments(room, person, state)
        if not found:
            return ""
        self.odoo("small_school.enrolment", button, found[-1:])
        return None

    def _unenrol(self, room: str, person: str) -> str | None:
        self._touch(room, person, out=True, unenrol=True)
        return self._change_enrolment(room, person, "active", "action_unenrol")

    def _block(self, room: str, person: str) -> str | None:
        self._touch(room, person, ban=True)
        return self._change_enrolment(room, person, "active", "action_block")

    def _unblock(self, room: str, person: str) -> str | None:
        self._touch(room, person)
        return self._change_enrolment(room, person, "blocked", "action_unblock")

    def _enrol_again(self, room: str, person: str) -> str | None:
        self._touch(room, person)
        return self._change_enrolment(room, person, "ended", "action_enrol_again")

    def _block_everywhere(self, person: str, is_blocked: bool) -> None:
        self._touch_everywhere(person, ban=True)
        values = {"student_blocked": is_blocked}
        self.odoo("res.partner", "write", [self.people[person].partner_id], values)

    def _archive_person(self, person: str, is_archived: bool) -> None:
        # out while the contact is archived, as if unenrolled
        self._touch_everywhere(person, out=True, unenrol=True)
        partner_id = self.people[person].partner_id
        self.odoo("res.partner", "write", [partner_id], {"active": not is_archived})
        if is_archived:  # an hour goes by
            hour_ago = (datetime.now(UTC) - timedelta(hours=1, minutes=1)).strftime("%F %T")
            values = {"telegram_archived_at": hour_ago}
            self.odoo("res.partner", "write", [partner_id], values)
            [cron] = self.sides.rows(
                "SELECT res_id FROM ir_model_data WHERE module = 'telegram_school'"
                " AND name = 'cron_archived'"
            )
            self.odoo("ir.cron", "method_direct_trigger", [cron["res_id"]])

    def _assign(self, room: str, person: str, role: str) -> None:
        self._touch(room, person)
        values = {
            "classroom_id": self.classrooms[room].id,
            "partner_id": self.people[person].partner_id,
            "role": role,
            "date_from": "2020-01-01",
        }
        self.odoo("small_school.assignment", "create", values)

    def _end_assignment(self, room: str, person: str) -> str | None:
        rows = self.sides.rows(
            "SELECT id FROM small_school_assignment WHERE classroom_id = %s AND partner_id = %s"
            " AND coalesce(date_to, 'infinity') >= current_date",
            self.classrooms[room].id,
            self.people[person].partner_id,
        )
        if not rows:
            return ""
        self._touch(room, person, out=True, unenrol=True)
        if len(rows) % 2:
            self.odoo(
                "small_school.assignment", "write", [rows[0]["id"]], {"date_to": "2020-01-02"}
            )
        else:
            self.odoo("small_school.assignment", "unlink", [rows[0]["id"]])
        return None

    def _archive_room(self, room: str, is_archived: bool) -> None:
        for person in self.people:
            self._touch(room, person, out=True)
        values = {"active": not is_archived}
        self.odoo("small_school.classroom", "write", [self.classrooms[room].id], values)

    def _rename(self, room: str) -> None:
        values = {"name": f"Salle {room} bis {next(NUMBERS)}"}
        self.odoo("small_school.classroom", "write", [self.classrooms[room].id], values)

    def _policy(self, room: str, field: str, value: str) -> str | None:
        if not self._is_active(room):
            return ""
        for person in self.people:
            self._touch(room, person)
        values = {f"telegram_{field}_policy": value}
        self.odoo("small_school.classroom", "write", [self.classrooms[room].id], values)
        return None

    def _is_active(self, room: str) -> bool:
        query = "SELECT active FROM small_school_classroom WHERE id = %s"
        return bool(self.sides.rows(query, self.classrooms[room].id)[0]["active"])

    def _hold_removals(self, room: str, is_held: bool) -> None:
        values = {
            "most_removals": 0 if is_held else 5,
            "most_removals_percent": 0 if is_held else 10,
        }
        self.odoo("telegram.chat", "write", [self.classrooms[room].chat_id], values)

    def _allow_removals(self, room: str) -> None:
        self.odoo("telegram.chat", "action_allow_removals", [self.classrooms[room].chat_id])

    def _decide(self, room: str, person: str, button: str) -> str | None:
        rows = self.sides.rows(
            "SELECT id FROM telegram_member WHERE chat_id = %s AND tg_user_id = ANY(%s)"
            " AND state IN ('guest', 'requested') AND partner_id IS NULL",
            self.classrooms[room].chat_id,
            self.people[person].accounts,
        )
        if not rows:
            return ""
        self._relinked.add(person)
        self._touch(room, person, out=True, ban=True)
        self.odoo("telegram.member", f"action_{button}", [row["id"] for row in rows])
        return None

    def _link(self, person: str) -> None:
        # an account of theirs that was linked before leaves where they have this one
        self._touch_everywhere(person, out=True)
        self._relinked.add(person)
        who = self.people[person]
        address = self.odoo("res.partner", "telegram_link_url", [who.partner_id])
        self._phone(who.accounts[0], "open", link=address)

    def _link_another(self, person: str) -> str | None:
        if len(self.people[person].accounts) > 1:
            return ""
        self._new_account(self.people[person])
        self._link(person)
        return None

    def _unlink(self, person: str, which: int) -> str | None:
        who = self.people[person]
        rows = self.sides.rows(
            "SELECT id FROM telegram_contact WHERE partner_id = %s AND tg_user_id = %s"
            " AND state = 'confirmed'",
            who.partner_id,
            who.accounts[which % len(who.accounts)],
        )
        if not rows:
            return ""
        # an old identity leaves where the person has another one
        is_old = len(who.accounts) > 1
        self._touch_everywhere(person, **({"out": True} if is_old else {}))
        self._relinked.add(person)
        self.odoo("telegram.contact", "action_revoke", [row["id"] for row in rows])
        return None

    # Telegram

    def _phone(self, account: int, action: str, **body: Any) -> str | None:
        """What a hand does with a phone; Telegram's refusal, if it refuses."""
        refused = self.sides.post(f"/phones/{account}/{action}", **body)["refused"]
        if refused in ("INVITE_REQUEST_SENT", "CHAT_UNKNOWN"):
            return None if refused == "INVITE_REQUEST_SENT" else ""
        return refused

    def _account(self, person: str, which: int) -> int:
        accounts = self.people[person].accounts
        return accounts[which % len(accounts)]

    def _done(self, room: str, person: str, which: int, refused: str | None) -> str | None:
        """Note where an account that the school does not know was left."""
        if refused is None:
            chat = self.sides.telegram(f"/chats/{self.classrooms[room].tg_chat_id}")
            account = self._account(person, which)
            standing = "requested" if account in chat["requests"] else ""
            for member in chat["people"]:
                standing = member["kind"] if member["id"] == account else standing
            self._where[room, account] = standing
        return refused

    def _came(self, room: str, person: str) -> None:
        is_out = room in self._came_where_removed or self._policy_of(room) == "remove"
        self._touch(room, person, rules.after_coming, **({"out": True} if is_out else {}))

    def _policy_of(self, room: str) -> str:
        query = "SELECT join_policy FROM telegram_chat WHERE id = %s"
        return str(self.sides.rows(query, self.classrooms[room].chat_id)[0]["join_policy"])

    def _links(self, room: str) -> list[str]:
        return list(self.sides.telegram(f"/chats/{self.classrooms[room].tg_chat_id}")["links"])

    def _ask(self, room: str, person: str, which: int) -> str | None:
        """By the link that the bot gives out: the request waits for an answer."""
        self._came(room, person)
        refused = self._phone(self._account(person, which), "open", link=self._links(room)[-1])
        return self._done(room, person, which, refused)

    def _join(self, room: str, person: str, which: int) -> str | None:
        """By the group's own first link, which lets in whoever has it."""
        # a stranger is put out, by a rule that no longer holds once somebody lets them in
        self._touch(room, person, rules.after_a_link, out=True)
        refused = self._phone(self._account(person, which), "open", link=self._links(room)[0])
        return self._done(room, person, which, refused)

    def _leave(self, room: str, person: str, which: int) -> str | None:
        chat = self.classrooms[room].tg_chat_id
        refused = self._phone(self._account(person, which), "leave", chat=chat)
        if refused is None:
            self._touch(room, person, rules.after_leaving, unenrol=True, out=True)
        return self._done(room, person, which, refused)

    def _by_admin(self, action: str, room: str, person: str, which: int, **more: Any) -> str | None:
        """The supervisor does it on the phone; without the right, it is refused."""
        admin = self.people[SUPERVISOR].accounts[0]
        body = {"chat": self.classrooms[room].tg_chat_id, "user": self._account(person, which)}
        return self._done(room, person, which, self._phone(admin, action, **body, **more))

    def _add(self, room: str, person: str, which: int) -> str | None:
        self._came(room, person)
        return self._by_admin("add", room, person, which)

    def _remove(self, room: str, person: str, which: int) -> str | None:
        self._touch(room, person, rules.after_leaving, unenrol=True, out=True)
        return self._by_admin("remove", room, person, which)

    def _ban(self, room: str, person: str, which: int) -> str | None:
        self._touch(room, person, rules.after_leaving, unenrol=True, out=True)
        return self._by_admin("ban", room, person, which)

    def _lift_ban(self, room: str, person: str, which: int) -> str | None:
        self._touch(room, person)
        return self._by_admin("lift_ban", room, person, which)

    def _promote(self, room: str, person: str, which: int, rights: tuple[str, ...]) -> str | None:
        """By the owner of the group, who alone may: the school's account, on somebody's phone."""
        chat = self.classrooms[room].tg_chat_id
        account = self._account(person, which)
        places = self._places()
        if not places[room, person, account].is_inside:
            return ""
        self._touch(room, person)
        self._promoted.add((room, person))
        body = {"chat": chat, "user": account, "rights": list(rights)}
        refused = self._phone(self.sides.ours["user"], "promote", **body)
        return self._done(room, person, which, refused)

    def _retitle(self, room: str) -> str | None:
        body = {"chat": self.classrooms[room].tg_chat_id, "title": f"Bande {next(NUMBERS)}"}
        return self._phone(self.people[SUPERVISOR].accounts[0], "rename", **body)

    def _other_name(self, person: str) -> None:
        number = next(NUMBERS)
        body = {"first_name": f"{person} {number}", "username": f"nouveau_{number}"}
        self.sides.patch(f"/users/{self.people[person].accounts[0]}", **body)

    # Trouble

    def _fault(self, kind: str, method: str, skip: int) -> None:
        bot = self.sides.ours["bot"]
        body: dict[str, Any] = {"kind": kind, "method": method, "user": bot, "skip": skip}
        if kind == "flood_wait":
            body |= {"kind": "error", "code": 420, "message": "FLOOD_WAIT_1"}
        self.sides.post("/faults", **body)

    def _update(self, kind: str, update: str, skip: int) -> None:
        body: dict[str, Any] = {"kind": kind, "method": update, "skip": skip}
        if kind == "hold_push":
            body["times"] = 2
        self.sides.post("/faults", **body, user=self.sides.ours["bot"])

    def _release(self) -> None:
        """What was held comes now, after newer updates; no fault is waited for any more."""
        self.sides.clear_faults()

    def _cut(self) -> str | None:
        return None if self._drop_line() else ""

    def _drop_line(self) -> bool:
        """Return whether the bot had a connection that could be cut."""
        return bool(self.sides.post("/connections/drop", user=self.sides.ours["bot"])["dropped"])

    def _kill(self, point: str) -> str | None:
        """SIGKILL and a new start: now, or when it comes to that point between an effect and
        its record."""
        gateway = self.stack.gateway
        if not gateway.is_running:
            return ""
        gateway.kill()
        gateway.start(crash_at=point)
        return None

    def _stop_gateway(self) -> str | None:
        if not self.stack.gateway.is_running:
            return ""
        self.stack.gateway.stop()
        return None

    def _start_gateway(self) -> str | None:
        if self.stack.gateway.is_running:
            return ""
        self.stack.gateway.start()
        return None

    def _doorbell(self, is_there: bool) -> None:
        """Return whether Odoo lets the gateway ring."""
        group = self.sides.rows(
            "SELECT res_id FROM ir_model_data WHERE module = 'telegram_base'"
            " AND name = 'group_doorbell'"
        )[0]["res_id"]
        [user] = self.sides.rows("SELECT id FROM res_users WHERE login = 'doorbell'")
        values = {"groups_id": [(4 if is_there else 3, group)]}
        self.odoo("res.users", "write", [user["id"]], values)
