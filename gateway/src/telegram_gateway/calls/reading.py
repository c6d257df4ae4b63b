"""Probes and reads of a watched call: when, and what follows if they fail.

Updates may be lost; so the call is visited from time to time (probes.py says when). If its updates
keep step, a visit is a cheap probe, which asks whether the list changed; else the list is read. The
whole list is also read once a minute and after each reconnect. What follows from a read is decided
in watch.py.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import structlog

from telegram_gateway.calls.probes import Prober
from telegram_gateway.core.call_probes import LONGEST_S
from telegram_gateway.core.connection import NETWORK
from telegram_gateway.core.retry import probe_again_s
from telegram_gateway.database.connection import StatementFailed
from telegram_gateway.errors import LeaseLost
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.calls import PAGE, CallOver, InputCall, PagesWait, Turn
from telegram_gateway.telegram.errors import AccountLost, TelegramError, Wait

if TYPE_CHECKING:
    from telegram_gateway.calls.watch import CallWatch

log = structlog.get_logger(__name__)
_UPDATES_LATE_S = 1.5  # how long updates are waited for that a read shows to be missing
_AGAIN_S = 2.0  # after a failure, unless probes are closer together


class CallReader:
    """Reads one call for its watch, between `start` and `stop`."""

    def __init__(self, watch: CallWatch, pool: Pool, prober: Prober, call: InputCall):
        self._watch = watch
        self._pool = pool
        self._prober = prober
        self._call = call
        self.is_list_wanted = True
        # on the running loop's clock:
        self._read_at_s = 0.0  # when the list was read last
        self._pages_at_s = 0.0  # from when on further pages may be asked for
        self._failures = 0  # in a row

    def start(self) -> None:
        """Begin to visit the call."""
        self._prober.begin(self._watch, self._visit)

    async def stop(self) -> None:
        """Visit it no more."""
        await self._prober.end(self._watch)

    def read_soon(self) -> None:
        """Read the list as soon as it may be."""
        self.is_list_wanted = True
        self._prober.visit_soon(self._watch)

    def read_unless_fresh(self) -> None:
        """See `CallWatch.read_unless_fresh`."""
        state = self._watch.state
        age_s = asyncio.get_running_loop().time() - self._read_at_s
        is_fresh = state.connection == self._connection and age_s < LONGEST_S
        if state.version is not None and not is_fresh:
            self.read_soon()

    def was_read(self) -> None:
        """The list was read and is recorded."""
        self._read_at_s = asyncio.get_running_loop().time()

    async def read_a_last_time(self) -> None:
        """Read the list a last time before the call is closed, if possible: afterwards no read can
        show what updates missed."""
        turn = self._prober.immediate_turn
        with contextlib.suppress(TelegramError):
            try:
                await self._read_list(turn)
            except PagesWait:
                raise
            except Wait:  # of the first page
                await self._read_list(turn, by_pages=True)

    # --- one visit ---------------------------------------------------------------------------

    async def _visit(self, turn: Turn) -> float | None:
        """A `probes.Visit`. Return in how many seconds to visit again; None: never."""
        try:
            return await self._read_and_report(turn)
        except LeaseLost:
            return None
        except StatementFailed:  # lost against another program, a deadlock say
            log.warning("presence_report_failed", tg_call_id=self._watch.tg_call_id, exc_info=True)
            self.is_list_wanted = True
            return min(self._pool.settings.probe_s, _AGAIN_S)

    async def _read_and_report(self, turn: Turn) -> float | None:
        """Probe or read, and report whether that goes well; in how many seconds to come again.
        Raises LeaseLost and StatementFailed."""
        settings, watch = self._pool.settings, self._watch
        try:
            await self._read_or_probe(turn)
            if watch.state.connection != self._connection:
                self.read_soon()  # what was read came over one that broke meanwhile
            await watch.report_observed(True)
        except AccountLost:
            await watch.report_observed(False)
            return None
        except TelegramError as error:
            return await self._failed(error)
        self._failures = 0
        return settings.probe_seldom_s if watch.trust.is_quiet else settings.probe_s

    async def _read_or_probe(self, turn: Turn) -> None:
        now_s = asyncio.get_running_loop().time()
        watch = self._watch
        # of few people the list costs no more than the question whether it changed
        is_short = len(watch.state.present) <= PAGE
        is_cheap = is_short and not watch.trust.keeps_step
        full_at_s = self._read_at_s + self._pool.settings.full_look_s
        is_due = now_s >= max(full_at_s, self._pages_at_s)
        if not (self.is_list_wanted or is_due or is_cheap):
            await self._probe(turn)
            return
        self.is_list_wanted = False
        await self._read_list(turn)

    async def _failed(self, error: TelegramError) -> float:
        """Handle a failed read; gives in how many seconds to try again. The call goes on being
        observed by updates, which come in another way; where the connection is dead they do not
        come, which is noticed by itself (`CallWatch.connection_lost`)."""
        watch = self._watch
        log.info("call_read_failed", tg_call_id=watch.tg_call_id, code=error.code)
        if isinstance(error, CallOver):
            watch.on_found_over()
        elif watch.is_loss_noted or not watch.is_informed:
            await watch.report_observed(False)
        if isinstance(error, PagesWait) and watch.is_informed:
            # without them a probe still shows whether anything has changed
            self._pages_at_s = asyncio.get_running_loop().time() + error.seconds + 1
            return self._pool.settings.probe_seldom_s
        self.is_list_wanted = True
        # a connection that is dead is made anew at a pace of its own
        self._failures = 1 if error.code == NETWORK else self._failures + 1
        if isinstance(error, Wait):
            return error.seconds + 1.0  # for rounding
        return probe_again_s(min(self._pool.settings.probe_s, _AGAIN_S), self._failures)

    # --- requests ----------------------------------------------------------------------------

    @property
    def _connection(self) -> int:
        """The number of the connection that stands now."""
        return self._pool.accounts.monitor.coverage.connection

    async def _updates_up_to(self, version: int) -> None:
        """Wait for updates that are on their way: they say more exactly than a list what has
        changed."""
        watch = self._watch
        if watch.state.version is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_UPDATES_LATE_S):
                while watch.state.version < version:
                    watch.updated.clear()
                    await watch.updated.wait()

    async def _probe(self, turn: Turn) -> None:
        """Ask whether the list has changed, and read it where it has. Raises TelegramError."""
        connection = self._connection
        began = await self._pool.now()
        probe = await calls.probe(self._pool.accounts.user, self._call, turn)
        await self._updates_up_to(probe.version)
        if not await self._watch.on_probed(probe, began, connection):
            await self._read_list(turn, are_updates_in=True)

    async def _read_list(
        self, turn: Turn, *, are_updates_in: bool = False, by_pages: bool = False
    ) -> None:
        """Read the list. `are_updates_in`: those that were on their way were let come already.
        Raises TelegramError."""
        connection = self._connection
        began = await self._pool.now()
        user, watch = self._pool.accounts.user, self._watch
        if by_pages:
            are_hidden = watch.state.listeners_hidden
            read = await calls.read_list_by_pages(
                user, self._call, are_hidden=are_hidden, turn=turn
            )
        else:
            read = await calls.read_list(user, self._call, turn)
        now = await self._pool.now()
        if not (are_updates_in or watch.trust.is_mute):
            await self._updates_up_to(read.listing.version)
        await watch.on_list_read(read, began, now, connection)
