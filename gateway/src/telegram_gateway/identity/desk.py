"""Serves Odoo's wizard: logs accounts in while the gateway runs, also before it has any account.

It handles the `login` commands for this process, in whatever state the process is (waiting for
accounts, standing by, serving), and notices logins made by another program (`telegram-gateway
login`). What a person typed is opened here and goes to Telegram: into no log, no row and no
traceback.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from telegram_gateway.core import login as core
from telegram_gateway.core.commands import Command
from telegram_gateway.core.login import Step
from telegram_gateway.database import accounts, logins, outbox
from telegram_gateway.database.connection import Database
from telegram_gateway.database.process_name import ProcessName
from telegram_gateway.errors import GatewayError
from telegram_gateway.identity import sealed
from telegram_gateway.identity.login import Login, about_admission, known_api
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.client import Client
from telegram_gateway.telegram.errors import TelegramError
from telegram_gateway.telegram.login import accept_token

log = structlog.get_logger(__name__)
_HEARTBEAT_S = 10.0
#: A login without an answer for so long is given up.
_PATIENCE_S = 900.0
_ANSWERS = ("code", "password", "resend", "replace")


@dataclass
class _Conversation:
    login: Login
    kind: str
    step: Step | None = None
    task: asyncio.Task[None] | None = None  # shows QR codes, or asks another process
    ends_at: float = field(default_factory=lambda: asyncio.get_running_loop().time() + _PATIENCE_S)


class Desk:
    """Open with `await Desk.open(...)`; `changed` is set once the stored logins have changed."""

    def __init__(self, settings: Settings, database: Database, started_at: datetime):
        self._settings = settings
        self._database = database
        self._started_at = started_at
        self._private = sealed.key_pair(settings.session_key_bytes, settings.process_name)
        self._conversations: dict[str, _Conversation] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._state = "starting"
        self._used: tuple[object, ...] = ()
        self._has_api = False
        self.changed = asyncio.Event()
        #: The account's client, while it is connected: it lets other processes in.
        self.user: Client | None = None
        self._admitted: set[str] = set()  # sealed tokens that were answered
        self._error: BaseException | None = None

    @classmethod
    async def open(
        cls, settings: Settings, database: Database, name: ProcessName | None = None
    ) -> Desk:
        """Announce the process, and serve; name: the desk ends once that is taken by another
        process."""
        self = cls(settings, database, await database.now())
        await logins.fail_interrupted(database, settings.pool, settings.process_name)
        await self._heartbeat()
        await self.use_logins()
        works = [self._serve(), self._listen(), self._beat()]
        if name is not None:
            works.append(name.held())
        for work in works:
            self._tasks.append(asyncio.create_task(work))
            self._tasks[-1].add_done_callback(self._ended)
        return self

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._error = self._error or task.exception()
            self.changed.set()

    async def use_logins(self) -> None:
        """Clear `changed`: the caller now uses the stored logins. Raises what ended the desk."""
        if self._error is not None:
            raise self._error
        self.changed.clear()
        self._used = await self._logins()

    async def set_state(self, state: str) -> None:
        """Store the state of the process: "starting", "waiting" (for accounts), "copied",
        "unreachable" (Telegram cannot be reached), "standby" or "serving"."""
        self._state = state
        await self._heartbeat()

    async def close(self) -> None:
        """Close all conversations, and remove the process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for name in list(self._conversations):
            await self._end(name)
        with contextlib.suppress(GatewayError):
            await logins.remove_process(
                self._database, self._settings.pool, self._settings.process_name
            )

    async def _logins(self) -> tuple[object, ...]:
        settings = self._settings
        return await accounts.logins(self._database, settings.pool, settings.process_name)

    async def _heartbeat(self) -> None:
        if not self._has_api:
            self._has_api = await known_api(self._settings, self._database) is not None
        await logins.announce_process(
            self._database,
            self._settings.pool,
            self._settings.process_name,
            public_key=sealed.public_key_text(self._private),
            has_api=self._has_api,
            state=self._state,
            started_at=self._started_at,
        )

    async def _listen(self) -> None:
        async for _ in self._database.listen(outbox.CHANNEL):
            self._wake.set()

    async def _beat(self) -> None:
        """A task of its own: a login may wait for Telegram for longer than the process may be
        silent."""
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            await self._heartbeat()

    async def _serve(self) -> None:
        while True:
            self._wake.clear()
            await self._expire()
            for command in await logins.pending_logins(self._database, self._settings.pool):
                if command.payload.get("process") == self._settings.process_name:
                    await self._handle(command)
            await self._admit_others()
            if await self._logins() != self._used:
                self.changed.set()
            # not wait_for: before Python 3.12 it may swallow a cancellation that comes with the
            # wake
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_HEARTBEAT_S):
                    await self._wake.wait()

    async def _admit_others(self) -> None:
        """Admit other processes of the pool, for which our session key vouches."""
        settings = self._settings
        waiting = await logins.pending_admissions(
            self._database, settings.pool, settings.process_name
        )
        self._admitted &= {text for _login, _process, text in waiting}
        for name, process, text in waiting:
            if self.user is None or text in self._admitted:
                continue
            self._admitted.add(text)
            about = about_admission(self._database, name, process)
            token = sealed.open_token(settings.session_key_bytes, text, about)
            if token is None:
                log.warning("admission_of_another_key", process=process)
                continue
            try:
                await accept_token(self.user, token)
            except (TelegramError, GatewayError) as error:
                log.warning("admission_refused", process=process, code=error.code)
            else:
                log.info("process_admitted", process=process)

    async def _expire(self) -> None:
        now = asyncio.get_running_loop().time()
        for name in [name for name, one in self._conversations.items() if one.ends_at < now]:
            await self._fail(name, self._conversations[name].kind, GatewayError("login_expired"))

    # --- one command -----------------------------------------------------------------------------

    async def _handle(self, command: Command) -> None:
        database, process = self._database, self._settings.process_name
        if not await outbox.claim(database, [command.id], process):
            return
        text = await logins.take_secret(database, command.id)
        name = str(command.payload.get("login") or "")
        step = str(command.payload.get("step") or "")
        kind = "bot" if command.payload.get("kind") == "bot" else "user"
        try:
            await self._carry_out(name, kind, step, text)
        except GatewayError as error:
            await self._fail_step(name, kind, error)
        except Exception as error:
            # its message might repeat what was typed
            log.error("login_failed", error=type(error).__name__)
            await self._fail(name, kind, GatewayError("internal"))
        await outbox.finish(database, [command.id], {})

    async def _carry_out(self, name: str, kind: str, step: str, text: str | None) -> None:
        if step == "cancel":
            await self._fail(name, kind, GatewayError("login_cancelled"))
        elif step == "adopt":
            await self._adopt(name)
        elif step == "admit":
            await self._begin(name, "user", step, {})
        elif step in ("bot", "phone", "qr"):
            await self._begin(name, kind, step, self._open_answers(name, step, text))
        elif step in _ANSWERS:
            conversation = self._conversations.get(name)
            if conversation is None:
                raise GatewayError("login_interrupted")
            answers = self._open_answers(name, step, text) if step in ("code", "password") else {}
            await self._show(name, await self._answer(conversation.login, step, answers))
        else:
            raise GatewayError("internal")

    def _open_answers(self, name: str, step: str, text: str | None) -> dict[str, str]:
        if text is None:
            raise GatewayError("login_expired")
        found = sealed.open_answers(self._private, text, login=name, step=step)
        if found is None:
            raise GatewayError("wrong_session_key", kind="")
        return found

    async def _begin(self, name: str, kind: str, step: str, answers: dict[str, str]) -> None:
        for other in [n for n, one in self._conversations.items() if one.kind == kind]:
            await self._fail(other, kind, GatewayError("login_cancelled"))
        api = None
        if answers.get("api_id") or answers.get("api_hash"):
            api = core.clean_api(answers.get("api_id"), answers.get("api_hash"))
            if api is None:
                raise GatewayError("api_refused")
        login = Login(self._settings, self._database, api)
        conversation = self._conversations[name] = _Conversation(login, kind)
        log.info("login_begun", kind=kind, by=step)
        if step == "bot":
            await self._show(name, await login.bot(answers.get("token", "")))
        elif step == "phone":
            await self._show(name, await login.phone(answers.get("phone", "")))
        else:
            conversation.task = asyncio.create_task(self._by_token(name, login, step))

    async def _by_token(self, name: str, login: Login, step: str) -> None:
        """Log in by a QR code, or by another process of the pool."""

        async def show(step: Step) -> None:
            await self._show(name, step)

        try:
            await self._show(
                name, await (login.admit(name, show) if step == "admit" else login.qr(show))
            )
        except GatewayError as error:
            if error.code.startswith("database_"):
                return  # the desk ends because of it
            await self._fail(name, "user", error)
        except Exception as error:
            log.error("login_failed", error=type(error).__name__)
            await self._fail(name, "user", GatewayError("internal"))

    @staticmethod
    async def _answer(login: Login, step: str, answers: dict[str, str]) -> Step:
        if step == "code":
            return await login.code(answers.get("code", ""))
        if step == "password":
            return await login.password(answers.get("password", ""))
        return await (login.resend() if step == "resend" else login.replace())

    async def _adopt(self, name: str) -> None:
        settings = self._settings
        count = await accounts.adopt(
            self._database, settings.pool, settings.process_name, settings.session_key_bytes
        )
        log.warning("adopted", sessions=count)
        await self._save(name, "user", Step(state="done"))

    # --- the wizard's page ------------------------------------------------------------------------

    async def _save(
        self, name: str, kind: str, step: Step | None, error: GatewayError | None = None
    ) -> None:
        await logins.save_step(
            self._database,
            name,
            pool=self._settings.pool,
            process=self._settings.process_name,
            kind=kind,
            step=step,
            error_code=error.code if error else None,
            wait_s=error.facts.get("wait_s") if error else None,
        )

    async def _show(self, name: str, step: Step) -> None:
        conversation = self._conversations[name]
        conversation.step = step
        await self._save(name, conversation.kind, step)
        if step.state == "done":
            log.info("login_done", kind=conversation.kind)
            await self._end(name)

    async def _fail_step(self, name: str, kind: str, error: GatewayError) -> None:
        """Let the person answer again after a wrong answer; fail the login for any other error."""
        conversation = self._conversations.get(name)
        if error.code in core.TRY_AGAIN and conversation and conversation.step:
            await self._save(name, conversation.kind, conversation.step, error)
        else:
            await self._fail(name, kind, error)

    async def _fail(self, name: str, kind: str, error: GatewayError) -> None:
        log.info("login_refused", kind=kind, code=error.code)
        await self._end(name)
        await self._save(name, kind, None, error)

    async def _end(self, name: str) -> None:
        conversation = self._conversations.pop(name, None)
        if conversation is None:
            return
        if conversation.task is not None and conversation.task is not asyncio.current_task():
            conversation.task.cancel()
        await conversation.login.close()
