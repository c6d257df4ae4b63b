"""The gateway between real tables and the sandbox, and a test in Odoo's place.

A test has a fixture `line`: the gateway serves already, in the test's own loop, with the settings
of production. Odoo does not run: what it would write, the test writes (`chat`, `set_roster`,
`order`), and how it would answer a fact, too (`answer`). The people are unmodified clients.

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

What is true is read at both ends: the tables (`facts`, `health`, `account_row`, `outcome`, `rows`,
`chat.state`, `chat.member`) and the sandbox (`chat.group`, `chat.has`, `chat.call`, `asked`,
`world`).

Trouble is made by `refuse`, `cut`, `faults`, `revoke`; by `stop`, `start`, `restart` and, with the
gateway as a process (`start(process=True)`), by `kill` and `crash_at`; by `start_beside`. What must
be so before the gateway begins is said between `await line.stop()` and `await line.start()`. With
the fixture `proxied` the gateway reaches Telegram through `line.proxy`, which delays, freezes,
swallows, resets and refuses: see `proxy.py`.

    async def test_somebody_cannot_be_let_in(line: Line) -> None:
        refused = line.refuse("messages.hideChatJoinRequest", "CHANNELS_TOO_MUCH", times=1)
        …
        await line.until(lambda: refused.fired)

A server's error (500) must be ordered twice: the client library asks once more by itself.

Where a test ends and the gateway has failed, or has logged an error that the test does not expect
(`expect_errors`), or has asked the sandbox for something that it does not have, the test fails.
Cuts of the line and long lists of errors are marked `slow`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import inspect
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import structlog
from telegram_gateway.database import accounts as stored
from telegram_gateway.database.connection import Database
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.session import StoredSession
from telegram_sandbox import Sandbox
from telegram_sandbox.faults import Faults
from telegram_sandbox.world.world import World
from telethon.crypto import AuthKey

from gateway.tests.harness.doorbell import DoorbellStub
from gateway.tests.harness.gateway import Done, Entry, Gateway, InLoop, InProcess, Terminal
from gateway.tests.harness.odoo import WITHIN_S, OdooSide
from gateway.tests.harness.people import Person
from gateway.tests.harness.proxy import Proxy
from gateway.tests.harness.school import School
from gateway.tests.harness.telegram import TelegramSide

_Found = TypeVar("_Found")


class Line(OdooSide, TelegramSide):
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
        self._beside: list[InProcess] = []
        self._exits = contextlib.AsyncExitStack()
        self._options: dict[str, Any] = {}
        self.proxy = Proxy(sandbox.host, sandbox.port, self._kind_of)
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
            for gateway in self._beside:
                await gateway.stop()
            for person in self.people:
                await person.switch_off()
            await self._exits.aclose()
            structlog.reset_defaults()

    def check(self) -> None:
        """Raises AssertionError for what must not be at the end of a test."""
        self.sandbox.check()
        wrong = [
            entry
            for entry in self.log
            if (entry.get("level") in ("error", "critical") or "Traceback" in entry["event"])
            and entry["event"] not in self._expected_errors
        ]
        assert not wrong, f"errors in the gateway's log: {wrong}"

    def expect_errors(self, *events: str) -> None:
        """Errors of these names in the gateway's log are no failure of this test."""
        self._expected_errors.update(events)

    # --- the gateway -------------------------------------------------------------------------

    def _settings(self, **changed: Any) -> Settings:
        settings = {
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
        return Settings(**{**settings, **changed})

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

    async def start_beside(self, process_name: str, **changed: Any) -> InProcess:
        """Another gateway on the same pool, as a process; it is stopped at the end of the test. One
        of another name needs logins of its own: `log_in(kind, process_name)`."""
        settings = self.settings.model_copy(update={"process_name": process_name, **changed})
        number = next(self._numbers)
        gateway = InProcess(settings, self._folder / f"beside-{number}.log")
        self._beside.append(gateway)
        return gateway

    async def through_proxy(self) -> None:
        """From now on gateways that are started reach Telegram through `proxy` alone."""
        await self._exits.enter_async_context(self.proxy)
        self.settings = self.settings.model_copy(update={"server_port": self.proxy.port})

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

    def terminal(self, *words: str, lang: str = "en_GB.UTF-8", **changed: str) -> Terminal:
        """A command of the gateway, to be typed; `changed`: settings as the environment has
        them."""
        return Terminal(self.settings, *words, lang=lang, **changed)

    async def command(
        self, *words: str, answers: str = "", lang: str = "en_GB.UTF-8", **changed: str
    ) -> Done:
        """The same, with all its answers at once; what came of it."""
        async with self.terminal(*words, lang=lang, **changed) as terminal:
            return await terminal.finish(answers)

    @property
    def gateway_pid(self) -> int:
        """Of a gateway that runs as a process."""
        assert isinstance(self._gateway, InProcess)
        return self._gateway.pid

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
        """All that the test's gateways have logged, one after the other, oldest first."""
        running = [self._gateway] if self._gateway else []
        return self._log + [entry for one in [*running, *self._beside] for entry in one.log]

    def logged(self, event: str, **facts: Any) -> list[Entry]:
        """The entries of this name that have these facts."""
        return [
            entry
            for entry in self.log
            if entry["event"] == event and all(entry.get(k) == v for k, v in facts.items())
        ]

    # --- the accounts ------------------------------------------------------------------------

    async def log_in(
        self,
        kind: str,
        process_name: str | None = None,
        *,
        with_memory: Callable[[StoredSession], None] = lambda _session: None,
    ) -> None:
        """A new login of the bot or of the account ("bot", "user"), as `login` stores it. Where
        `account` or `bot` was replaced before, of that one. `with_memory` puts into its session
        what one knows that was used before."""
        user, settings = self._user(kind), self.settings
        session = StoredSession()
        session.set_dc(settings.server_dc, self.sandbox.host, self.sandbox.port)
        session.auth_key = AuthKey(self.sandbox.server.preshare_key(user))
        with_memory(session)
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
                process_name or settings.process_name,
                settings.session_key_bytes,
                session.to_bytes(),
                is_login=True,
                knows=session.known(),
            )
        finally:
            await database.close()

    def _kind_of(self, auth_key_id: int) -> str | None:
        """Whose key of the school's accounts this is."""
        user_id = self.world.authorizations.get(auth_key_id)
        return {self.bot.id: "bot", self.account.id: "user"}.get(user_id)

    # --- waiting -----------------------------------------------------------------------------

    async def until(
        self,
        condition: Callable[[], _Found | Awaitable[_Found]],
        *,
        within_s: float = WITHIN_S,
        what: str = "",
    ) -> _Found:
        """Wait until the condition (its answer may have to be awaited) holds; what it gave.

        Raises AssertionError where it does not in time, and what has ended the gateway meanwhile.
        """
        loop = asyncio.get_running_loop()
        ends = loop.time() + within_s
        while True:
            if self._gateway is not None:
                self._gateway.check()
            answer = condition()
            if inspect.isawaitable(answer):
                answer = await answer
            if answer:
                return answer
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
        refused = [request for request in self.sandbox.server.journal if request.error]
        lines += ["--- refused by Telegram", *map(str, refused[-20:])]
        lines += ["--- asked last", *map(str, list(self.sandbox.server.journal)[-20:])]
        return "\n".join(lines)
