"""The pool's two clients: the bot, which keeps the groups, and the user account, which opens
groups and calls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from telethon import TelegramClient, errors, functions, types
from telethon.crypto import rsa

from telegram_gateway.core.connection import ALLOWED_S, NETWORK
from telegram_gateway.core.model import TgUserId
from telegram_gateway.core.retry import look_again_s
from telegram_gateway.database import accounts as stored
from telegram_gateway.database import known_people
from telegram_gateway.database.accounts import Account
from telegram_gateway.database.connection import Database, aware
from telegram_gateway.errors import GatewayError
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.errors import (
    AccountLost,
    Consequence,
    Passing,
    TelegramError,
    code_of,
    consequence_of,
    translated,
    wait_of,
)
from telegram_gateway.telegram.gate import GatedClient, May
from telegram_gateway.telegram.liveness import LineLife
from telegram_gateway.telegram.replay import Replay
from telegram_gateway.telegram.sender import Line, Sender
from telegram_gateway.telegram.session import StoredSession
from telegram_gateway.telegram.updates import Ear, hear

log = structlog.get_logger(__name__)
KINDS = ("bot", "user")
#: Why a client hung up whose loop for updates has ended.
UPDATES = "UPDATES"
_CONNECT_S = 60.0  # with the exchange of a key, which nothing else watches
_ASK_AGAIN_S = 1.0


class Client(GatedClient):
    """A client that does not wait for ever for an answer that does not come (nothing else of the same
    lane would be done until then), and whose line is watched.

    It hangs up (`disconnected`) when its line is dead and two connections were made in vain, and when
    its loop for updates has ended (`updates_ended`). `on_reconnected` is told once Telegram answers on
    a new connection; `replay` knows whether it was told then what it had missed.
    """

    answer_s: float
    on_reconnected: Callable[[], None] | None = None

    def __init__(self, *args: Any, line: Line, **options: Any):
        super().__init__(*args, **options)
        self.line = line
        self._is_loop_over = False
        self._is_asking = False
        self._refusals = 0  # in a row, of the updates that were missed
        self._catching_up: asyncio.TimerHandle | None = None
        self._sender = Sender(
            self.session.auth_key,
            line=line,
            loggers=self._log,
            retries=self._connection_retries,
            delay=self._retry_delay,
            auto_reconnect=self._auto_reconnect,
            connect_timeout=self._timeout,
            auth_key_callback=self._auth_key_callback,
            updates_queue=self._updates_queue,
            auto_reconnect_callback=self._handle_auto_reconnect,
        )
        self.replay = Replay(self)

    @property
    def updates_ended(self) -> bool:
        """Whether the loop for updates has ended by itself. Where the login is gone, whoever was
        answered so has told: see gate.py."""
        error = self._updates_error
        is_failed = error is not None and not isinstance(error, errors.RPCError)
        return self._is_loop_over or is_failed

    @property
    def is_answering(self) -> bool:
        """Whether Telegram has answered on the connection that stands."""
        return bool(self._sender.is_answering)

    async def connect(self) -> None:
        """Raises OSError where that is not possible now."""
        self.replay.begin()
        async with asyncio.timeout(_CONNECT_S):
            await super().connect()

    async def _handle_auto_reconnect(self) -> None:
        """Telegram sends no updates to a new connection before it was asked for something."""
        self.replay.broken()
        if self._is_asking:
            return  # what was asked before is sent again
        self._is_asking = True
        try:
            while self.is_connected():
                try:
                    await self.who_am_i()
                except AccountLost:  # whoever watches has been told
                    return
                except TelegramError as error:
                    if error.code == NETWORK:
                        await asyncio.sleep(_ASK_AGAIN_S)
                        continue
                    log.warning("reconnect_refused", account=self.kind, code=error.code)
                self.replay.again()
                if self.on_reconnected is not None:
                    self.on_reconnected()
                return
        finally:
            self._is_asking = False

    async def _ask_for_library(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        is_missed = isinstance(request, functions.updates.GetDifferenceRequest)
        self.replay.asked(request)
        try:
            answer = await super()._ask_for_library(request, *args, **kwargs)
        except errors.RPCError as error:
            self.replay.refused(request, code_of(error))
            if is_missed:
                self._refusals += 1
                is_wait = consequence_of(error) is Consequence.WAIT
                wait_s = wait_of(error) + 1 if is_wait else 0
                self._catch_up_in(max(wait_s, look_again_s(self._refusals)))
            raise
        except BaseException:
            self.replay.refused(request, NETWORK)
            raise
        if is_missed:
            self._refusals = 0
        self.replay.answered(request, answer)
        return answer

    def _catch_up_in(self, seconds: float) -> None:
        """The library itself would ask for what it missed after a quarter of an hour only, or once it
        misses something else."""
        if self._catching_up is not None:
            self._catching_up.cancel()
        loop = asyncio.get_running_loop()
        missed = types.UpdatesTooLong()
        self._catching_up = loop.call_later(seconds, self._updates_queue.put_nowait, missed)

    async def _update_loop(self) -> None:
        """The library's. It ends by itself only where something went wrong; nothing would tell."""
        try:
            await super()._update_loop()
        finally:
            self._is_loop_over = bool(self.is_connected())
            if self.updates_ended:
                log.warning("updates_ended", account=self.kind, error=repr(self._updates_error))
        if self.is_connected():
            await self.disconnect()

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """One request. Raises TimeoutError or ConnectionError when no answer comes; it may have
        taken effect."""
        # not wait_for: before Python 3.12 a cancellation that comes with the answer is swallowed
        async with asyncio.timeout(self.answer_s):
            try:
                return await super().__call__(*args, **kwargs)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                # the library hung up, and cancels what it has not answered: that is no wish to end
                raise ConnectionError("hung up") from None

    async def who_am_i(self) -> types.User:
        """The account as Telegram shows it. Unlike `get_me` this tells errors apart.

        Raises TelegramError.
        """
        with translated():
            found = await self(functions.users.GetUsersRequest([types.InputUserSelf()]))
        if not found:
            raise Passing("NO_USER")
        [me] = found
        # of a session that was stored the library does not know whether it is a bot's
        self._mb_entity_cache.set_self_user(me.id, me.bot, me.access_hash)
        return me


