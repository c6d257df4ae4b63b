"""Updates that reached the account alone: checked once each, a while later."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.missed_updates import (
    LATE_S,
    PendingRequests,
    is_call_missed,
    missed_requests,
)
from telegram_gateway.core.model import SeenStatus, TgUserId


def test_a_burst_is_one_check():
    pending = PendingRequests()
    plans = [pending.add(1, {(n, None), (n + 1, None)}, n / 1000) for n in range(1000)]
    assert plans == [True] + 999 * [False]
    assert pending.take(1, 0.999 + LATE_S) == {(n, None) for n in range(1001)}
    assert not pending.is_waiting(1)


def test_chats_are_apart():
    pending = PendingRequests()
    assert pending.add(1, {(7, None)}, 0) and pending.add(2, {(7, None)}, 1)
    assert pending.take(1, LATE_S) == {(7, None)}
    assert pending.is_waiting(2) and not pending.is_waiting(1)


@given(
    st.lists(
        st.tuples(st.floats(0, 2), st.sets(st.tuples(st.integers(1, 5), st.none()), min_size=1))
    )
)
def test_each_is_checked_and_was_given_its_time(reported):
    """Played as the gateway does it: a check is planned where none is, and again while some
    wait."""
    pending = PendingRequests()
    now, check_at, checks = 0.0, None, []
    first: dict = {}
    checked: dict = {}

    def check(at):
        for one in pending.take(1, at):
            assert at >= first.pop(one) + LATE_S
            checked[one] = at
        checks.append(at)
        return at + LATE_S if pending.is_waiting(1) else None

    for after, waiting in reported:
        now += after
        while check_at is not None and check_at <= now:
            check_at = check(check_at)
        for user in waiting:
            first.setdefault(user, now)
        if pending.add(1, waiting, now):
            assert check_at is None
            check_at = now + LATE_S
    while check_at is not None:
        check_at = check(check_at)
    assert not first  # everybody was checked
    assert all(later - earlier >= LATE_S - 1e-6 for earlier, later in pairwise(checks))


@pytest.mark.parametrize(
    ("status", "is_missed"),
    [
        (None, True),  # no update ever named them
        (SeenStatus.OUT, True),  # they were in before, and ask again
        (SeenStatus.REQUESTED, False),
        (SeenStatus.IN, False),  # let in since
    ],
)
def test_join_request__missed_where_no_update_reported_it(status, is_missed):
    waiting = TgUserId(7)
    known = {TgUserId(8): (SeenStatus.REQUESTED, None)}
    if status is not None:
        known[waiting] = (status, None)
    assert missed_requests([waiting], known, []) == ({waiting} if is_missed else set())


def test_join_request__came_in_and_left_again__was_reported():
    waiting, lost = TgUserId(7), TgUserId(8)
    known = dict.fromkeys((waiting, lost), (SeenStatus.OUT, None))
    assert missed_requests([waiting, lost], known, [waiting]) == {lost}


@pytest.mark.parametrize(
    ("watched", "has_ended", "is_known_over", "is_missed"),
    [
        (None, False, False, True),  # it began, and nobody follows it
        (5, False, False, False),
        (6, False, False, True),  # another one is followed
        (5, True, False, True),  # it ended, and is followed still
        (None, True, False, False),
        (None, False, True, False),  # it began and is over since
    ],
)
def test_call__missed_where_it_is_not_followed_as_it_is(
    watched, has_ended, is_known_over, is_missed
):
    found = is_call_missed(5, watched, has_ended=has_ended, is_known_over=is_known_over)
    assert found is is_missed
