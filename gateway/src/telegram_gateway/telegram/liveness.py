"""Watches whether a client's connection lives. Signs of life are asked for while somebody wants to
know, and each update is marked with how much had come until then. What follows from that is decided
in core/liveness.py.

A sign is the answer to Telegram's own *ping*. It costs the account nothing, since it is no request
to a method.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from telethon import TelegramClient, functions

from telegram_gateway.core.liveness import (
    ConnectionLife,
    Coverage,
    Outcome,
    on_answer,
    on_connection,
    on_turn,
)

_MOST_UNANSWERED = 5
#: The attribute by which an update carries its coverage; read in updates.py.
COVERAGE = "_coverage"


class ConnectionMonitor:
    """Watches the connection of a connected client. `on_lost(coverage)` is called when something
    may have been missed after that coverage: the connection was silent, another one took its place,
    or the gateway stood still."""

    def __init__(self, client: TelegramClient) -> None:
        self._sender: Any = client._sender
        self._life = ConnectionLife()
        self._reader: object = None
        self._number = 0
        self._unanswered: set[asyncio.Future[Any]] = set()
        self._ids = itertools.count(1)
        self.on_lost: Callable[[Coverage], None] = lambda _coverage: None
        queue: Any = client._updates_queue
        put = queue.put_nowait

        def put_marked(updates: Any) -> None:
            """Mark at once, as it comes: its turn may be later, when more has come."""
            coverage = self.coverage
            parts = getattr(updates, "updates", None) or [getattr(updates, "update", None)]
            for update in parts:
                if update is not None:
                    setattr(update, COVERAGE, coverage)
            put(updates)

        queue.put_nowait = put_marked

    @property
    def coverage(self) -> Coverage:
        """Return how much of Telegram's data has come until now."""
        # each connection has a reader of its own
        reader = getattr(self._sender._connection, "_reader", None)
        if reader is not self._reader:
            self._reader = reader
            self._number += 1
            self._unanswered.clear()  # what was asked over the former one is not answered any more
            self._take(on_connection(self._life, self._number))
        return self._life.coverage

    def begin(self) -> None:
        """Forget the signs of an earlier watch: from now on `ask_for_sign` is called every
        PING_S."""
        self._life = ConnectionLife(connection=self.coverage.connection)

    def ask_for_sign(self, now: datetime) -> None:
        """Send a ping, and note that the process is awake to receive the answer. now: the
        database's clock (aware)."""
        connection = self.coverage.connection
        self._take(on_turn(self._life, now, asyncio.get_running_loop().time()))
        if len(self._unanswered) >= _MOST_UNANSWERED:
            return
        try:
            answer = self._sender.send(functions.PingRequest(next(self._ids)))
        except ConnectionError:
            return
        self._unanswered.add(answer)
        answer.add_done_callback(partial(self._answered, now, connection))

    def _answered(self, asked_at: datetime, connection: int, answer: asyncio.Future[Any]) -> None:
        self._unanswered.discard(answer)
        if answer.cancelled() or answer.exception() or self.coverage.connection != connection:
            return
        now_s = asyncio.get_running_loop().time()
        self._take(on_answer(self._life, connection, asked_at, now_s))

    def _take(self, outcome: Outcome) -> None:
        self._life, lost = outcome
        if lost is not None:
            self.on_lost(lost)
