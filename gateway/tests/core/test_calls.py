"""Whether a group's call is needed: the rules, and the laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.calls import (
    End,
    GiveUp,
    Need,
    PassOn,
    Reopen,
    StayUntil,
    ending,
    needs,
    reopening,
    says_over,
)
from telegram_gateway.core.commands import Command
from telegram_gateway.core.model import TgUserId

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(seconds):
    return NOW + timedelta(seconds=seconds)


def opening(key="a", due=-300, expires=3600, **payload):
    return Command(
        id=1,
        kind="open_call",
        due_at=at(due),
        expires_at=at(expires) if expires is not None else None,
        key=key,
        payload=payload,
    )


def closing(key="a", due=3600):
    return Command(id=2, kind="close_call", due_at=at(due), payload={"open_key": key})


def keys(found):
    return [one.open_key for one in found]


@pytest.mark.parametrize(
    ("state", "due", "expires", "needed"),
    [
        ("done", -300, 3600, True),
        ("done", -300, -1, True),  # prolonged: the opening keeps the former end
        ("working", -300, 3600, True),
        ("pending", 0, 3600, True),
        ("pending", 1, 3600, False),
        ("pending", -300, 0, False),
        ("failed", -300, 3600, False),
        ("expired", -300, 3600, False),
        ("cancelled", -300, 3600, False),
    ],
)
def test_needs__an_opening_that_was_done_or_is_due(state, due, expires, needed):
    found = needs([closing()], [(opening(due=due, expires=expires), state)], NOW)
    assert bool(found) == needed
    assert [one.is_open for one in found] == [state == "done"] * needed


@pytest.mark.parametrize("due", [-1, 0])
def test_needs__nothing_once_its_end_has_come(due):
    assert needs([closing(due=due)], [(opening(), "done")], NOW) == ()


def test_needs__a_closing_without_an_opening_needs_nothing():
    assert needs([closing(key=None)], [], NOW) == ()


rows = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(-100, 100),
        st.integers(-100, 100),
        st.sampled_from(["done", "working", "pending", "failed", "cancelled"]),
    ),
    max_size=3,
    unique_by=lambda row: row[0],
)


@given(rows)
def test_whoever_needs_it_has_an_end_to_come(lessons):
    closings = [closing(key, end) for key, end, _, _ in lessons]
    openings = [(opening(key, due), state) for key, _, due, state in lessons]
    needed = needs(closings, openings, NOW)
    assert all(one.until > NOW for one in needed)
    assert [one.until for one in needed] == sorted(one.until for one in needed)
    assert {key for key, end, _, state in lessons if state == "done" and end > 0} <= set(
        keys(needed)
    )
    assert needed == needs(closings[::-1], openings[::-1], NOW)


# --- the end -------------------------------------------------------------------------------------

OURS = TgUserId(1)
PUPIL = ("user", 7)


def end(closing_, *present, needed=(), now=NOW):
    return ending(closing_, now, present, OURS, needed)


def with_grace(seconds, due=0):
    return Command(id=2, kind="close_call", due_at=at(due), payload={"grace_s": seconds})


def need(key="b", until=60, **payload):
    return Need(opening=opening(key, **payload), until=at(until))


@pytest.mark.parametrize(
    ("grace", "present", "ends"),
    [
        (0, [PUPIL], True),
        (None, [PUPIL], True),
        ("5", [PUPIL], True),
        (True, [PUPIL], True),
        (300, [], True),
        (300, [("user", OURS)], True),
        (300, [("user", OURS), PUPIL], False),
        (300, [("channel", OURS)], False),
    ],
)
def test_ending__people_who_talk_may_for_a_while(grace, present, ends):
    expected = End() if ends else StayUntil(at=at(300))
    assert end(with_grace(grace), *present) == expected


def test_ending__after_the_grace_it_ends_whoever_talks():
    assert end(with_grace(300, due=-300), PUPIL) == End()
    assert end(with_grace(300, due=-299), PUPIL) == StayUntil(at=at(1))


def test_ending__who_needs_the_call_comes_before_those_who_talk():
    assert end(with_grace(300), PUPIL, needed=(need(),)) == PassOn(open_key="b")
    assert end(with_grace(0), needed=(need("a", 9), need("b", 10))) == PassOn(open_key="b")


# --- again ---------------------------------------------------------------------------------------


def test_reopening__as_often_as_wished_then_no_more():
    wanted = need(reopen=3)
    decisions = [reopening((wanted,), number) for number in range(5)]
    assert decisions == [
        *(Reopen(need=wanted, number=number) for number in (1, 2, 3)),
        *[GiveUp(need=wanted)] * 2,
    ]


def test_reopening__only_where_it_is_needed_and_was_open():
    assert reopening((), 0) is None
    assert reopening((need(),), 0) is None, "nobody wished it"
    assert reopening((replace(need(reopen=3), is_open=False),), 0) is None


def test_reopening__the_one_that_needs_it_longest_decides():
    short, long = need("a", 10, reopen=3), need("b", 20, reopen=3)
    awaited = replace(need("c", 30, reopen=3), is_open=False)
    assert reopening((short, long, awaited), 0) == Reopen(need=long, number=1)


@given(st.integers(0, 600), st.integers(-700, 0), st.booleans())
def test_no_call_outlives_its_grace(grace, due, is_talking):
    found = end(with_grace(grace, due), *[PUPIL] * is_talking)
    assert found == (StayUntil(at=at(due + grace)) if is_talking and due + grace > 0 else End())


def test_over__is_told_by_the_name():
    for code in ("GROUPCALL_ALREADY_DISCARDED", "GROUPCALL_FORBIDDEN", "GROUPCALL_INVALID"):
        assert says_over(code)
    for code in (
        "GROUPCALL_ALREADY_STARTED",
        "GROUPCALL_NOT_MODIFIED",
        "GROUPCALL_JOIN_MISSING",
        "CHAT_ADMIN_REQUIRED",
        "FLOOD_WAIT_5",
    ):
        assert not says_over(code)
