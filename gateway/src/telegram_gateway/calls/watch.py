"""Watches a running call: its joins and leaves become facts.

This module keeps what is known of one call, from updates (`on_participants`) and from what
reading.py reads, and reports it. The call is *not observed*, and Odoo is told that, in three cases:
from when the connection was silent or broke until the list was read; while reading fails and
updates alone are not enough; and for the time since the last read, if the next read shows that
updates which were relied on missed something. All instants are UTC on the database's clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from telegram_gateway.calls.facts import closed_fact, observation_fact, participant_fact
from telegram_gateway.calls.probes import Prober
from telegram_gateway.calls.reading import CallReader
from telegram_gateway.core.call_probes import (
    UpdateTrust,
    is_informed,
    on_list_agreed,
    on_missed,
    on_update_applied,
    relied_on,
    shows_missed,
    unseen_since,
)
from telegram_gateway.core.calls import is_deserted
from telegram_gateway.core.liveness import Coverage
from telegram_gateway.core.model import ChatId, Fact, TgCallId
from telegram_gateway.core.presence import (
    CallState,
    FollowUp,
    PeerKey,
    Transition,
    known_until,
    on_end,
    on_list,
    on_unchanged,
    on_update,
)
from telegram_gateway.database import chats, outbox, presence
from telegram_gateway.pool import Pool
from telegram_gateway.telegram.calls import InputCall, ListRead, Probe
from telegram_gateway.telegram.seen import ParticipantsSeen, Person

_MISSING_S = 1.5  # how long to wait for an update that is missing before the list is read
#: A shorter time between the last read and the end, or a restart, is not reported.
_UNSEEN = timedelta(seconds=3)


class CallWatch:
    """Watches one call from `start` until `end`. `on_over(call)` is called when a read finds that
    it is over and no update said it."""

    def __init__(
        self,
        pool: Pool,
        prober: Prober,
        chat_id: ChatId,
        call: InputCall,
        on_over: Callable[[TgCallId], None] = lambda _call: None,
    ):
        self.tg_call_id = TgCallId(call.id)
        self.state = CallState()
        self.trust = UpdateTrust()
        self.updated = asyncio.Event()  # set by each update
        self._pool = pool
        self._chat_id = chat_id
        self._on_over = on_over
        self._people: dict[PeerKey, Person] = {}
        self._turn = asyncio.Lock()  # for whoever changes `state`
        self._lost_at: datetime | None = None  # since when it is not observed, not reported yet
        self._reported_lost_at: datetime | None = None  # the last time that was reported
        self._reader = CallReader(self, pool, prober, call)

    async def start(self) -> None:
        """Begin to watch, from what was reported of this call before a restart, if anything."""
        await self.load()
        self._reader.start()

    async def load(self) -> None:
        """After a restart: whoever was reported to have joined and not to have left is still in the
        call, as far as we know. The time since the last read was not observed."""
        now = await self._pool.now()
        self.state = await presence.load_call_state(
            self._pool.database, self._chat_id, self.tg_call_id, now
        )
        if now - (self.state.seen_at or now) > _UNSEEN:
            await self.report_observed(False)

    def read_soon(self) -> None:
        """Updates may have been lost: read the whole list."""
        self._reader.read_soon()

    def read_unless_fresh(self) -> None:
        """Read the list, unless that was done just now over the connection that stands, or is about
        to be done."""
        self._reader.read_unless_fresh()

    async def read_a_last_time(self) -> None:
        """Read the list before the call is closed, as well as it goes."""
        await self._reader.read_a_last_time()

    @property
    def present(self) -> tuple[PeerKey, ...]:
        """The participants of the call, as far as is known."""
        return tuple(self.state.present)

    # --- updates -----------------------------------------------------------------------------

    async def on_participants(self, seen: ParticipantsSeen) -> None:
        """An update about the people in the call. Raises LeaseLost and StatementFailed."""
        async with self._turn:
            self._people.update(seen.people)
            now = await self._pool.now()
            before = self.state
            state, transitions, follow_up = on_update(
                before, seen.version, seen.participants, now, seen.coverage
            )
            # reported first: what could not be reported is to be found again
            await self._report(transitions)
            self.state = state
            if state.version != before.version:
                self.trust = on_update_applied(self.trust)
            self.updated.set()
            await self._check_deserted()
        if follow_up is FollowUp.READ:
            self.read_soon()
        elif follow_up is FollowUp.WAIT and before.version is not None:
            asyncio.get_running_loop().call_later(_MISSING_S, self._read_if_behind, seen.version)

    def _read_if_behind(self, version: int) -> None:
        if (self.state.version or 0) < version:
            self.read_soon()

    def expect(self, *, listeners_hidden: bool) -> None:
        """An update says whether listeners are hidden; the list shows since when."""
        if listeners_hidden != self.state.listeners_hidden:
            self.read_soon()

    # --- what was read -----------------------------------------------------------------------

    async def on_list_read(
        self, read: ListRead, began: datetime, now: datetime, connection: int
    ) -> None:
        """The list was read between `began` and `now` over that connection."""
        async with self._turn:
            self._people.update(read.people)
            await self._report_listeners(read.listeners_hidden, now)
            before = self.state
            state, transitions, follow_up = on_list(
                before, read.listing, began, now, self._if_unbroken(connection)
            )
            if shows_missed(before, read.listing, transitions):
                self._note_missed(now)
            elif read.listing.version >= (before.version or 0):
                self.trust = on_list_agreed(self.trust)
            await self._report_loss()
            await self._report(transitions)
            self.state = replace(state, is_blind=self.state.is_blind)
            self._reader.was_read()
            await self._save_seen()
            await self._check_deserted()
        if follow_up is FollowUp.READ:
            asyncio.get_running_loop().call_later(_MISSING_S, self.read_soon)

    async def on_probed(self, probe: Probe, began: datetime, connection: int) -> bool:
        """A probe that was begun at `began` was answered over that connection. Return whether
        nothing has changed, so that the list need not be read."""
        async with self._turn:
            known = self.state
            is_same = probe.listeners_hidden == known.listeners_hidden
            if is_same and (known.version or 0) > probe.version:
                return True  # updates came meanwhile
            is_same = is_same and probe.version == known.version
            if not probe.listeners_hidden:
                is_same = is_same and not known.unlisted and probe.count == len(known.present)
            if is_same:
                self.state = on_unchanged(known, began, self._if_unbroken(connection))
                self.trust = on_list_agreed(self.trust)
                await self._save_seen()
                await self._check_deserted()
            elif probe.version > (known.version or 0):
                self._note_missed(await self._pool.now())  # though the list may not be had
            return is_same

    def _if_unbroken(self, connection: int) -> int | None:
        """The connection, if it is still the one that stands."""
        stands = self._pool.accounts.monitor.coverage.connection
        return connection if stands == connection else None

    def on_found_over(self) -> None:
        """A read found that the call is over."""
        self._on_over(self.tg_call_id)

    def _note_missed(self, now: datetime) -> None:
        """Note that a read shows something that no update has reported."""
        since = unseen_since(self.trust, self.state, now)
        if since is not None and not self.state.is_blind:
            self._lost_at = min(self._lost_at or since, since)
        self.trust = on_missed()

    async def _save_seen(self) -> None:
        """Store until when the call was observed, for the process that takes over."""
        await chats.save_call_seen(self._pool.database, self._chat_id, self.state.seen_at)

    async def _check_deserted(self) -> None:
        """Have a `close_call` that lets people talk tried again as soon as everybody has left."""
        if is_deserted(self.present, self._pool.accounts.user_id):
            await outbox.look_at_end(self._pool.database, self._chat_id)

    # --- whether it is observed --------------------------------------------------------------

    @property
    def is_informed(self) -> bool:
        """True if the call is observed by updates alone."""
        return is_informed(self.trust, self.state, self._pool.accounts.monitor.coverage)

    @property
    def is_loss_noted(self) -> bool:
        """True if it is to be reported still that the call was not observed."""
        return self._lost_at is not None

    def connection_lost(self, coverage: Coverage) -> None:
        """Something may have been missed after this coverage of the connection; a list decides."""
        relied = relied_on(self.trust, self.state, coverage, coverage.until)
        at = known_until(self.state, relied)
        if not self.state.is_blind:
            self._lost_at = self._lost_at or at
        # nobody knows yet whether updates come over the connection that stands now
        self.trust = UpdateTrust()
        self.read_soon()

    async def report_loss(self) -> None:
        """Report what `connection_lost` noted, before a list was read."""
        async with self._turn:
            await self._report_loss()

    async def report_observed(self, is_well: bool) -> None:
        """Report when reading begins to fail, or something may have been missed, and when it works
        again."""
        if is_well and not self.state.is_blind and self._lost_at is None:
            return
        now = await self._pool.now()
        async with self._turn:
            if not is_well:
                self._lost_at = self._lost_at or self.state.seen_at or now
            await self._report_loss()
            # else something was missed after that list: another one is read at once
            if is_well and not self._reader.is_list_wanted:
                at = max(now, self._reported_lost_at or now)
                await self._pool.report_as_owner([self._observation("observation_back", at)])
                self.state = replace(self.state, is_blind=False)

    async def _report_loss(self) -> None:
        at, self._lost_at = self._lost_at, None
        if at is None or self.state.is_blind:
            return
        if self._reported_lost_at is not None:  # facts have whole seconds: no two are the same
            at = max(at, self._reported_lost_at + timedelta(seconds=1))
        try:
            await self._pool.report_as_owner([self._observation("observation_lost", at)])
        except BaseException:
            self._lost_at = min(at, self._lost_at or at)
            raise
        self._reported_lost_at = at
        self.state = replace(self.state, is_blind=True)

    async def _report_listeners(self, are_hidden: bool, now: datetime) -> None:
        """Report when listeners begin to be hidden, and when they are shown again."""
        if are_hidden == self.state.listeners_hidden:
            return
        at = self.state.seen_at or now if are_hidden else now
        kind = "listeners_hidden" if are_hidden else "listeners_shown"
        await self._pool.report_as_owner([self._observation(kind, at)])
        self.state = replace(self.state, listeners_hidden=are_hidden)

    # --- facts -------------------------------------------------------------------------------

    async def end(
        self, at: datetime, *, is_seen: bool, coverage: Coverage | None = None, **closed: Any
    ) -> None:
        """The call ended at `at`, or between when it was last known and `at`. Report that everybody
        who was in it left. coverage: that of the connection when an update said that it ended.
        `is_seen`: an update said so, or we ended it; else it was found to be over. `closed`: the
        fields of `call_closed` besides the instant and the call. Raises LeaseLost."""
        await self._reader.stop()
        async with self._turn:
            coverage = relied_on(self.trust, self.state, coverage, at)
            since = known_until(self.state, coverage) or at
            if at - since > _UNSEEN:
                self._lost_at = min(self._lost_at or since, since)
            await self._report_loss()
            self.state, transitions = on_end(self.state, at, coverage, is_seen=is_seen)
            facts = [
                *map(self._fact, transitions),
                closed_fact(self._chat_id, self.tg_call_id, at, **closed),
            ]
            await self._pool.report_as_owner(facts)

    def _observation(self, kind: str, at: datetime) -> Fact:
        return observation_fact(self._chat_id, self.tg_call_id, kind, at)

    async def _report(self, transitions: Iterable[Transition]) -> None:
        facts = [self._fact(transition) for transition in transitions]
        if facts:
            await self._pool.report_as_owner(facts)

    def _fact(self, transition: Transition) -> Fact:
        person = self._people.get(transition.participant.key, Person())
        return participant_fact(self._chat_id, self.tg_call_id, transition, person)
