"""The client library's part that holds the connection, with a watch over it: a dead connection is
noticed, connections are not made too often, and nothing is sent twice that must not be.

What counts as dead, how long the pauses are and when to give up is decided by the pure
core/connection.py. All that depends on private parts of the library's connection is here.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import structlog
from telethon import errors
from telethon.network import MTProtoSender
from telethon.tl import TLRequest, functions

from telegram_gateway.core.connection import (
    MOST_IN_VAIN,
    NEW_PULSE,
    Attempts,
    Beat,
    Pulse,
    after_tick,
)
from telegram_gateway.telegram.requests import method_of

log = structlog.get_logger(__name__)
_TICK_S = 0.5
#: Requests that are not sent again after a lost connection, though the library would: they may have
#: taken effect, and would make a second group, or a second call, which ends the first. Their caller
#: gets a ConnectionError, and reads what is on Telegram before asking again.
_ONCE = {"channels.createChannel", "phone.createGroupCall"}
#: Says that a message is out: after a lost connection it was sent again. To the library it is a
#: server's error, by its number (500), so that it would ask once more and sleep.
_SENT_BEFORE = "RANDOM_ID_DUPLICATE"


class ConnectionHistory:
    """The past connections of an account; kept from one client of the account to the next.
    `attempts`: by `time.monotonic`; `round_trip_s`: how long the last answer took."""

    def __init__(self) -> None:
        self.attempts = Attempts()
        self.round_trip_s = 0.0

    @property
    def pause_s(self) -> float:
        """Seconds to wait before the next connection is made."""
        return self.attempts.pause_s(time.monotonic())

    @property
    def allowed_s(self) -> float:
        """Seconds that a sign of life may take."""
        return self.attempts.allowed_s(time.monotonic(), self.round_trip_s)

    def begun(self) -> None:
        """A connection is being made."""
        self.attempts = self.attempts.begun(time.monotonic())

    def answered(self) -> None:
        """Telegram has answered."""
        self.attempts = self.attempts.answered(time.monotonic())


class Sender(MTProtoSender):  # type: ignore[misc]
    """The library's sender, watched. Its `disconnected` is resolved once it has given up."""

    def __init__(self, *args: Any, history: ConnectionHistory, **options: Any):
        super().__init__(*args, **options)
        self.history = history
        self._pulse = NEW_PULSE
        self._watch_task: asyncio.Task[None] | None = None
        self._asked = 0, 0.0  # the number of the newest ping, and when it was sent
        self._in_vain = 0  # connections since Telegram answered last
        self._has_answered = False

    @property
    def is_answering(self) -> bool:
        """True if Telegram has answered just now on the connection that stands."""
        return self._transport_connected() and not self._in_vain and self._pulse.is_well

    @property
    def disconnected(self) -> asyncio.Future[None]:
        """Resolved once it has hung up, with the error for which it has given up."""
        found: asyncio.Future[None] = super().disconnected
        found.add_done_callback(_mark_retrieved)
        return found

    # --- one connection ----------------------------------------------------------------------

    async def _try_connect(self, attempt: int) -> bool:
        """The only place where connections are made."""
        # one that never worked is tried anew by its caller, which can be told to stop meanwhile
        if self._in_vain >= (MOST_IN_VAIN if self._has_answered else 1):
            return False
        await asyncio.sleep(self.history.pause_s)
        self._in_vain += 1
        self.history.begun()
        return bool(await super()._try_connect(attempt))

    async def _try_gen_auth_key(self, attempt: int) -> bool:
        is_made = bool(await super()._try_gen_auth_key(attempt))
        if is_made:
            self._answered()
        return is_made

    async def _connect(self) -> None:
        await super()._connect()
        self._pulse = NEW_PULSE
        self._watch_task = asyncio.create_task(self._watch(), name="connection watch")
        self._watch_task.add_done_callback(self._watch_ended)

    async def _reconnect(self, last_error: BaseException | None) -> None:
        self._stop_watching()
        self._abort()
        self._sort_out()
        await super()._reconnect(last_error)

    async def _disconnect(self, error: BaseException | None = None) -> None:
        self._stop_watching()
        if error is not None or not self.is_answering:
            self._abort()
        queued = list(self._send_queue._deque)
        self._send_queue._deque.clear()
        for state in [*queued, *self._pending_state.values()]:
            state.future.add_done_callback(_mark_retrieved)
        await super()._disconnect(error)
        _mark_retrieved(self._disconnected)
        for state in queued:  # the library forgets those that were not sent yet
            if not state.future.done():
                state.future.set_exception(error or ConnectionError("hung up"))

    def _abort(self) -> None:
        """Drop the connection at once: the library would wait until what is written has arrived."""
        writer = getattr(self._connection, "_writer", None)
        if writer is not None:
            writer.transport.abort()

    def _sort_out(self) -> None:
        """Drop what is not to be sent on the next connection: requests that must not be repeated,
        requests that nobody waits for any more, and pings, which belonged to the lost
        connection."""
        for message_id, sent in list(self._pending_state.items()):
            is_given_up = sent.future.done() or isinstance(sent.request, functions.PingRequest)
            if is_given_up or method_of(sent.request) in _ONCE:
                del self._pending_state[message_id]
                if not sent.future.done():
                    sent.future.set_exception(ConnectionError("the answer is lost"))
        kept = [
            state
            for state in self._send_queue._deque
            if isinstance(state.request, TLRequest)
            and not isinstance(state.request, functions.PingRequest)
            and not state.future.done()
        ]
        self._send_queue._deque.clear()
        self._send_queue.extend(kept)

    # --- signs of life ---------------------------------------------------------------------

    async def _watch(self) -> None:
        then = time.monotonic()
        while True:
            now = time.monotonic()
            self._pulse, beat = after_tick(self._pulse, now - then, self.history.allowed_s)
            then = now
            if beat is Beat.PING and self.is_connected():
                self._ask()
            elif beat is Beat.GIVE_UP:
                log.warning("connection_dead", silent_s=round(self._pulse.silent_s, 1))
                self._start_reconnect(ConnectionError("Telegram does not answer"))
                return
            await asyncio.sleep(_TICK_S)

    def _watch_ended(self, task: asyncio.Task[None]) -> None:
        """Close a connection whose watch has ended: nobody would notice its death."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("connection_watch_failed", exc_info=error)
            self._start_reconnect(error)

    def _stop_watching(self) -> None:
        if self._watch_task is not None:
            self._watch_task.cancel()
            self._watch_task = None

    def _ask(self) -> None:
        ping_id = random.randrange(-(2**63), 2**63)
        self._asked = ping_id, time.monotonic()
        answer = self.send(functions.PingRequest(ping_id))
        answer.add_done_callback(_mark_retrieved)

    def _keepalive_ping(self, rnd_id: int) -> None:
        """Replaces the library's own ping, once a minute: ours says more."""

    def _answered(self) -> None:
        self._pulse = Pulse()
        self._in_vain = 0
        self._has_answered = True
        self.history.answered()

    async def _handle_rpc_result(self, message: Any) -> None:
        self._answered()
        error = message.obj.error
        if error is not None and error.error_message == _SENT_BEFORE:
            state = self._pending_state.pop(message.obj.req_msg_id, None)
            if state is not None and not state.future.done():
                found = errors.RPCError(state.request, _SENT_BEFORE, error.error_code)
                state.future.set_exception(found)
            return
        await super()._handle_rpc_result(message)

    async def _handle_pong(self, message: Any) -> None:
        ping_id, asked_at = self._asked
        if message.obj.ping_id == ping_id:
            self.history.round_trip_s = time.monotonic() - asked_at
        self._answered()
        await super()._handle_pong(message)


def _mark_retrieved(future: asyncio.Future[Any]) -> None:
    """Keep asyncio from logging an error that nobody asks for."""
    if future.done() and not future.cancelled():
        future.exception()
