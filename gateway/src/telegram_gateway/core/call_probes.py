"""How often running calls are looked at, in which order, and what a look is worth. Pure.

Telegram tells of who comes and goes by updates, which may be lost and, as far as anybody knows, may
never reach a login that does not say that it is online. A look shows whether they keep step: who is
told of everything is looked at seldom, who is not often, and nobody later than `LONGEST_S` after the
last time. One account looks at all calls, so their looks have one pace.

Instants are UTC on the database's clock; seconds are those of a clock of our own that only goes
forward.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from telegram_gateway.core.liveness import Heard
from telegram_gateway.core.presence import CallState, Listing, Moment

#: So many looks in a row must have found nothing new before updates that had missed something are
#: relied on again, and before a call of which nothing is told counts as one in which nothing happens.
ENOUGH = 3
#: Somebody who comes and goes between two looks that are no further apart is not told of where updates
#: do not come: that is what looks are worth. Over a longer time nothing is claimed.
LONGEST_S = 20.0
_LONGEST = timedelta(seconds=LONGEST_S)


# --- whether updates keep step -------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Told:
    """How well updates tell of a call, over the connection that stands.

    comes: one came in its turn since a look last found what none had told. has_missed: a look found
    such a thing. agreed: so many looks in a row since then found none.
    """

    comes: bool = False
    has_missed: bool = False
    agreed: int = 0

    @property
    def keeps_step(self) -> bool:
        """Whether updates may be relied on."""
        return self.comes and (not self.has_missed or self.agreed >= ENOUGH)

    @property
    def is_quiet(self) -> bool:
        """Whether there is no need to look often: updates would tell, or nothing happens."""
        return self.keeps_step or self.agreed >= ENOUGH

    @property
    def is_mute(self) -> bool:
        """Whether nothing has come since a look found what none had told: there is nothing to wait
        for."""
        return self.has_missed and not self.comes


def on_told(told: Told) -> Told:
    """An update applied, in its turn."""
    return replace(told, comes=True)


def on_agreed(told: Told) -> Told:
    """A look found nothing that updates had not told."""
    return replace(told, agreed=min(ENOUGH, told.agreed + 1))


def on_missed() -> Told:
    """A look found what no update had told."""
    return Told(has_missed=True)


def shows_missed(before: CallState, listing: Listing, moments: tuple[Moment, ...]) -> bool:
    """Whether a list shows what no update had told. before: what was known as it came; moments:
    what the list changed of that."""
    if before.version is None:
        return False  # the first one: there was nothing to keep step with
    return listing.version > before.version or any(one.source == "look" for one in moments)


def unseen_since(told: Told, state: CallState, now: datetime) -> datetime | None:
    """A look has found what updates had missed: since when nobody knows who else came and went
    meanwhile. None: no longer than looks are apart where nothing else is relied on, or Telegram hides
    listeners, which says as much."""
    if state.seen_at is None or state.listeners_hidden:
        return None
    return state.seen_at if told.keeps_step or now - state.seen_at > _LONGEST else None


def is_informed(told: Told, state: CallState, heard: Heard) -> bool:
    """Whether a call is observed though it cannot be looked at: updates keep step, none is missing,
    and the line over which they come is still the one of the last list. That the line lives is
    watched elsewhere."""
    is_whole = not state.waiting and state.connection == heard.connection
    return told.keeps_step and is_whole and not state.is_blind


def relied_on(
    told: Told, state: CallState, heard: Heard | None, until: datetime | None
) -> Heard | None:
    """`heard`, where what came over the line is as good as a look at `until`: the call ended then, or
    the line fell silent.

    No list can be read any more that would show what was missed before; so nothing is claimed over
    more than the time between two looks.
    """
    if not told.keeps_step or state.waiting or state.seen_at is None or until is None:
        return None
    return heard if until - state.seen_at <= _LONGEST else None


# --- in which order, and how fast ----------------------------------------------------------------

Call = TypeVar("Call", bound=Hashable)


class Agenda(Generic[Call]):
    """When which call is looked at, with so many requests a second for all of them.

    A look is begun by one request (`take`) and may need others (`further`), which go first: who has
    begun ends. Of the calls that are due the one goes first that has been so for longest. No more
    than a second's requests wait for their answers: all of those are sent again at once where a line
    takes the place of one that broke.
    """

    def __init__(self, a_second: float) -> None:
        self._gap_s = 1 / a_second
        self._most_open = max(1, int(a_second))
        self.unanswered = 0  # requests that `take` allowed
        self._free_s = 0.0  # from when on the next request may be made
        self._sent_s = 0.0  # when the last one is sent that was allowed
        self._due: list[tuple[float, int, Call]] = []
        self._at_s: dict[Call, float] = {}  # when each is due that is not under way
        self._under_way: dict[Call, bool] = {}  # and whether it is to be looked at again at once
        self._further: deque[Hashable] = deque()
        self._numbers = 0

    def plan(self, call: Call, at_s: float) -> None:
        """Look at it then, or earlier where that is planned already; of one that is being looked at,
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
        """A look at it is over; the next one is due at `again_s`."""
        is_wanted = self._under_way.pop(call, None)
        if is_wanted is not None:
            self._put(call, now_s if is_wanted else again_s)

    def drop(self, call: Call) -> None:
        """It is not looked at any more."""
        self._at_s.pop(call, None)
        self._under_way.pop(call, None)

    def further(self, ticket: Hashable) -> None:
        """A look that was begun needs another request: `take` gives the ticket back when it may be
        made."""
        self._further.append(ticket)

    def forget(self, ticket: Hashable) -> None:
        """Nobody waits for that any more."""
        if ticket in self._further:
            self._further.remove(ticket)

    def spend(self, now_s: float) -> None:
        """A request was made without asking: the others wait for it."""
        self._free_s = max(self._free_s, now_s) + self._gap_s

    def sent_s(self, now_s: float) -> float:
        """When a request is sent that `take` has allowed: what was held up together meanwhile does not
        go out together."""
        self._sent_s = max(now_s, self._sent_s + self._gap_s)
        return self._sent_s

    def answered(self) -> None:
        """A request that `take` allowed was answered, or is made no more."""
        self.unanswered -= 1

    def broke(self, now_s: float, unanswered: int) -> None:
        """Another connection took the line's place: so many requests were sent again."""
        for _ in range(unanswered):
            self.spend(now_s)

    def take(self, now_s: float) -> tuple[Call | None, Hashable | None] | None:
        """Who may make a request now: a call whose look begins with it, or a ticket; it counts as
        made. None: nobody."""
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
        """From when on `take` may find somebody; None: not before something is planned or answered."""
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
