"""What a test does in Odoo's place: it writes what Odoo would write, and reads what it would
read."""

from __future__ import annotations

import itertools
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from telegram_gateway.health.report import Report, check_health
from telegram_gateway.settings import Settings
from telegram_sandbox import Sandbox
from telegram_sandbox.world.people import User
from telegram_sandbox.world.world import World

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.people import Person, person
from gateway.tests.harness.school import School

_Found = TypeVar("_Found")
WITHIN_S = 30.0
_PRIORITY = {"open_call": 10, "close_call": 10, "reconcile": 20}
# Of a chat as Odoo's own defaults make it.
_CHAT = {
    "lang": "fr_FR",
    "most_removals": 5,
    "most_removals_percent": 10,
    "archive_policy": "read_only",
    "add_contacts": True,
    "is_reviewed": True,
}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A row of telegram_inbox."""

    id: int
    kind: str
    chat_id: int | None
    payload: dict[str, Any]
    state: str
    occurred_at: datetime


class OdooSide:
    """The part of a `Line` that is about the tables."""

    school: School
    sandbox: Sandbox
    world: World
    account: User
    settings: Settings
    people: list[Person]
    _numbers: itertools.count[int]

    async def until(
        self,
        condition: Callable[[], _Found | Awaitable[_Found]],
        *,
        within_s: float = WITHIN_S,
        what: str = "",
    ) -> _Found:
        """See `Line`."""
        raise NotImplementedError

    def chat(self, name: str = "3e A", **columns: Any) -> Chat:
        """A group that should exist, and the command to look at it. `columns` of telegram_chat."""
        chat_id = self.school.chat(name=name, **{**_CHAT, **columns})
        chat = Chat(chat_id, self.school, self.world)
        self.reconcile(chat)
        return chat

    async def person(
        self,
        name: str,
        chat: Chat | None = None,
        *,
        role: str = "student",
        status: str = "in",
        is_known: bool = True,
        is_linked: bool = True,
        is_contact: bool = False,
    ) -> Person:
        """Somebody with a phone that is switched on.

        With a chat they are on its roster. Not `is_known`: nobody of the school's; not `is_linked`:
        the school does not know the account; `is_contact`: the account and they have each other in
        the address book.
        """
        number = next(self._numbers)
        partner_id = self.school.partner(name) if is_known else None
        new_person = person(
            self.sandbox,
            name,
            f"+3363998{1000 + number}",
            username=f"person_{number}",
            partner_id=partner_id,
        )
        if is_contact:
            new_person.user.contacts.add(self.account.id)
            self.account.contacts.add(new_person.id)
        self.people.append(new_person)
        await new_person.switch_on()
        if partner_id and is_linked:
            self.link(new_person)
        if chat is not None and is_known:
            self.set_roster(chat, new_person, role=role, status=status)
        return new_person

    def link(self, who: Person, state: str = "confirmed") -> None:
        """The school learns whose account it is."""
        assert who.partner_id is not None
        self.school.insert(
            "telegram_contact",
            partner_id=who.partner_id,
            tg_user_id=who.id,
            state=state,
            name=who.user.name,
            username=who.user.username,
        )

    def set_roster(
        self,
        chat: Chat,
        who: Person | Iterable[Person],
        *,
        status: str = "in",
        role: str | None = None,
        reason: str = "",
    ) -> None:
        """Write rows of the roster (`role` None: as it was, else student), and ask for a look."""
        for somebody in [who] if isinstance(who, Person) else who:
            self.school.all(
                "INSERT INTO telegram_roster AS r"
                " (chat_id, partner_id, role, status, reason, since, in_since)"
                " SELECT %s, %s, coalesce(%s, 'student'), s.status, %s, s.at,"
                " CASE s.status WHEN 'in' THEN s.at END"
                " FROM (VALUES (%s, now() AT TIME ZONE 'utc')) AS s (status, at)"
                " ON CONFLICT (chat_id, partner_id) DO UPDATE SET status = EXCLUDED.status,"
                " role = coalesce(%s, r.role), reason = EXCLUDED.reason, since = EXCLUDED.since,"
                " in_since = CASE WHEN r.status = EXCLUDED.status THEN r.in_since"
                " ELSE coalesce(EXCLUDED.in_since, r.in_since) END",
                chat.id,
                somebody.partner_id,
                role,
                reason,
                status,
                role,
            )
        self.reconcile(chat)

    def decide_guest(
        self, chat: Chat, who: Person, decision: str, *, by_rule: bool = False
    ) -> None:
        """A row of telegram_guest: "in", "out", "banned" or "ignored"; and ask for a look. by_rule:
        nobody decided, the school's rule about strangers did."""
        self.school.all(
            "INSERT INTO telegram_guest (chat_id, tg_user_id, decision, by_rule, decided_at)"
            " VALUES (%s, %s, %s, %s, now() AT TIME ZONE 'utc')"
            " ON CONFLICT (chat_id, tg_user_id) DO UPDATE SET decision = EXCLUDED.decision,"
            " by_rule = EXCLUDED.by_rule",
            chat.id,
            who.id,
            decision,
            by_rule,
        )
        self.reconcile(chat)

    def order(
        self,
        kind: str,
        chat: Chat | None = None,
        *,
        due_in_s: float = 0,
        expires_in_s: float | None = None,
        **columns: Any,
    ) -> int:
        """Write a command; its id. `payload`: a dict; `columns` of telegram_outbox."""
        now = datetime.now(UTC).replace(tzinfo=None)
        values = {"priority": _PRIORITY.get(kind, 50), "chat_id": chat.id if chat else None}
        values["due_at"] = now + timedelta(seconds=due_in_s)
        if expires_in_s is not None:
            values["expires_at"] = now + timedelta(seconds=expires_in_s)
        values["payload"] = json.dumps(columns.pop("payload", {}))
        return self.school.command(kind, **{**values, **columns})

    def reconcile(self, chat: Chat, **payload: Any) -> int:
        """Ask for a look at the chat (`check=True`, `retry=True`, `allow_removals="all"`)."""
        return self.order("reconcile", chat, payload=payload)

    def send(self, to: Chat | Person, text: str, **payload: Any) -> int:
        """A message to a group or to one person."""
        payload = {"text": text, **payload}
        if isinstance(to, Chat):
            return self.order("send", to, payload=payload)
        return self.order("send", tg_user_id=to.id, payload=payload)

    def open_call(
        self, chat: Chat, key: str = "lesson", title: str = "Algèbre", **options: Any
    ) -> int:
        """Open the chat's call for a lesson of an hour; `options` of `order`."""
        payload = {"title": title, **options.pop("payload", {})}
        options = {"expires_in_s": 3600, **options}
        return self.order("open_call", chat, key=f"{key}:open", payload=payload, **options)

    def close_call(
        self, chat: Chat, key: str = "lesson", grace_s: float = 0, **options: Any
    ) -> int:
        """Close the call that `open_call` opened with this key."""
        payload = {"open_key": f"{key}:open", "grace_s": grace_s}
        return self.order("close_call", chat, key=f"{key}:close", payload=payload, **options)

    def outcome(self, command_id: int) -> dict[str, Any]:
        """The row of a command, its payload and its result read."""
        row = self.school.one("SELECT * FROM telegram_outbox WHERE id = %s", command_id)
        row["payload"] = json.loads(row["payload"])
        row["result"] = json.loads(row["result"]) if row["result"] else {}
        return row

    async def done(self, command_id: int, *, within_s: float = WITHIN_S) -> dict[str, Any]:
        """Wait until a command is over, whichever way; its outcome."""
        over = ("done", "failed", "expired", "cancelled")
        await self.until(lambda: self.outcome(command_id)["state"] in over, within_s=within_s)
        return self.outcome(command_id)

    def facts(self, *kinds: str, chat: Chat | None = None, state: str | None = None) -> list[Fact]:
        """What Odoo was told, oldest first: of these kinds (all), this chat, in this state."""
        rows = self.school.all(
            "SELECT id, kind, chat_id, payload, state, occurred_at FROM telegram_inbox ORDER BY id"
        )
        facts = [Fact(**{**row, "payload": json.loads(row["payload"])}) for row in rows]
        return [
            fact
            for fact in facts
            if (not kinds or fact.kind in kinds)
            and (chat is None or fact.chat_id == chat.id)
            and state in (None, fact.state)
        ]

    def answer(self, *kinds: str) -> list[Fact]:
        """Mark the new facts (of these kinds) as handled and ask for a look at their chats: Odoo
        does so once it has changed its roster, which is the test's affair. Those facts."""
        facts = self.facts(*kinds, state="new")
        self.school.all(
            "UPDATE telegram_inbox SET state = 'done', handled_at = now() AT TIME ZONE 'utc'"
            " WHERE id = ANY(%s)",
            [fact.id for fact in facts],
        )
        for chat_id in {fact.chat_id for fact in facts if fact.chat_id is not None}:
            self.reconcile(Chat(chat_id, self.school, self.world))
        return facts

    def pause(self, chat: Chat | None = None) -> None:
        """Somebody pauses a chat, or everything."""
        now = datetime.now(UTC).replace(tzinfo=None)
        chat_id = chat.id if chat else None
        self.school.insert("telegram_pause", pool="main", chat_id=chat_id, paused_at=now)

    def resume(self) -> None:
        """Take every pause away."""
        self.school.all("DELETE FROM telegram_pause")
        for row in self.school.all("SELECT id FROM telegram_chat"):
            self.reconcile(Chat(row["id"], self.school, self.world))

    def health(self, *codes: str) -> list[dict[str, Any]]:
        """The lines of the view telegram_health (with these codes), `facts` read."""
        rows = self.school.all("SELECT * FROM telegram_health")
        for row in rows:
            row["facts"] = json.loads(row["facts"]) if row["facts"] else {}
        return [row for row in rows if not codes or row["code"] in codes]

    async def health_report(self) -> Report:
        """What `telegram-gateway check` says: `text`, `json`, `exit_code`."""
        return await check_health(self.settings)

    def account_row(self, kind: str) -> dict[str, Any]:
        """The row of telegram_account; of several logins the latest."""
        query = "SELECT * FROM telegram_account WHERE kind = %s ORDER BY id"
        return self.school.all(query, kind)[-1]

    def process_row(self, process_name: str = "gateway-1") -> dict[str, Any]:
        """The row of telegram_process; empty without one."""
        rows = self.school.all("SELECT * FROM telegram_process WHERE process = %s", process_name)
        return rows[0] if rows else {}

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table ("telegram_limit", "telegram_removal", …), oldest first."""
        return self.school.all(f"SELECT * FROM {table} ORDER BY id")
