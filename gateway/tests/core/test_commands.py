"""Due commands, their order, and the ids that make their effects unrepeatable."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.commands import (
    Command,
    Pauses,
    Wishes,
    agenda,
    call_random_id,
    may_be_out,
    message_random_id,
    wishes,
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


def test_agenda__a_message_that_may_have_gone_out_is_not_called_expired():
    late = command(due=-5, expires=0, attempts=1)
    assert agenda([late], NOW).now == (late,)
    assert agenda([late], NOW, Pauses(is_whole=True)).now == (late,), "it is only looked for"
    asked_to_wait = replace(late, error_code="FLOOD_WAIT")
    assert agenda([asked_to_wait], NOW).expired == (asked_to_wait,)


def test_agenda__expired_before_it_is_due_is_expired_now():
    """A lesson that was opened too late to be held: nothing to wait for."""
    never = command(due=60, expires=-1)
    found = agenda([never], NOW)
    assert (found.expired, found.next_due_at) == ((never,), None)


def test_agenda__calls_come_before_messages():
    message, call = command(1, due=-9), command(2, due=-1, kind="open_call", priority=10)
    assert agenda([message, call], NOW).now == (call, message)


def test_agenda__of_one_instant_the_close_comes_last():
    """Else a gateway that died while it opened a call would open it after the close, for ever."""
    rows = [command(1, kind="close_call", priority=10), command(2, kind="open_call", priority=10)]
    assert [one.id for one in agenda(rows, NOW).now] == [2, 1]


def test_agenda__what_is_tried_again_later_rests_by_itself_and_looks_with_their_lane():
    rest = NOW + timedelta(seconds=30)
    talking = replace(command(due=-9, kind="close_call"), again_at=rest)
    plan = agenda([talking], NOW)
    assert (plan.now, plan.next_due_at) == ((), rest)
    assert agenda([talking], rest).now == (talking,)
    message, next_one = replace(command(1, due=-9), again_at=rest), command(2, due=-8)
    assert agenda([message, next_one], NOW).now == (next_one,)
    look = replace(command(due=-9, kind="reconcile"), again_at=rest)
    assert agenda([look], NOW).now == (look,)


def test_agenda__next_is_the_earliest_that_waits():
    assert agenda([command(1, 90), command(2, 30)], NOW).next_due_at == NOW + timedelta(seconds=30)


def test_agenda__paused_chat_waits_and_the_others_go_on():
    paused, other = command(1, chat_id=3), command(2, chat_id=4)
    found = agenda([paused, other], NOW, Pauses(chats=frozenset({3})))
    assert found.now == (other,)


def test_agenda__paused_pool_does_nothing_but_look():
    rows = [command(1, chat_id=3), command(2, tg_user_id=9), command(3, kind="plan", chat_id=3)]
    found = agenda(rows, NOW, Pauses(is_whole=True))
    assert [one.id for one in found.now] == [3]


def test_agenda__what_expires_meanwhile_is_too_late_after_the_pause():
    late = command(due=-9, expires=-1, chat_id=3)
    assert agenda([late], NOW, Pauses(is_whole=True)).expired == (late,)


def test_lane__calls_messages_and_membership_do_not_hold_each_other_up():
    kinds = ("reconcile", "send", "open_call", "close_call")
    lanes = [command(kind=kind, chat_id=3).lane for kind in kinds]
    assert lanes == [("membership", 3), ("messages", 3), ("call", 3), ("call", 3)]
    assert command(chat_id=None, tg_user_id=3).lane == ("private", 3)
    # all look-ups share one quota, and a person's link holds up nothing else of the group
    assert {command(kind="lookup_phone", chat_id=None).lane for _ in range(2)} == {("lookup", 0)}
    assert command(kind="make_link", chat_id=3).lane == ("links", 3)
    assert command(kind="forget", chat_id=None).lane == ("forget", 0)


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
    plan = agenda(rows, NOW)
    later = [
        row for row in rows if row.due_at > NOW and not (row.expires_at and row.expires_at <= NOW)
    ]
    handled = [*plan.now, *plan.expired, *later]
    assert sorted(row.id for row in handled) == sorted(row.id for row in rows)
    assert plan.next_due_at == min((row.due_at for row in later), default=None)


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


def reconcile(**payload):
    return Command(id=1, kind="reconcile", due_at=NOW, payload=payload)


def test_wishes__removals_of_those_named_in_any_of_them():
    def allowed(*commands):
        return wishes(commands).allowed

    assert allowed() == frozenset()
    assert allowed(
        reconcile(), reconcile(allow_removals=[7]), reconcile(allow_removals=[8, "x"])
    ) == {
        7,
        8,
    }
    assert allowed(reconcile(allow_removals=[7]), reconcile(allow_removals="all")) == "all"
    assert allowed(reconcile(allow_removals="nonsense")) == frozenset()


def test_wishes__one_command_that_asks_is_enough():
    assert wishes([reconcile(), reconcile(check=True)]) == Wishes(check=True)
    assert wishes([reconcile(retry=True), reconcile(new_group=True)]) == Wishes(
        retry=True, new_group=True
    )
    assert wishes([reconcile(check="perhaps")]) == Wishes()


@pytest.mark.parametrize(
    ("kind", "attempts", "error_code", "expected"),
    [
        ("send", 1, None, False),  # the first try
        ("send", 2, None, True),  # the gateway died at it
        ("send", 2, "NETWORK", True),  # the answer was lost
        ("send", 2, "FLOOD_WAIT", False),
        ("send", 2, "SLOWMODE_WAIT", False),
        ("send", 2, "chat_broken", False),  # it never came to sending
        ("open_call", 2, None, False),
    ],
)
def test_may_be_out(kind, attempts, error_code, expected):
    tried = command(kind=kind, attempts=attempts, error_code=error_code)
    assert may_be_out(tried, attempts - 1) is expected
