"""Budgets for what Telegram limits without saying how much. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Budget:
    """At most `most` uses in any span of `per`; `used` are the instants of the last ones."""

    most: int
    per: timedelta
    used: tuple[datetime, ...] = ()

    def free_at(self, now: datetime) -> datetime:
        """The instant from which one more use is allowed; `now` if it is."""
        if self.most == 0:
            return now + self.per  # ask again then; the answer will be the same
        recent = self._recent(now)
        if len(recent) < self.most:
            return now
        return recent[-self.most] + self.per

    def left(self, now: datetime) -> int:
        """Return how many uses are allowed now."""
        return max(0, self.most - len(self._recent(now)))

    def use(self, now: datetime) -> Budget:
        """The budget after one use now."""
        return replace(self, used=(*self._recent(now), now))

    def _recent(self, now: datetime) -> tuple[datetime, ...]:
        return tuple(at for at in self.used if at > now - self.per)


# Set below the limits that people report; see "Groups" and the table in the notes on Telegram.
GROUPS_A_DAY = Budget(most=15, per=timedelta(days=1))
LOOKUPS_A_DAY = Budget(most=5, per=timedelta(days=1))
DIRECT_ADDS_A_DAY = Budget(most=20, per=timedelta(days=1))
MESSAGES_A_SECOND = Budget(most=28, per=timedelta(seconds=1))
MESSAGES_A_MINUTE_IN_A_GROUP = Budget(most=18, per=timedelta(minutes=1))
