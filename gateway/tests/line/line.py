"""The gateway between real tables and the sandbox, and a test in Odoo's place.

A test has a fixture `line`: the gateway serves already, in the test's own loop, with the settings
of production. Odoo does not run: what it would write, the test writes (`chat`, `enrol`, `order`),
and how it would answer a fact, too (`answer`). The people are unmodified clients.

    async def test_who_asks_is_let_in(line: Line) -> None:
        chat = line.chat("3e A")
        amina = await line.person("Amina", chat)  # on the roster, linked, with a phone
        await line.until(lambda: chat.is_ready)
        await amina.come_in(chat)
        await line.until(lambda: chat.is_known_as(amina, "in"))

        await amina.leave_group()
        await line.until(lambda: line.facts("member_left"))
        line.set_roster(chat, amina, status="out")  # as Odoo decides
        line.answer("member_left")
        await line.until(lambda: chat.is_known_as(amina, "left"))

Trouble is made by `refuse`, `cut`, `faults`, `revoke`; by `stop`, `start`, `restart` and, with the
gateway as a process (`start(process=True)`), by `kill` and `crash_at`. Where a test ends and the
gateway has failed, or has logged an error that the test does not expect (`expect_errors`), or has
asked the sandbox for something that it does not have, the test fails.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import inspect
import itertools
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

import structlog
from telegram_gateway import health
from telegram_gateway.database import accounts as stored
from telegram_gateway.database.connection import Database
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.session import StoredSession
from telegram_sandbox import Sandbox
from telegram_sandbox.faults import Fault, Faults
from telegram_sandbox.wire.server import Noted
from telegram_sandbox.world.people import User
from telegram_sandbox.world.world import World
from telethon.crypto import AuthKey

from gateway.tests.school import School

from .chat import Chat
from .doorbell import DoorbellStub
from .gateway import Entry, Gateway, InLoop, InProcess
from .people import Person, person

_Found = TypeVar("_Found")
_WITHIN_S = 30.0
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


class Line:
    """See the module. `account` and `bot` are the school's own, as the sandbox keeps them."""

    def __init__(self, school: School, sandbox: Sandbox, bell: DoorbellStub, folder: Path) -> None:
        self.school = school
        self.sandbox = sandbox
        self.bell = bell
        self.world: World = sandbox.world
        self.faults: Faults = sandbox.faults
        self.account = self.world.add_user("École", "Démo", phone="+33639980100", lang_code="fr")
        self.bot = self.world.add_bot("École démo", username="ecole_demo_bot")
        self.people: list[Person] = []
        self._folder = folder
        self._numbers = itertools.count(1)
        self._expected_errors: set[str] = set()
        self._log: list[Entry] = []  # of gateways that are gone
        self._gateway: Gateway | None = None
        self._options: dict[str, Any] = {}
        self.settings = self._settings()

    # --- beginning and end -------------------------------------------------------------------

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, school: School, folder: Path) -> AsyncIterator[Self]:
        """Everything but the gateway, which `start` starts. `folder`: for its key and its log."""
        # a statement that waits for the gateway, in whose loop we are, would wait for ever
        school.all("SET lock_timeout = '5s'")
        async with Sandbox(seed="line") as sandbox, DoorbellStub() as bell:
            (folder / "telegram.pem").write_text(sandbox.public_key_pem)
            line = cls(school, sandbox, bell, folder)
            try:
                for kind in ("bot", "user"):
                    await line.log_in(kind)
                yield line
            finally:
                await line._close()

    async def _close(self) -> None:
        try:
            await self.stop()
        finally:
            for one in self.people:
                await one.switch_off()
            structlog.reset_defaults()

    def check(self) -> None:
        """Raises AssertionError for what must not be at the end of a test."""
        self.sandbox.check()
        wrong = [
            entry
            for entry in self.log
            if entry.get("level") in ("error", "critical")
            and entry["event"] not in self._expected_errors
        ]
        assert not wrong, f"errors in the gateway's log: {wrong}"

    def expect_errors(self, *events: str) -> None:
        """Errors of these names in the gateway's log are no failure of this test."""
        self._expected_errors.update(events)

    # --- the gateway -------------------------------------------------------------------------

    def _settings(self, **changed: Any) -> Settings:
        found = {
            "database_url": self.school.gateway_url,
            "session_key": base64.b64encode(os.urandom(32)).decode(),
            "odoo_url": self.bell.url,
            "odoo_database": self.school.name,
            "odoo_login": "doorbell",
            "odoo_password": "doorbell",
            "api_id": 1,
            "api_hash": "sandbox",
            "process_name": "gateway-1",
            "server_host": self.sandbox.host,
            "server_port": self.sandbox.port,
            "server_public_key_file": self._folder / "telegram.pem",
        }
        return Settings(**{**found, **changed})

    async def start(self, *, process: bool = False, is_ready: bool = True, **changed: Any) -> None:
        """Start the gateway. `process`: as one of its own, that can be killed, or dies at the
        checkpoint `crash_at`; `is_ready`: wait until it serves; `changed`: settings by name."""
        assert self._gateway is None, "a gateway runs already"
        self._options = {"process": process, **changed}
        settings = self.settings.model_copy(update=changed)
        if process:
            self._gateway = InProcess(settings, self._folder / "gateway.log")
        else:
            self._gateway = InLoop(settings)
        if is_ready:
            gateway = self._gateway
            await self.until(
                lambda: not gateway.is_running or any(e["event"] == "serving" for e in gateway.log),
                what="the gateway serves",
            )
            assert gateway.is_running, f"the gateway ended: {gateway.log[-3:]}"

    async def stop(self) -> None:
        """End the gateway in good order, if it runs. Raises what has ended it before."""
        if self._gateway is not None:
            gateway, self._gateway = self._gateway, None
            try:
                await gateway.stop()
            finally:
                self._log += gateway.log

    async def kill(self) -> None:
        """SIGKILL; it must run as a process."""
        assert self._gateway is not None
        await self._gateway.kill()
        self._log += self._gateway.log
        self._gateway = None

    async def restart(self) -> None:
        """End it in good order, and start it as before."""
        await self.stop()
        await self.start(**self._options)

    @property
    def is_running(self) -> bool:
        """Whether the gateway is there."""
        return self._gateway is not None and self._gateway.is_running

    @property
    def log(self) -> list[Entry]:
        """All that the test's gateways have logged, oldest first."""
        return self._log + (self._gateway.log if self._gateway else [])

    def logged(self, event: str, **facts: Any) -> list[Entry]:
        """The entries of this name that have these facts."""
        return [
            entry
            for entry in self.log
            if entry["event"] == event and all(entry.get(k) == v for k, v in facts.items())
        ]

    # --- the accounts ------------------------------------------------------------------------

    def _user(self, kind: str) -> User:
        return {"bot": self.bot, "user": self.account}[kind]

    async def log_in(self, kind: str) -> None:
        """A new login of the bot or of the account ("bot", "user"), as `login` stores it."""
        user, settings = self._user(kind), self.settings
        session = StoredSession()
        session.set_dc(settings.server_dc, self.sandbox.host, self.sandbox.port)
        session.auth_key = AuthKey(self.sandbox.server.preshare_key(user))
        database = await Database.open(self.school.gateway_url)
        try:
            account = await stored.save_login(
                database,
                settings.pool,
                kind,
                user.id,
                name=user.name,
                username=user.username or "",
                phone=f"+{user.phone}" if user.phone else "",
            )
            await stored.save_session(
                database,
                account,
                settings.process_name,
                settings.session_key_bytes,
                session.to_bytes(),
                is_login=True,
            )
        finally:
            await database.close()

    def revoke(self, kind: str, error: str = "AUTH_KEY_UNREGISTERED") -> None:
        """Telegram ends all logins of the bot or of the account."""
        self.sandbox.server.revoke_user(self._user(kind).id, error)

    def account_row(self, kind: str) -> dict[str, Any]:
        """The row of telegram_account."""
        return self.school.one("SELECT * FROM telegram_account WHERE kind = %s", kind)

    # --- in Odoo's place ---------------------------------------------------------------------

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
        found = person(
            self.sandbox,
            name,
            f"+3363998{1000 + number}",
            username=f"person_{number}",
            partner_id=partner_id,
        )
        if is_contact:
            found.user.contacts.add(self.account.id)
            self.account.contacts.add(found.id)
        self.people.append(found)
        await found.switch_on()
        if partner_id and is_linked:
            self.link(found)
        if chat is not None and is_known:
            self.set_roster(chat, found, role=role, status=status)
        return found

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
        for one in [who] if isinstance(who, Person) else who:
            self.school.all(
                "INSERT INTO telegram_roster AS r (chat_id, partner_id, role, status, reason, since)"
                " VALUES (%s, %s, coalesce(%s, 'student'), %s, %s, now() AT TIME ZONE 'utc')"
                " ON CONFLICT (chat_id, partner_id) DO UPDATE SET status = EXCLUDED.status,"
                " role = coalesce(%s, r.role), reason = EXCLUDED.reason, since = EXCLUDED.since",
                chat.id,
                one.partner_id,
                role,
                status,
                reason,
                role,
            )
        self.reconcile(chat)

    def decide_guest(self, chat: Chat, who: Person, decision: str) -> None:
        """A row of telegram_guest: "in", "out", "banned" or "ignored"; and ask for a look."""
        self.school.all(
            "INSERT INTO telegram_guest (chat_id, tg_user_id, decision, decided_at)"
            " VALUES (%s, %s, %s, now() AT TIME ZONE 'utc')"
            " ON CONFLICT (chat_id, tg_user_id) DO UPDATE SET decision = EXCLUDED.decision",
            chat.id,
            who.id,
            decision,
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
        found = {"priority": _PRIORITY.get(kind, 50), "chat_id": chat.id if chat else None}
        found["due_at"] = now + timedelta(seconds=due_in_s)
        if expires_in_s is not None:
            found["expires_at"] = now + timedelta(seconds=expires_in_s)
        found["payload"] = json.dumps(columns.pop("payload", {}))
        return self.school.command(kind, **{**found, **columns})

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

    async def done(self, command_id: int, *, within_s: float = _WITHIN_S) -> dict[str, Any]:
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

    async def health_report(self) -> health.Report:
        """What `telegram-gateway check` says: `text`, `json`, `exit_code`."""
        return await health.report(self.settings)

    # --- trouble on Telegram -----------------------------------------------------------------

    def refuse(
        self,
        method: str,
        message: str,
        code: int = 400,
        *,
        by: str | None = None,
        chat: Chat | None = None,
        times: int | None = None,
        skip: int = 0,
    ) -> Fault:
        """Answer a method with an error, until `allow`. `by`: only the "bot"'s or the "user"'s;
        `times`: only so often, after letting `skip` pass."""
        when: dict[str, Any] = {"times": times, "skip": skip}
        if by is not None:
            when["user"] = self._user(by)
        if chat is not None:
            when["chat"] = chat.group
        return self.faults.error(method, code, message, **when)

    def allow(self, fault: Fault | None = None) -> None:
        """Take one fault away, or all."""
        if fault is None:
            self.faults.clear()
        else:
            self.faults.remove(fault)

    def cut(self, kind: str | None = None) -> int:
        """Cut the lines of the bot ("bot") or the account ("user"), or everybody's; how many."""
        return self.sandbox.server.drop(self._user(kind).id if kind else None)

    def asked(self, method: str | None = None, by: str | None = None) -> list[Noted]:
        """The requests that Telegram got so far; `by`: the "bot" or the "user"."""
        user_id = self._user(by).id if by else None
        return [
            one
            for one in self.sandbox.server.journal
            if method in (None, one.method) and user_id in (None, one.user_id)
        ]

    # --- waiting -----------------------------------------------------------------------------

    async def until(
        self,
        condition: Callable[[], _Found | Awaitable[_Found]],
        *,
        within_s: float = _WITHIN_S,
        what: str = "",
    ) -> _Found:
        """Wait until the condition (its answer may have to be awaited) holds; what it gave.

        Raises AssertionError where it does not in time.
        """
        loop = asyncio.get_running_loop()
        ends = loop.time() + within_s
        while True:
            found = condition()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return found
            if loop.time() > ends:
                name = what or inspect.getsource(condition).strip()
                raise AssertionError(f"waited {within_s:g} s in vain for: {name}")
            await asyncio.sleep(0.02)

    def evidence(self) -> str:
        """How everything stands, for whoever looks at a failed test."""
        queries = {
            "groups": "SELECT chat_id, tg_chat_id, state, error_code, listed_at"
            " FROM telegram_chat_state",
            "members": "SELECT chat_id, name, state, seen_status, base_status, error_code, refused"
            " FROM telegram_member",
            "commands": "SELECT id, kind, state, error_code, error, again_at FROM telegram_outbox"
            " WHERE state <> 'done'",
            "facts": "SELECT id, kind, payload, state FROM telegram_inbox",
            "accounts": "SELECT kind, state, error_code FROM telegram_account",
        }
        lines = []
        for name, query in queries.items():
            lines += [f"--- {name}", *map(str, self.school.all(query))]
        refused = [one for one in self.sandbox.server.journal if one.error]
        lines += ["--- refused by Telegram", *map(str, refused[-20:])]
        lines += ["--- asked last", *map(str, list(self.sandbox.server.journal)[-20:])]
        return "\n".join(lines)
