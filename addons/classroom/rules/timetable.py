"""A weekly pattern → its lessons, in the classroom's local time across daylight-saving changes."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import FrozenSet, Iterable, List, NamedTuple, Optional, Tuple

import pytz
from dateutil.rrule import WEEKLY, rrule


@dataclass(frozen=True)
class Pattern:
    """A lesson that comes again every week, or every few weeks.

    weekdays: 0 is Monday; at: local time of day; length: how long a lesson really lasts; every: 1
    is each week, 2 every other week, counted from the week of `first`; first, last: local days,
    both included, `last` may be None; excluded: local days on which it does not hold.
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
    """The instant (naive UTC) at which a clock in `zone` shows `at` on `day`.

    A time that the clock skips in spring is read with the offset before the change, so that a
    lesson at 02:30 begins at what is then 03:30; of a time that comes twice in autumn the first
    is meant. That is how calendars read them too (RFC 5545, 3.3.5).
    Raises pytz.UnknownTimeZoneError.
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
    """The day that a clock in `zone` shows at `at` (naive UTC)."""
    return pytz.utc.localize(at).astimezone(pytz.timezone(zone)).date()


def shown(start: datetime, stop: datetime, zone: str) -> Tuple[date, str, str]:
    """How a clock in `zone` shows a lesson (naive UTC): the day on which it begins, and the
    times of its beginning and end. Where the clock changes in between, both say by which one:
    "02:30 CEST", "02:30 CET"."""
    tz = pytz.timezone(zone)
    begins, ends = (pytz.utc.localize(one).astimezone(tz) for one in (start, stop))
    form = "%H:%M" if begins.utcoffset() == ends.utcoffset() else "%H:%M %Z"
    return begins.date(), begins.strftime(form), ends.strftime(form)


def days(pattern: Pattern, first: date, last: date) -> List[date]:
    """The local days from `first` to `last` (both included) on which `pattern` has a lesson."""
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
    """The lessons of `pattern` on the local days from `first` to `last`, both included, in order;
    none on holidays. A lesson across midnight belongs to the day on which it begins."""
    free = list(holidays)
    lessons = []
    for day in days(pattern, first, last):
        if any(holiday.first <= day <= holiday.last for holiday in free):
            continue
        start = utc(day, pattern.at, zone)
        lessons.append(Occurrence(day, start, start + pattern.length))
    return lessons
