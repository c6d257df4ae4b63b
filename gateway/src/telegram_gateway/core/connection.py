"""The line to Telegram: when it counts as dead, how connections are paced, and when another process
should serve instead. Pure.

Official clients do likewise. TDLib pings while it is in use after one round trip of silence, and gives
a connection up after 2.5 of them without an answer, a round trip counting as two seconds at least; Telegram
Desktop gives one up that says nothing for 4 seconds at first, for up to 64 later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

#: The code of what did not reach Telegram, or was not answered.
NETWORK = "NETWORK"

#: After so many seconds without an answer Telegram is asked for a sign of life.
PING_AFTER_S = 2.0
#: So many seconds that sign may take; more where the line is slow, or has been dead for long.
ALLOWED_S = 5.0
LONGEST_ALLOWED_S = 30.0
_ROUND_TRIPS = 3.0
#: Of what a process slept or was held up no more counts at a time: that says nothing of the line.
MOST_AT_ONCE_S = 1.0

#: A connection that answered for so long was well: whatever ends it, the next one is made at once.
STEADY_S = 30.0
_FIRST_PAUSE_S = 0.5
_PAUSE_S = 5.0  # at most, as long as the line is not dead for long
_LONGEST_PAUSE_S = 60.0
_LONGEST_ANSWERED_S = 15.0
#: Allowances and pauses grow with the time for which nothing went well: a part of it, so that a line
#: that comes back after two minutes is noticed within five seconds.
_PART = 1 / 24

#: Connections in a row without an answer after which a client gives up, and another process may serve.
MOST_IN_VAIN = 2
#: Failures further apart do not count together.
FAILURES_WITHIN_S = 600.0


class Beat(Enum):
    """What a connection needs now."""

    NOTHING = "nothing"
    PING = "ping"
    GIVE_UP = "give up"


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """Of one connection, in seconds that the process was awake: `silent_s`: since Telegram answered
    last; `asked_s`: since it was asked for a sign of life that has not come, None: it is not.

    Only an answer counts: a connection may still bring updates while all that is sent is lost.
    """

    silent_s: float = 0.0
    asked_s: float | None = None

    @property
    def is_well(self) -> bool:
        """Whether Telegram has answered just now."""
        return self.asked_s is None or self.silent_s < 2 * PING_AFTER_S


#: A new connection: the first thing is to ask.
NEW_PULSE = Pulse(silent_s=PING_AFTER_S)


def after_tick(pulse: Pulse, elapsed_s: float, allowed_s: float) -> tuple[Pulse, Beat]:
    """Some seconds later without an answer; for a PING the caller asks Telegram."""
    counted_s = max(0.0, min(elapsed_s, MOST_AT_ONCE_S))
    silent_s = pulse.silent_s + counted_s
    if pulse.asked_s is None:
        if silent_s < PING_AFTER_S:
            return Pulse(silent_s=silent_s), Beat.NOTHING
        return Pulse(silent_s=silent_s, asked_s=0.0), Beat.PING
    asked_s = pulse.asked_s + counted_s
    beat = Beat.GIVE_UP if asked_s >= allowed_s else Beat.NOTHING
    return Pulse(silent_s=silent_s, asked_s=asked_s), beat


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """An account's connections of late. `count`: how many in a row, none of which was steady, of which
    the first began at `since`, the last at `last`; `answered_at`: when Telegram answered last on that
    one, None: it did not. Instants in seconds of a clock that only goes forward."""

    count: int = 0
    since: float = 0.0
    last: float = 0.0
    answered_at: float | None = None

    @property
    def is_steady(self) -> bool:
        """Whether the last connection was, or is, well for long enough."""
        return self.answered_at is not None and self.answered_at - self.last >= STEADY_S

    def begun(self, now: float) -> Attempts:
        """A connection is begun."""
        if self.count == 0 or self.is_steady:
            return Attempts(count=1, since=now, last=now)
        return Attempts(count=self.count + 1, since=self.since, last=now)

    def answered(self, now: float) -> Attempts:
        """Telegram has answered on the last connection."""
        return replace(self, answered_at=now)

    def pause_s(self, now: float) -> float:
        """How long to wait before the next connection. What counts is the time between the beginnings
        of two, whatever ended the first: one that served for a while is replaced at once."""
        if self.count == 0 or self.is_steady:
            return 0.0
        longest_s = _LONGEST_PAUSE_S if self.answered_at is None else _LONGEST_ANSWERED_S
        most_s = min(longest_s, max(_PAUSE_S, (now - self.since) * _PART))
        wanted_s = _FIRST_PAUSE_S * 2.0 ** min(self.count - 1, 10)
        return max(0.0, self.last + min(most_s, wanted_s) - now)

    def allowed_s(self, now: float, round_trip_s: float) -> float:
        """How long Telegram may take for a sign of life on a connection. `round_trip_s`: what it took
        before; 0: not known."""
        ill_s = 0.0 if self.is_steady or self.count == 0 else now - self.since
        wanted_s = max(ALLOWED_S, _ROUND_TRIPS * round_trip_s, ill_s * _PART)
        return min(LONGEST_ALLOWED_S, wanted_s)


@dataclass(frozen=True, kw_only=True)
class Failures:
    """How often a process that served could not go on, of late. `last`: when that was, on the same
    clock."""

    count: int = 0
    last: float = 0.0

    def one_more(self, now: float) -> Failures:
        """It could not go on now."""
        is_apart = now - self.last > FAILURES_WITHIN_S
        return Failures(count=1 if is_apart else self.count + 1, last=now)

    @property
    def hands_over(self) -> bool:
        """Whether another process should serve instead, if there is one: connecting anew was no
        help."""
        return self.count >= MOST_IN_VAIN
