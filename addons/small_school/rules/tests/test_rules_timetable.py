"""Weekly patterns: their days, and their instants across daylight-saving changes."""

from datetime import date, datetime, time, timedelta

import pytest
import pytz
from classroom_rules.timetable import (
    Days,
    Occurrence,
    Pattern,
    days,
    local_day,
    occurrences,
    shown,
    utc,
)
from hypothesis import given
from hypothesis import strategies as st

HOUR = timedelta(hours=1)
PARIS, ALGIERS = "Europe/Paris", "Africa/Algiers"
#: Also zones that change by half an hour, at midnight, or the other way round.
ZONES = (
    PARIS,
    ALGIERS,
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Europe/Dublin",
    "Asia/Kathmandu",
)
MONDAY, WEDNESDAY, SUNDAY = 0, 2, 6

some_days = st.dates(date(2015, 1, 1), date(2031, 12, 31))
patterns = st.builds(
    lambda weekdays, at, minutes, first, length, every, excluded: Pattern(
        frozenset(weekdays),
        at,
        timedelta(minutes=minutes),
        first,
        None if length is None else first + timedelta(days=length),
        every,
        frozenset(excluded),
    ),
    st.sets(st.integers(0, 6)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.integers(1, 24 * 60),
    some_days,
    st.none() | st.integers(0, 400),
    st.integers(1, 5),
    st.sets(some_days, max_size=5),
)
spans = st.tuples(some_days, st.integers(0, 250)).map(
    lambda one: Days(one[0], one[0] + timedelta(days=one[1]))
)


def weekly(*weekdays, at=time(10), length=HOUR, first=date(2026, 3, 2), **more):
    return Pattern(frozenset(weekdays), at, length, first, **more)


def hours(pattern, zone, first, last):
    """Local beginnings as people read them, with the offset."""
    tz = pytz.timezone(zone)
    return [
        pytz.utc.localize(one.start).astimezone(tz).strftime("%d/%m %H:%M %z")
        for one in occurrences(pattern, zone, first, last)
    ]


def test_days__from_to_every_other_week_and_exceptions():
    pattern = weekly(MONDAY, WEDNESDAY, first=date(2026, 3, 4), last=date(2026, 3, 30), every=2)
    # the first week has no Monday left, the second is left out, the third is whole
    assert days(pattern, date(2026, 1, 1), date(2026, 12, 31)) == [
        date(2026, 3, 4),
        date(2026, 3, 16),
        date(2026, 3, 18),
        date(2026, 3, 30),
    ]
    without = Pattern(
        pattern.weekdays,
        pattern.at,
        pattern.length,
        pattern.first,
        pattern.last,
        2,
        frozenset([date(2026, 3, 16)]),
    )
    assert date(2026, 3, 16) not in days(without, date(2026, 1, 1), date(2026, 12, 31))


def test_days__window_may_begin_anywhere():
    pattern = weekly(MONDAY, every=3)
    assert days(pattern, date(2026, 3, 3), date(2026, 4, 20)) == [
        date(2026, 3, 23),
        date(2026, 4, 13),
    ]
    assert days(pattern, date(2026, 2, 1), date(2026, 3, 1)) == []
    assert days(weekly(), date(2026, 3, 1), date(2026, 4, 1)) == []


def test_paris__keeps_ten_o_clock_in_march_and_october():
    pattern = weekly(MONDAY)
    assert hours(pattern, PARIS, date(2026, 3, 23), date(2026, 3, 30)) == [
        "23/03 10:00 +0100",
        "30/03 10:00 +0200",
    ]
    assert hours(pattern, PARIS, date(2026, 10, 19), date(2026, 10, 26)) == [
        "19/10 10:00 +0200",
        "26/10 10:00 +0100",
    ]


def test_algiers__has_no_change():
    pattern = weekly(MONDAY)
    found = hours(pattern, ALGIERS, date(2026, 3, 2), date(2026, 11, 30))
    assert {one[6:] for one in found} == {"10:00 +0100"}


def test_paris__a_time_that_is_skipped_begins_when_the_clock_goes_on():
    night = weekly(SUNDAY, at=time(2, 30))
    assert hours(night, PARIS, date(2026, 3, 22), date(2026, 4, 5)) == [
        "22/03 02:30 +0100",
        "29/03 03:30 +0200",
        "05/04 02:30 +0200",
    ]


def test_paris__a_time_that_comes_twice_is_the_first():
    night = weekly(SUNDAY, at=time(2, 30))
    assert hours(night, PARIS, date(2026, 10, 25), date(2026, 11, 1)) == [
        "25/10 02:30 +0200",
        "01/11 02:30 +0100",
    ]


def test_midnight__a_lesson_across_it_belongs_to_its_beginning_and_keeps_its_length():
    late = weekly(5, at=time(23, 30), length=4 * HOUR)  # Saturday into the change
    [occurrence] = occurrences(late, PARIS, date(2026, 3, 28), date(2026, 3, 28))
    assert occurrence == Occurrence(
        date(2026, 3, 28), datetime(2026, 3, 28, 22, 30), datetime(2026, 3, 29, 2, 30)
    )
    assert occurrences(late, PARIS, date(2026, 3, 29), date(2026, 3, 29)) == []
    assert (
        occurrences(
            late, PARIS, date(2026, 3, 28), date(2026, 3, 28), [Days(*[occurrence.day] * 2)]
        )
        == []
    )
    # the holiday is the next day: the lesson has begun before it
    tomorrow = date(2026, 3, 29)
    assert occurrences(late, PARIS, date(2026, 3, 28), tomorrow, [Days(tomorrow, tomorrow)]) == [
        occurrence
    ]


@pytest.mark.parametrize(
    ("start", "hours", "zone", "text"),
    [
        (datetime(2026, 3, 2, 9, 0), 1, PARIS, ("2026-03-02", "10:00", "11:00")),
        (datetime(2026, 3, 29, 0, 30), 1, PARIS, ("2026-03-29", "01:30 CET", "03:30 CEST")),
        (datetime(2026, 10, 25, 0, 30), 1, PARIS, ("2026-10-25", "02:30 CEST", "02:30 CET")),
        (datetime(2026, 3, 29, 0, 30), 1, ALGIERS, ("2026-03-29", "01:30", "02:30")),
        (datetime(2026, 10, 25, 0, 30), 1, ALGIERS, ("2026-10-25", "01:30", "02:30")),
        (datetime(2026, 12, 31, 23, 30), 2, PARIS, ("2027-01-01", "00:30", "02:30")),
        (datetime(2026, 12, 31, 22, 30), 2, PARIS, ("2026-12-31", "23:30", "01:30")),
    ],
)
def test_shown__changes_of_the_clock_and_midnight(start, hours, zone, text):
    day, begins, ends = shown(start, start + hours * HOUR, zone)
    assert (day.isoformat(), begins, ends) == text


def test_utc__zones_that_change_at_midnight():
    # São Paulo's clocks went from 23:59 to 01:00
    assert utc(date(2018, 11, 4), time(0, 30), "America/Sao_Paulo") == datetime(2018, 11, 4, 3, 30)
    with pytest.raises(pytz.UnknownTimeZoneError):
        utc(date(2026, 3, 2), time(1), "Europe/Atlantis")


def test_local_day__of_the_zone():
    assert local_day(datetime(2026, 3, 1, 23, 30), PARIS) == date(2026, 3, 2)
    assert local_day(datetime(2026, 3, 1, 23, 30), "America/New_York") == date(2026, 3, 1)


@given(patterns, st.sampled_from(ZONES), spans, st.lists(spans, max_size=3))
def test_occurrences_keep_every_rule(pattern, zone, window, holidays):
    result = occurrences(pattern, zone, window.first, window.last, holidays)
    assert result == sorted(set(result), key=lambda occurrence: occurrence.day)
    monday = pattern.first - timedelta(days=pattern.first.weekday())
    tz = pytz.timezone(zone)
    for occurrence in result:
        assert window.first <= occurrence.day <= window.last
        assert occurrence.day >= pattern.first and (
            pattern.last is None or occurrence.day <= pattern.last
        )
        assert (
            occurrence.day.weekday() in pattern.weekdays and occurrence.day not in pattern.excluded
        )
        assert (occurrence.day - monday).days // 7 % pattern.every == 0
        assert not any(holiday.first <= occurrence.day <= holiday.last for holiday in holidays)
        assert occurrence.stop - occurrence.start == pattern.length
        local = pytz.utc.localize(occurrence.start).astimezone(tz).replace(tzinfo=None)
        wanted = datetime.combine(occurrence.day, pattern.at)
        try:
            tz.localize(wanted, is_dst=None)
        except pytz.NonExistentTimeError:
            assert timedelta(0) < local - wanted <= 2 * HOUR
        except pytz.AmbiguousTimeError:
            earlier = (
                pytz.utc.localize(occurrence.start - 3 * HOUR).astimezone(tz).replace(tzinfo=None)
            )
            assert local == wanted and earlier < wanted - 2 * HOUR
        else:
            assert local == wanted


@given(patterns, st.sampled_from(ZONES), spans, st.integers(0, 250))
def test_generating_in_two_steps_makes_the_same_as_in_one(pattern, zone, window, cut):
    middle = min(window.first + timedelta(days=cut), window.last)
    halves = occurrences(pattern, zone, window.first, middle) + occurrences(
        pattern, zone, middle + timedelta(days=1), window.last
    )
    assert halves == occurrences(pattern, zone, window.first, window.last)


@given(patterns, spans, st.sets(some_days, max_size=5))
def test_holidays_only_take_away(pattern, window, free):
    every = occurrences(pattern, PARIS, window.first, window.last)
    left = occurrences(pattern, PARIS, window.first, window.last, [Days(day, day) for day in free])
    assert left == [one for one in every if one.day not in free]


@given(patterns, st.sampled_from(ZONES), st.integers(0, 250))
def test_changed_from_one_on__both_halves_are_the_whole(pattern, zone, length):
    """A pattern that is cut at one of its own days, the second half beginning there."""
    own = days(pattern, pattern.first, pattern.first + timedelta(days=length))
    if not own:
        return
    cut = own[-1]
    before = Pattern(
        pattern.weekdays,
        pattern.at,
        pattern.length,
        pattern.first,
        cut - timedelta(days=1),
        pattern.every,
        pattern.excluded,
    )
    after = Pattern(
        pattern.weekdays,
        pattern.at,
        pattern.length,
        cut,
        pattern.last,
        pattern.every,
        pattern.excluded,
    )
    last = cut + timedelta(days=100)
    assert occurrences(before, zone, pattern.first, last) + occurrences(
        after, zone, pattern.first, last
    ) == occurrences(pattern, zone, pattern.first, last)
