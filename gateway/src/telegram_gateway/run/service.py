"""The owner of a pool at work: it builds the rooms' lanes, wakes the dispatcher when something is
due, and ends.

Each room decides what its lanes do; this module decides what happens after a lane has failed.
"""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from telegram_gateway.calls.checks import CallChecks
from telegram_gateway.core.account_standing import FROZEN
from telegram_gateway.core.connection import NETWORK
from telegram_gateway.core.model import ChatId
from telegram_gateway.database import chats, outbox
from telegram_gateway.errors import GatewayError
from telegram_gateway.membership import direct_add
from telegram_gateway.membership.fresh import load_fresh
from telegram_gateway.membership.lane import MembershipLanes
from telegram_gateway.messages.lane import COMMANDS, INBOX, MessageLanes
from telegram_gateway.pool import Pool, Work
from telegram_gateway.run.account_standing import StandingWatch
from telegram_gateway.run.dispatch import LOOK_ANYWAY_S, Dispatcher
from telegram_gateway.run.failures import LaneFailures, rest_ends_with
from telegram_gateway.run.lanes import Key, Lanes
from telegram_gateway.run.router import Router
from telegram_gateway.run.waiting import first_of
from telegram_gateway.telegram.errors import (
    AccountLost,
    AlreadyDone,
    Frozen,
    Passing,
    Paused,
    Wait,
)

log = structlog.get_logger(__name__)
_SAVE_S = 2.0


