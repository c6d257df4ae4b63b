"""Groups to be checked after a start or a broken connection: which, in which order, and what a
quick check says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.catch_up import (
    LOG_REACHES,
    MARGIN,
    NEAR,
    Group,
    Meaning,
    Queue,
    Turn,
    asks_log_from,
    has_reached,
    is_unbroken,
    meaning,
)
from telegram_gateway.core.model import ChatId

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SPREAD_S = 600.0
CAUSES = ("start", "bot", "user")

instants = st.none() | st.integers(-3600, 86400).map(lambda s: NOW + timedelta(seconds=s))
turns = st.builds(
    Turn,
    next_at=instants,
    is_running=st.booleans(),
    is_whole=st.booleans(),
    is_unsure=st.booleans(),
    is_seen=st.booleans(),
)
schools = st.dictionaries(st.integers(1, 200).map(ChatId), turns, max_size=40)
counts = st.none() | st.integers(0, 3)
flags = st.none() | st.dictionaries(st.sampled_from(["a", "b"]), st.just(True))
groups = st.builds(
    Group,
    title=st.none() | st.sampled_from(["3e A", "3e B"]),
    members=counts,
    admins=counts,
    banned=counts,
    waiting=st.integers(0, 2),
    rights=flags,
    history=st.none() | st.sampled_from(["visible", "hidden"]),
    number=counts,
)


def played(queue: Queue) -> list[tuple[ChatId, float]]:
    """The groups that had their turn, and when, if each is read as soon as it has."""
    turns_had, now_s = [], 0.0
    while (chat_or_wait_s := queue.next(NOW, now_s)) is not None:
        if isinstance(chat_or_wait_s, float):
            assert chat_or_wait_s > 0
            now_s += chat_or_wait_s
        else:
            assert queue.take(chat_or_wait_s) is not None
            turns_had.append((chat_or_wait_s, now_s))
    return turns_had


# --- the queue --------------------------------------------------------------------------------


@given(schools, schools)
def test_nobody_is_forgotten_and_nobody_twice__whatever_came_together(first, other):
    queue = Queue(SPREAD_S)
    queue.add("bot", first)
    queue.add("user", other)
    chats = [chat for chat, _ in played(queue)]
    assert len(chats) == len(set(chats)) and set(chats) == first.keys() | other.keys()
    assert len(queue) == 0


@given(schools)
def test_running_lessons_first__then_who_must_be_read__then_whose_next_is_soonest(school):
    queue = Queue(SPREAD_S)
    queue.add("start", school)
    order = [school[chat] for chat, _ in played(queue)]
    far = datetime.max.replace(tzinfo=UTC)
    keys = [(not turn.is_running, not turn.is_whole, turn.next_at or far) for turn in order]
    assert keys == sorted(keys)


@given(schools)
def test_pace__within_the_time_and_not_at_once(school):
    queue = Queue(SPREAD_S)
    queue.add("start", school)
    times = [at for _, at in played(queue)]
    assert all(at <= SPREAD_S for at in times)
    far = {
        chat
        for chat, turn in school.items()
        if not (turn.is_running or turn.is_whole or turn.is_seen)
    }
    far = {chat for chat in far if (at := school[chat].next_at) is None or at > NOW + NEAR}
    queue.add("start", {chat: school[chat] for chat in far})
    times = [at for _, at in played(queue)]
    assert all(later - at > 0.9 for at, later in zip(times, times[1:], strict=False))


def test_pace__many_groups_have_their_turn_within_the_time():
    queue = Queue(SPREAD_S)
    queue.add("start", {ChatId(number): Turn() for number in range(1, 3001)})
    last = played(queue)[-1][1]
    assert SPREAD_S * 0.9 < last <= SPREAD_S + 1


def test_near_lessons_do_not_wait_for_each_other_for_long():
    queue = Queue(SPREAD_S)
    queue.add("start", {ChatId(n): Turn(next_at=NOW + timedelta(minutes=4)) for n in range(1, 51)})
    assert played(queue)[-1][1] <= 5.0


@given(schools, schools, st.sampled_from(CAUSES))
def test_settled__who_waits_for_nothing_else_leaves(first, other, cause):
    queue = Queue(SPREAD_S)
    queue.add(cause, first)
    queue.add("other", other)
    queue.is_settled(cause)
    kept = {chat for chat, turn in first.items() if turn.is_whole} | other.keys()
    assert {chat for chat, _ in played(queue)} == kept


@given(schools, schools)
def test_who_must_be_read_as_a_whole_must_still__whatever_comes_after(first, other):
    queue = Queue(SPREAD_S)
    queue.add("start", first)
    queue.add("bot", other)
    for chat in first.keys() & other.keys():
        taken = queue.take(chat)
        assert taken.is_whole == (first[chat].is_whole or other[chat].is_whole)
        assert taken.is_unsure == (first[chat].is_unsure or other[chat].is_unsure)
        assert taken.is_seen == (first[chat].is_seen and other[chat].is_seen)
        assert taken.next_at == other[chat].next_at
        assert queue.take(chat) is None


@given(schools, st.floats(0.1, 1000))
def test_rest__nobody_before(school, until_s):
    queue = Queue(SPREAD_S)
    queue.add("start", school)
    queue.rest(until_s)
    assert all(at >= until_s for _, at in played(queue))


@given(schools)
def test_given_and_not_looked_at_yet__has_no_second_turn_but_still_waits(school):
    queue = Queue(SPREAD_S)
    queue.add("start", school)
    given_, now_s = set(), 0.0
    while (chat_or_wait_s := queue.next(NOW, now_s, given_)) is not None:
        if isinstance(chat_or_wait_s, float):
            now_s += chat_or_wait_s
        else:
            assert chat_or_wait_s not in given_ and chat_or_wait_s in queue
            given_.add(chat_or_wait_s)
    assert given_ == school.keys() and len(queue) == len(school)


# --- whether all was told ---------------------------------------------------------------------


@given(st.integers(0, 50), st.integers(0, 20), st.data())
def test_unbroken__each_number_was_told(start, count, data):
    all_of_them = list(range(start + 1, start + count + 1))
    assert is_unbroken(start, [*all_of_them, *all_of_them[:3]], start + count)
    if count:
        missing = data.draw(st.sampled_from(all_of_them))
        assert not is_unbroken(start, [one for one in all_of_them if one != missing], start + count)


@pytest.mark.parametrize(
    ("theirs", "is_true"), [((5, 7), True), ((4, 7), True), ((6, 7), False), ((5, 8), False)]
)
def test_nothing_was_missed__where_their_numbers_are_no_higher(theirs, is_true):
    assert has_reached((5, 7), theirs) is is_true


# --- what a glance says -----------------------------------------------------------------------

KNOWN = Group(
    title="3e A",
    members=12,
    admins=3,
    banned=1,
    waiting=0,
    rights={"invite_users": True},
    history="visible",
    number=40,
)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, Meaning.SAME),
        ({"number": 41}, Meaning.MOVED),
        ({"title": "3e B"}, Meaning.OTHER),
        ({"members": 11}, Meaning.OTHER),
        ({"members": None}, Meaning.OTHER),
        ({"admins": 4}, Meaning.OTHER),
        ({"admins": None}, Meaning.SAME),
        ({"banned": 2}, Meaning.OTHER),
        ({"waiting": 1}, Meaning.OTHER),
        ({"rights": {}}, Meaning.OTHER),
        ({"history": "hidden"}, Meaning.OTHER),
        ({"tg_call_id": 7}, Meaning.SAME),  # the call lane's affair
    ],
)
def test_meaning(changed, found):
    assert meaning(KNOWN, replace(KNOWN, **changed)) is found


def test_meaning__the_number_is_not_known():
    assert meaning(replace(KNOWN, number=None), KNOWN) is Meaning.MOVED


@given(groups, groups)
def test_same__only_where_nothing_that_is_known_differs(known, shown):
    if meaning(known, shown) is Meaning.SAME:
        assert shown.members is not None and known.number is not None
        assert (known.title, known.members, known.waiting, known.number) == (
            shown.title,
            shown.members,
            shown.waiting,
            shown.number,
        )


@given(st.integers(0, 4000))
def test_log__read_from_before_the_last_that_is_known__if_it_reaches_back(minutes):
    since = NOW - timedelta(minutes=minutes)
    read_from = asks_log_from(since, NOW)
    if timedelta(minutes=minutes) <= LOG_REACHES:
        assert read_from == since - MARGIN
    else:
        assert read_from is None
    assert asks_log_from(None, NOW) is None
