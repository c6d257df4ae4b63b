"""Whether the line to Telegram lives, and since when what comes over it can have happened. Pure.

Over one connection everything comes in the order in which Telegram sent it. So an answer shows that
all has come that was sent before its question was asked: whatever comes later was sent later than
that, however late it is. Nothing of the kind holds from one connection to the next.

Instants are UTC on the database's clock; seconds are those of a clock of our own that only goes
forward.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: A line is asked so often while a call is watched, and counts as silent after so long. What is
#: learnt over one that is not silent is unsure by no more than the first and the answer's way.
PING_S = 2.0
SILENT_S = 6.0


@dataclass(frozen=True, kw_only=True)
class Heard:
    """How the line stood when something came over it.

    connection: its number. since: everything that was sent over it before this instant had come;
    None: nobody knows.
    """

    connection: int
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Life:
    """What is known of the connection that stands.

    asked_at: when the newest question was asked that was answered over it. answered_s: when its
    answer came. turned_at, turned_s: when we looked at it last.
    """

    connection: int = 0
    asked_at: datetime | None = None
    answered_s: float | None = None
    turned_at: datetime | None = None
    turned_s: float | None = None

    @property
    def heard(self) -> Heard:
        """How the line stands now."""
        return Heard(connection=self.connection, since=self.asked_at)


#: The line as it is now; how it stood before a silence that was noticed just now, or None.
Outcome = tuple[Life, Heard | None]


def on_connection(life: Life, connection: int) -> Outcome:
    """The line is another one than before, or still the same. What the former one did not bring
    is lost, however short the cut."""
    if connection == life.connection:
        return life, None
    return Life(connection=connection), life.heard


def on_answer(life: Life, connection: int, asked_at: datetime, now_s: float) -> Outcome:
    """An answer came over a connection, to what was asked over it at `asked_at`."""
    if connection != life.connection:
        return life, None
    silence = life.heard if _is_long(life.answered_s, now_s) else None
    if life.asked_at is not None and asked_at < life.asked_at:
        asked_at = life.asked_at
    return replace(life, asked_at=asked_at, answered_s=now_s), silence


def on_turn(life: Life, now: datetime, now_s: float) -> Outcome:
    """Some time has gone by. Too much of it is a silence, too, whether nothing came or nobody was
    there to hear it: the process, or its machine, stood still. The database's clock goes on when
    ours stands still with the machine."""
    stood_still = _is_long(life.turned_s, now_s) or (
        life.turned_at is not None and now - life.turned_at > timedelta(seconds=SILENT_S)
    )
    is_silent = stood_still or _is_long(life.answered_s, now_s)
    turned = replace(life, turned_at=now, turned_s=now_s)
    return turned, life.heard if is_silent else None


def _is_long(since_s: float | None, now_s: float) -> bool:
    return since_s is not None and now_s - since_s > SILENT_S


def latest(*instants: datetime | None) -> datetime | None:
    """The latest of those that are known."""
    return max((one for one in instants if one is not None), default=None)
