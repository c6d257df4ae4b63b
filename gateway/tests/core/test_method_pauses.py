"""A pause that Telegram wants of a method is met once, and what waited goes out in its order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.commands import Command, agenda
from telegram_gateway.core.method_pauses import MethodPauses, pause_until

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CREATE = ("user", "phone.createGroupCall")


def opening(number, attempts=1, kind="open_call", **fields):
    return Command(
        id=number, kind=kind, due_at=NOW, chat_id=number, priority=10, attempts=attempts, **fields
    )


def paused(seconds=30):
    pauses = MethodPauses()
    pauses.pause(CREATE, pause_until(NOW, seconds))
    return pauses


def test_release__others_wait_until_the_pause_is_over():
    pauses = paused()
    tried, close = opening(1), opening(2, kind="close_call")
    found = pauses.release([tried, close], NOW)
    assert (found.now, found.next_at) == ((close,), NOW + 31 * SECOND)


def test_holds__what_waits_for_another_method_rests_with_its_lane():
    """A look at the group before the call is opened may be what must wait."""
    pauses = MethodPauses()
    pauses.pause(("user", "channels.getFullChannel"), pause_until(NOW, 30))
    assert not pauses.holds(opening(1), NOW)
    assert pauses.release([opening(1)], NOW).now == (opening(1),)
    assert paused().holds(opening(1), NOW)
    assert not paused().holds(opening(1), NOW + 31 * SECOND)
    assert not paused().holds(opening(1, kind="lookup_phone"), NOW)


def test_release__who_was_never_tried_looks_once():
    """A call may run that is to be adopted: that needs no request of the method."""
    new = opening(1, attempts=0)
    assert paused().release([new], NOW).now == (new,)


def test_release__after_the_pause_the_most_urgent_tries_alone():
    pauses, after = paused(), NOW + 31 * SECOND
    waiting = [opening(3), opening(1), opening(2, attempts=0)]
    first = pauses.release(waiting, after)
    assert (first.now, first.next_at) == ((waiting[0],), None)
    pauses.started(first.now)
    assert pauses.release(waiting[1:], after).now == ()
    pauses.accepted(CREATE)
    assert pauses.release(waiting[1:], after).now == tuple(waiting[1:])


def test_release__one_that_did_not_need_it_lets_the_next_one_try():
    pauses, after = paused(), NOW + 31 * SECOND
    pauses.started(pauses.release([opening(1)], after).now)
    pauses.ended(opening(1))
    assert pauses.release([opening(2), opening(3)], after).now == (opening(2),)


def test_told__the_longer_pause_holds():
    pauses = paused(30)
    pauses.pause(CREATE, NOW + SECOND)
    assert pauses.rest_s(CREATE, NOW + SECOND / 2) == 31
    assert pauses.rest_s(("bot", "phone.createGroupCall"), NOW) == 0


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 40)), min_size=1, max_size=25),
    st.lists(st.integers(1, 60), max_size=4),
)
def test_a_closed_door_is_knocked_at_once_and_then_all_go_in_their_order(lessons, waits):
    """lessons: of each its opening's due time and how urgent it is; waits: what Telegram says to
    the first who ask, in seconds. It is asked once for each of them, and never during a pause."""
    pauses = MethodPauses()
    rows = {
        number: replace(opening(number, attempts=0), due_at=NOW + due * SECOND, priority=urgent)
        for number, (due, urgent) in enumerate(lessons, 1)
    }
    now, closed_until, refused = NOW, NOW, 0
    answers = list(waits)
    for _ in range(20 * (len(rows) + len(waits) + 1)):
        plan = agenda(rows.values(), now)
        free = pauses.release(plan.now, now)
        pauses.started(free.now)
        for command in free.now:
            row = rows[command.id] = replace(command, attempts=command.attempts + 1)
            rest_s = pauses.rest_s(CREATE, now)
            if rest_s:
                assert command.attempts == 0, "told of the pause twice"
            elif answers:
                assert now >= closed_until, "asked during a pause"
                refused += 1
                closed_until = pause_until(now, answers.pop(0))
                pauses.pause(CREATE, closed_until)
            else:
                pauses.accepted(CREATE)
                left = [one.id for one in plan.now if one.id in rows]
                assert left[0] == command.id, "a more urgent one waits"
                del rows[command.id]
            pauses.ended(row)
        if not rows:
            break
        again = [at for at in (plan.next_due_at, free.next_at) if at is not None]
        now = max(now, min(again)) if again else now
    assert not rows
    assert refused == len(waits) - len(answers)
