"""Counts of recent actions, by which flood waits are decided."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Hashable

from ..errors import RpcError
from .clock import Clock


class Quotas:
    """Counts in sliding windows of time. Each caller chooses its own keys."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._done: defaultdict[Hashable, deque[float]] = defaultdict(deque)
        self._banned_until: dict[Hashable, float] = {}

    def spend(self, key: Hashable, limit: int | None, window_s: float) -> None:
        """Count one more, or raise FLOOD_WAIT until the oldest falls out of the window."""
        if limit is None:
            return
        done = self._done[key]
        now = self._clock.time()
        while done and done[0] <= now - window_s:
            done.popleft()
        if len(done) >= limit:
            wait = max(1, math.ceil(done[0] + window_s - now))
            raise RpcError(420, f"FLOOD_WAIT_{wait}")
        done.append(now)

    def used(self, key: Hashable, window_s: float) -> int:
        """Return how often `count` or `spend` was called for the key within the window."""
        now = self._clock.time()
        return sum(1 for instant in self._done[key] if instant > now - window_s)

    def count(self, key: Hashable) -> None:
        """Count one more without a limit."""
        self._done[key].append(self._clock.time())

    def ban(self, key: Hashable, seconds: float) -> None:
        """From now on and for so long, `is_banned`."""
        self._banned_until[key] = self._clock.time() + seconds

    def is_banned(self, key: Hashable) -> bool:
        return self._banned_until.get(key, 0.0) > self._clock.time()
