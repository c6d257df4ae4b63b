"""Presence → one line of the attendance sheet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from .intervals import Observation, Presence
from .spans import ZERO, Span, cut, length, subtract, union

EXCUSED, UNKNOWN, ABSENT, PARTIAL = "excused", "unknown", "absent", "partial"
LATE, LEFT_EARLY, PRESENT = "late", "left_early", "present"

# In the order in which they are tried: the first that fits is the status.
STATUSES = (EXCUSED, UNKNOWN, ABSENT, PARTIAL, LATE, LEFT_EARLY, PRESENT)
# From worst to best for the person: more presence never leads to the left.
WORST_TO_BEST = (ABSENT, PARTIAL, UNKNOWN, LATE, LEFT_EARLY, PRESENT)

# Why a line is less sure than it looks; codes that the addon puts into words.
NO_CALL = "no_call"  # there was no call: nothing is known about anybody
NOT_OBSERVED = "not_observed"  # a part of the lesson was not seen
HIDDEN = "listeners_hidden"  # Telegram did not show people who only listened
IMPRECISE = "imprecise"  # an instant is known as a span: it was learned late, or from two looks
NOT_LINKED = "not_linked"  # no Telegram account is known for the person
STRANGERS = "strangers"  # the person may be one of the unknown people of the call
MASKED = "masked"  # somebody took part as a channel: it may have been the person
ANONYMOUS = "anonymous"  # an administrator took part as the group itself: likewise
AS_CHANNEL = "as_channel"  # the person was seen as a channel, as somebody has answered
EXCUSED_PRESENT = "excused_present"  # excused, and there all the same
SHARED = "shared"  # somebody else of the sheet uses the same account
RECONNECTED = "reconnected"  # came and went more than once


@dataclass(frozen=True)
class Thresholds:
    """The limits of partial presence (per cent), of being late and of leaving early (times)."""

    partial_percent: float = 50.0
    late: timedelta = timedelta(minutes=10)
    early: timedelta = timedelta(minutes=10)


@dataclass(frozen=True)
class Verdict:
    """A line of the sheet.

    arrived_at, departed_at: naive UTC, None for somebody who was not there, or has not left a
    running lesson; the arrival may lie in the lead-in. seconds: time inside the lesson, between
    seconds_low and seconds_high. percentage: of the time in which there was a call, 0 to 100.
    """

    status: str
    arrived_at: Optional[datetime] = None
    departed_at: Optional[datetime] = None
    seconds: float = 0.0
    seconds_low: float = 0.0
    seconds_high: float = 0.0
    percentage: float = 0.0
    evidence: Tuple[str, ...] = ()

    @property
    def minutes(self) -> float:
        return self.seconds / 60

    @property
    def minutes_low(self) -> float:
        return self.seconds_low / 60

    @property
    def minutes_high(self) -> float:
        return self.seconds_high / 60


def verdict(
    observation: Observation,
    presence: Presence,
    thresholds: Thresholds = Thresholds(),
    excused: bool = False,
    linked: bool = True,
    is_admin: bool = False,
    is_running: bool = False,
) -> Verdict:
    """Return the line of one person, with the first status that fits.

    unknown: time that was not observed could decide whether the person was there enough, or they
    were not seen while listeners were hidden, or while a channel was there and nobody has said who
    it was. absent: not seen. partial: there for less than the threshold, even counting all time
    that was not observed. late, left_early: likewise, to the person's advantage. `linked` is False
    for somebody without a known account: they may have been any of the strangers. `is_admin`: they
    may have joined as the group itself. `is_running`: the window ends now and the lesson does not,
    so people who are there at its end have not left.
    """
    if observation.held is None:
        window = length([Span(observation.window.start, observation.window.stop)])
        return Verdict(
            EXCUSED if excused else UNKNOWN,
            seconds_high=max(window, ZERO).total_seconds(),
            evidence=(NO_CALL,),
        )
    held = observation.held
    maybe = observation.unseen
    if not linked:
        maybe = union(maybe + cut(observation.strangers.likely, held))
    bridge = observation.window.bridge
    likely = cut(presence.likely, held)
    masks = _masks(observation, held, is_admin) if not likely else {}
    maybe = union([span for spans in (maybe, *masks.values()) for span in spans])
    low = length(subtract(cut(presence.certain, held), observation.blind))
    high = length(cut(union(list(presence.likely) + maybe, bridge), held))
    arrived_at = departed_at = None  # type: Optional[datetime]
    if likely:
        inside = [s for s in presence.likely if s.start < held.stop and s.stop > held.start]
        arrived_at, departed_at = inside[0].start, inside[-1].stop
        if is_running and inside[-1].stop >= observation.window.stop:
            departed_at = None
    duration = length([held])
    seen = length(likely)
    return Verdict(
        EXCUSED
        if excused
        else _status(observation, presence, maybe, (low, high), thresholds, bool(masks)),
        arrived_at,
        departed_at,
        seen.total_seconds(),
        low.total_seconds(),
        high.total_seconds(),
        round(100 * (seen / duration), 2),
        _evidence(observation, held, presence, tuple(masks), excused, linked),
    )


def _masks(observation: Observation, held: Span, is_admin: bool) -> Dict[str, List[Span]]:
    """Return {evidence: spans} of channels and groups that may have been a person who was not
    seen."""
    masks = {MASKED: cut(observation.masked.likely, held)}
    if is_admin:
        masks[ANONYMOUS] = cut(observation.anonymous.likely, held)
    return {code: spans for code, spans in masks.items() if spans}


def _status(
    observation: Observation,
    presence: Presence,
    maybe: Sequence[Span],
    bounds: Tuple[timedelta, timedelta],
    thresholds: Thresholds,
    may_be_masked: bool,
) -> str:
    """Return the status of a person who is not excused. maybe: spans without observation; bounds:
    the shortest and longest time that they can have been there."""
    held = observation.held
    assert held is not None
    bridge = observation.window.bridge
    duration = length([held])

    def is_short(time: timedelta) -> bool:
        return time <= ZERO or 100 * (time / duration) < thresholds.partial_percent

    low, high = bounds
    likely = cut(presence.likely, held)
    if is_short(high):
        if likely:
            return PARTIAL
        # most people only listen, so not being shown says nothing; nor does it while anybody may be
        # the one behind a channel, however long that was there
        return UNKNOWN if observation.hidden or may_be_masked else ABSENT
    if is_short(low):
        return UNKNOWN
    # The first arrival and the last departure that are possible: what touches a part that was not
    # observed may have begun, or ended, anywhere in it.
    # The same holds for people who were last seen before the start.
    joined = union(list(presence.likely) + list(maybe), bridge)
    possible = cut([span for span in joined if _has_some(span, presence.likely)], held)
    if possible[0].start - held.start > thresholds.late:
        return LATE
    if held.stop - possible[-1].stop > thresholds.early:
        return LEFT_EARLY
    return PRESENT


def _has_some(whole: Span, parts: Iterable[Span]) -> bool:
    return any(whole.start <= one.start and one.stop <= whole.stop for one in parts)


def _evidence(
    observation: Observation,
    held: Span,
    presence: Presence,
    masks: Tuple[str, ...],
    excused: bool,
    linked: bool,
) -> Tuple[str, ...]:
    """Return the codes that say why a line is uncertain or remarkable."""
    codes = []
    if observation.blind:
        codes.append(NOT_OBSERVED)
    if observation.hidden:
        codes.append(HIDDEN)
    if presence.is_imprecise:
        codes.append(IMPRECISE)
    if not linked:
        codes.append(NOT_LINKED)
        strangers = cut(observation.strangers.likely, held)
        if subtract(strangers, observation.unseen):
            codes.append(STRANGERS)
    codes += masks
    if presence.is_masked and cut(presence.likely, held):
        codes.append(AS_CHANNEL)
    if excused and presence.likely:
        codes.append(EXCUSED_PRESENT)
    if len(presence.likely) > 1:
        codes.append(RECONNECTED)
    return tuple(codes)