def make_client(
    settings: Settings, session: StoredSession, *, retries: int = 1, line: Line | None = None
) -> Client:
    """A client that leaves every decision about waits and retries to us. `line`: what is known of the
    account's line from former clients.

    Raises GatewayError("api_missing") where neither the settings nor the session has one.
    """
    api = settings.api or session.api
    if api is None:
        raise GatewayError("api_missing")
    if settings.server_host:
        if settings.server_public_key_file is not None:
            rsa.add_key(settings.server_public_key_file.read_text(), old=False)
        if session.auth_key is None or session.server_address != settings.server_host:
            session.set_dc(settings.server_dc, settings.server_host, settings.server_port)
        session._port = settings.server_port
    client = Client(
        session,
        *api,
        line=line or Line(),
        flood_sleep_threshold=0,
        request_retries=retries,
        raise_last_call_error=True,
        # how often and at which pace is decided in sender.py
        connection_retries=1,
        retry_delay=0,
        timeout=ALLOWED_S,
        auto_reconnect=True,
        sequential_updates=True,
        catch_up=True,
        device_model="Telegram Gateway",
        app_version="1.0",
        system_version="1.0",
    )
    client.answer_s = settings.answer_s
    return client


class Accounts:
    """The connected clients of a pool. Open with `await Accounts.connect(...)`. `life`: whether the
    user account's line lives. `ear`: what both are told, from their connecting on."""

    life: LineLife

    def __init__(self, settings: Settings, database: Database):
        self._settings = settings
        self._database = database
        self.ear = Ear()
        self.rows: dict[str, Account] = {}
        self.clients: dict[str, Client] = {}
        # when each login was made: a later one is not overwritten with what we know of ours
        self._login_at: dict[str, datetime | None] = {}
        # whose login is gone, by Telegram's name of the error
        self.lost: dict[str, str] = {}
        # whether all that the numbers of the stored sessions count had been handed on at the end
        self.all_handed_on = True

    @classmethod
    async def connect(
        cls,
        settings: Settings,
        database: Database,
        lines: Mapping[str, Line],
        *,
        is_anew: bool = False,
    ) -> Accounts:
        """Connect bot and user account with their stored sessions. `lines`: what is known of their
        lines, by kind. `is_anew`: do not ask for the updates that were missed, in which there is
        something that the client cannot cope with.

        Raises GatewayError: "no_account", "account_lost", "wrong_session_key", "database_copied",
        "telegram_unreachable", "api_missing".
        """
        self = cls(settings, database)
        self.rows = await stored.load_accounts(database, settings.pool)
        for kind in KINDS:
            if kind not in self.rows:
                raise GatewayError("no_account", kind=kind)
        try:
            for kind in KINDS:
                await self._connect(kind, lines[kind], is_anew)
        except BaseException:
            await self._hang_up()
            raise
        self.life = LineLife(self.user)
        return self

    async def _connect(self, kind: str, line: Line, is_anew: bool) -> None:
        account = self.rows[kind]
        settings = self._settings
        self._login_at[kind] = await stored.login_at(self._database, account, settings.process_name)
        data = await stored.load_session(
            self._database, account, settings.process_name, settings.session_key_bytes
        )
        if data is None:
            raise GatewayError("no_account", kind=kind)
        session = StoredSession.from_bytes(
            data,
            await known_people.load(
                self._database, account, settings.process_name, settings.session_key_bytes
            ),
        )
        if is_anew:
            session.forget_states()
        client = self.clients[kind] = make_client(settings, session, line=line)
        client.kind = kind
        hear(client, self.ear)
        try:
            with translated():
                await client.connect()
            me = await client.who_am_i()
        except AccountLost as error:
            await stored.mark_account(self._database, account, "lost", error.code)
            raise GatewayError("account_lost", kind=kind, reason=error.code) from None
        except TelegramError as error:
            raise GatewayError("telegram_unreachable", reason=error.code) from None
        await stored.mark_account(self._database, account, "connected")
        await stored.note_limits(
            self._database,
            account,
            is_premium=bool(getattr(me, "premium", False)),
            groups_a_day=settings.groups_a_day,
            direct_adds_a_day=settings.direct_adds_a_day,
            lookups_a_day=settings.lookups_a_day,
        )

    def watch(self, on_lost: Callable[[str, str], None]) -> None:
        """From now on `on_lost(kind, code)` is told, once, when Telegram accepts a login no more."""

        def lost(kind: str, code: str) -> None:
            if kind not in self.lost:
                self.lost[kind] = code
                on_lost(kind, code)

        for kind, client in self.clients.items():
            client.on_lost = partial(lost, kind)

    async def hung_up(self) -> None:
        """Wait until a client has given up: its own attempts to connect again were in vain."""
        await asyncio.wait(
            [client.disconnected for client in self.clients.values()],
            return_when=asyncio.FIRST_COMPLETED,
        )

    def check(self) -> None:
        """Raise GatewayError("account_lost") or ("telegram_unreachable") when it is so."""
        for kind, code in self.lost.items():
            raise GatewayError("account_lost", kind=kind, reason=code)
        for kind, client in self.clients.items():
            if client.updates_ended:
                raise GatewayError("telegram_unreachable", reason=UPDATES, kind=kind)
        if not all(client.is_connected() for client in self.clients.values()):
            raise GatewayError("telegram_unreachable", reason=self._why_hung_up())

    def why(self, error: Exception) -> Exception:
        """What ended the work: `error`, or what `check` says is behind an error of Telegram's."""
        if isinstance(error, TelegramError):
            try:
                self.check()
            except GatewayError as behind:
                return behind
        return error

    def _why_hung_up(self) -> str:
        """Of a client that has hung up: NETWORK, or what Telegram answered that ended it."""
        for client in self.clients.values():
            ended = client.disconnected
            error = ended.exception() if ended.done() and not ended.cancelled() else None
            if error is not None and not isinstance(error, OSError | asyncio.IncompleteReadError):
                return type(error).__name__
        return NETWORK

    @property
    def are_answering(self) -> bool:
        """Whether the lines of both are known to be well."""
        return all(client.is_answering for client in self.clients.values())

    def gate(self, may: May) -> None:
        """From now on nothing is changed on Telegram unless `may` says so."""
        for client in self.clients.values():
            client.may = may

    @property
    def bot(self) -> TelegramClient:
        """The secretary: members, requests, messages."""
        return self.clients["bot"]

    @property
    def user(self) -> TelegramClient:
        """The school's own account: groups and calls."""
        return self.clients["user"]

    @property
    def our_ids(self) -> frozenset[TgUserId]:
        """Telegram ids of the pool's accounts: never removed, never enrolled."""
        return frozenset(row.tg_user_id for row in self.rows.values())

    @property
    def user_id(self) -> TgUserId:
        """The user account's id."""
        return self.rows["user"].tg_user_id

    @property
    def bot_id(self) -> TgUserId:
        """The bot's Telegram id."""
        return self.rows["bot"].tg_user_id

    def login_at(self, kind: str) -> datetime | None:
        """When the login of an account was made (aware, UTC), where that is known."""
        return aware(self._login_at.get(kind))

    def forget(self, tg_user_ids: frozenset[TgUserId]) -> None:
        """Keep nothing about these people in the sessions."""
        for client in self.clients.values():
            client.session.forget(tg_user_ids)

    async def save_changed(self, *, everything: bool = False) -> None:
        """Store the sessions that changed."""
        for kind, client in list(self.clients.items()):
            session: StoredSession = client.session
            if everything:
                await client._save_states_and_entities()
                if not client.replay.is_idle:
                    self.all_handed_on = False
            await self._save(kind, session, is_asked=everything)

    async def _save(self, kind: str, session: StoredSession, *, is_asked: bool) -> None:
        """Store of a session what changed, as it is at this moment (`is_asked`: the numbers in any
        case). Whom it knows comes before the numbers: of updates that count as seen nobody is shown
        again."""
        settings = self._settings
        of = (self.rows[kind], settings.process_name, settings.session_key_bytes)
        login_at = self._login_at[kind]
        unsaved, session.unsaved = session.unsaved, set()
        knows = session.known(unsaved)
        data = session.to_bytes() if session.is_changed or is_asked else None
        try:
            if knows:
                await known_people.save(self._database, *of, knows, login_at)
            if data is not None:
                await stored.save_session(self._database, *of, data, of_login=login_at)
        except BaseException:
            session.unsaved |= unsaved
            session.is_changed |= data is not None
            raise

    async def disconnect(self, *, is_owner: bool) -> None:
        """Store the sessions and close the connections; these also when the database is away:
        clients that were left connected would go on telling a service that is over.

        Only the pool's owner says that its accounts are not connected any more: those of a standby
        are still used by another process.
        """
        try:
            await self.save_changed(everything=True)
        finally:
            await self._hang_up()
        for kind in self.clients:
            if kind in self.lost:
                reason = self.lost[kind]
                await stored.mark_account(self._database, self.rows[kind], "lost", reason)
            elif is_owner:
                await stored.mark_account(self._database, self.rows[kind], "disconnected")

    async def _hang_up(self) -> None:
        for client in self.clients.values():
            with contextlib.suppress(TimeoutError, ConnectionError):
                await asyncio.wait_for(client.disconnect(), 5)
