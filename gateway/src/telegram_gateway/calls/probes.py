"""The looks at all running calls of an account, at one pace: see `core/call_probes.py`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from dataclasses import dataclass

import structlog

from telegram_gateway.core.call_probes import Agenda
from telegram_gateway.telegram.calls import Turn

log = structlog.get_logger(__name__)

#: Looks at a call; after how many seconds to look again, None: never.
Look = Callable[[Turn], Awaitable[float | None]]
_LINE_AGAIN_S = 0.1


@dataclass
class _First:
    """Whether the first request of a look, for which it was begun, was made."""

    is_made: bool = False


class Probing:
    """Looks at each call when it is due, with so many requests a second for all of them.

    line: the number of the connection over which they are asked, None: none answers. Nothing is asked
    meanwhile, since all of it would be sent at once later.
    """

    def __init__(self, a_second: float, line: Callable[[], int | None]) -> None:
        self._agenda: Agenda[Hashable] = Agenda(a_second)
        self._line = line
        self._connection: int | None = None
        self._unanswered = 0  # as the line broke
        self._looks: dict[Hashable, Look] = {}
        self._under_way: dict[Hashable, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self, call: Hashable, look: Look) -> None:
        """Look at a call from now on, soon for the first time."""
        self._looks[call] = look
        self.soon(call)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="looks at calls")

    def soon(self, call: Hashable) -> None:
        """Look at it as soon as it may be, where it is looked at."""
        if call in self._looks:
            self._agenda.plan(call, _now_s())
            self._changed.set()

    async def end(self, call: Hashable) -> None:
        """Look at it no more; a look that is under way is broken off."""
        self._looks.pop(call, None)
        self._agenda.drop(call)
        task = self._under_way.pop(call, None)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def stop(self) -> None:
        """Look at nothing any more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await asyncio.gather(*map(self.end, list(self._looks)))

    @contextlib.asynccontextmanager
    async def hurried(self) -> AsyncIterator[None]:
        """A `Turn` that does not wait, for what a command needs: the other looks do."""
        self._agenda.spend(_now_s())
        yield

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            next_s: float | None = _now_s() + _LINE_AGAIN_S
            if self._is_line_well():
                while found := self._agenda.take(_now_s()):
                    self._grant(*found)
                next_s = self._agenda.next_s()
            # not wait_for: before Python 3.12 it may swallow a cancellation that comes with the wake
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_s):
                    await self._changed.wait()

    def _is_line_well(self) -> bool:
        connection = self._line()
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
        first = _First()
        look = self._look(call, self._looks[call], first)
        task = self._under_way[call] = asyncio.create_task(look, name=f"look at {call}")
        # it may be ended before it began
        task.add_done_callback(lambda _task: first.is_made or self._answered())

    async def _look(self, call: Hashable, look: Look, first: _First) -> None:
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
            again_s = await look(turn)
        except Exception:
            log.exception("look_ended", call=call)
        if self._under_way.get(call) is not asyncio.current_task():
            return  # ended meanwhile, and perhaps begun anew
        del self._under_way[call]
        if again_s is None:
            self._looks.pop(call, None)
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
