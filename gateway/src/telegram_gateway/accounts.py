"""The pool's two accounts, connected: the bot, which keeps the groups, and the user account, which
opens groups and calls.

This module joins the two edges: the clients are from `telegram/`, their sessions are stored by
`database/`. It has how the clients begin and end, and when which part of a session is stored.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from telegram_gateway.core.connection import NETWORK
from telegram_gateway.core.model import TgUserId
from telegram_gateway.database import accounts as stored
from telegram_gateway.database import known_people
from telegram_gateway.database.accounts import Account
from telegram_gateway.database.connection import Database, aware
from telegram_gateway.errors import GatewayError
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.client import Client, make_client
from telegram_gateway.telegram.errors import AccountLost, TelegramError, translated
from telegram_gateway.telegram.gate import May
from telegram_gateway.telegram.liveness import ConnectionMonitor
from telegram_gateway.telegram.sender import ConnectionHistory
from telegram_gateway.telegram.session import StoredSession
from telegram_gateway.telegram.updates import UpdateBuffer, forward_updates

KINDS = ("bot", "user")
#: Why a client hung up whose loop for updates has ended.
UPDATES = "UPDATES"


class Accounts:
    """The connected clients of a pool. Open with `await Accounts.connect(...)`.

    `rows`, `clients`: by kind ("bot", "user"). `monitor`: of the user account's connection.
    `updates`: those of both clients, from their connecting on.
    """

    monitor: ConnectionMonitor

    def __init__(self, settings: Settings, database: Database):
        self._settings = settings
        self._database = database
        self.updates = UpdateBuffer()
        self.rows: dict[str, Account] = {}
        self.clients: dict[str, Client] = {}
        # when each login was made: the session of a later one is not overwritten with ours
        self._login_at: dict[str, datetime | None] = {}
        # kinds of accounts whose login is gone, with Telegram's name of the error
        self.lost: dict[str, str] = {}
        # whether, at the end, every update had been forwarded that the stored numbers count as seen
        self.all_handed_on = True

    @classmethod
    async def connect(
        cls,
        settings: Settings,
        database: Database,
        histories: Mapping[str, ConnectionHistory],
        *,
        is_anew: bool = False,
    ) -> Accounts:
        """Connect bot and user account with their stored sessions. histories: of their connections,
        by kind. is_anew: do not ask for the updates that were missed, in which there is something
        that the client cannot cope with.

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
                await self._connect(kind, histories[kind], is_anew)
        except BaseException:
            await self._hang_up()
            raise
        self.monitor = ConnectionMonitor(self.user)
        return self

    async def _connect(self, kind: str, history: ConnectionHistory, is_anew: bool) -> None:
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
        client = self.clients[kind] = make_client(settings, session, history=history)
        client.kind = kind
        forward_updates(client, self.updates)
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
        """From now on `on_lost(kind, code)` is called, once for each login that Telegram accepts no
        more."""

        def lost(kind: str, code: str) -> None:
            if kind not in self.lost:
                self.lost[kind] = code
                on_lost(kind, code)

        for kind, client in self.clients.items():
            client.on_lost = partial(lost, kind)

    async def hung_up(self) -> None:
        """Wait until a client has given up, because its own attempts to connect again have
        failed."""
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
        """Give the reason why the work ended: `error`, or what `check` finds behind an error of
        Telegram's."""
        if isinstance(error, TelegramError):
            try:
                self.check()
            except GatewayError as behind:
                return behind
        return error

    def _why_hung_up(self) -> str:
        """Why a client has hung up: NETWORK, or the name of the error that ended it."""
        for client in self.clients.values():
            ended = client.disconnected
            error = ended.exception() if ended.done() and not ended.cancelled() else None
            if error is not None and not isinstance(error, OSError | asyncio.IncompleteReadError):
                return type(error).__name__
        return NETWORK

    @property
    def are_answering(self) -> bool:
        """True if Telegram answers on the connections of both."""
        return all(client.is_answering for client in self.clients.values())

    def gate(self, may: May) -> None:
        """From now on nothing is changed on Telegram unless `may` allows it."""
        for client in self.clients.values():
            client.may = may

    @property
    def bot(self) -> Client:
        """The secretary: members, requests, messages."""
        return self.clients["bot"]

    @property
    def user(self) -> Client:
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
        """Return when the login of an account was made (aware, UTC), if that is known."""
        return aware(self._login_at.get(kind))

    def forget(self, tg_user_ids: frozenset[TgUserId]) -> None:
        """Forget these people in the sessions."""
        for client in self.clients.values():
            client.stored_session.forget(tg_user_ids)

    async def save_changed(self, *, everything: bool = False) -> None:
        """Store the sessions that changed."""
        for kind, client in list(self.clients.items()):
            if everything:
                await client.complete_session()
                if not client.replay.is_idle:
                    self.all_handed_on = False
            await self._save(kind, client.stored_session, is_asked=everything)

    async def _save(self, kind: str, session: StoredSession, *, is_asked: bool) -> None:
        """Store what changed in a session, as it is at this moment (is_asked: the numbers in any
        case). The people it knows are stored before the numbers: Telegram does not show the people
        again of updates that count as seen."""
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
        """Store the sessions and close the connections. The connections are closed even if the
        database is away: clients that were left connected would go on forwarding updates to a
        service that is over. Only the pool's owner records that its accounts are not connected any
        more: the accounts of a standby are still used by another process."""
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
