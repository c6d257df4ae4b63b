"""L2's surroundings: a running call is watched, and its joins and leaves become facts.

Updates may be lost; so a cheap probe asks every few seconds whether the list changed, and the whole
list is read once a minute and after each reconnect. While looking fails, or after the line was
silent or broken, the call is *not observed* until a list was read, and Odoo is told so.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import structlog

from telegram_gateway.call_facts import closed_fact, observation_fact, participant_fact
from telegram_gateway.core.calls import is_deserted
from telegram_gateway.core.life import Heard
from telegram_gateway.core.line import NETWORK
from telegram_gateway.core.model import ChatId, Fact, TgCallId
from telegram_gateway.core.presence import (
    CallState,
    Moment,
    PeerKey,
    Wish,
    known_until,
    on_end,
    on_look,
    on_same,
    on_update,
)
from telegram_gateway.core.retry import probe_again_s
from telegram_gateway.database import chats, outbox, presence
from telegram_gateway.errors import LeaseLost
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.calls import CallOver
from telegram_gateway.telegram.errors import AccountLost, TelegramError, Wait
from telegram_gateway.telegram.seen import ParticipantsSeen, Person

log = structlog.get_logger(__name__)
_MISSING_S = 1.5  # how long to wait for an update that is missing before reading
#: A shorter time between the last look and the end, or a restart, is not told of.
_UNSEEN = timedelta(seconds=3)


class CallWatch:
    """Watches one call from `start` until `end`; `on_gone(call)` is called when a look finds that it
    is over, though nobody said so."""

    def __init__(
        self,
        pool: Pool,
        chat_id: ChatId,
        call: Any,
        on_gone: Callable[[TgCallId], None] = lambda _call: None,
    ):
        self._on_gone = on_gone
        self._pool = pool
        self._chat_id = chat_id
        self._call = call
        self.tg_call_id = TgCallId(call.id)
        self._state = CallState()
        self._people: dict[PeerKey, Person] = {}
        self._turn = asyncio.Lock()
        self._read_soon = asyncio.Event()
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._lost_at: datetime | None = None  # since when it is not observed, not told of yet
        self._told_lost_at: datetime | None = None  # the last time that was told

    async def start(self) -> None:
        """Begin to watch, from what was told of this call before a restart, if anything."""
        await self.remember()
        self._read_soon.set()
        self._task = asyncio.create_task(self._run(), name=f"call {self.tg_call_id}")

    async def stop(self) -> None:
        """Stop watching; says nothing about the call."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def read_soon(self) -> None:
        """Updates may have been lost: read the whole list."""
        self._read_soon.set()

    def unheard(self, heard: Heard) -> None:
        """Something may have been missed since the line stood so: a list decides."""
        at = known_until(self._state, None if self._state.waiting else heard)
        if at is not None and not self._state.is_blind:
            self._lost_at = min(self._lost_at or at, at)
        self._read_soon.set()

    async def tell_unheard(self) -> None:
        """Tell Odoo of what `unheard` noted, before a list was read."""
        async with self._turn:
            await self._tell_lost()

    def expect(self, *, listeners_hidden: bool) -> None:
        """An update says whether listeners are hidden; a look finds out since when."""
        if listeners_hidden != self._state.listeners_hidden:
            self._read_soon.set()

    async def on_participants(self, seen: ParticipantsSeen) -> None:
        """An update about the people in the call."""
        async with self._turn:
            self._people.update(seen.people)
            now = await self._pool.now()
            before = self._state
            state, moments, wish = on_update(
                self._state, seen.version, seen.participants, now, seen.heard
            )
            # told first: what could not be told is to be found again
            await self._tell(moments)
            self._state = state
            self._moved.set()
            await self._look_at_end()
        if wish is Wish.READ:
            self._read_soon.set()
        elif wish is Wish.WAIT and before.version is not None:
            asyncio.get_running_loop().call_later(_MISSING_S, self._read_if_behind, seen.version)

    def _read_if_behind(self, version: int) -> None:
        if (self._state.version or 0) < version:
            self._read_soon.set()

    @property
    def present(self) -> tuple[tuple[str, int], ...]:
        """Who is in the call, as far as is known."""
        return tuple(self._state.present)

    async def last_look(self) -> None:
        """Read the list a last time before the call is closed, as well as it goes."""
        with contextlib.suppress(TelegramError):
            await self._look()

    async def end(
        self, at: datetime, *, is_seen: bool, heard: Heard | None = None, **closed: Any
    ) -> None:
        """The call is over, since some time after it was known last: whoever was in it left, and
        Odoo is told. heard: how the line stood when an update said so; `is_seen`: that, or we, ended
        it; else it was found to be over.

        `closed` are the fields of `call_closed` beyond the instant and the call.
        """
        await self.stop()
        async with self._turn:
            since = known_until(self._state, heard) or at
            if at - since > _UNSEEN:
                self._lost_at = min(self._lost_at or since, since)
            await self._tell_lost()
            self._state, moments = on_end(self._state, at, heard, is_seen=is_seen)
            facts = [
                *map(self._fact, moments),
                closed_fact(self._chat_id, self.tg_call_id, at, **closed),
            ]
            await self._pool.tell_as_owner(facts)

    async def _run(self) -> None:
        settings = self._pool.settings
        loop = asyncio.get_running_loop()
        full_at = loop.time()
        failures = 0
        while True:
            try:
                if self._read_soon.is_set() or loop.time() >= full_at:
                    self._read_soon.clear()
                    await self._look()
                    full_at = loop.time() + settings.full_look_s
                else:
                    await self._probe()
                if self._state.connection != self._pool.accounts.life.heard.connection:
                    self._read_soon.set()  # what was read came over one that broke meanwhile
                await self._observed(True)
                failures = 0
            except LeaseLost:
                return
            except AccountLost:
                await self._observed(False)
                return
            except TelegramError as error:
                log.info("look_failed", tg_call_id=self.tg_call_id, code=error.code)
                if isinstance(error, CallOver):
                    self._on_gone(self.tg_call_id)
                else:
                    await self._observed(False)
                self._read_soon.set()
                # a line that is dead has its own pace
                failures = 1 if error.code == NETWORK else failures + 1
                first_s = min(settings.probe_s, 2.0)
                is_wait = isinstance(error, Wait)
                pause = error.seconds if is_wait else probe_again_s(first_s, failures)
                await asyncio.sleep(pause)
                continue
            except psycopg.Error:  # lost against another program, a deadlock say
                log.warning("look_untold", tg_call_id=self.tg_call_id, exc_info=True)
                self._read_soon.set()
                await asyncio.sleep(min(settings.probe_s, 2.0))
                continue
            # not wait_for: before Python 3.12 it may swallow a cancellation that comes with the wake
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(settings.probe_s):
                    await self._read_soon.wait()

    async def _updates_up_to(self, version: int) -> None:
        """Let updates come that are on their way: they say more exactly what a list shows."""
        if self._state.version is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MISSING_S):
                while self._state.version < version:
                    self._moved.clear()
                    await self._moved.wait()

    def _over(self, connection: int) -> int | None:
        """The connection, if it stands still."""
        return connection if self._pool.accounts.life.heard.connection == connection else None

    async def _probe(self) -> None:
        connection = self._pool.accounts.life.heard.connection
        began = await self._pool.now()
        probe = await calls.probe(self._pool.accounts.user, self._call)
        await self._updates_up_to(probe.version)
        async with self._turn:
            known = self._state
            is_same = probe.listeners_hidden == known.listeners_hidden
            if is_same and (known.version or 0) > probe.version:
                return  # updates came meanwhile
            is_same = is_same and probe.version == known.version
            if not probe.listeners_hidden:
                is_same = is_same and not known.unlisted and probe.count == len(known.present)
            if is_same:
                self._state = on_same(known, began, self._over(connection))
                await self._save_seen()
                await self._look_at_end()
                return
        await self._look()

    async def _look(self) -> None:
        connection = self._pool.accounts.life.heard.connection
        began = await self._pool.now()
        look = await calls.look(self._pool.accounts.user, self._call)
        now = await self._pool.now()
        await self._updates_up_to(look.listing.version)
        async with self._turn:
            self._people.update(look.people)
            await self._listeners(look.listeners_hidden, now)
            state, moments, wish = on_look(
                self._state, look.listing, began, now, self._over(connection)
            )
            await self._tell(moments)
            self._state = state
            await self._save_seen()
            await self._look_at_end()
        if wish is Wish.READ:
            asyncio.get_running_loop().call_later(_MISSING_S, self._read_soon.set)

    async def _save_seen(self) -> None:
        """A successor must know since when nobody looked."""
        await chats.save_call_seen(self._pool.database, self._chat_id, self._state.seen_at)

    async def _listeners(self, are_hidden: bool, now: datetime) -> None:
        """Tell Odoo when listeners begin to be hidden, and when they are shown again."""
        if are_hidden == self._state.listeners_hidden:
            return
        at = self._state.seen_at or now if are_hidden else now
        kind = "listeners_hidden" if are_hidden else "listeners_shown"
        await self._pool.tell_as_owner([self._observation(kind, at)])
        self._state = replace(self._state, listeners_hidden=are_hidden)

    async def _look_at_end(self) -> None:
        """A `close_call` that lets people talk is looked at as soon as nobody does."""
        if is_deserted(self.present, self._pool.accounts.user_id):
            await outbox.look_at_end(self._pool.database, self._chat_id)

    async def _observed(self, is_well: bool) -> None:
        """Tell Odoo when looking begins to fail, or something may have been missed, and when it
        works again."""
        if is_well and not self._state.is_blind and self._lost_at is None:
            return
        now = await self._pool.now()
        async with self._turn:
            if not is_well:
                self._lost_at = self._lost_at or self._state.seen_at or now
            await self._tell_lost()
            # else something was missed after that list: another one is read at once
            if is_well and not self._read_soon.is_set():
                at = max(now, self._told_lost_at or now)
                await self._pool.tell_as_owner([self._observation("observation_back", at)])
                self._state = replace(self._state, is_blind=False)

    async def _tell_lost(self) -> None:
        at, self._lost_at = self._lost_at, None
        if at is None or self._state.is_blind:
            return
        if self._told_lost_at is not None:  # facts have whole seconds: no two are the same
            at = max(at, self._told_lost_at + timedelta(seconds=1))
        try:
            await self._pool.tell_as_owner([self._observation("observation_lost", at)])
        except BaseException:
            self._lost_at = min(at, self._lost_at or at)
            raise
        self._told_lost_at = at
        self._state = replace(self._state, is_blind=True)

    def _observation(self, kind: str, at: datetime) -> Fact:
        return observation_fact(self._chat_id, self.tg_call_id, kind, at)

    async def _tell(self, moments: Iterable[Moment]) -> None:
        facts = [self._fact(moment) for moment in moments]
        if facts:
            await self._pool.tell_as_owner(facts)

    def _fact(self, moment: Moment) -> Fact:
        person = self._people.get(moment.participant.key, Person())
        return participant_fact(self._chat_id, self.tg_call_id, moment, person)

    async def remember(self) -> None:
        """After a restart: who was told to have joined and not to have left is still in there, as
        far as we know; the time since the last look was not observed."""
        now = await self._pool.now()
        self._state = await presence.load_call_state(
            self._pool.database, self._chat_id, self.tg_call_id, now
        )
        if now - (self._state.seen_at or now) > _UNSEEN:
            await self._observed(False)
