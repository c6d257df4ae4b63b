"""From a call's updates and looks to joins and leaves, with how sure they are. Pure.

Telegram tells of participants in two ways: updates, which may be lost and are never replayed, and
reading the list. An update that applies is exact; a difference between two looks lies between
them. See "Calls" in the notes on Telegram: one peer is one participant, a second device replaces
the first, and a changed join date is a leave and a return that nobody saw.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from .model import TgUserId


@dataclass(frozen=True, kw_only=True)
class Participant:
    """Somebody in a call as Telegram showed them; `date` is when they joined (UTC)."""

    peer_kind: str  # "user" | "channel"
    peer_id: int
    date: datetime
    source: int
    left: bool = False
    just_joined: bool = False
    versioned: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """Who it is: one peer is one participant."""
        return (self.peer_kind, self.peer_id)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A join or a leave: the true instant lies in [at − precision_s, at]."""

    kind: str  # "participant_joined" | "participant_left"
    participant: Participant
    at: datetime
    precision_s: int
    source: str  # "update" | "look"

    @property
    def tg_user_id(self) -> TgUserId | None:
        """The person, or None where a channel joined."""
        if self.participant.peer_kind != "user":
            return None
        return TgUserId(self.participant.peer_id)


class Wish(Enum):
    """What the caller should do next."""

    NOTHING = auto()
    WAIT = auto()  # an update is missing: give it 1 to 3 s
    READ = auto()  # read the whole list


@dataclass(frozen=True, kw_only=True)
class CallState:
    """What is known of a running call. `seen_at` is the last instant that is known about.

    `is_blind` belongs to the caller, who tells Odoo when looking fails and when it works again.
    """

    version: int | None = None
    present: dict[tuple[str, int], Participant] = field(default_factory=dict)
    seen_at: datetime | None = None
    is_blind: bool = False


Outcome = tuple[CallState, tuple[Moment, ...], Wish]


def on_update(
    state: CallState, version: int, participants: tuple[Participant, ...], now: datetime
) -> Outcome:
    """Apply an updateGroupCallParticipants, if it is the next one.

    One without a number (nobody joined or left, somebody was muted, say) may be old: it makes
    nobody join or leave.
    """
    numbered = any(p.versioned or p.left or p.just_joined for p in participants)
    if state.version is None:
        return state, (), Wish.READ
    if not numbered:
        is_stranger = any(one.key not in state.present for one in participants)
        return state, (), Wish.READ if is_stranger else Wish.NOTHING
    if version <= state.version:
        return state, (), Wish.NOTHING
    if version > state.version + 1:
        return state, (), Wish.WAIT
    present = dict(state.present)
    moments: list[Moment] = []
    for one in participants:
        known = present.get(one.key)
        if one.left:
            # the first device's farewell after the second took its place is not a leave
            if known is not None and known.source in (one.source, 0):
                del present[one.key]
                moments.append(_left(known, now, now, "update"))
        elif known is None:
            present[one.key] = one
            moments.append(_joined(one, "update"))
        else:
            # with a second device while the first was still in: never absent
            if known.source == one.source and known.date < one.date:
                moments += [_left(known, one.date, one.date, "update"), _joined(one, "update")]
            present[one.key] = one
    return (
        replace(state, present=present, version=version, seen_at=now),
        tuple(moments),
        Wish.NOTHING,
    )


def on_look(
    state: CallState, version: int, participants: tuple[Participant, ...], now: datetime
) -> Outcome:
    """Compare a list that was read to its end with what was known.

    A list that is older than what is known is dropped. A changed join date is a leave and a
    return that nobody saw. Another source with the same date is a return within one second:
    there is no time outside to tell of.
    """
    if state.version is not None and version < state.version:
        return state, (), Wish.NOTHING
    listed = {one.key: one for one in participants if not one.left}
    since = state.seen_at or now
    moments: list[Moment] = []
    for key, known in state.present.items():
        if key not in listed:
            moments.append(_left(known, since, now, "look"))
        elif known.date < listed[key].date:
            moments.append(_left(known, since, listed[key].date, "look"))
            moments.append(_joined(listed[key], "look"))
    moments += [_joined(one, "look") for key, one in listed.items() if key not in state.present]
    # in order; who left and returned at one instant left first
    moments.sort(key=lambda moment: (moment.at, moment.kind == "participant_joined"))
    return (
        replace(state, version=version, present=listed, seen_at=now),
        tuple(moments),
        Wish.NOTHING,
    )


def on_end(state: CallState, at: datetime) -> tuple[CallState, tuple[Moment, ...]]:
    """The call is over: whoever was in it has left."""
    moments = tuple(_left(one, at, at, "update") for one in state.present.values())
    return replace(state, present={}, seen_at=at), moments


def _joined(who: Participant, source: str) -> Moment:
    return Moment(
        kind="participant_joined", participant=who, at=who.date, precision_s=0, source=source
    )


def _left(who: Participant, since: datetime, at: datetime, source: str) -> Moment:
    """A leave between `since` and `at`; never before the join, whose date has another clock."""
    at = max(at, who.date)
    span = at - max(since, who.date)
    # whole seconds that cover the span
    precision_s = max(0, -(-span // timedelta(seconds=1)))
    return Moment(
        kind="participant_left", participant=who, at=at, precision_s=precision_s, source=source
    )
