"""Visits (probes and reads) of running calls: how often, in which order, and what they show. Pure.

Telegram tells who comes and goes by updates. These may be lost and, as far as anybody knows, may
never reach a login that does not say that it is online. A visit shows whether they keep step. A
call whose updates tell everything is visited seldom, another one often, and every call within
`LONGEST_S` of its last visit.

One account visits all calls, so their requests share one rate. Instants are UTC on the database's
clock; seconds are those of a clock of our own that only goes forward.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from telegram_gateway.core.liveness import Coverage
from telegram_gateway.core.presence import CallState, ParticipantList, Transition

#: So many visits in a row must have found nothing new before updates that had missed something are
#: relied on again, and before a call without updates counts as one in which nothing happens.
ENOUGH = 3
#: Somebody who comes and goes between two visits that are no further apart is not noticed where
#: updates do not come: that is what visits are worth. Over a longer time nothing is claimed.
LONGEST_S = 20.0
_LONGEST = timedelta(seconds=LONGEST_S)


# --- whether updates keep step -------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class UpdateTrust:
    """Trust in the updates about a call, over the current connection.

    comes: an update came, and in order, since a visit last found a change that no update had
    reported. has_missed: a visit found such a change. agreed: how many visits in a row have found
    none since.
    """

    comes: bool = False
    has_missed: bool = False
    agreed: int = 0

    @property
    def keeps_step(self) -> bool:
        """True if updates may be relied on."""
        return self.comes and (not self.has_missed or self.agreed >= ENOUGH)

    @property
    def is_quiet(self) -> bool:
        """True if there is no need to visit often: updates come, or nothing happens."""
        return self.keeps_step or self.agreed >= ENOUGH

    @property
    def is_mute(self) -> bool:
        """True if a visit found a change that no update had reported, and no update has come since.
        Then waiting for one is of no use."""
        return self.has_missed and not self.comes


def on_update_applied(trust: UpdateTrust) -> UpdateTrust:
    """An update was applied, in its order."""
    return replace(trust, comes=True)


def on_list_agreed(trust: UpdateTrust) -> UpdateTrust:
    """A visit found no change that updates had missed."""
    return replace(trust, agreed=min(ENOUGH, trust.agreed + 1))


def on_missed() -> UpdateTrust:
    """A visit found a change that no update had reported."""
    return UpdateTrust(has_missed=True)


def shows_missed(
    before: CallState, listing: ParticipantList, transitions: tuple[Transition, ...]
) -> bool:
    """Return whether a list shows a change that no update had reported. before: what was known when
    the list came; transitions: what the list changed of it."""
    if before.version is None:
        return False  # the first one: there was nothing to keep step with
    return listing.version > before.version or any(found.source == "look" for found in transitions)


def unseen_since(trust: UpdateTrust, state: CallState, now: datetime) -> datetime | None:
    """After a visit has found what updates had missed: the instant since when others may have come
    and gone unseen. None if that need not be reported: updates were not relied on and the last
    visit is not long ago, or Telegram hides listeners, which is reported anyway."""
    if state.seen_at is None or state.listeners_hidden:
        return None
    return state.seen_at if trust.keeps_step or now - state.seen_at > _LONGEST else None


def is_informed(trust: UpdateTrust, state: CallState, coverage: Coverage) -> bool:
    """Return whether a call is observed though it cannot be read: updates keep step, none is
    missing, and they come over the connection of the last list. (Whether the connection lives is
    watched elsewhere.)"""
    is_whole = not state.waiting and state.connection == coverage.connection
    return trust.keeps_step and is_whole and not state.is_blind


def relied_on(
    trust: UpdateTrust, state: CallState, coverage: Coverage | None, until: datetime | None
) -> Coverage | None:
    """When the call ended or the connection fell silent: return the coverage if what came over the
    connection is as good as a read at `until`; else None.

    No list can be read any more that would show what was missed before; so this holds for no more
    than the time between two visits.
    """
    if not trust.keeps_step or state.waiting or state.seen_at is None or until is None:
        return None
    return coverage if until - state.seen_at <= _LONGEST else None


# --- in which order, and how fast ----------------------------------------------------------------

Call = TypeVar("Call", bound=Hashable)


class Agenda(Generic[Call]):
    """Schedule of visits to calls, with a limit on requests a second for all of them.

    A visit is begun by one request (`take`) and may need others (`further`). These go first: a
    visit that has begun ends before another begins. Of the calls that are due, the one that has
    waited longest goes first. At any time at most one second's requests wait for their answers,
    because all of them are sent again at once on the next connection if theirs breaks.
    """

    def __init__(self, a_second: float) -> None:
        self._gap_s = 1 / a_second
        self._most_open = max(1, int(a_second))
        self.unanswered = 0  # requests that `take` allowed
        self._free_s = 0.0  # from when on the next request may be made
        self._sent_s = 0.0  # when the last one is sent that was allowed
        self._due: list[tuple[float, int, Call]] = []
        self._at_s: dict[Call, float] = {}  # when each is due that is not under way
        self._under_way: dict[Call, bool] = {}  # and whether it is to be visited again at once
        self._further: deque[Hashable] = deque()
        self._numbers = 0

    def plan(self, call: Call, at_s: float) -> None:
        """Visit the call then, or earlier where that is planned already; one that is being visited,
        as soon as that is over."""
        if call in self._under_way:
            self._under_way[call] = True
        elif at_s < self._at_s.get(call, float("inf")):
            self._put(call, at_s)

    def _put(self, call: Call, at_s: float) -> None:
        self._numbers += 1
        self._at_s[call] = at_s
        heapq.heappush(self._due, (at_s, self._numbers, call))

    def ended(self, call: Call, now_s: float, again_s: float) -> None:
        """The visit of a call is over; the next one is due at `again_s`."""
        is_wanted = self._under_way.pop(call, None)
        if is_wanted is not None:
            self._put(call, now_s if is_wanted else again_s)

    def drop(self, call: Call) -> None:
        """The call is not visited any more."""
        self._at_s.pop(call, None)
        self._under_way.pop(call, None)

    def further(self, ticket: Hashable) -> None:
        """A visit that was begun needs another request: `take` gives the ticket back when it may be
        made."""
        self._further.append(ticket)

    def forget(self, ticket: Hashable) -> None:
        """Nobody waits for that ticket any more."""
        if ticket in self._further:
            self._further.remove(ticket)

    def spend(self, now_s: float) -> None:
        """A request was made without asking: the others wait for it."""
        self._free_s = max(self._free_s, now_s) + self._gap_s

    def sent_s(self, now_s: float) -> float:
        """Return when to send a request that `take` has allowed. Requests that were held up
        together are sent one after the other."""
        self._sent_s = max(now_s, self._sent_s + self._gap_s)
        return self._sent_s

    def answered(self) -> None:
        """A request that `take` allowed was answered, or is made no more."""
        self.unanswered -= 1

    def broke(self, now_s: float, unanswered: int) -> None:
        """Another connection took the place of one that broke: so many requests were sent again."""
        for _ in range(unanswered):
            self.spend(now_s)

    def take(self, now_s: float) -> tuple[Call | None, Hashable | None] | None:
        """Return the call that may begin its visit with a request now, or the ticket of a further
        request; it counts as made. None: nothing may be requested now."""
        if now_s < self._free_s or self.unanswered >= self._most_open:
            return None
        if self._further:
            self._ask(now_s)
            return None, self._further.popleft()
        self._tidy()
        if self._due and self._due[0][0] <= now_s:
            _, _, call = heapq.heappop(self._due)
            del self._at_s[call]
            self._under_way[call] = False
            self._ask(now_s)
            return call, None
        return None

    def _ask(self, now_s: float) -> None:
        self.unanswered += 1
        self.spend(now_s)

    def next_s(self) -> float | None:
        """From when on `take` may allow something; None: not before something is planned or
        answered."""
        self._tidy()
        if self.unanswered >= self._most_open:
            return None
        if self._further:
            return self._free_s
        return max(self._free_s, self._due[0][0]) if self._due else None

    def _tidy(self) -> None:
        """Drop what was planned otherwise since."""
        while self._due and self._at_s.get(self._due[0][2]) != self._due[0][0]:
            heapq.heappop(self._due)
