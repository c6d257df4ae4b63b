"""From a call's updates and lists to joins and leaves, with how sure they are. Pure.

Telegram tells of participants in two ways: updates, which may be lost and are never replayed, and
the list, which must be read. An update that applies is exact. A difference between two lists
happened between the two. One peer is one participant, a second device replaces the first, and a
changed join date is a leave and a return that nobody saw.

When an update came says little about when it happened: the connection may have been slow, or stood
still, or the gateway did. So a leave lies between two instants: the last one at which they are
known to have been there, and the one at which the update came. The first is that of the last list,
or, if the update came over the same connection, the earliest at which it can have been sent
(liveness.py). A join has its date.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from telegram_gateway.core.liveness import Coverage
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
        """Names the participant: one peer is one participant."""
        return (self.peer_kind, self.peer_id)


@dataclass(frozen=True, kw_only=True)
class Transition:
    """A join or a leave; the true instant lies in [at − precision_s, at]."""

    kind: str  # "participant_joined" | "participant_left"
    participant: Participant
    at: datetime
    precision_s: int
    source: str  # "update" | "look" (the list), as facts have it

    @property
    def joined_at(self) -> datetime:
        """When the stay that begins or ends here began."""
        return self.participant.date

    @property
    def tg_user_id(self) -> TgUserId | None:
        """The person, or None where a channel joined."""
        if self.participant.peer_kind != "user":
            return None
        return TgUserId(self.participant.peer_id)


class FollowUp(Enum):
    """Follow-up actions for the caller after an update or a list."""

    NOTHING = auto()
    WAIT = auto()  # an update is missing: give it 1 to 3 s, then read the list
    READ = auto()  # read the whole list


@dataclass(frozen=True, kw_only=True)
class ParticipantList:
    """The list of a call, read page by page while it may have changed. It has everybody who was in
    the call at `version`, except people whom a later update, up to `last_version`, is about."""

    version: int  # before the first page
    last_version: int  # after the last one
    participants: tuple[Participant, ...]


@dataclass(frozen=True, kw_only=True)
class EarlyUpdate:
    """An update that came before an earlier one, which is still missing.

    at: when it came. since: the earliest time at which it can have been sent; None: that of the
    last list.
    """

    at: datetime
    since: datetime | None
    participants: tuple[Participant, ...]


@dataclass(frozen=True, kw_only=True)
class CallState:
    """The known state of a running call.

    version: of the list as it is known. seen_at: the last instant at which all of `present` are
    known to have been there. connection: the one over which the last list was read; None: it broke
    since. waiting: early updates by their version, all beyond the next one. unlisted: people in
    `present` who were not on the last list, with when they were last seen; that they were not on it
    proves nothing (listeners are hidden, or the list changed while it was read). ended: for each
    person who was there and has left, when their last stay began. `is_blind` (not observed) and
    `listeners_hidden` are kept by the caller, who reports them.
    """

    version: int | None = None
    present: dict[PeerKey, Participant] = field(default_factory=dict)
    seen_at: datetime | None = None
    connection: int | None = None
    waiting: dict[int, EarlyUpdate] = field(default_factory=dict)
    unlisted: dict[PeerKey, datetime] = field(default_factory=dict)
    ended: dict[PeerKey, datetime] = field(default_factory=dict)
    is_blind: bool = False
    listeners_hidden: bool = False


Outcome = tuple[CallState, tuple[Transition, ...], FollowUp]


def known_until(state: CallState, coverage: Coverage | None) -> datetime | None:
    """Return the instant until which it is known who was in the call: all that Telegram sent until
    then has arrived. Only if no update is missing.

    A new connection says nothing before a list was read over it: what the former one had not
    brought is lost.
    """
    is_same = coverage is not None and coverage.connection == state.connection
    return _latest(state.seen_at, coverage.until if coverage and is_same else None)


def on_update(
    state: CallState,
    version: int,
    participants: tuple[Participant, ...],
    now: datetime,
    coverage: Coverage | None = None,
) -> Outcome:
    """Apply an updateGroupCallParticipants once it is the next one, and then those that waited for
    it. now: when it came at the latest. coverage: that of the connection when it came, as far as is
    known.

    An update without a number may be old (nobody joined or left; somebody was muted, for instance).
    It makes nobody join or leave.
    """
    numbered = any(p.versioned or p.left or p.just_joined for p in participants)
    if not numbered:
        is_known = state.version is not None and all(p.key in state.present for p in participants)
        return state, (), FollowUp.NOTHING if is_known else FollowUp.READ
    if state.version is not None and version <= state.version:
        return state, (), FollowUp.NOTHING
    since = known_until(state, coverage)
    update = EarlyUpdate(at=now, since=since, participants=participants)
    state = replace(state, waiting={**state.waiting, version: update})
    if state.version is None:
        return state, (), FollowUp.READ
    if version > state.version + 1:
        return state, (), FollowUp.WAIT
    state, transitions = _apply_early(state)
    return state, transitions, FollowUp.NOTHING


def _apply_early(state: CallState) -> tuple[CallState, tuple[Transition, ...]]:
    """Apply the updates in `waiting` whose turn has come: the next one, and those after it that
    came early."""
    version, known_at = state.version or 0, state.seen_at
    sent_at: datetime | None = None  # of the last one that applies, at the earliest
    present, unlisted, waiting = dict(state.present), dict(state.unlisted), dict(state.waiting)
    ended = dict(state.ended)
    transitions: list[Transition] = []
    while version + 1 in waiting:
        version += 1
        update = waiting.pop(version)
        # a list that was asked for later and does not have it yet says nothing
        is_before = known_at is not None and known_at <= update.at
        sent_at = _latest(known_at if is_before else None, update.since) or update.at
        for participant in update.participants:
            known = present.get(participant.key)
            since = unlisted.pop(participant.key, None)
            if participant.left:
                # the first device's farewell after the second took its place is not a leave
                if known is not None and known.source in (participant.source, 0):
                    del present[participant.key]
                    ended[participant.key] = known.date
                    transitions.append(_left(known, sent_at, update.at, "update"))
                elif known is not None and since is not None:
                    unlisted[participant.key] = since
                continue
            if known is None:
                participant = _after(participant, ended)
                transitions.append(_joined(participant, "update"))
            elif known.date < participant.date and (
                since is not None or known.source == participant.source
            ):
                transitions += [
                    _left(known, since or known_at or participant.date, participant.date, "update")
                ]
                transitions += [_joined(participant, "update")]
                ended[participant.key] = known.date
            else:  # with a second device while the first was still in: never absent
                participant = replace(participant, date=max(participant.date, known.date))
            present[participant.key] = participant
    if sent_at is not None:
        # what still waits may have been sent before the one that came last
        earliest = [
            sent_at,
            *(early.since for early in waiting.values() if early.since is not None),
        ]
        known_at = _latest(known_at, min(earliest))
    state = replace(
        state,
        version=version,
        present=present,
        seen_at=known_at,
        waiting=waiting,
        unlisted=unlisted,
        ended=ended,
    )
    return state, tuple(transitions)


def on_list(
    state: CallState,
    listing: ParticipantList,
    began: datetime,
    now: datetime,
    connection: int | None = None,
) -> Outcome:
    """Compare a list that was read between `began` and `now` with what was known. connection: the
    one over which it was read, None if it broke meanwhile.

    A list that is older than what is known is dropped. A changed join date is a leave and a return
    that nobody saw. Another source (device) with the same date is a return within the second of
    joining: there is no time outside to report. Somebody missing from the list has left, with two
    exceptions in which they may still be there: listeners are hidden, or the list changed while it
    was read and the updates that say how have not come.
    """
    if state.version is not None and listing.version < state.version:
        return state, (), FollowUp.NOTHING
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
    transitions = [_joined(one, "look") for one in present.values()]
    for key, known in state.present.items():
        since = state.unlisted.get(key, state.seen_at or began)
        if key in touched:  # the updates say more exactly what they did
            present[key] = known
            # but not whether this stay had ended in what was missed before
            is_missed = key in state.unlisted or listing.version != state.version
            if is_missed and (key not in listed or known.date < listed[key].date):
                unlisted[key] = since
        elif key not in listed and is_consistent and not state.listeners_hidden:
            transitions.append(_left(known, since, now, "look"))
            ended[key] = known.date
        elif key not in listed:
            present[key] = known
            unlisted[key] = since
        elif known.date < listed[key].date:
            transitions.append(_left(known, since, listed[key].date, "look"))
            transitions.append(_joined(listed[key], "look"))
            ended[key], present[key] = known.date, listed[key]
        else:
            present[key] = replace(listed[key], date=known.date)
    # in order; somebody who left and returned at one instant left first
    transitions.sort(
        key=lambda transition: (transition.at, transition.kind == "participant_joined")
    )
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
    state, later = _apply_early(state)
    return state, (*transitions, *later), FollowUp.NOTHING if is_consistent else FollowUp.READ


def on_unchanged(state: CallState, began: datetime, connection: int | None) -> CallState:
    """A probe that was begun at `began` found nothing changed: everybody known was there."""
    seen_at = max(state.seen_at or began, began)
    return replace(state, seen_at=seen_at, connection=connection)


def on_end(
    state: CallState, at: datetime, coverage: Coverage | None = None, *, is_seen: bool = True
) -> tuple[CallState, tuple[Transition, ...]]:
    """The call ended at `at`, or between when it was last known and `at`: everybody in it has left.
    coverage: that of the connection when an update said it. `is_seen`: an update said it, or we
    ended the call; else it was found to be over."""
    since = min(known_until(state, coverage) or at, at)
    source = "update" if is_seen else "look"
    transitions = tuple(
        _left(one, min(since, state.unlisted.get(key, since)), at, source)
        for key, one in state.present.items()
    )
    return replace(state, present={}, unlisted={}, waiting={}, seen_at=at), transitions


def _latest(*instants: datetime | None) -> datetime | None:
    """The latest of those that are known."""
    return max((at for at in instants if at is not None), default=None)


def _after(who: Participant, ended: dict[PeerKey, datetime]) -> Participant:
    """The participant, who is back, with a join date later than the stay before. Telegram's dates
    have whole seconds: somebody who is back in the second in which the stay before began would seem
    to be still in that one."""
    before = ended.get(who.key)
    if before is None or who.date > before:
        return who
    return replace(who, date=before + timedelta(seconds=1))


def _joined(who: Participant, source: str) -> Transition:
    return Transition(
        kind="participant_joined", participant=who, at=who.date, precision_s=0, source=source
    )


def _left(who: Participant, since: datetime, at: datetime, source: str) -> Transition:
    """A leave between `since` and `at`; never before the join, whose date has another clock."""
    at = max(at, who.date)
    span = at - max(since, who.date)
    # whole seconds that cover the span
    precision_s = max(0, -(-span // timedelta(seconds=1)))
    return Transition(
        kind="participant_left", participant=who, at=at, precision_s=precision_s, source=source
    )
