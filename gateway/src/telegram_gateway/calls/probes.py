"""The visits of all running calls of an account, at one rate: core/call_probes.py decides which
call is visited when; a visit (reading.py) is a probe or a read of the list."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from dataclasses import dataclass

import structlog

from telegram_gateway.core.call_probes import Agenda
from telegram_gateway.telegram.calls import Turn

log = structlog.get_logger(__name__)

#: Visits a call; in how many seconds to come again, None: never.
Visit = Callable[[Turn], Awaitable[float | None]]
_CONNECTION_AGAIN_S = 0.1


@dataclass
class _FirstRequest:
    """Notes whether the first request of a visit was made."""

    is_made: bool = False


class Prober:
    """Visits each call when it is due, with at most so many requests a second for all of them.

    connection: gives the number of the connection over which Telegram is asked; None: no connection
    answers. Nothing is asked then, since all of it would be sent at once later.
    """

    def __init__(self, a_second: float, connection: Callable[[], int | None]) -> None:
        self._agenda: Agenda[Hashable] = Agenda(a_second)
        self._current_connection = connection
        self._connection: int | None = None
        self._unanswered = 0  # as the connection broke
        self._visits: dict[Hashable, Visit] = {}
        self._under_way: dict[Hashable, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self, call: Hashable, visit: Visit) -> None:
        """Visit a call from now on, soon for the first time."""
        self._visits[call] = visit
        self.visit_soon(call)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="visits of calls")

    def visit_soon(self, call: Hashable) -> None:
        """Visit the call as soon as it may be, if it is visited at all."""
        if call in self._visits:
            self._agenda.plan(call, _now_s())
            self._changed.set()

    async def end(self, call: Hashable) -> None:
        """Stop visiting the call; a visit that is under way is cancelled."""
        self._visits.pop(call, None)
        self._agenda.drop(call)
        task = self._under_way.pop(call, None)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def stop(self) -> None:
        """Visit nothing any more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await asyncio.gather(*map(self.end, list(self._visits)))

    @contextlib.asynccontextmanager
    async def immediate_turn(self) -> AsyncIterator[None]:
        """A `Turn` that does not wait, for what a command needs: the visits do."""
        self._agenda.spend(_now_s())
        yield

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            next_s: float | None = _now_s() + _CONNECTION_AGAIN_S
            if self._is_connected():
                while found := self._agenda.take(_now_s()):
                    self._grant(*found)
                next_s = self._agenda.next_s()
            # not wait_for: before Python 3.12 it may swallow a cancellation that comes with the
            # wake
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_s):
                    await self._changed.wait()

    def _is_connected(self) -> bool:
        connection = self._current_connection()
        if connection == self._connection:
            return connection is not None
        if connection is None:
            self._unanswered = self._agenda.unanswered
        else:
            self._agenda.broke(_now_s(), max(self._unanswered, self._agenda.unanswered))
        self._connection = connection
        return connection is not None

    def _grant(self, call: Hashable, ticket: Hashable) -> None:
        if isinstance(ticket, asyncio.Future):
            ticket.set_result(None)
            return
        first = _FirstRequest()
        visit = self._visit(call, self._visits[call], first)
        task = self._under_way[call] = asyncio.create_task(visit, name=f"visit of {call}")
        # it may be ended before it began
        task.add_done_callback(lambda _task: None if first.is_made else self._answered())

    async def _visit(self, call: Hashable, visit: Visit, first: _FirstRequest) -> None:
        @contextlib.asynccontextmanager
        async def turn() -> AsyncIterator[None]:
            if first.is_made:
                await self._further()
            first.is_made = True
            try:
                now_s = _now_s()
                await asyncio.sleep(self._agenda.sent_s(now_s) - now_s)
                yield
            finally:
                self._answered()

        again_s: float | None = None
        try:
            again_s = await visit(turn)
        except Exception:
            log.exception("call_visit_failed", call=call)
        if self._under_way.get(call) is not asyncio.current_task():
            return  # ended meanwhile, and perhaps begun anew
        del self._under_way[call]
        if again_s is None:
            self._visits.pop(call, None)
            self._agenda.drop(call)
            return
        now_s = _now_s()
        self._agenda.ended(call, now_s, now_s + again_s)
        self._changed.set()

    async def _further(self) -> None:
        """Wait until one more request may be made."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._agenda.further(turn)
        self._changed.set()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._agenda.forget(turn)
            else:
                self._answered()
            raise

    def _answered(self) -> None:
        self._agenda.answered()
        self._changed.set()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
