"""Which commands are due, in which order, and the ids that make their effects unrepeatable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.commands import (
    Command,
    agenda,
    allowed_removals,
    call_random_id,
    message_random_id,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def command(number=1, due=0, expires=None, **fields):
    return Command(
        id=number,
        kind=fields.pop("kind", "send"),
        due_at=NOW + timedelta(seconds=due),
        expires_at=None if expires is None else NOW + timedelta(seconds=expires),
        **fields,
    )


def test_agenda__due_at_this_very_instant_is_due():
    assert agenda([command()], NOW).now == (command(),)


def test_agenda__expires_at_this_very_instant_is_expired():
    late = command(due=-5, expires=0)
    assert agenda([late], NOW).expired == (late,)


def test_agenda__expired_before_it_is_due_is_expired_now():
    """A lesson that was opened too late to be held: nothing to wait for."""
    never = command(due=60, expires=-1)
    found = agenda([never], NOW)
    assert (found.expired, found.next_due_at) == ((never,), None)


def test_agenda__calls_come_before_messages():
    message, call = command(1, due=-9), command(2, due=-1, kind="open_call", priority=10)
    assert agenda([message, call], NOW).now == (call, message)


def test_agenda__next_is_the_earliest_that_waits():
    assert agenda([command(1, 90), command(2, 30)], NOW).next_due_at == NOW + timedelta(seconds=30)


def test_lane__calls_messages_and_membership_do_not_hold_each_other_up():
    kinds = ("reconcile", "send", "open_call", "close_call")
    lanes = [command(kind=kind, chat_id=3).lane for kind in kinds]
    assert lanes == [("membership", 3), ("messages", 3), ("call", 3), ("call", 3)]
    assert command(chat_id=None, tg_user_id=3).lane == ("private", 3)


offsets = st.integers(-100, 100)
waiting = st.lists(
    st.builds(
        command,
        st.integers(1, 99),
        offsets,
        st.none() | offsets,
        priority=st.sampled_from([10, 20, 30, 50]),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


@given(waiting)
def test_agenda_forgets_nothing_and_does_nothing_twice(rows):
    found = agenda(rows, NOW)
    later = [
        one for one in rows if one.due_at > NOW and not (one.expires_at and one.expires_at <= NOW)
    ]
    handled = [*found.now, *found.expired, *later]
    assert sorted(one.id for one in handled) == sorted(one.id for one in rows)
    assert found.next_due_at == min((one.due_at for one in later), default=None)


@given(waiting)
def test_agenda_does_only_what_is_due_and_not_expired(rows):
    for one in agenda(rows, NOW).now:
        assert one.due_at <= NOW
        assert one.expires_at is None or one.expires_at > NOW


@given(waiting)
def test_agenda_does_not_depend_on_the_order_of_rows(rows):
    assert agenda(rows, NOW).now == agenda(rows[::-1], NOW).now


@given(st.text(), st.integers(1), st.integers(1, 50))
def test_random_ids_are_stable_fit_and_are_never_zero(mark, number, attempt):
    message = message_random_id(mark, number)
    call = call_random_id(mark, f"lesson:{number}", attempt)
    assert 0 < message < 2**63 and 0 < call < 2**31
    assert message == message_random_id(mark, number)


@given(st.sets(st.tuples(st.sampled_from(["a:1", "b:1"]), st.integers(1, 9999)), max_size=50))
def test_message_ids_differ_between_rows_and_between_databases(rows):
    assert len({message_random_id(*row) for row in rows}) == len(rows)


@given(st.integers(1, 50))
def test_each_attempt_at_a_call_has_its_own_id(attempt):
    assert call_random_id("a", "k", attempt) != call_random_id("a", "k", attempt + 1)


def test_allowed_removals__those_named_in_any_of_them():
    def one(**payload):
        return Command(id=1, kind="reconcile", due_at=NOW, payload=payload)

    assert allowed_removals([]) == frozenset()
    assert allowed_removals([one(), one(allow_removals=[7]), one(allow_removals=[8, "x"])]) == {
        7,
        8,
    }
    assert allowed_removals([one(allow_removals=[7]), one(allow_removals="all")]) == "all"
    assert allowed_removals([one(allow_removals="nonsense")]) == frozenset()
