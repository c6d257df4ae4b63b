"""The pool's two clients: the bot, which keeps the groups, and the user account, which opens
groups and calls."""

from __future__ import annotations

import asyncio
import contextlib

import structlog
from telethon import TelegramClient
from telethon.crypto import rsa

from telegram_gateway.core.model import TgUserId
from telegram_gateway.database import accounts as stored
from telegram_gateway.database.accounts import Account
from telegram_gateway.database.connection import Database
from telegram_gateway.errors import GatewayError
from telegram_gateway.settings import Settings

from .errors import AccountLost, Passing, translated
from .session import StoredSession

log = structlog.get_logger(__name__)
KINDS = ("bot", "user")


def make_client(settings: Settings, session: StoredSession, *, retries: int = 1) -> TelegramClient:
    """A client that leaves every decision about waits and retries to us."""
    if settings.server_host:
        if settings.server_public_key_file is not None:
            rsa.add_key(settings.server_public_key_file.read_text(), old=False)
        if session.auth_key is None or session.server_address != settings.server_host:
            session.set_dc(settings.server_dc, settings.server_host, settings.server_port)
        session._port = settings.server_port
    return TelegramClient(
        session,
        settings.api_id,
        settings.api_hash.get_secret_value(),
        flood_sleep_threshold=0,
        request_retries=retries,
        raise_last_call_error=True,
        connection_retries=5,
        retry_delay=1,
        auto_reconnect=True,
        sequential_updates=True,
        catch_up=True,
        device_model="Telegram Gateway",
        app_version="1.0",
        system_version="1.0",
    )


class Accounts:
    """The connected clients of a pool. Open with `await Accounts.connect(...)`."""

    def __init__(self, settings: Settings, database: Database):
        self._settings = settings
        self._database = database
        self.rows: dict[str, Account] = {}
        self.clients: dict[str, TelegramClient] = {}

    @classmethod
    async def connect(cls, settings: Settings, database: Database) -> Accounts:
        """Connect bot and user account with their stored sessions.

        Raises GatewayError: "no_account", "account_lost", "wrong_session_key",
        "telegram_unreachable".
        """
        self = cls(settings, database)
        self.rows = await stored.load_accounts(database, settings.pool)
        for kind in KINDS:
            if kind not in self.rows:
                raise GatewayError("no_account", kind=kind)
            await self._connect(kind)
        return self

    async def _connect(self, kind: str) -> None:
        account = self.rows[kind]
        settings = self._settings
        data = await stored.load_session(
            self._database, account, settings.process_name, settings.session_key_bytes
        )
        if data is None:
            raise GatewayError("no_account", kind=kind)
        client = make_client(settings, StoredSession.from_bytes(data))
        try:
            with translated():
                await client.connect()
                me = await client.get_me()
        except Passing:
            raise GatewayError("telegram_unreachable") from None
        except AccountLost as error:
            await stored.mark_account(self._database, account, "lost", error.code)
            raise GatewayError("account_lost", kind=kind, reason=error.code) from None
        if me is None:
            await stored.mark_account(self._database, account, "lost", "AUTH_KEY_UNREGISTERED")
            raise GatewayError("account_lost", kind=kind, reason="AUTH_KEY_UNREGISTERED")
        self.clients[kind] = client
        await stored.mark_account(self._database, account, "connected")

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

    async def mark_lost(self, kind: str, error_code: str) -> None:
        """Telegram no longer accepts the account; a person has to log in again."""
        log.error("account_lost", kind=kind, error_code=error_code)
        await stored.mark_account(self._database, self.rows[kind], "lost", error_code)

    async def save_changed(self, *, everything: bool = False) -> None:
        """Store the sessions that changed."""
        for kind, client in list(self.clients.items()):
            session = client.session
            if everything:
                await client._save_states_and_entities()
            if session.is_changed or everything:
                await stored.save_session(
                    self._database,
                    self.rows[kind],
                    self._settings.process_name,
                    self._settings.session_key_bytes,
                    session.to_bytes(),
                )

    async def disconnect(self) -> None:
        """Store the sessions and close the connections; these also when the database is away:
        clients that were left connected would go on telling a service that is over."""
        try:
            await self.save_changed(everything=True)
        finally:
            for client in self.clients.values():
                with contextlib.suppress(TimeoutError, ConnectionError):
                    await asyncio.wait_for(client.disconnect(), 5)
        for kind in self.clients:
            await stored.mark_account(self._database, self.rows[kind], "disconnected")
