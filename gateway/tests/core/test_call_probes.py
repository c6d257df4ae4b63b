"""Reads of running calls: when, how fast, and what is known between two of them."""

from __future__ import annotations

import heapq
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.call_probes import (
    ENOUGH,
    LONGEST_S,
    Agenda,
    UpdateTrust,
    is_informed,
    on_list_agreed,
    on_missed,
    on_update_applied,
    relied_on,
    shows_missed,
    unseen_since,
)
from telegram_gateway.core.liveness import Coverage
from telegram_gateway.core.presence import CallState, Participant, ParticipantList, on_list

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(seconds):
    return T0 + timedelta(seconds=seconds)


# --- whether updates keep step -------------------------------------------------------------------

KEPT = on_update_applied(UpdateTrust())


def agreed(told, times):
    for _ in range(times):
        told = on_list_agreed(told)
    return told


def test_trust__no_update_yet__probed_often_and_not_relied_on():
    assert not UpdateTrust().keeps_step and not UpdateTrust().is_quiet


def test_trust__updates_are_relied_on_until_a_list_shows_a_missed_one():
    assert KEPT.keeps_step and KEPT.is_quiet
    assert not on_missed().keeps_step and not on_missed().is_quiet
    assert on_missed().is_mute and not on_update_applied(on_missed()).is_mute
    assert not UpdateTrust().is_mute and not KEPT.is_mute


def test_trust__after_that_several_visits_in_a_row_must_agree():
    again = on_update_applied(on_missed())
    assert not agreed(again, ENOUGH - 1).keeps_step
    assert agreed(again, ENOUGH).keeps_step
    assert not agreed(on_missed(), ENOUGH).keeps_step  # nothing has come since


def test_trust__where_nothing_happens_no_update_need_come():
    quiet = agreed(UpdateTrust(), ENOUGH)
    assert quiet.is_quiet and not quiet.keeps_step
    assert not agreed(UpdateTrust(), ENOUGH - 1).is_quiet


def person(peer_id=7):
    return Participant(peer_kind="user", peer_id=peer_id, date=at(0), source=1)


def state(*present, version=3, seen=10, **fields):
    present = {one.key: one for one in present}
    seen_at = at(seen) if seen is not None else None
    return CallState(version=version, present=present, seen_at=seen_at, connection=1, **fields)


@pytest.mark.parametrize(
    ("version", "listed", "is_missed"),
    [
        (3, [7], False),
        (4, [7], True),  # somebody came and went, or was muted: nobody told
        (3, [7, 8], True),  # came without a new number, and nobody told
        (3, [], True),
        (2, [], False),  # older than what is known
    ],
)
def test_missed__a_list_shows_a_change_without_an_update(version, listed, is_missed):
    before = state(person())
    participants = tuple(map(person, listed))
    listing = ParticipantList(version=version, last_version=version, participants=participants)
    _, transitions, _ = on_list(before, listing, at(15), at(15), 1)
    assert shows_missed(before, listing, transitions) == is_missed


def test_missed__the_first_list_shows_nothing_of_the_kind():
    listing = ParticipantList(version=3, last_version=3, participants=(person(),))
    _, transitions, _ = on_list(CallState(), listing, at(15), at(15), 1)
    assert transitions and not shows_missed(CallState(), listing, transitions)


def test_missed__since_the_last_agreement_where_updates_were_relied_on():
    assert unseen_since(KEPT, state(seen=10), at(12)) == at(10)


def test_missed__where_they_were_not__only_if_longer_than_between_visits():
    for told in (UpdateTrust(), agreed(UpdateTrust(), ENOUGH), on_missed()):
        assert unseen_since(told, state(seen=10), at(10 + LONGEST_S)) is None
        assert unseen_since(told, state(seen=10), at(10.1 + LONGEST_S)) == at(10)


def test_missed__hidden_listeners_say_as_much():
    assert unseen_since(KEPT, state(listeners_hidden=True), at(90)) is None
    assert unseen_since(KEPT, state(seen=None), at(90)) is None


HEARD = Coverage(connection=1, until=at(28))


def test_informed__while_updates_keep_step_over_the_connection_of_the_last_list():
    assert is_informed(KEPT, state(), HEARD)
    assert not is_informed(agreed(UpdateTrust(), ENOUGH), state(), HEARD)
    assert not is_informed(on_missed(), state(), HEARD)
    assert not is_informed(KEPT, state(), Coverage(connection=2, until=at(28)))
    assert not is_informed(KEPT, state(waiting={5: object()}), HEARD)
    assert not is_informed(KEPT, state(is_blind=True), HEARD)


