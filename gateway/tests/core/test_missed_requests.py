"""Who waits to be let in is checked once, a while after the account was told."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.missed_requests import BOT_LATE_S, Tellings


def test_a_burst_is_one_check():
    tellings = Tellings()
    plans = [tellings.told(1, {(n, None), (n + 1, None)}, n / 1000) for n in range(1000)]
    assert plans == [True] + 999 * [False]
    assert tellings.take(1, 0.999 + BOT_LATE_S) == {(n, None) for n in range(1001)}
    assert not tellings.is_waiting(1)


def test_chats_are_apart():
    tellings = Tellings()
    assert tellings.told(1, {(7, None)}, 0) and tellings.told(2, {(7, None)}, 1)
    assert tellings.take(1, BOT_LATE_S) == {(7, None)}
    assert tellings.is_waiting(2) and not tellings.is_waiting(1)


@given(
    st.lists(
        st.tuples(st.floats(0, 2), st.sets(st.tuples(st.integers(1, 5), st.none()), min_size=1))
    )
)
def test_each_is_checked_and_was_given_its_time(told):
    """Played as the gateway does it: a check is planned where none is, and again while some wait."""
    tellings = Tellings()
    now, check_at, checks = 0.0, None, []
    first: dict = {}
    checked: dict = {}

    def check(at):
        for one in tellings.take(1, at):
            assert at >= first.pop(one) + BOT_LATE_S
            checked[one] = at
        checks.append(at)
        return at + BOT_LATE_S if tellings.is_waiting(1) else None

    for after, waiting in told:
        now += after
        while check_at is not None and check_at <= now:
            check_at = check(check_at)
        for one in waiting:
            first.setdefault(one, now)
        if tellings.told(1, waiting, now):
            assert check_at is None
            check_at = now + BOT_LATE_S
    while check_at is not None:
        check_at = check(check_at)
    assert not first  # everybody was checked
    assert all(later - earlier >= BOT_LATE_S - 1e-6 for earlier, later in pairwise(checks))
