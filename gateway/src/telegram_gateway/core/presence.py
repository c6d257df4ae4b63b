"""From a call's updates and looks to joins and leaves, with how sure they are. Pure.

Telegram tells of participants in two ways: updates, which may be lost and are never replayed, and
reading the list. An update that applies is exact; a difference between two looks lies between
them. See "Calls" in the notes on Telegram: one peer is one participant, a second device replaces
the first, and a changed join date is a leave and a return that nobody saw.

When something came says little of when it happened: the line may have been slow, or stood still, or
we did. So a leave lies between the last instant of which we know that they were there and its
coming: that of the last list, or, where the update came over the same connection, that from which
on it can have been sent (`life.py`). A join has its date.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from telegram_gateway.core.liveness import Heard, latest
from telegram_gateway.core.model import TgUserId

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
    def joined_at(self) -> datetime:
        """When the stay began that this is the beginning or the end of."""
        return self.participant.date

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
    """An update that came before one that is missing still.

    at: when it came. since: when it can have been sent at the earliest, None where the last list
    alone tells."""

    at: datetime
    since: datetime | None
    participants: tuple[Participant, ...]


@dataclass(frozen=True, kw_only=True)
class CallState:
    """What is known of a running call.

    seen_at: the last instant of which is known that all of `present` were there. connection: over
    which the last list was read, None: it broke meanwhile. waiting: updates by their version, all
    beyond the next one. unlisted: who of `present` was not on the last list, though that proves nothing
    (listeners are hidden, or it changed while it was read): when they were seen last.
    ended: when the stay began that ended last, of each who was there and has left.
    `is_blind` and `listeners_hidden` belong to the caller, who tells Odoo of them.
    """

    version: int | None = None
    present: dict[PeerKey, Participant] = field(default_factory=dict)
    seen_at: datetime | None = None
    connection: int | None = None
    waiting: dict[int, Waiting] = field(default_factory=dict)
    unlisted: dict[PeerKey, datetime] = field(default_factory=dict)
    ended: dict[PeerKey, datetime] = field(default_factory=dict)
    is_blind: bool = False
    listeners_hidden: bool = False


Outcome = tuple[CallState, tuple[Moment, ...], Wish]


def known_until(state: CallState, heard: Heard | None) -> datetime | None:
    """Until when it is known who was in the call, where no update is missing: what Telegram sent
    until then has come. A connection over which no list was read yet says nothing: what the one
    before did not bring is lost."""
    is_same = heard is not None and heard.connection == state.connection
    return latest(state.seen_at, heard.since if heard and is_same else None)


def on_update(
    state: CallState,
    version: int,
    participants: tuple[Participant, ...],
    now: datetime,
    heard: Heard | None = None,
) -> Outcome:
    """Apply an updateGroupCallParticipants once it is the next one, and those that waited for it.

    now: when it is known at the latest. heard: how the line stood when it came, as far as is known.
    One without a number (nobody joined or left, somebody was muted, say) may be old: it makes
    nobody join or leave.
    """
    numbered = any(p.versioned or p.left or p.just_joined for p in participants)
    if not numbered:
        is_known = state.version is not None and all(p.key in state.present for p in participants)
        return state, (), Wish.NOTHING if is_known else Wish.READ
    if state.version is not None and version <= state.version:
        return state, (), Wish.NOTHING
    since = known_until(state, heard)
    update = Waiting(at=now, since=since, participants=participants)
    state = replace(state, waiting={**state.waiting, version: update})
    if state.version is None:
        return state, (), Wish.READ
    if version > state.version + 1:
        return state, (), Wish.WAIT
    state, moments = _caught_up(state)
    return state, moments, Wish.NOTHING


def _caught_up(state: CallState) -> tuple[CallState, tuple[Moment, ...]]:
    """Apply the updates whose turn it is."""
    version, known_at = state.version or 0, state.seen_at
    sent_at: datetime | None = None  # of the last one that applies, at the earliest
    present, unlisted, waiting = dict(state.present), dict(state.unlisted), dict(state.waiting)
    ended = dict(state.ended)
    moments: list[Moment] = []
    while version + 1 in waiting:
        version += 1
        update = waiting.pop(version)
        # a list that was asked for later and does not know of it yet says nothing
        is_before = known_at is not None and known_at <= update.at
        sent_at = latest(known_at if is_before else None, update.since) or update.at
        for one in update.participants:
            known = present.get(one.key)
            since = unlisted.pop(one.key, None)
            if one.left:
                # the first device's farewell after the second took its place is not a leave
                if known is not None and known.source in (one.source, 0):
                    del present[one.key]
                    ended[one.key] = known.date
                    moments.append(_left(known, sent_at, update.at, "update"))
                elif known is not None and since is not None:
                    unlisted[one.key] = since
                continue
            if known is None:
                one = _after(one, ended)
                moments.append(_joined(one, "update"))
            elif known.date < one.date and (since is not None or known.source == one.source):
                moments += [_left(known, since or known_at or one.date, one.date, "update")]
                moments += [_joined(one, "update")]
                ended[one.key] = known.date
            else:  # with a second device while the first was still in: never absent
                one = replace(one, date=max(one.date, known.date))
            present[one.key] = one
    if sent_at is not None:
        # whatever waits still may have been sent before the one that came last
        earliest = [sent_at, *(one.since for one in waiting.values() if one.since is not None)]
        known_at = latest(known_at, min(earliest))
    state = replace(
        state,
        version=version,
        present=present,
        seen_at=known_at,
        waiting=waiting,
        unlisted=unlisted,
        ended=ended,
    )
    return state, tuple(moments)


def on_look(
    state: CallState,
    listing: Listing,
    began: datetime,
    now: datetime,
    connection: int | None = None,
) -> Outcome:
    """Compare a list that was read between `began` and `now` with what was known. connection: over
    which, None where that broke meanwhile.

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
    while reached < listing.last_version and reached + 1 in waiting:
        reached += 1
        touched.update(one.key for one in waiting[reached].participants)
    is_consistent = reached >= listing.last_version
    listed = {one.key: one for one in listing.participants if not one.left}
    present = {
        key: _after(one, state.ended) for key, one in listed.items() if key not in state.present
    }
    unlisted: dict[PeerKey, datetime] = {}
    ended = dict(state.ended)
    moments = [_joined(one, "look") for one in present.values()]
    for key, known in state.present.items():
        since = state.unlisted.get(key, state.seen_at or began)
        if key in touched:  # the updates say more exactly what they did
            present[key] = known
            # but not whether this stay had ended in what was missed before
            is_missed = key in state.unlisted or listing.version != state.version
            if is_missed and (key not in listed or known.date < listed[key].date):
                unlisted[key] = since
        elif key not in listed and is_consistent and not state.listeners_hidden:
            moments.append(_left(known, since, now, "look"))
            ended[key] = known.date
        elif key not in listed:
            present[key] = known
            unlisted[key] = since
        elif known.date < listed[key].date:
            moments.append(_left(known, since, listed[key].date, "look"))
            moments.append(_joined(listed[key], "look"))
            ended[key], present[key] = known.date, listed[key]
        else:
            present[key] = replace(listed[key], date=known.date)
    # in order; who left and returned at one instant left first
    moments.sort(key=lambda moment: (moment.at, moment.kind == "participant_joined"))
    state = replace(
        state,
        version=listing.version,
        present=present,
        seen_at=max(state.seen_at or began, began),
        connection=connection,
        waiting=waiting,
        unlisted=unlisted,
        ended=ended,
    )
    state, later = _caught_up(state)
    return state, (*moments, *later), Wish.NOTHING if is_consistent else Wish.READ


def on_same(state: CallState, began: datetime, connection: int | None) -> CallState:
    """A look that was asked for at `began` found nothing changed: everybody known was there."""
    seen_at = max(state.seen_at or began, began)
    return replace(state, seen_at=seen_at, connection=connection)


def on_end(
    state: CallState, at: datetime, heard: Heard | None = None, *, is_seen: bool = True
) -> tuple[CallState, tuple[Moment, ...]]:
    """The call is over at `at`, since some time after it was known last: whoever was in it has left.

    heard: how the line stood when an update said so. `is_seen`: that was the reason, or we ended it;
    else it was found to be over."""
    since = min(known_until(state, heard) or at, at)
    source = "update" if is_seen else "look"
    moments = tuple(
        _left(one, min(since, state.unlisted.get(key, since)), at, source)
        for key, one in state.present.items()
    )
    return replace(state, present={}, unlisted={}, waiting={}, seen_at=at), moments


def _after(who: Participant, ended: dict[PeerKey, datetime]) -> Participant:
    """Somebody who is back. Telegram's dates have whole seconds: back in the second in which the stay
    before began, they would seem to be of that one."""
    before = ended.get(who.key)
    if before is None or who.date > before:
        return who
    return replace(who, date=before + timedelta(seconds=1))


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
