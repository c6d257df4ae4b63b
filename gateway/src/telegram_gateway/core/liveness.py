"""Liveness of the connection to Telegram, and bounds on when its contents can have happened.
Pure.

Over one connection everything comes in the order in which Telegram sent it. So an answer shows that
all has come that was sent before its question was asked: whatever comes later was sent later than
that, however late it is. Nothing of the kind holds from one connection to the next.

Instants are UTC on the database's clock; seconds are those of a clock of our own that only goes
forward.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: A sign of life is asked for so often while a call is watched, and a connection counts as silent
#: after so long without an answer. What is learnt over one that is not silent is unsure by no more
#: than the first and the answer's way.
PING_S = 2.0
SILENT_S = 6.0


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Completeness of Telegram's data at some moment.

    connection: the number of the connection that stands. until: everything that was sent over it
    before this instant has come; None: nobody knows.
    """

    connection: int
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ConnectionLife:
    """The known state of the current connection.

    asked_at: when the newest question that was answered over it was asked. answered_s: when its
    answer came. turned_at, turned_s: when the gateway last had a turn to receive one.
    """

    connection: int = 0
    asked_at: datetime | None = None
    answered_s: float | None = None
    turned_at: datetime | None = None
    turned_s: float | None = None

    @property
    def coverage(self) -> Coverage:
        """How complete the updates are so far, on this connection."""
        return Coverage(connection=self.connection, until=self.asked_at)


#: The connection as it is now; the coverage before a silence that was noticed just now, or None.
Outcome = tuple[ConnectionLife, Coverage | None]


def on_connection(life: ConnectionLife, connection: int) -> Outcome:
    """Note which connection stands now: another one, or still the same. What the former one had not
    brought yet is lost, however short the cut."""
    if connection == life.connection:
        return life, None
    return ConnectionLife(connection=connection), life.coverage


def on_answer(life: ConnectionLife, connection: int, asked_at: datetime, now_s: float) -> Outcome:
    """Note an answer over a connection, to what was asked over it at `asked_at`."""
    if connection != life.connection:
        return life, None
    silence = life.coverage if _is_long(life.answered_s, now_s) else None
    if life.asked_at is not None and asked_at < life.asked_at:
        asked_at = life.asked_at
    return replace(life, asked_at=asked_at, answered_s=now_s), silence


def on_turn(life: ConnectionLife, now: datetime, now_s: float) -> Outcome:
    """Note that the process had a turn, so that it can receive. A gap between two turns is a
    silence, whether nothing came or nobody could receive it: the process, or its machine, stood
    still. The database's clock goes on when ours stands still with the machine."""
    stood_still = _is_long(life.turned_s, now_s) or (
        life.turned_at is not None and now - life.turned_at > timedelta(seconds=SILENT_S)
    )
    is_silent = stood_still or _is_long(life.answered_s, now_s)
    turned = replace(life, turned_at=now, turned_s=now_s)
    return turned, life.coverage if is_silent else None


def _is_long(since_s: float | None, now_s: float) -> bool:
    return since_s is not None and now_s - since_s > SILENT_S
