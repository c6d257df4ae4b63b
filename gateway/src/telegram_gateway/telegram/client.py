"""One of the pool's clients: the library's own client, which we make hang up when nothing is
answered, and say when it cannot go on.

This module has what the library's client does differently for us: how long it waits, when it hangs
up, what it asks for again. The connection itself is in sender.py; what must not be asked for is in
gate.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from telethon import errors, functions, types
from telethon.crypto import rsa

from telegram_gateway.core.connection import ALLOWED_S, NETWORK
from telegram_gateway.core.consequences import Consequence
from telegram_gateway.core.retry import look_again_s
from telegram_gateway.errors import GatewayError
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.errors import (
    AccountLost,
    Passing,
    TelegramError,
    code_of,
    consequence_of,
    translated,
    wait_of,
)
from telegram_gateway.telegram.gate import GatedClient
from telegram_gateway.telegram.replay import Replay
from telegram_gateway.telegram.sender import ConnectionHistory, Sender
from telegram_gateway.telegram.session import StoredSession

log = structlog.get_logger(__name__)
_CONNECT_S = 60.0  # with the exchange of a key, which nothing else watches
_ASK_AGAIN_S = 1.0


class Client(GatedClient):
    """A client that does not wait for ever for an answer, since that would hold up its lane, and
    whose connection is watched. It hangs up (`disconnected`) when its connection is dead and two
    more were made in vain, and when its loop for updates has ended (`updates_ended`).

    `answer_s`: how long it waits for an answer. `on_reconnected` is called once Telegram answers on
    a new connection; `replay` knows whether Telegram then sent all updates that were missed.
    """

    answer_s: float
    on_reconnected: Callable[[], None] | None = None

    def __init__(self, *args: Any, history: ConnectionHistory, **options: Any):
        super().__init__(*args, **options)
        self.history = history
        self._is_loop_over = False
        self._is_asking = False
        self._refusals = 0  # in a row, of the updates that were missed
        self._catching_up: asyncio.TimerHandle | None = None
        self._sender = Sender(
            self.session.auth_key,
            history=history,
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
        """True if the loop for updates has ended by itself. (A login that is gone is reported by
        the request that was answered so: see gate.py.)"""
        error = self._updates_error
        is_failed = error is not None and not isinstance(error, errors.RPCError)
        return self._is_loop_over or is_failed

    @property
    def is_answering(self) -> bool:
        """True if Telegram has answered on the connection that stands."""
        return bool(self._sender.is_answering)

    async def connect(self) -> None:
        """Connect. Raises OSError where that is not possible now (TimeoutError is one)."""
        self.replay.begin()
        async with asyncio.timeout(_CONNECT_S):
            await super().connect()

    async def _handle_auto_reconnect(self) -> None:
        """Telegram sends no updates to a new connection before it was asked for something."""
        self.replay.on_connection_lost()
        if self._is_asking:
            return  # what was asked before is sent again
        self._is_asking = True
        try:
            while self.is_connected():
                try:
                    await self.who_am_i()
                except AccountLost:  # `on_lost` was called
                    return
                except TelegramError as error:
                    if error.code == NETWORK:
                        await asyncio.sleep(_ASK_AGAIN_S)
                        continue
                    log.warning("reconnect_refused", account=self.kind, code=error.code)
                self.replay.on_reconnected()
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
        """Have the library ask for missed updates then. By itself it would do so after a quarter of
        an hour only, or once it misses something else."""
        if self._catching_up is not None:
            self._catching_up.cancel()
        loop = asyncio.get_running_loop()
        missed = types.UpdatesTooLong()
        self._catching_up = loop.call_later(seconds, self._updates_queue.put_nowait, missed)

    @property
    def stored_session(self) -> StoredSession:
        """The client's session, which the pool stores."""
        session: StoredSession = self.session
        return session

    async def complete_session(self) -> None:
        """Put into the session what the library keeps only in memory until it hangs up: the numbers
        of updates, and the people and groups that it knows."""
        await self._save_states_and_entities()

    async def _update_loop(self) -> None:
        """The library's loop. It ends by itself only where something went wrong, without a word."""
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
                # the library hung up, and cancels what was not answered; our task goes on
                raise ConnectionError("hung up") from None

    async def who_am_i(self) -> types.User:
        """Give the account as Telegram shows it, a TL user. Unlike the library's `get_me` this
        tells errors apart. Raises TelegramError.
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
    settings: Settings,
    session: StoredSession,
    *,
    retries: int = 1,
    history: ConnectionHistory | None = None,
) -> Client:
    """Make a client that leaves every decision about waits and retries to us.

    retries: how often the library sends a request again by itself. history: of the account's
    connections, by former clients.

    Raises GatewayError("api_missing") if neither the settings nor the session has the API id and
    hash.
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
        history=history or ConnectionHistory(),
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
