"""Laws of every lesson, whatever was done and in whatever order it was learned."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rules.attendance import (
    ABSENT,
    LATE,
    LEFT_EARLY,
    PARTIAL,
    PRESENT,
    UNKNOWN,
    WORST_TO_BEST,
    Thresholds,
    verdict,
)
from rules.intervals import CHANNEL, Event, Presence, Window, observe
from rules.spans import Span, length, subtract, union

T0 = datetime(2026, 3, 2, 8, 0)
LENGTH_S = 3600
WINDOW = Window(T0, T0 + timedelta(seconds=LENGTH_S))
BASE = [
    Event("opened", T0 - timedelta(minutes=5), 1),
    Event("closed", T0 + timedelta(seconds=LENGTH_S), 1),
]

instants = st.integers(-400, LENGTH_S + 100).map(lambda n: T0 + timedelta(seconds=n))
precisions = st.sampled_from([0, 0, 0, 5, 60, 900])


@st.composite
def some_events(draw, persons=("a",), accounts=(1, 2), calls=(1,), size=8):
    kinds = ["joined", "left"]
    return [
        Event(
            draw(st.sampled_from(kinds)),
            draw(instants),
            draw(st.sampled_from(calls)),
            draw(st.sampled_from(persons)),
            draw(st.sampled_from(accounts)),
            draw(precisions),
        )
        for _ in range(draw(st.integers(0, size)))
    ]


@st.composite
def blind_spots(draw):
    found = []
    for _ in range(draw(st.integers(0, 2))):
        begin, end = sorted([draw(instants), draw(instants)])
        found += [Event("lost", begin, 1), Event("back", end, 1)]
    return found


@st.composite
def hidden_spots(draw, least=0):
    """Draw spans in which people who only listen were not shown."""
    found = []
    for _ in range(draw(st.integers(least, 2))):
        begin, end = sorted([draw(instants), draw(instants)])
        found += [Event("hidden", begin, 1), Event("shown", end, 1)]
    return found


@st.composite
def visits(draw, account=7):
    """Draw whole, exact visits of one account that do not touch."""
    cuts = sorted(draw(st.lists(instants, min_size=2, max_size=8, unique=True)))
    pairs = list(zip(cuts[::2], cuts[1::2]))
    return [
        event
        for begin, end in pairs
        for event in (
            Event("joined", begin, 1, "a", account),
            Event("left", end, 1, "a", account),
        )
    ]


thresholds = st.builds(
    lambda percent, late, early: Thresholds(
        percent, timedelta(seconds=late), timedelta(seconds=early)
    ),
    st.integers(0, 100),
    st.integers(0, 1800),
    st.integers(0, 1800),
)


DEFAULTS = Thresholds()


def judge(events, limits=DEFAULTS, linked=True):
    seen = observe(events, WINDOW)
    return verdict(seen, seen.people.get("a", Presence()), limits, linked=linked)


@given(
    some_events(persons=("a", "b", None), calls=(1, 2)),
    blind_spots(),
    hidden_spots(),
    thresholds,
    st.booleans(),
)
def test_minutes_stay_inside_the_lesson(events, blind, hidden, limits, linked):
    result = judge(BASE + events + blind + hidden, limits, linked)
    assert 0 <= result.seconds_low <= result.seconds <= result.seconds_high <= LENGTH_S
    assert 0 <= result.percentage <= 100
    assert (result.arrived_at is None) == (result.departed_at is None) == (result.seconds == 0)
    if result.arrived_at is not None:
        assert result.arrived_at < result.departed_at <= WINDOW.stop
        assert result.arrived_at >= WINDOW.start - WINDOW.lead_in


@given(some_events(calls=(1, 2)), blind_spots(), hidden_spots(), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(events, blind, hidden, random):
    once = BASE + events + blind + hidden
    again = once + random.sample(once, random.randint(0, len(once)))
    random.shuffle(again)
    assert judge(again) == judge(once)


@given(visits(), instants, blind_spots())
def test_splitting_a_visit_changes_nothing(events, at, blind):
    inside = any(begin.at < at < end.at for begin, end in zip(events[::2], events[1::2]))
    if inside:
        split = [Event("left", at, 1, "a", 7), Event("joined", at, 1, "a", 7)]
        assert judge(BASE + blind + events + split) == judge(BASE + blind + events)


@given(visits(), st.data())
def test_a_look_that_tells_what_an_update_told_changes_nothing(events, data):
    looked = []
    for index, event in enumerate(events):
        if event.kind == "joined":
            # Telegram gives the instant of a join with every read.
            looked.append(event)
            continue
        following = events[index + 1].at if index + 1 < len(events) else event.at + timedelta(60)
        room = int((following - event.at).total_seconds()) - 1
        delay = data.draw(st.integers(0, max(room, 0)))
        before = data.draw(st.integers(0, 100))
        at = event.at + timedelta(seconds=delay)
        looked.append(Event("left", at, 1, "a", 7, delay + before))
    assert judge(BASE + events + looked) == judge(BASE + events)


@st.composite
def learned_late(draw):
    """Draw visits as they were, and as they were learned late: people who left may have been back
    since long."""
    true = draw(visits())
    events = []
    for join, leave in zip(true[::2], true[1::2]):
        late_s = draw(st.integers(0, 900) | st.just(0))
        before_s = draw(st.integers(0, int((leave.at - join.at).total_seconds())))
        at = leave.at + timedelta(seconds=late_s)
        events += [
            replace(join, joined_at=join.at),
            Event("left", at, 1, "a", 7, late_s + before_s, joined_at=join.at),
        ]
    return true, events


@example(
    (
        [
            Event(kind, T0 + timedelta(seconds=at), 1, "a", 7)
            for kind, at in [("joined", 0), ("left", 100), ("joined", 108)]
        ],
        [
            Event("joined", T0, 1, "a", 7),
            Event("joined", T0 + timedelta(seconds=108), 1, "a", 7),
            Event("left", T0 + timedelta(seconds=120), 1, "a", 7, 25, joined_at=T0),
        ],
    ),
    DEFAULTS,
)
@given(learned_late(), thresholds)
def test_what_is_learned_late_contains_the_truth_and_blames_nobody(lesson, limits):
    true, learned_events = lesson
    for bridge in (WINDOW.bridge, timedelta(0)):
        window = replace(WINDOW, bridge=bridge)
        truth, result = (
            verdict(seen, seen.people.get("a", Presence()), limits)
            for seen in (observe(BASE + events, window) for events in (true, learned_events))
        )
        assert result.seconds_low <= truth.seconds <= result.seconds <= result.seconds_high
        if result.status != UNKNOWN:
            assert WORST_TO_BEST.index(result.status) >= WORST_TO_BEST.index(truth.status)


@given(learned_late(), st.randoms(use_true_random=False))
def test_what_is_learned_late_may_come_in_any_order(lesson, random):
    _, told = lesson
    shuffled = random.sample(told, len(told))
    assert judge(BASE + shuffled) == judge(BASE + told)


@given(visits())
def test_a_leave_that_names_its_stay_is_one_that_does_not(events):
    named = [
        replace(one, joined_at=join.at)
        for join, leave in zip(events[::2], events[1::2])
        for one in (join, leave)
    ]
    assert judge(BASE + named) == judge(BASE + events)


@given(
    some_events(accounts=(1,)),
    visits(account=7),
    blind_spots(),
    hidden_spots(),
    thresholds,
    st.booleans(),
    st.booleans(),
)
def test_more_presence_is_never_worse(events, more, blind, hidden, limits, linked, masked):
    stranger = [
        Event("joined", T0, 1, None, 9),
        Event("left", T0 + timedelta(minutes=35), 1, None, 9),
    ]
    channel = [
        Event("joined", T0 + timedelta(minutes=20), 1, None, 5, 0, CHANNEL),
        Event("left", T0 + timedelta(minutes=57), 1, None, 5, 0, CHANNEL),
    ]
    seen = BASE + blind + hidden + stranger + (channel if masked else [])
    before = judge(seen + events, limits, linked)
    after = judge(seen + events + more, limits, linked)
    # people who were not seen while listeners were hidden, or a channel was there, are unknown,
    # however little they can have heard
    is_first = before.seconds == 0 < after.seconds
    said_nothing = (hidden or masked and is_first) and (before.status, after.status) == (
        UNKNOWN,
        PARTIAL,
    )
    if said_nothing:
        assert before.seconds == 0 < after.seconds
    else:
        assert WORST_TO_BEST.index(after.status) >= WORST_TO_BEST.index(before.status)
    assert after.seconds >= before.seconds
    assert after.seconds_low >= before.seconds_low
    # any channel may have been a person who was not seen
    if not (masked and is_first):
        assert after.seconds_high >= before.seconds_high


@given(some_events(calls=(1, 2)), blind_spots(), hidden_spots(1), thresholds, st.booleans())
def test_hidden_listeners_only_widen(events, blind, hidden, limits, linked):
    before = judge(BASE + blind + events, limits, linked)
    after = judge(BASE + blind + hidden + events, limits, linked)
    # listed people were there
    assert after.seconds_low == before.seconds_low
    assert after.seconds_high >= before.seconds_high
    assert (after.arrived_at, after.departed_at, after.seconds) == (
        before.arrived_at,
        before.departed_at,
        before.seconds,
    )


@given(some_events(calls=(1, 2)), blind_spots(), thresholds, st.booleans(), st.data())
def test_hidden_listeners_are_never_absent(events, blind, limits, linked, data):
    begin = data.draw(st.integers(0, LENGTH_S - 2))
    end = data.draw(st.integers(begin + 1, LENGTH_S))
    hidden = [
        Event(kind, T0 + timedelta(seconds=at), 1)
        for kind, at in (("hidden", begin), ("shown", end))
    ]
    assert judge(BASE + blind + hidden + events, limits, linked).status != ABSENT


def learned(events, begin, end, marks):
    """Return the facts that the gateway reports of these visits if the time between `begin` and
    `end` was not observed, or hidden: people who left meanwhile did so at some time of it, and
    people who came are shown with the instant of their join."""
    facts = [Event(marks[0], begin, 1), Event(marks[1], end, 1)]
    inside = None  # begin of the stay of somebody who was there at `begin`
    for join, leave in zip(events[::2], events[1::2]):
        if leave.at <= begin or join.at >= end or (join.at <= begin and leave.at >= end):
            facts += [join, leave]
        elif join.at <= begin:
            facts.append(join)
            inside = begin
        elif leave.at >= end:
            if inside is not None:
                gone_s = int((join.at - inside).total_seconds())
                facts.append(Event("left", join.at, 1, "a", 7, gone_s))
                inside = None
            facts += [join, leave]
    if inside is not None:
        facts.append(Event("left", end, 1, "a", 7, int((end - inside).total_seconds())))
    return facts


@example(
    events=[
        Event("joined", T0 - timedelta(seconds=1), 1, "a", 7),
        Event("left", T0, 1, "a", 7),
    ],
    unseen=[T0 - timedelta(seconds=1), T0 + timedelta(seconds=1)],
    marks=("lost", "back"),
    all_day=False,
    limits=Thresholds(1, timedelta(0), timedelta(0)),
)
@given(
    visits(),
    st.tuples(instants, instants).map(sorted),
    st.sampled_from([("lost", "back"), ("hidden", "shown")]),
    st.booleans(),
    thresholds,
)
def test_what_was_not_seen_blames_nobody(events, unseen, marks, all_day, limits):
    """The range holds the truth, and nobody is called absent, late, gone early or partly there who
    would not be so, or worse, if all had been observed.

    Exceptions: people who were not seen in the observed half are absent; people who were last seen
    just before the start may be partly there though they had left; a whole visit while nothing was
    observed counts neither way.
    """
    if all_day:  # there from the start, or until the end: else few are so late as to be called it
        events = [Event("joined", T0, 1, "a", 7), Event("left", events[-1].at, 1, "a", 7)]
        events = events if events[1].at > T0 else []
    truth = judge(BASE + events, limits)
    result = judge(BASE + learned(events, *unseen, marks), limits)
    bridged = WINDOW.bridge.total_seconds() * 2
    assert result.seconds_low <= truth.seconds <= result.seconds_high + bridged
    allowed = {
        ABSENT: {ABSENT, PARTIAL},
        PARTIAL: {ABSENT, PARTIAL},
        LATE: {LATE},
        LEFT_EARLY: {LATE, LEFT_EARLY},
    }
    if any(
        unseen[0] < join.at and leave.at < unseen[1]
        for join, leave in zip(events[::2], events[1::2])
    ):
        allowed[LATE] = allowed[LEFT_EARLY] = {LATE, LEFT_EARLY, PRESENT}
    assert truth.status in allowed.get(result.status, {truth.status})


@pytest.mark.parametrize(
    ("events", "unseen", "status"),
    [
        # last seen as the lesson began, when nobody looked any more
        ([(-600, 0), (1500, LENGTH_S)], (0, 1200), PRESENT),
        # seen leaving while observed
        ([(-600, -300), (1500, LENGTH_S)], (0, 1200), LATE),
        ([(1500, LENGTH_S)], (0, 1200), LATE),
    ],
)
def test_seen_beside_a_part_that_nobody_saw(events, unseen, status):
    second = [T0 + timedelta(seconds=at) for at in unseen]
    facts = [
        Event(kind, T0 + timedelta(seconds=at), 1, "a", 7)
        for visit in events
        for kind, at in zip(("joined", "left"), visit)
    ]
    marks = [Event("lost", second[0], 1), Event("back", second[1], 1)]
    limits = Thresholds(1, timedelta(minutes=10), timedelta(minutes=10))
    assert judge(BASE + facts + marks, limits).status == status


@given(some_events(), blind_spots(), blind_spots())
def test_not_observed_only_widens(events, blind, more):
    before = judge(BASE + events + blind)
    # A call of its own kind of mark: two lists of marks of one call could pair differently.
    seen = observe(BASE + events + blind, WINDOW)
    spans = [Span(one.at, two.at) for one, two in zip(more[::2], more[1::2])]
    wider = seen.__class__(
        seen.window,
        seen.held,
        tuple(
            union(
                list(seen.blind)
                + [Span(max(s.start, seen.held.start), min(s.stop, seen.held.stop)) for s in spans]
            )
        ),
        seen.people,
        seen.strangers,
    )
    after = verdict(wider, wider.people.get("a", Presence()))
    assert after.seconds_low <= before.seconds_low
    assert after.seconds_high >= before.seconds_high
    assert (after.arrived_at, after.departed_at, after.seconds) == (
        before.arrived_at,
        before.departed_at,
        before.seconds,
    )


spans = st.lists(
    st.tuples(st.integers(0, 100), st.integers(0, 100)).map(
        lambda pair: Span(T0 + timedelta(seconds=pair[0]), T0 + timedelta(seconds=pair[1]))
    )
)


@given(spans, spans)
def test_subtracting_and_adding_back_covers_the_same(one, two):
    kept = subtract(one, two)
    assert union(kept + two) == union(one + two)
    assert length(kept) <= length(union(one))
