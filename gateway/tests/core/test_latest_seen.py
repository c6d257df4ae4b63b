"""Which update about a person holds, however they arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.decide import after_step
from telegram_gateway.core.latest_seen import after_seen, doubtful, latest, with_list
from telegram_gateway.core.model import (
    Cause,
    Member,
    MemberState,
    RemoveMember,
    SeenStatus,
    TgUserId,
)

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANN = TgUserId(7)
IN, OUT = (SeenStatus.IN, "member"), (SeenStatus.OUT, None)
BANNED, REQUESTED = (SeenStatus.BANNED, None), (SeenStatus.REQUESTED, None)
ADMIN = (SeenStatus.IN, "admin")


@dataclass(frozen=True)
class Update:
    standing: tuple
    before: tuple | None = None
    second: int = 0
    tg_user_id: TgUserId = ANN

    @property
    def status(self):
        return self.standing[0]

    @property
    def role(self):
        return self.standing[1]

    @property
    def at(self):
        return T0 + timedelta(seconds=self.second)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("updates", "holds"),
    [
        pytest.param([Update(IN, OUT, 0), Update(OUT, IN, 5)], OUT, id="the later one"),
        pytest.param([Update(BANNED, IN), Update(OUT, BANNED)], OUT, id="removed: ban and lifting"),
        pytest.param([Update(REQUESTED), Update(IN, OUT)], IN, id="asked and let in"),
        pytest.param([Update(OUT, IN), Update(REQUESTED, OUT)], REQUESTED, id="left and asked"),
        pytest.param([Update(IN, OUT), Update(ADMIN, IN)], ADMIN, id="let in and promoted"),
        pytest.param([Update(IN, OUT), Update(IN, OUT)], IN, id="told twice"),
    ],
)
def test_latest__of_one_person(updates, holds, backwards):
    found = latest(updates[::-1] if backwards else updates, {}, {})
    assert (found.by_user[ANN].standing, found.unsure) == (holds, frozenset())


def test_latest__to_and_fro_within_a_second_is_asked_about():
    found = latest([Update(OUT, IN), Update(IN, OUT)], {}, {})
    assert found.unsure == {ANN}


def test_latest__what_is_older_than_known_is_dropped():
    newest = {ANN: (Update(OUT, BANNED, 4),)}
    assert latest([Update(IN, OUT, 3)], newest, {ANN: OUT}).by_user == {}
    for second in (4, 5):
        found = latest([Update(IN, OUT, second)], newest, {ANN: OUT})
        assert (found.by_user[ANN].standing, found.unsure) == (IN, frozenset())


def test_latest__held_up_within_its_second_is_asked_about():
    """A removal is a ban and its lifting; the update of the ban may come last."""
    lifted, banned = Update(OUT, BANNED), Update(BANNED, IN)
    found = latest([banned], {ANN: (lifted,)}, {ANN: OUT})
    assert found.unsure == {ANN}
    assert set(found.newest[ANN]) == {lifted, banned}
    # the answer to our own step had it, too: no need to ask
    assert latest([banned], found.newest, {ANN: OUT}).by_user == {}
    assert latest([lifted], found.newest, {ANN: OUT}).unsure == frozenset()


def test_latest__asked_let_in_and_gone_within_a_second():
    """That they were let in stood in the answer to us alone; then they ask once more."""
    asked, left = Update(REQUESTED, OUT), Update(OUT, IN)
    found = latest([left], {ANN: (asked,)}, {ANN: IN})
    assert (found.by_user, found.unsure) == ({ANN: left}, frozenset())
    found = latest([asked], found.newest, {ANN: OUT})
    assert (found.by_user, found.unsure) == ({ANN: asked}, frozenset())


updates = st.builds(
    Update,
    st.sampled_from([IN, OUT, BANNED, ADMIN]),
    st.sampled_from([IN, OUT, BANNED, ADMIN, None]),
    st.integers(min_value=0, max_value=2),
    st.integers(min_value=7, max_value=8).map(TgUserId),
)


@given(
    st.lists(updates, max_size=6).flatmap(
        lambda some: st.tuples(st.just(some), st.permutations(some))
    )
)
def test_latest__the_order_of_arrival_does_not_matter(orders):
    there, mixed = (latest(order, {}, {}) for order in orders)
    assert there.unsure == mixed.unsure
    assert {user: (one.standing, one.at) for user, one in there.by_user.items()} == {
        user: (one.standing, one.at) for user, one in mixed.by_user.items()
    }


@given(
    st.permutations([IN, OUT, BANNED, ADMIN]),
    st.integers(min_value=2, max_value=4).flatmap(
        lambda length: st.tuples(
            st.permutations(range(1, length)), st.lists(st.booleans(), min_size=length - 2)
        )
    ),
)
def test_latest__one_second_however_its_updates_come(path, order_and_cuts):
    """Updates that lead from one standing to the next, in any order and any parts: the last one
    holds at the end, or Telegram is asked."""
    order, cuts = order_and_cuts
    parts: list[list[Update]] = [[]]
    for number, is_cut in zip(order, [False, *cuts], strict=False):
        if is_cut:
            parts.append([])
        parts[-1].append(Update(path[number], path[number - 1]))
    holds, newest = path[0], {}
    for part in parts:
        found = latest(part, newest, {ANN: holds})
        newest |= found.newest
        # asked, Telegram says how it is now
        holds = path[len(order)] if found.unsure else found.by_user[ANN].standing
    assert holds == path[len(order)]


def test_read_as_a_whole__holds_against_updates_that_came_before():
    """Let in and made an admin; the update of the first arrives after the second was done."""
    late, read = Update(IN, OUT, 1), Update(ADMIN, second=9)
    assert with_list([read], {ANN: late}) == {ANN: read}


def test_read_as_a_whole__the_same_in_an_update_says_who_did_it():
    update = Update(OUT, IN, 1)
    assert with_list([Update(OUT, second=9)], {ANN: update}) == {ANN: update}


def test_read_as_a_whole__whom_it_does_not_have_is_as_told():
    update = Update(IN, OUT, 1)
    assert with_list([], {ANN: update}) == {ANN: update}


@pytest.mark.parametrize(
    ("second", "known", "is_doubtful"),
    [
        pytest.param(-5, {ANN: OUT}, True, id="joined before the reading that did not find her"),
        pytest.param(5, {ANN: OUT}, True, id="about the same time, on another clock"),
        pytest.param(-5, {ANN: IN}, False, id="says what is known"),
        pytest.param(-5, {}, True, id="somebody who was not there"),
        pytest.param(120, {ANN: OUT}, False, id="long after the reading"),
    ],
)
def test_held_up_update__is_asked_about(second, known, is_doubtful):
    found = doubtful({ANN: Update(IN, OUT, second)}, known, T0)
    assert found == (frozenset({ANN}) if is_doubtful else frozenset())
    assert doubtful({ANN: Update(IN, OUT, second)}, known, None) == frozenset()


@pytest.mark.parametrize(
    ("known", "is_doubtful"),
    [
        pytest.param(OUT, False, id="outside: who waits is that, too, when asked about"),
        pytest.param(IN, True, id="in: let in meanwhile, perhaps"),
    ],
)
def test_held_up_update__of_a_request(known, is_doubtful):
    found = doubtful({ANN: Update(REQUESTED, OUT, 5)}, {ANN: known}, T0)
    assert found == (frozenset({ANN}) if is_doubtful else frozenset())


# --- what an observation makes of a row ----------------------------------------------------------

USER, OTHER = TgUserId(7), TgUserId(9)


def member(**fields):
    return Member(tg_user_id=USER, **fields)


@pytest.mark.parametrize(
    ("by", "state"),
    [(OTHER, MemberState.REMOVED), (USER, MemberState.LEFT), (None, MemberState.LEFT)],
)
def test_seen__who_was_put_out_by_others_was_removed(by, state):
    before = member(seen_status=SeenStatus.IN, seen_role="member")
    assert after_seen(before, SeenStatus.OUT, None, Cause(by=by)).state is state


def test_seen__our_own_removal_that_comes_back_as_an_update_changes_nothing():
    removed = after_step(member(seen_status=SeenStatus.IN), RemoveMember(tg_user_id=USER))
    assert after_seen(removed, SeenStatus.OUT, None, Cause(by=OTHER, by_us=True)) == removed


statuses = st.sampled_from(SeenStatus)
rows = st.builds(
    member,
    seen_status=st.none() | statuses,
    seen_role=st.sampled_from([None, "member", "admin"]),
    state=st.none() | st.sampled_from(MemberState),
)
causes = st.builds(Cause, by=st.sampled_from([None, USER, OTHER]))


@given(rows, statuses, causes)
def test_seeing_the_same_twice_changes_nothing(row, status, cause):
    once = after_seen(row, status, None, cause)
    assert after_seen(once, status, None, cause) == once


@given(rows, statuses, causes)
def test_seeing_never_changes_what_was_agreed_on(row, status, cause):
    after = after_seen(row, status, None, cause)
    assert (after.base_status, after.base_role) == (row.base_status, row.base_role)
    assert after.reported_status == row.reported_status
