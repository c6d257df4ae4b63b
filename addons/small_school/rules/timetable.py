"""A weekly pattern → its lessons, in the classroom's local time across daylight-saving changes."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import FrozenSet, Iterable, List, NamedTuple, Optional, Tuple

import pytz
from dateutil.rrule import WEEKLY, rrule


@dataclass(frozen=True)
class Pattern:
    """A lesson that recurs every week, or every few weeks.

    weekdays: 0 is Monday; at: local time of day; length: its duration in real time; every: 1 is
    each week, 2 every other week, counted from the week of `first`; first, last: local days, both
    included, `last` may be None; excluded: local days without it.
    """

    weekdays: FrozenSet[int]
    at: time
    length: timedelta
    first: date
    last: Optional[date] = None
    every: int = 1
    excluded: FrozenSet[date] = frozenset()


class Days(NamedTuple):
    """Holidays: from `first` to `last`, both included, local days."""

    first: date
    last: date


class Occurrence(NamedTuple):
    """One lesson of a pattern: the local day it belongs to; start and stop naive UTC."""

    day: date
    start: datetime
    stop: datetime


def utc(day: date, at: time, zone: str) -> datetime:
    """Return the instant (naive UTC) at which a clock in `zone` shows `at` on `day`.

    A time that the clock skips in spring is read with the offset before the change, so that a
    lesson at 02:30 begins at 03:30 of the new time; a time that comes twice in autumn means the
    first. That is how calendars read them too (RFC 5545, 3.3.5). Raises pytz.UnknownTimeZoneError.
    """
    tz = pytz.timezone(zone)
    local = datetime.combine(day, at)
    both = [tz.localize(local, is_dst=flag).astimezone(pytz.utc) for flag in (True, False)]
    try:
        tz.localize(local, is_dst=None)
        instant = both[0]
    except pytz.NonExistentTimeError:
        instant = max(both)
    except pytz.AmbiguousTimeError:
        instant = min(both)
    return instant.replace(tzinfo=None)


def local_day(at: datetime, zone: str) -> date:
    """Return the day that a clock in `zone` shows at `at` (naive UTC)."""
    return pytz.utc.localize(at).astimezone(pytz.timezone(zone)).date()


def shown(start: datetime, stop: datetime, zone: str) -> Tuple[date, str, str]:
    """Return the local day on which a lesson (naive UTC) begins, and the local times of its
    beginning and end in `zone`. If the clock changes in between, both times name their zone: "02:30
    CEST", "02:30 CET"."""
    tz = pytz.timezone(zone)
    begins, ends = (pytz.utc.localize(one).astimezone(tz) for one in (start, stop))
    form = "%H:%M" if begins.utcoffset() == ends.utcoffset() else "%H:%M %Z"
    return begins.date(), begins.strftime(form), ends.strftime(form)


def days(pattern: Pattern, first: date, last: date) -> List[date]:
    """Return the local days from `first` to `last` (both included) on which `pattern` has a
    lesson."""
    if not pattern.weekdays:
        return []
    until = last if pattern.last is None else min(last, pattern.last)
    rule = rrule(
        WEEKLY,
        interval=pattern.every,
        byweekday=sorted(pattern.weekdays),
        wkst=0,
        # from the pattern's own beginning: every other week is counted from there
        dtstart=datetime.combine(pattern.first, time.min),
    )
    instants = rule.between(
        datetime.combine(first, time.min), datetime.combine(until, time.min), inc=True
    )
    return [at.date() for at in instants if at.date() not in pattern.excluded]


def occurrences(
    pattern: Pattern, zone: str, first: date, last: date, holidays: Iterable[Days] = ()
) -> List[Occurrence]:
    """Return the lessons of `pattern` on the local days from `first` to `last`, both included, in
    order; none on holidays. A lesson across midnight belongs to the day on which it begins."""
    free = list(holidays)
    lessons = []
    for day in days(pattern, first, last):
        if any(holiday.first <= day <= holiday.last for holiday in free):
            continue
        start = utc(day, pattern.at, zone)
        lessons.append(Occurrence(day, start, start + pattern.length))
    return lessons