def test_relied_on__for_no_longer_than_between_visits():
    assert relied_on(KEPT, state(), HEARD, at(30)) == HEARD
    assert relied_on(KEPT, state(), HEARD, at(10.1 + LONGEST_S)) is None
    assert relied_on(on_missed(), state(), HEARD, at(30)) is None
    assert relied_on(KEPT, state(waiting={5: object()}), HEARD, at(30)) is None
    assert relied_on(KEPT, state(seen=None), HEARD, at(30)) is None
    assert relied_on(KEPT, state(), HEARD, None) is None


# --- in which order, and how fast ----------------------------------------------------------------

A_SECOND = 12.5
GAP_S = 1 / A_SECOND


class Looks:
    """Calls that are looked at for so long, on a clock of its own. plans: of each call, when it is
    begun, how long after a look the next one is due, how many further requests each look needs, how
    long each takes. hurries: when something asks without waiting; wants: when a call is wanted
    soon."""

    def __init__(self, plans, until, *, hurries=(), wants=()):
        self.agenda = Agenda(A_SECOND)
        self.plans, self.until = plans, until
        self.queue, self.numbers = [], itertools.count()
        self.log = []  # of requests: when, and whether it did not wait for its turn
        self.begun = {call: [] for call in range(len(plans))}  # (when it was due, when begun)
        self.due = {}
        for call, plan in enumerate(plans):
            self.at(plan[0], self.plan, call)
        for when in hurries:
            self.at(when, self.hurry)
        for when, call in wants:
            self.at(when, self.plan, call % len(plans))
        self.run()

    def at(self, when, what, *rest):
        heapq.heappush(self.queue, (when, next(self.numbers), what, rest))

    def run(self):
        now = 0.0
        while now < self.until:
            next_s = self.agenda.next_s()
            event_s = self.queue[0][0] if self.queue else None
            known = [second for second in (next_s, event_s) if second is not None]
            if not known:
                return
            now = max(now, min(known))
            while self.queue and self.queue[0][0] <= now:
                _, _, what, rest = heapq.heappop(self.queue)
                what(now, *rest)
            while turn := self.agenda.take(now):
                self.log.append((now, False))
                call, ticket = turn
                if ticket is None:
                    self.begun[call].append((self.due.pop(call), now))
                    ticket = (call, self.plans[call][2])
                call, further = ticket
                took = self.plans[call][3]
                self.at(now + took, self.answered, call, further)

    def plan(self, now, call):
        if call not in self.busy:
            self.due[call] = min(now, self.due.get(call, now))
        self.agenda.plan(call, now)

    @property
    def busy(self):
        return self.agenda._under_way

    def answered(self, now, call, further):
        self.agenda.answered()
        if further:
            self.agenda.further((call, further - 1))
            return
        is_wanted = self.busy[call]
        self.due[call] = now if is_wanted else now + self.plans[call][1]
        self.agenda.ended(call, now, now + self.plans[call][1])

    def hurry(self, now):
        self.log.append((now, True))
        self.agenda.spend(now)


def most_in_a_second(instants):
    instants, most, first = sorted(instants), 0, 0
    for last, instant in enumerate(instants):
        while instants[first] <= instant - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


begins, furthers = st.floats(0, 5), st.integers(0, 4)
tooks = st.floats(0, 0.9)
any_plan = st.tuples(begins, st.floats(0, 20), furthers, tooks)
wants = st.lists(st.tuples(st.floats(0, 30), st.integers(0, 40)), max_size=20)


@given(st.lists(any_plan, min_size=1, max_size=40), wants)
def test_rate__no_second_has_more_requests_than_allowed(plans, wanted):
    looks = Looks(plans, 30, wants=wanted)
    assert most_in_a_second([when for when, _ in looks.log]) <= A_SECOND + 1