class Service:
    """`serve` once, then `end`."""

    def __init__(self, pool: Pool):
        self._pool = pool
        self._wake = asyncio.Event()
        self._fatal: BaseException | None = None
        self._is_serving = False
        self._failures = LaneFailures()
        self._lanes = Lanes(self._lane_failed, self._lane_idle)
        self._call_checks = CallChecks(pool, self._lanes, self._failures)
        self._calls = self._call_checks.calls
        self._messages = MessageLanes(pool, self._lanes, self._failures)
        self._membership = MembershipLanes(
            pool,
            self._lanes,
            self._failures,
            wake=self._wake.set,
            check_call=self._call_checks.check_soon,
            check_anchor=self._messages.check_anchor,
            read_messages=self._messages.read_messages,
        )
        self._catch_up = self._membership.catch_up
        work = Work(pool=pool, calls=self._calls, membership=self._membership)
        self._dispatcher = Dispatcher(work, self._lanes, self._wake.set)
        self._standing = StandingWatch(
            pool,
            self._lanes,
            on_checked=self._wake.set,
            on_thawed=self._thawed,
            try_bot=self._messages.register_commands,
        )
        self._router = Router(
            pool,
            self._lanes,
            membership=self._membership,
            call_checks=self._call_checks,
            messages=self._messages,
            wake=self._wake.set,
        )

    async def serve(
        self, stop: asyncio.Event, changed: asyncio.Event, hung_up: asyncio.Event
    ) -> None:
        """Work until one of the first two is set. `hung_up`: a client has given up, or its login is
        gone. Raises what made going on impossible."""
        await self._open()
        pool = self._pool
        helpers = [
            asyncio.create_task(work, name=name)
            for name, work in (
                ("listen", self._listen()),
                ("renew", self._renew()),
                ("save", self._save()),
                ("catch up", self._catch_up.run()),
                ("doorbell", pool.doorbell.run()),
                ("stop", first_of(stop, changed, hung_up)),
            )
        ]
        log.info("serving", pool=pool.name, chats=len(pool.chat_ids), lease=pool.lease.worker)
        for task in helpers:
            task.add_done_callback(self._helper_ended)
        try:
            while not (stop.is_set() or changed.is_set()) and self._fatal is None:
                pool.accounts.check()
                self._wake.clear()
                pause_s = await self._dispatcher.turn()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause_s)
            if self._fatal is not None:
                raise self._fatal
        finally:
            for task in helpers:
                task.cancel()

    async def _open(self) -> None:
        """Take over what was there before, then listen to updates, beginning with those that came
        before."""
        pool = self._pool
        await self._dispatcher.open()
        for chat in await chats.load_chats(pool.database, pool.name):
            if chat.tg_chat_id is not None:
                pool.chat_ids[chat.tg_chat_id] = chat.id
            elif chat.is_active and chat.state not in ("broken", "deleted"):
                # its group could not be made: perhaps it can now
                self._membership.reconcile_anyway(chat.id)
        for client in pool.accounts.clients.values():
            client.on_reconnected = self._reconnected
        await self._standing.open()
        await load_fresh(pool)
        await direct_add.read_contacts(pool)
        self._messages.read_messages()
        await self._catch_up.begin()
        self._router.on_updates_before(pool.accounts.updates.forward_to(self._router.on_update))
        self._is_serving = True
        self._messages.register_commands()
        pool.doorbell.press()

    async def end(self) -> None:
        """Let what has begun come to its end. This service does nothing any more then: the next one
        has other clients."""
        self._standing.close()
        await self._lanes.drain(within_s=5)
        await self._calls.stop()
        if self.unfinished is not None:
            await self._catch_up.save_numbers()

    @property
    def unfinished(self) -> set[ChatId] | None:
        """At the end: the chats in which something is left to do; None where that is not known."""
        is_known = self._is_serving and not self._catch_up.is_unfinished
        if not is_known or not self._pool.accounts.all_handed_on:
            return None
        return self._membership.unfinished | self._failures.chats

    # --- what wakes the dispatcher ---------------------------------------------------------------

    def _helper_ended(self, task: asyncio.Task[object]) -> None:
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            self._fatal = self._fatal or task.exception()

    async def _listen(self) -> None:
        async for _ in self._pool.database.listen(outbox.CHANNEL):
            self._dispatcher.outbox_changed()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._pool.settings.lease_s / 3)
            await self._pool.lease.renew()

    async def _save(self) -> None:
        while True:
            await asyncio.sleep(_SAVE_S)
            await self._pool.accounts.save_changed()

    def _reconnected(self) -> None:
        """Telegram answers on a new connection: go on with what failed because of the old one.

        `CatchUp` finds what was missed meanwhile; but updates of calls are never replayed.
        """
        log.info("reconnected")
        self._lanes.resume(NETWORK)
        self._lanes.add(("line", 0), self._dispatcher.retry_after_network, "retry")
        if self._failures.count(COMMANDS):
            self._messages.register_commands()
        for watch in self._calls.watches.values():
            watch.read_soon()

    def _thawed(self) -> None:
        """An account may change something again: all that rested goes on."""
        self._lanes.resume(FROZEN)
        self._messages.read_messages()
        self._catch_up.read_all()
        self._messages.register_commands()
        self._wake.set()

    # --- lanes -----------------------------------------------------------------------------------

    def _lane_idle(self) -> None:
        self._dispatcher.lane_idle()

    def _lane_failed(self, key: Key, error: BaseException) -> None:
        """A piece of work ended in an error that it could not settle by itself."""
        if isinstance(error, AccountLost):
            self._wake.set()  # the client has noted which
        elif isinstance(error, GatewayError):
            self._fatal = error
            self._wake.set()
        elif isinstance(error, Paused):
            # to be done when somebody resumes: Odoo then asks for a reconciliation of the chats
            if key == COMMANDS:
                loop = asyncio.get_running_loop()
                loop.call_later(LOOK_ANYWAY_S, self._messages.register_commands)
        else:
            self._let_rest(key, error)

    def _let_rest(self, key: Key, error: BaseException) -> None:
        """Let a lane rest after an error. Work that no command asks for is tried again after the
        rest."""
        loop = asyncio.get_running_loop()
        wait_s = self._failures.rest_after(key, error)
        if isinstance(error, Wait | Passing | AlreadyDone | Frozen):
            log.warning("lane_rests", lane=key[0], id=key[1], code=error.code, wait_s=wait_s)
        else:
            log.error("lane_failed", lane=key[0], id=key[1], exc_info=error)
        self._lanes.rest(key, wait_s, rest_ends_with(error))
        if key[0] == "membership":
            loop.call_later(wait_s, self._membership.reconcile_anyway, ChatId(key[1]))
        elif key == COMMANDS and isinstance(error, Wait | Passing):  # thawed, it is done
            loop.call_later(wait_s, self._messages.register_commands)
        elif key == INBOX:
            loop.call_later(wait_s, self._messages.read_messages)
        loop.call_later(wait_s, self._wake.set)
