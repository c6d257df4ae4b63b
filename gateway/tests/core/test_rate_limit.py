"""Messages go out as fast as Telegram takes them, and never faster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.budget import MESSAGES_A_MINUTE_IN_A_GROUP, MESSAGES_A_SECOND
from telegram_gateway.core.commands import Command
from telegram_gateway.core.rate_limit import ClockReading, RateLimiter

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MOST = MESSAGES_A_SECOND.most
MOST_IN_A_GROUP = MESSAGES_A_MINUTE_IN_A_GROUP.most


def message(number, chat=None, kind="send"):
    return Command(id=number, kind=kind, due_at=NOW, chat_id=chat)


def test_release__so_many_a_second_in_their_order():
    limiter = RateLimiter()
    waiting = [message(number, chat=number) for number in range(1, 60)]
    first = limiter.release(waiting, NOW)
    assert list(first.now) == waiting[:MOST]
    assert first.next_at is None, "nothing is known before one of them has ended"
    limiter.started(first.now)
    assert limiter.release(waiting[MOST:], NOW + SECOND).now == ()
    for released in first.now:
        limiter.ended(released, NOW)
    assert limiter.release(waiting[MOST:], NOW).next_at == NOW + SECOND
    assert list(limiter.release(waiting[MOST:], NOW + SECOND).now) == waiting[MOST : 2 * MOST]


def test_release__a_busy_group_does_not_hold_up_the_others():
    limiter = RateLimiter()
    for _ in range(MOST_IN_A_GROUP):
        limiter.sent(3, NOW - SECOND)
    busy, other = message(1, chat=3), message(2, chat=4)
    release = limiter.release([busy, other], NOW)
    assert (release.now, release.next_at) == ((other,), NOW + timedelta(seconds=59))
    assert limiter.release([busy], NOW + timedelta(seconds=59)).now == (busy,)


def test_release__calls_and_looks_wait_for_no_message():
    limiter = RateLimiter()
    for number in range(MOST):
        limiter.sent(number, NOW)
    call, look, private = message(1, 3, "open_call"), message(2, 3, "reconcile"), message(3)
    assert limiter.release([private, call, look], NOW).now == (call, look)


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 60_000))
def test_a_clock_read_once_never_runs_behind(before, after, later):
    """before, after: how long the question and its answer were under way, in milliseconds."""
    asked, shown = 100.0, NOW + timedelta(milliseconds=before)
    true = shown + timedelta(milliseconds=after + later)
    found = ClockReading(shown, asked).about(asked + (before + after + later) / 1000)
    assert timedelta(0) <= found - true <= timedelta(milliseconds=before)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, 1, 2]),
            st.integers(0, 400),
            st.integers(0, 1500),
            st.integers(0, 300),
        ),
        max_size=120,
    )
)
def test_telegram_never_counts_more_than_it_allows(plan):
    """plan: for each message its chat, how long after the former it comes, how long it takes, and
    how long the database's clock was under way to us then, in milliseconds. Telegram may count it
    at its end as well as at its release."""
    limiter = RateLimiter()
    now, waiting, running = NOW, [], []
    counted = {"release": [], "end": []}
    for number, (chat, pause, takes, slow) in enumerate(plan, 1):
        now += timedelta(milliseconds=pause)
        waiting.append(message(number, chat))
        # asked, answered, and known at last, while time goes on
        asked, shown = (now - NOW).total_seconds(), now + timedelta(milliseconds=slow / 2)
        now += timedelta(milliseconds=slow)
        clock = ClockReading(shown, asked)
        for ends, released in sorted(running, key=lambda pair: pair[0]):
            if ends <= now:
                limiter.ended(released, clock.about((ends - NOW).total_seconds()))
                counted["end"].append((ends, released.chat_id))
        running = [pair for pair in running if pair[0] > now]
        free = limiter.release(waiting, shown).now
        limiter.started(free)
        waiting = [one for one in waiting if one not in free]
        for released in free:
            running.append((now + timedelta(milliseconds=takes), released))
            counted["release"].append((now, released.chat_id))
    # whichever of its two instants each message is counted at, and a mixture of both
    for instants in counted.values():
        for begins, _ in instants:
            inside = [c for at, c in instants if begins <= at < begins + SECOND]
            assert len(inside) <= MOST
            for chat in (1, 2):
                minute = [c for at, c in instants if begins <= at < begins + 60 * SECOND]
                assert minute.count(chat) <= MOST_IN_A_GROUP
