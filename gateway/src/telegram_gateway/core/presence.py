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

PeerKey = tuple[str, int]  # ("user" | "channel", id): the two kinds have numbers of their own


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
    def key(self) -> PeerKey:
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
class Listing:
    """The list of a call, read page by page while it may have changed.

    It has everybody who was in the call at `version` but for those whom later updates, up to
    `last_version`, tell of.
    """

    version: int  # before the first page
    last_version: int  # after the last one
    participants: tuple[Participant, ...]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An update that came before one that is missing still."""

    at: datetime
    participants: tuple[Participant, ...]


@dataclass(frozen=True, kw_only=True)
class CallState:
    """What is known of a running call.

    seen_at: the last instant that is known about. waiting: updates by their version, all beyond
    the next one. unlisted: who of `present` was not on the last list, though that proves nothing
    (listeners are hidden, or it changed while it was read): when they were seen last.
    `is_blind` and `listeners_hidden` belong to the caller, who tells Odoo of them.
    """

    version: int | None = None
    present: dict[PeerKey, Participant] = field(default_factory=dict)
    seen_at: datetime | None = None
    waiting: dict[int, Waiting] = field(default_factory=dict)
    unlisted: dict[PeerKey, datetime] = field(default_factory=dict)
    is_blind: bool = False
    listeners_hidden: bool = False


Outcome = tuple[CallState, tuple[Moment, ...], Wish]


def on_update(
    state: CallState, version: int, participants: tuple[Participant, ...], now: datetime
) -> Outcome:
    """Apply an updateGroupCallParticipants once it is the next one, and those that waited for it.

    One without a number (nobody joined or left, somebody was muted, say) may be old: it makes
    nobody join or leave.
    """
    numbered = any(p.versioned or p.left or p.just_joined for p in participants)
    if not numbered:
        is_known = state.version is not None and all(p.key in state.present for p in participants)
        return state, (), Wish.NOTHING if is_known else Wish.READ
    if state.version is not None and version <= state.version:
        return state, (), Wish.NOTHING
    waiting = {**state.waiting, version: Waiting(at=now, participants=participants)}
    state = replace(state, waiting=waiting)
    if state.version is None:
        return state, (), Wish.READ
    if version > state.version + 1:
        return state, (), Wish.WAIT
    state, moments = _caught_up(state)
    return state, moments, Wish.NOTHING


def _caught_up(state: CallState) -> tuple[CallState, tuple[Moment, ...]]:
    """Apply the updates whose turn it is."""
    version, seen_at = state.version or 0, state.seen_at
    present, unlisted, waiting = dict(state.present), dict(state.unlisted), dict(state.waiting)
    moments: list[Moment] = []
    while version + 1 in waiting:
        version += 1
        update = waiting.pop(version)
        seen_at = max(seen_at or update.at, update.at)
        for one in update.participants:
            known = present.get(one.key)
            since = unlisted.pop(one.key, None)
            if one.left:
                # the first device's farewell after the second took its place is not a leave
                if known is not None and known.source in (one.source, 0):
                    del present[one.key]
                    moments.append(_left(known, update.at, update.at, "update"))
                elif known is not None and since is not None:
                    unlisted[one.key] = since
                continue
            if known is None:
                moments.append(_joined(one, "update"))
            elif known.date < one.date and (since is not None or known.source == one.source):
                moments += [_left(known, since or one.date, one.date, "update")]
                moments += [_joined(one, "update")]
            # else with a second device while the first was still in: never absent
            present[one.key] = one
    state = replace(
        state,
        version=version,
        present=present,
        seen_at=seen_at,
        waiting=waiting,
        unlisted=unlisted,
    )
    return state, tuple(moments)


def on_look(state: CallState, listing: Listing, began: datetime, now: datetime) -> Outcome:
    """Compare a list that was read between `began` and `now` with what was known.

    A list that is older than what is known is dropped. A changed join date is a leave and a
    return that nobody saw. Another source with the same date is a return within the second in
    which they joined: there is no time outside to tell of.
    Who is missing has left, unless listeners are hidden, or the list changed while it was read and
    the updates that say how have not come: then they may be there still.
    """
    if state.version is not None and listing.version < state.version:
        return state, (), Wish.NOTHING
    waiting = {v: one for v, one in state.waiting.items() if v > listing.version}
    reached = listing.version
    touched: set[PeerKey] = set()
    while reached + 1 in waiting:
        reached += 1
        touched.update(one.key for one in waiting[reached].participants)
    is_consistent = reached >= listing.last_version
    listed = {one.key: one for one in listing.participants if not one.left}
    present = dict(listed)
    unlisted: dict[PeerKey, datetime] = {}
    moments: list[Moment] = []
    for key, known in state.present.items():
        since = state.unlisted.get(key, state.seen_at or began)
        if key in touched:  # the updates say more exactly what they did
            present[key] = known
            if key in state.unlisted and key not in listed:
                unlisted[key] = since
        elif key not in listed and is_consistent and not state.listeners_hidden:
            moments.append(_left(known, since, now, "look"))
        elif key not in listed:
            present[key] = known
            unlisted[key] = since
        elif known.date < listed[key].date:
            moments.append(_left(known, since, listed[key].date, "look"))
            moments.append(_joined(listed[key], "look"))
    moments += [_joined(one, "look") for key, one in listed.items() if key not in state.present]
    # in order; who left and returned at one instant left first
    moments.sort(key=lambda moment: (moment.at, moment.kind == "participant_joined"))
    state = replace(
        state,
        version=listing.version,
        present=present,
        seen_at=max(state.seen_at or began, began),
        waiting=waiting,
        unlisted=unlisted,
    )
    state, later = _caught_up(state)
    return state, (*moments, *later), Wish.NOTHING if is_consistent else Wish.READ


def on_end(
    state: CallState, at: datetime, *, is_seen: bool = True
) -> tuple[CallState, tuple[Moment, ...]]:
    """The call is over: whoever was in it has left. `is_seen`: just now, else at some time since it
    was looked at last."""
    since = at if is_seen else state.seen_at or at
    source = "update" if is_seen else "look"
    moments = tuple(
        _left(one, min(since, state.unlisted.get(key, since)), at, source)
        for key, one in state.present.items()
    )
    return replace(state, present={}, unlisted={}, waiting={}, seen_at=at), moments


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
