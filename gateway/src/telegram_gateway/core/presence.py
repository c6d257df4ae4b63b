"""From a call's updates and looks to joins and leaves, with how sure they are. Pure.

Telegram tells of participants in two ways: updates, which may be lost and are never replayed, and
reading the list. An update that applies is exact; a difference between two looks lies between
them. See "Calls" in the notes on Telegram: one peer is one participant, a second device replaces
the first, and a changed join date is a leave and a return that nobody saw.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
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
    """What is known of a running call. `seen_at` is the last instant that is known about."""

    version: int | None = None
    present: dict[tuple[str, int], Participant] = field(default_factory=dict)
    seen_at: datetime | None = None
    is_blind: bool = False


Outcome = tuple[CallState, tuple[Moment, ...], Wish]


def on_update(
    state: CallState, version: int, participants: tuple[Participant, ...], now: datetime
) -> Outcome:
    """Apply an updateGroupCallParticipants, if it is the next one."""
    numbered = any(p.versioned or p.left or p.just_joined for p in participants)
    if state.version is None:
        return state, (), Wish.READ
    if numbered:
        if version <= state.version:
            return state, (), Wish.NOTHING
        if version > state.version + 1:
            return state, (), Wish.WAIT
    present = dict(state.present)
    moments: list[Moment] = []
    for one in participants:
        known = present.get(one.key)
        if one.left:
            if known is not None and known.source in (one.source, 0):
                del present[one.key]
                moments.append(_moment("participant_left", known, now, 0, "update"))
            elif known is not None:
                # the first device's farewell after the second took its place is not a leave
                continue
        elif known is None:
            present[one.key] = one
            moments.append(_moment("participant_joined", one, one.date, 0, "update"))
        else:
            moments += _replaced(known, one, now, None, "update")
            present[one.key] = one
    state = replace(
        state,
        present=present,
        version=version if numbered else state.version,
        seen_at=now,
    )
    return state, tuple(moments), Wish.NOTHING


def on_look(
    state: CallState, version: int, participants: tuple[Participant, ...], now: datetime
) -> Outcome:
    """Compare a list that was read to its end with what was known."""
    listed = {one.key: one for one in participants if not one.left}
    gap = None if state.seen_at is None else max(0, int((now - state.seen_at).total_seconds()))
    moments: list[Moment] = []
    for key, known in state.present.items():
        if key not in listed:
            moments.append(_moment("participant_left", known, now, gap or 0, "look"))
    for key, one in listed.items():
        before = state.present.get(key)
        if before is None:
            moments.append(_moment("participant_joined", one, one.date, 0, "look"))
        else:
            moments += _replaced(before, one, now, gap, "look")
    new = replace(state, version=version, present=listed, seen_at=now, is_blind=False)
    return new, tuple(sorted(moments, key=lambda m: (m.at, m.kind))), Wish.NOTHING


def on_end(state: CallState, at: datetime) -> tuple[CallState, tuple[Moment, ...]]:
    """The call is over: whoever was in it has left."""
    moments = tuple(
        _moment("participant_left", one, at, 0, "update") for one in state.present.values()
    )
    return replace(state, present={}, seen_at=at), moments


def _replaced(
    known: Participant, one: Participant, now: datetime, gap: int | None, source: str
) -> list[Moment]:
    """A changed join date is a leave and a return; another source alone is a second device."""
    if known.date == one.date or one.date < known.date:
        return []
    if known.source != one.source and gap is None:
        # joined with a second device while the first was still in: never absent
        return []
    return [
        # left at some time after we saw them last and before they came back
        _moment(
            "participant_left",
            known,
            one.date,
            0 if gap is None else min(gap, int((one.date - known.date).total_seconds())),
            source,
        ),
        _moment("participant_joined", one, one.date, 0, source),
    ]


def _moment(kind: str, who: Participant, at: datetime, precision_s: int, source: str) -> Moment:
    return Moment(kind=kind, participant=who, at=at, precision_s=precision_s, source=source)
