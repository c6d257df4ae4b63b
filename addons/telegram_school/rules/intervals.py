"""From the events of a call to presence, and to the parts that were not observed.

The facts come from updates and from reads, twice, late, in any order; their instants have a
precision. The result does not depend on the order in which they are given.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Dict, Hashable, Iterable, List, Optional, Tuple

from .spans import Span, cut, subtract, union

# (mask, person, account, call): somebody in one call with one account
_Participant = Tuple[str, Optional[Hashable], Optional[Hashable], Optional[int]]

JOINED, LEFT, LOST, BACK, OPENED, CLOSED = "joined", "left", "lost", "back", "opened", "closed"
HIDDEN, SHOWN = "hidden", "shown"
_OF_NO_CALL = (LOST, BACK, HIDDEN, SHOWN)

#: An instant with this precision counts as exact: no connection to Telegram is reliably faster.
EXACT = timedelta(seconds=5)

#: The forms in which people join: as themselves, as a channel of theirs, as the group itself (only
#: its administrators can), as a channel of somebody who is not of the class.
THEMSELVES, CHANNEL, GROUP, OUTSIDER = "", "channel", "group", "outsider"


@dataclass(frozen=True)
class Event:
    """One observation.

    kind: opened|closed (the call), joined|left (somebody), lost|back (our view of the call),
    hidden|shown (people who only listen). at: naive UTC; the true instant lies in `[at -
    precision_s, at]`. call: an id; None with lost|back|hidden|shown means all calls. person: whose
    presence it is; None for somebody whom the school does not know (yet). account: the Telegram
    account, or channel; one person may have several, which come and go independently. mask: the
    form in which they joined; without a person anybody may be behind a channel. joined_at: for a
    leave, the beginning of that stay; they may have been back at `at`. None: the leave ends the
    stay that is running then.
    """

    kind: str
    at: datetime
    call: Optional[int] = None
    person: Optional[Hashable] = None
    account: Optional[Hashable] = None
    precision_s: int = 0
    mask: str = THEMSELVES
    joined_at: Optional[datetime] = None


@dataclass(frozen=True)
class Window:
    """The lesson's time, and how presence is read.

    People who are there up to `lead_in` before the start are shown as having arrived then, but only
    time inside the lesson counts. An absence of up to `bridge` is a reconnect, not an absence.
    """

    start: datetime
    stop: datetime
    lead_in: timedelta = timedelta(minutes=15)
    bridge: timedelta = timedelta(seconds=60)


@dataclass(frozen=True)
class Presence:
    """The presence of one person.

    likely: the reading shown to people (normal list, reconnects bridged, lead-in included).
    certain: the rest when each instant is read to the person's disadvantage. is_masked: during a
    part they were seen as a channel, which somebody has attributed to them.
    """

    likely: Tuple[Span, ...] = ()
    certain: Tuple[Span, ...] = ()
    is_imprecise: bool = False
    is_masked: bool = False


@dataclass(frozen=True)
class Observation:
    """All that is known of a lesson.

    held: the part of the lesson in which there was a call: from the first opening to the last end.
    None: there was no call. blind: the parts of `held` that were not observed (view lost, or
    between two calls). hidden: the parts of `held` in which Telegram did not show people who only
    listened: whoever was seen was there, nothing is known of the others. people: presence by
    person. strangers: of everybody whom the school does not know, together. masked: of all who
    joined as a channel and whom nobody has named, together; anonymous: likewise for those who
    joined as the group itself.
    """

    window: Window
    held: Optional[Span]
    blind: Tuple[Span, ...] = ()
    people: Dict[Hashable, Presence] = field(default_factory=dict)
    strangers: Presence = Presence()
    hidden: Tuple[Span, ...] = ()
    masked: Presence = Presence()
    anonymous: Presence = Presence()

    @property
    def unseen(self) -> List[Span]:
        """Return the parts of which nothing is known about somebody who was not seen."""
        return union(self.blind + self.hidden)


@dataclass(frozen=True)
class _Visit:
    """From an instant in `[start_from, start]` to one in `[stop_from, stop]`."""

    start_from: datetime
    start: datetime
    stop_from: datetime
    stop: datetime


def observe(events: Iterable[Event], window: Window) -> Observation:
    """Return what the events of all calls show of the lesson.

    A call without a known opening counts from its first event, a call without an end until the end
    of the window. For a running lesson, the window ends at the present instant.
    """
    unique = set(events)
    lesson = Span(window.start, window.stop)
    calls = _calls(unique, window)
    open_spans = cut(calls.values(), lesson)
    if not open_spans:
        return Observation(window, None)
    held = Span(open_spans[0].start, open_spans[-1].stop)
    blind = union(_between(LOST, BACK, unique, calls) + subtract([held], open_spans))
    hidden = _between(HIDDEN, SHOWN, unique, calls)

    visits = {}  # type: Dict[Tuple[str, Optional[Hashable]], List[_Visit]]
    masked = set()
    for (mask, person, _account, call), own in _by_participant(unique).items():
        stays = _visits(own, calls[call])
        # a person's visits count together, however they joined
        key = (mask if person is None else THEMSELVES, person)
        visits.setdefault(key, []).extend(stays)
        if mask and stays and person is not None:
            masked.add(person)
    shown = Span(window.start - window.lead_in, window.stop)
    presences = {
        (mask, person): _presence(theirs, shown, window.bridge, person in masked)
        for (mask, person), theirs in visits.items()
    }
    nobody = Presence()
    return Observation(
        window,
        held,
        tuple(cut(blind, held)),
        {person: stays for (_, person), stays in presences.items() if person is not None},
        presences.get((THEMSELVES, None), nobody),
        tuple(cut(hidden, held)),
        presences.get((CHANNEL, None), nobody),
        presences.get((GROUP, None), nobody),
    )


def _calls(events: Iterable[Event], window: Window) -> Dict[Optional[int], Span]:
    """Return the span of each call, by its id. A call without a known end lasts until the end of
    the window."""
    first = {}  # type: Dict[Optional[int], datetime]
    opened = {}  # type: Dict[Optional[int], datetime]
    closed = {}  # type: Dict[Optional[int], datetime]
    for event in events:
        if event.call is None and event.kind in _OF_NO_CALL:
            continue
        call = event.call
        first[call] = min(first.get(call, event.at), event.at)
        if event.kind == OPENED:
            opened[call] = min(opened.get(call, event.at), event.at)
        elif event.kind == CLOSED:
            closed[call] = min(closed.get(call, event.at), event.at)
    # An adopted call is reported after people have joined it.
    return {
        call: Span(min(at, opened.get(call, at)), closed.get(call, max(window.stop, at)))
        for call, at in first.items()
    }


def _between(
    begin: str, end: str, events: Iterable[Event], calls: Dict[Optional[int], Span]
) -> List[Span]:
    """Return the spans from each mark `begin` to its `end`, else to the call's own end. Either may
    be learned late and be dated before an earlier `end`: each ends one `begin`."""
    spans = []  # type: List[Span]
    for call, span in calls.items():
        marks = sorted(
            # At the same instant the end comes last: it holds afterwards.
            (event.at, event.kind == end)
            for event in events
            if event.kind in (begin, end) and event.call in (call, None)
        )
        since = span.stop
        depth = 0
        for at, is_end in marks:
            if not is_end:
                since = at if not depth else since
                depth += 1
            elif depth:
                depth -= 1
                if not depth:
                    spans.append(Span(since, min(at, span.stop)))
        if depth:
            spans.append(Span(since, span.stop))
    return spans


def _by_participant(events: Iterable[Event]) -> Dict[_Participant, List[Event]]:
    found = {}  # type: Dict[_Participant, List[Event]]
    for event in events:
        if event.kind in (JOINED, LEFT):
            key = (event.mask, event.person, event.account, event.call)
            found.setdefault(key, []).append(event)
    return found


def _visits(events: Iterable[Event], call: Span) -> List[_Visit]:
    """Return the visits of one account to one call."""
    joins = {}  # type: Dict[datetime, int]
    for event in events:
        if event.kind == JOINED:
            joins[event.at] = min(joins.get(event.at, event.precision_s), event.precision_s)
    began = sorted(joins)
    ends = _ends([event for event in events if event.kind == LEFT], began)
    visits = []  # type: List[_Visit]
    inside = None  # type: Optional[Tuple[datetime, datetime]]
    out_since = datetime.min
    for at, back in zip(began, began[1:] + [datetime.max]):
        if inside is None:
            inside = (max(_before(at, joins[at]), out_since), at)
        # A join while inside is a second device, and continues the visit.
        if at in ends:
            learned, precision_s = ends[at]
            stop_from = max(_before(learned, precision_s), inside[1])
            # Learned when they were back perhaps: they had left before.
            stop = min(learned, back)
            visits.append(_Visit(inside[0], inside[1], min(stop_from, stop), stop))
            inside, out_since = None, stop
    if inside is not None:
        visits.append(_Visit(inside[0], inside[1], call.stop, call.stop))
    return [
        _Visit(one.start_from, one.start, min(one.stop_from, call.stop), min(one.stop, call.stop))
        for one in visits
    ]


def _ends(leaves: List[Event], began: List[datetime]) -> Dict[datetime, Tuple[datetime, int]]:
    """Return the known ends of the stays: {begin of the stay: (at, precision in seconds)}.

    A leave that does not say which stay it ended, ended the one before it; it is a repetition if
    that was over. At the very instant of a join it ended the stay that had begun before; if that
    was over, an exact leave ends the stay that just begins.
    """
    ends = {}  # type: Dict[datetime, Tuple[datetime, int]]
    # leaves that name their stay first
    for leave in sorted(leaves, key=lambda one: (one.joined_at is None, one.at, one.precision_s)):
        if leave.joined_at is not None:
            # its join may be that of a further device, which is not reported
            stay = _last(began, leave.joined_at, or_then=True)
        else:
            stay = _last(began, leave.at, or_then=False)
            is_over = stay is None or ends.get(stay, (leave.at,))[0] < leave.at
            if is_over and not leave.precision_s:
                stay = _last(began, leave.at, or_then=True)
        if stay is not None:
            known = (leave.at, leave.precision_s)
            ends[stay] = min(ends.get(stay, known), known)
    return ends


def _last(instants: List[datetime], at: datetime, or_then: bool) -> Optional[datetime]:
    """Return the last of the sorted instants before `at`, or at `at` itself if `or_then`; None
    without one."""
    place = bisect_right(instants, at) if or_then else bisect_left(instants, at)
    return instants[place - 1] if place else None


def _before(at: datetime, seconds: int) -> datetime:
    return at - timedelta(seconds=seconds)


def _presence(visits: List[_Visit], shown: Span, bridge: timedelta, is_masked: bool) -> Presence:
    """Return the presence that these visits make, within the span `shown`. bridge: absences up to
    this length do not count."""
    likely = union((Span(one.start_from, one.stop) for one in visits), bridge)
    certain = union((Span(one.start, one.stop_from) for one in visits), bridge)
    return Presence(
        tuple(cut(likely, shown)),
        tuple(cut(certain, shown)),
        any(max(one.start - one.start_from, one.stop - one.stop_from) > EXACT for one in visits),
        is_masked,
    )
