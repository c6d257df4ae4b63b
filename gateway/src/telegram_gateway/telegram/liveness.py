"""The life of a client's line: it is asked for a sign while somebody wants to know, and what comes
over it is marked with how the line stood just then (`core/liveness.py` says what follows).

A sign is Telegram's own *ping*, which costs the account nothing: it is no request to a method.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

import psycopg
import structlog
from telethon import TelegramClient, functions

from telegram_gateway.core.liveness import (
    PING_S,
    Heard,
    Life,
    Outcome,
    on_answer,
    on_connection,
    on_turn,
)
from telegram_gateway.errors import LeaseLost

log = structlog.get_logger(__name__)
_MOST_UNANSWERED = 5
_HEARD = "_heard_over_line"  # the mark on an update


def heard_of(update: Any) -> Heard | None:
    """How the line stood when the update came over it; None: it came in another way."""
    return getattr(update, _HEARD, None)


class LineLife:
    """Watches the line of a connected client. `on_lost(heard)` is called where something may have
    been missed: the line was silent, another connection took its place, or we stood still; with how
    it stood before."""

    def __init__(self, client: TelegramClient) -> None:
        self._sender: Any = client._sender
        self._life = Life()
        self._reader: object = None
        self._number = 0
        self._unanswered: set[asyncio.Future[Any]] = set()
        self._ids = itertools.count(1)
        self.on_lost: Callable[[Heard], None] = lambda _heard: None
        queue: Any = client._updates_queue
        put = queue.put_nowait

        def marked(updates: Any) -> None:
            """At once, as it comes: its turn may be later, when the line has said more."""
            heard = self.heard
            inner = getattr(updates, "updates", None) or [getattr(updates, "update", None)]
            for one in inner:
                if one is not None:
                    setattr(one, _HEARD, heard)
            put(updates)

        queue.put_nowait = marked

    @property
    def heard(self) -> Heard:
        """How the line stands now."""
        # each connection has a reader of its own
        reader = getattr(self._sender._connection, "_reader", None)
        if reader is not self._reader:
            self._reader = reader
            self._number += 1
            self._unanswered.clear()  # what was asked over the former one is not answered any more
            self._take(on_connection(self._life, self._number))
        return self._life.heard

    async def keep_asking(
        self,
        now: Callable[[], Awaitable[datetime]],
        after_turn: Callable[[], Awaitable[bool]],
    ) -> None:
        """Ask for signs until `after_turn`, awaited after each of them, says that nobody wants to
        know any more. now: the database's clock."""
        loop = asyncio.get_running_loop()
        self._life = Life(connection=self.heard.connection)
        while True:
            try:
                asked_at = await now()
                heard = self.heard
                self._take(on_turn(self._life, asked_at, loop.time()))
                self._ask(asked_at, heard.connection)
                if not await after_turn():
                    return
            except LeaseLost:
                return
            except psycopg.Error:  # without its clock nothing is known, and all stays unsure
                log.info("line_unasked", exc_info=True)
            await asyncio.sleep(PING_S)

    def _ask(self, asked_at: datetime, connection: int) -> None:
        if len(self._unanswered) >= _MOST_UNANSWERED:
            return
        try:
            answer = self._sender.send(functions.PingRequest(next(self._ids)))
        except ConnectionError:
            return
        self._unanswered.add(answer)
        answer.add_done_callback(partial(self._answered, asked_at, connection))

    def _answered(self, asked_at: datetime, connection: int, answer: asyncio.Future[Any]) -> None:
        self._unanswered.discard(answer)
        if answer.cancelled() or answer.exception() or self.heard.connection != connection:
            return
        now_s = asyncio.get_running_loop().time()
        self._take(on_answer(self._life, connection, asked_at, now_s))

    def _take(self, outcome: Outcome) -> None:
        self._life, lost = outcome
        if lost is not None:
            self.on_lost(lost)