@given(
    st.lists(any_plan, min_size=1, max_size=40), st.lists(st.floats(0, 10), min_size=1, max_size=60)
)
def test_rate__an_immediate_request_is_counted_all_the_same(plans, hurries):
    """Whoever waits asks only once there was time for all that was asked before, since any
    instant."""
    looks = Looks(plans, 10, hurries=hurries)
    for last, (when, is_hurried) in enumerate(looks.log):
        if not is_hurried:
            for first in range(last):
                room = (when - looks.log[first][0]) * A_SECOND
                assert last - first <= room + 1e-6


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_rate__requests_held_up_together_do_not_go_out_together(ready):
    agenda = Agenda(A_SECOND)
    sent = [agenda.sent_s(when) for when in sorted(ready)]
    assert most_in_a_second(sent) <= A_SECOND + 1
    assert all(
        when <= at_s <= when + len(ready) * GAP_S
        for when, at_s in zip(sorted(ready), sent, strict=True)
    )


@given(st.lists(st.tuples(begins, tooks), min_size=1, max_size=200), wants)
def test_order__where_the_rate_is_enough_each_is_visited_in_time(calls, wanted):
    """200 calls that are due every 16 seconds, and some that are wanted soon."""
    plans = [(begin, 16.0, 0, took) for begin, took in calls]
    looks = Looks(plans, 60, wants=wanted)
    most_s = (len(plans) + len(wanted) + 1) * GAP_S
    for begun in looks.begun.values():
        assert begun
        assert all(when - due <= most_s for due, when in begun)
    # what waits still has not done so for longer
    assert all(60 - due <= most_s for due in looks.due.values())


@given(st.lists(any_plan, min_size=2, max_size=40))
def test_order__where_it_is_not__nobody_starves(plans):
    """Each of the others goes once before, and those that were begun end."""
    looks = Looks(plans, 60)
    most_s = 2 * sum(1 + further for _, _, further, _ in plans) * GAP_S + GAP_S
    for begun in looks.begun.values():
        assert all(when - due <= most_s for due, when in begun)
    assert all(60 - due <= most_s for due in looks.due.values())


def test_order__the_one_that_is_due_for_longest_goes_first():
    agenda = Agenda(1.0)
    for call, when in (("late", 3.0), ("first", 1.0), ("second", 2.0)):
        agenda.plan(call, when)
    assert agenda.next_s() == 1.0
    assert agenda.take(0.9) is None
    order = []
    for when in (5.0, 5.5, 6.0, 7.0):
        if turn := agenda.take(when):
            order.append((when, turn[0]))
            agenda.answered()
    assert order == [(5.0, "first"), (6.0, "second"), (7.0, "late")]


def test_order__a_visit_that_was_begun_goes_on_first():
    agenda = Agenda(1.0)
    agenda.plan("a", 0.0)
    agenda.plan("b", 0.0)
    assert agenda.take(0.0) == ("a", None)
    agenda.answered()
    agenda.further("page")
    assert agenda.take(1.0) == (None, "page")
    agenda.answered()
    assert agenda.take(2.0) == ("b", None)


def test_order__a_call_wanted_during_its_visit_is_visited_again():
    agenda = Agenda(1.0)
    agenda.plan("a", 0.0)
    agenda.take(0.0)
    agenda.plan("a", 0.5)
    assert agenda.next_s() is None and agenda.take(1.0) is None
    agenda.answered()
    agenda.ended("a", 2.0, 18.0)
    assert agenda.take(2.0) == ("a", None)
    agenda.answered()
    agenda.ended("a", 3.0, 19.0)
    assert agenda.next_s() == 19.0


def test_order__dropped_or_planned_anew__not_visited():
    agenda = Agenda(1.0)
    agenda.plan("a", 9.0)
    agenda.plan("a", 4.0)
    agenda.plan("a", 6.0)
    assert agenda.next_s() == 4.0
    agenda.drop("a")
    assert agenda.next_s() is None and agenda.take(10.0) is None
    agenda.plan("b", 0.0)
    agenda.take(10.0)
    agenda.answered()
    agenda.drop("b")
    agenda.ended("b", 11.0, 12.0)
    assert agenda.next_s() is None
    agenda.further("page")
    agenda.forget("page")
    assert agenda.next_s() is None


def test_lost_connection__at_most_a_seconds_requests_are_sent_again__and_counted():
    agenda = Agenda(3.0)
    for call in range(9):
        agenda.plan(call, 0.0)
    asked = [when for when in range(9) if agenda.take(float(when))]
    assert asked == [0, 1, 2] and agenda.next_s() is None
    agenda.broke(20.0, agenda.unanswered)
    agenda.answered()
    assert agenda.take(20.9) is None
    assert agenda.take(21.1) == (3, None)
