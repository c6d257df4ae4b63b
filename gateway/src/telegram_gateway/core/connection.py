"""The connection to Telegram: when it counts as dead, when the next one is made, and when another
process should serve instead. Pure.

Official clients do likewise. TDLib, while it is in use, pings after one round trip of silence and
gives a connection up after 2.5 round trips without an answer, where a round trip counts as two
seconds at least. Telegram Desktop gives a connection up after 4 seconds of silence at first, later
after up to 64.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

#: The code of what did not reach Telegram, or was not answered.
NETWORK = "NETWORK"

#: After so many seconds without an answer Telegram is asked for a sign of life.
PING_AFTER_S = 2.0
#: So many seconds the sign of life may take; more where answers are slow, or none came for long.
ALLOWED_S = 5.0
LONGEST_ALLOWED_S = 30.0
_ROUND_TRIPS = 3.0
#: While a process slept or was held up, no more than this counts as silence: it is not Telegram's.
MOST_AT_ONCE_S = 1.0

#: A connection on which answers came for so long was steady: after it the next one is made at once.
STEADY_S = 30.0
_FIRST_PAUSE_S = 0.5
_PAUSE_S = 5.0  # at most, as long as Telegram has not been silent for long
_LONGEST_PAUSE_S = 60.0
_LONGEST_ANSWERED_S = 15.0
#: Allowances and pauses are a part of the time for which nothing went well, so that the end of two
#: minutes without network is noticed within five seconds.
_PART = 1 / 24

#: Connections in a row without an answer after which a client gives up, and another process may
#: serve.
MOST_IN_VAIN = 2
#: Failures further apart do not count together.
FAILURES_WITHIN_S = 600.0


class Beat(Enum):
    """The next thing to do about a connection."""

    NOTHING = "nothing"
    PING = "ping"
    GIVE_UP = "give up"


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """Signs of life of one connection, in seconds for which the process was awake.

    `silent_s`: since Telegram answered last; `asked_s`: since it was asked for a sign of life that
    has not come (None: it was not asked). Only answers count: a connection may still bring updates
    while all that is sent is lost.
    """

    silent_s: float = 0.0
    asked_s: float | None = None

    @property
    def is_well(self) -> bool:
        """True if Telegram has answered just now."""
        return self.asked_s is None or self.silent_s < 2 * PING_AFTER_S


#: A new connection: the first thing is to ask.
NEW_PULSE = Pulse(silent_s=PING_AFTER_S)


def after_tick(pulse: Pulse, elapsed_s: float, allowed_s: float) -> tuple[Pulse, Beat]:
    """The pulse after some more seconds without an answer, and what is to be done now: for PING the
    caller asks Telegram for a sign of life."""
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
    """The recent connections of an account, since one was steady.

    `count`: how many; the first began at `since`, the last at `last`; `answered_at`: when Telegram
    answered last on the last one (None: it has not). Instants in seconds of a clock that only goes
    forward.
    """

    count: int = 0
    since: float = 0.0
    last: float = 0.0
    answered_at: float | None = None

    @property
    def is_steady(self) -> bool:
        """True if answers came on the last connection for long enough."""
        return self.answered_at is not None and self.answered_at - self.last >= STEADY_S

    def begun(self, now: float) -> Attempts:
        """The attempts after a further connection was begun."""
        if self.count == 0 or self.is_steady:
            return Attempts(count=1, since=now, last=now)
        return Attempts(count=self.count + 1, since=self.since, last=now)

    def answered(self, now: float) -> Attempts:
        """The attempts after Telegram has answered on the last connection."""
        return replace(self, answered_at=now)

    def pause_s(self, now: float) -> float:
        """Return the seconds to wait before the next connection, counted from the beginning of the
        last one: so a connection that served for a while is replaced at once."""
        if self.count == 0 or self.is_steady:
            return 0.0
        longest_s = _LONGEST_PAUSE_S if self.answered_at is None else _LONGEST_ANSWERED_S
        most_s = min(longest_s, max(_PAUSE_S, (now - self.since) * _PART))
        wanted_s = _FIRST_PAUSE_S * 2.0 ** min(self.count - 1, 10)
        return max(0.0, self.last + min(most_s, wanted_s) - now)

    def allowed_s(self, now: float, round_trip_s: float) -> float:
        """Return the seconds that Telegram may take for a sign of life on a connection.
        `round_trip_s`: what an answer took before; 0: not known."""
        ill_s = 0.0 if self.is_steady or self.count == 0 else now - self.since
        wanted_s = max(ALLOWED_S, _ROUND_TRIPS * round_trip_s, ill_s * _PART)
        return min(LONGEST_ALLOWED_S, wanted_s)


@dataclass(frozen=True, kw_only=True)
class Failures:
    """Recent failures in a row of a process that served. `last`: when that was last,
    on the same clock."""

    count: int = 0
    last: float = 0.0

    def one_more(self, now: float) -> Failures:
        """Return the failures with one more, now. Those of long ago no longer count."""
        is_apart = now - self.last > FAILURES_WITHIN_S
        return Failures(count=1 if is_apart else self.count + 1, last=now)

    @property
    def hands_over(self) -> bool:
        """True if another process should serve instead, where there is one: connecting again did
        not help."""
        return self.count >= MOST_IN_VAIN
