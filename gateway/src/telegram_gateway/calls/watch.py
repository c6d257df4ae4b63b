"""L2's surroundings: a running call is watched, and its joins and leaves become facts.

Updates may be lost; so the call is looked at from time to time (`calls/probes.py` says when): a cheap probe
asks whether the list changed where updates keep step, else the list is read, and the whole of it once
a minute and after each reconnect. The call is *not observed*, and Odoo is told so, after the line was
silent or broken until a list was read; while looking fails and updates alone are not enough; and for
the time since the last look where the next one shows that the updates relied on had missed something.
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

from telegram_gateway.calls.facts import closed_fact, observation_fact, participant_fact
from telegram_gateway.calls.probes import Probing
from telegram_gateway.core.call_probes import (
    LONGEST_S,
    Told,
    is_informed,
    on_agreed,
    on_missed,
    on_told,
    relied_on,
    shows_missed,
    unseen_since,
)
from telegram_gateway.core.calls import is_deserted
from telegram_gateway.core.connection import NETWORK
from telegram_gateway.core.liveness import Heard
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
from telegram_gateway.telegram.calls import PAGE, CallOver, PagesWait, Turn
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
        probing: Probing,
        chat_id: ChatId,
        call: Any,
        on_gone: Callable[[TgCallId], None] = lambda _call: None,
    ):
        self._on_gone = on_gone
        self._pool = pool
        self._probing = probing
        self._chat_id = chat_id
        self._call = call
        self.tg_call_id = TgCallId(call.id)
        self._state = CallState()
        self._updates = Told()
        self._people: dict[PeerKey, Person] = {}
        self._turn = asyncio.Lock()
        self._is_list_wanted = True
        self._read_at_s = 0.0  # when the list was read last
        self._pages_at_s = 0.0  # from when on further pages may be asked for
        self._failures = 0
        self._moved = asyncio.Event()
        self._lost_at: datetime | None = None  # since when it is not observed, not told of yet
        self._told_lost_at: datetime | None = None  # the last time that was told

    async def start(self) -> None:
        """Begin to watch, from what was told of this call before a restart, if anything."""
        await self.remember()
        self._probing.begin(self, self._visit)

    async def stop(self) -> None:
        """Stop watching; says nothing about the call."""
        await self._probing.end(self)

    def read_soon(self) -> None:
        """Updates may have been lost: read the whole list."""
        self._is_list_wanted = True
        self._probing.soon(self)

    def read_again(self) -> None:
        """A look at the group found the call: read the list, unless that was done just now over the
        line that stands, or is about to be done."""
        age_s = asyncio.get_running_loop().time() - self._read_at_s
        is_fresh = self._state.connection == self._heard.connection and age_s < LONGEST_S
        if self._state.version is not None and not is_fresh:
            self.read_soon()

    def unheard(self, heard: Heard) -> None:
        """Something may have been missed since the line stood so: a list decides."""
        relied = relied_on(self._updates, self._state, heard, heard.since)
        at = known_until(self._state, relied)
        if not self._state.is_blind:
            self._lost_at = self._lost_at or at
        # nobody knows yet whether they come over the line that stands now
        self._updates = Told()
        self.read_soon()

    async def tell_unheard(self) -> None:
        """Tell Odoo of what `unheard` noted, before a list was read."""
        async with self._turn:
            await self._tell_lost()

    def expect(self, *, listeners_hidden: bool) -> None:
        """An update says whether listeners are hidden; a look finds out since when."""
        if listeners_hidden != self._state.listeners_hidden:
            self.read_soon()

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
            if state.version != before.version:
                self._updates = on_told(self._updates)
            self._moved.set()
            await self._look_at_end()
        if wish is Wish.READ:
            self.read_soon()
        elif wish is Wish.WAIT and before.version is not None:
            asyncio.get_running_loop().call_later(_MISSING_S, self._read_if_behind, seen.version)

    def _read_if_behind(self, version: int) -> None:
        if (self._state.version or 0) < version:
            self.read_soon()

    @property
    def present(self) -> tuple[tuple[str, int], ...]:
        """Who is in the call, as far as is known."""
        return tuple(self._state.present)

    async def last_look(self) -> None:
        """Read the list a last time before the call is closed, as well as it goes: no look will show
        any more what updates missed."""
        turn = self._probing.hurried
        with contextlib.suppress(TelegramError):
            try:
                await self._look(turn)
            except PagesWait:
                raise
            except Wait:  # of the first page
                await self._look(turn, by_pages=True)

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
            heard = relied_on(self._updates, self._state, heard, at)
            since = known_until(self._state, heard) or at
            if at - since > _UNSEEN:
                self._lost_at = min(self._lost_at or since, since)
            await self._tell_lost()
            self._state, moments = on_end(self._state, at, heard, is_seen=is_seen)
            facts = [
                *map(self._fact, moments),
                closed_fact(self._chat_id, self.tg_call_id, at, **closed),
            ]
            await self._pool.report_as_owner(facts)

    async def _visit(self, turn: Turn) -> float | None:
        """A `probing.Look`."""
        try:
            return await self._seen_well(turn)
        except LeaseLost:
            return None
        except psycopg.Error:  # lost against another program, a deadlock say
            log.warning("look_untold", tg_call_id=self.tg_call_id, exc_info=True)
            self._is_list_wanted = True
            return min(self._pool.settings.probe_s, 2.0)

    async def _seen_well(self, turn: Turn) -> float | None:
        """Look, and tell whether that goes well; when to look again. Raises LeaseLost and
        psycopg.Error."""
        settings = self._pool.settings
        try:
            await self._look_or_probe(turn)
            if self._state.connection != self._heard.connection:
                self.read_soon()  # what was read came over one that broke meanwhile
            await self._observed(True)
        except AccountLost:
            await self._observed(False)
            return None
        except TelegramError as error:
            return await self._failed(error)
        self._failures = 0
        return settings.probe_seldom_s if self._updates.is_quiet else settings.probe_s

    async def _look_or_probe(self, turn: Turn) -> None:
        now_s = asyncio.get_running_loop().time()
        # of few people the list costs no more than the question whether it changed
        is_short = len(self._state.present) <= PAGE
        is_cheap = is_short and not self._updates.keeps_step
        full_at_s = self._read_at_s + self._pool.settings.full_look_s
        is_due = now_s >= max(full_at_s, self._pages_at_s)
        if not (self._is_list_wanted or is_due or is_cheap):
            await self._probe(turn)
            return
        self._is_list_wanted = False
        await self._look(turn)

    async def _failed(self, error: TelegramError) -> float:
        """A look failed: when to look again. What updates tell goes on being observed, since they come
        in another way; where the line is dead they do not, which is noticed by itself (`unheard`)."""
        log.info("look_failed", tg_call_id=self.tg_call_id, code=error.code)
        if isinstance(error, CallOver):
            self._on_gone(self.tg_call_id)
        elif self._lost_at or not self._is_informed:
            await self._observed(False)
        if isinstance(error, PagesWait) and self._is_informed:
            # without them it can be seen still whether anything has changed
            self._pages_at_s = asyncio.get_running_loop().time() + error.seconds + 1
            return self._pool.settings.probe_seldom_s
        self._is_list_wanted = True
        # a line that is dead has its own pace
        self._failures = 1 if error.code == NETWORK else self._failures + 1
        if isinstance(error, Wait):
            return error.seconds + 1.0  # for rounding
        return probe_again_s(min(self._pool.settings.probe_s, 2.0), self._failures)

    @property
    def _heard(self) -> Heard:
        return self._pool.accounts.life.heard

    @property
    def _is_informed(self) -> bool:
        return is_informed(self._updates, self._state, self._heard)

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
        return connection if self._heard.connection == connection else None

    async def _probe(self, turn: Turn) -> None:
        connection = self._heard.connection
        began = await self._pool.now()
        probe = await calls.probe(self._pool.accounts.user, self._call, turn)
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
                self._updates = on_agreed(self._updates)
                await self._save_seen()
                await self._look_at_end()
                return
            if probe.version > (known.version or 0):
                self._missed(await self._pool.now())  # though the list may not be had
        await self._look(turn, are_updates_in=True)

    async def _look(
        self, turn: Turn, *, are_updates_in: bool = False, by_pages: bool = False
    ) -> None:
        """Read the list. `are_updates_in`: those that were on their way were let come already."""
        connection = self._heard.connection
        began = await self._pool.now()
        user, are_hidden = self._pool.accounts.user, self._state.listeners_hidden
        if by_pages:
            look = await calls.look_by_pages(user, self._call, are_hidden=are_hidden, turn=turn)
        else:
            look = await calls.look(user, self._call, turn)
        now = await self._pool.now()
        if not (are_updates_in or self._updates.is_mute):
            await self._updates_up_to(look.listing.version)
        async with self._turn:
            self._people.update(look.people)
            await self._listeners(look.listeners_hidden, now)
            before = self._state
            state, moments, wish = on_look(before, look.listing, began, now, self._over(connection))
            if shows_missed(before, look.listing, moments):
                self._missed(now)
            elif look.listing.version >= (before.version or 0):
                self._updates = on_agreed(self._updates)
            await self._tell_lost()
            await self._tell(moments)
            self._state = replace(state, is_blind=self._state.is_blind)
            self._read_at_s = asyncio.get_running_loop().time()
            await self._save_seen()
            await self._look_at_end()
        if wish is Wish.READ:
            asyncio.get_running_loop().call_later(_MISSING_S, self.read_soon)

    def _missed(self, now: datetime) -> None:
        """A look found what no update had told."""
        since = unseen_since(self._updates, self._state, now)
        if since is not None and not self._state.is_blind:
            self._lost_at = min(self._lost_at or since, since)
        self._updates = on_missed()

    async def _save_seen(self) -> None:
        """A successor must know since when nobody looked."""
        await chats.save_call_seen(self._pool.database, self._chat_id, self._state.seen_at)

    async def _listeners(self, are_hidden: bool, now: datetime) -> None:
        """Tell Odoo when listeners begin to be hidden, and when they are shown again."""
        if are_hidden == self._state.listeners_hidden:
            return
        at = self._state.seen_at or now if are_hidden else now
        kind = "listeners_hidden" if are_hidden else "listeners_shown"
        await self._pool.report_as_owner([self._observation(kind, at)])
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
            if is_well and not self._is_list_wanted:
                at = max(now, self._told_lost_at or now)
                await self._pool.report_as_owner([self._observation("observation_back", at)])
                self._state = replace(self._state, is_blind=False)

    async def _tell_lost(self) -> None:
        at, self._lost_at = self._lost_at, None
        if at is None or self._state.is_blind:
            return
        if self._told_lost_at is not None:  # facts have whole seconds: no two are the same
            at = max(at, self._told_lost_at + timedelta(seconds=1))
        try:
            await self._pool.report_as_owner([self._observation("observation_lost", at)])
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
            await self._pool.report_as_owner(facts)

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
