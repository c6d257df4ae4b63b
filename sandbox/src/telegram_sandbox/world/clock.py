"""The world's time. The wire has its own, always the real one: clients check it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time plus what a test has added by `advance`."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def time(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time() + self._ahead

    def now(self) -> datetime:
        """Aware, UTC, whole seconds, as dates go over the wire."""
        return datetime.fromtimestamp(int(self.time()), UTC)

    def advance(self, seconds: float | timedelta) -> None:
        """Put the clock forward and run at once what has come due, in its order."""
        if isinstance(seconds, timedelta):
            seconds = seconds.total_seconds()
        if seconds < 0:
            raise ValueError("the clock never goes back")
        self._ahead += seconds
        self._run_due()

    def call_at(self, when: datetime, action: Callable[[], None]) -> None:
        """Run `action` in the server's loop at `when` (aware). Past instants run at the next
        turn."""
        heapq.heappush(self._due, (when.timestamp(), next(self._numbers), action))
        self._arm()

    def call_later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.time() + seconds, next(self._numbers), action))
        self._arm()

    def close(self) -> None:
        """Forget what was to come."""
        self._due.clear()
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _run_due(self) -> None:
        while self._due and self._due[0][0] <= self.time():
            heapq.heappop(self._due)[2]()
        self._arm()

    def _arm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._due:
            loop = asyncio.get_running_loop()
            delay = max(0.0, self._due[0][0] - self.time())
            # A day is plenty: longer ones are looked at again, so that sleeps of the host do no
            # harm.
            self._timer = loop.call_later(min(delay, 86_400), self._run_due)
