"""Joins and leaves out of updates and looks: the rules of Telegram's calls, and the laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.presence import (
    CallState,
    Participant,
    Wish,
    on_end,
    on_look,
    on_update,
)

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def person(peer_id=7, joined=0, source=1, kind="user", **flags):
    return Participant(peer_kind=kind, peer_id=peer_id, date=at(joined), source=source, **flags)


def state(*present, version=1, seen=10, **fields):
    return CallState(
        version=version, present={p.key: p for p in present}, seen_at=at(seen), **fields
    )


def told(moments):
    return [(m.kind.removeprefix("participant_"), m.participant.peer_id) for m in moments]


# --- which updates apply -------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["versioned", "left", "just_joined"])
@pytest.mark.parametrize(
    ("version", "wish"), [(4, Wish.NOTHING), (5, Wish.NOTHING), (7, Wish.WAIT), (9, Wish.WAIT)]
)
def test_update__out_of_turn_changes_nothing(flag, version, wish):
    before = state(person(), version=5)
    after, moments, wished = on_update(before, version, (person(8, **{flag: True}),), at(20))
    assert (after, moments, wished) == (before, (), wish)


@pytest.mark.parametrize("flags", [{"versioned": True}, {"just_joined": True}])
def test_update__the_next_one_applies(flags):
    after, moments, wish = on_update(state(version=5), 6, (person(8, 15, **flags),), at(20))
    assert told(moments) == [("joined", 8)]
    assert (after.version, after.seen_at, wish) == (6, at(20), Wish.NOTHING)


def test_update__without_a_first_list_asks_for_one():
    after, moments, wish = on_update(CallState(), 6, (person(just_joined=True),), at(20))
    assert (after, moments, wish) == (CallState(), (), Wish.READ)


def test_update__unnumbered_applies_at_any_version_and_keeps_the_version():
    known = person()
    after, moments, wish = on_update(state(known, version=5), 9, (known,), at(20))
    assert (after.version, moments, wish) == (5, (), Wish.NOTHING)


def test_update__unnumbered_about_a_stranger_is_no_join():
    """It may be old: whoever it speaks of may have left meanwhile. The list tells."""
    after, moments, wish = on_update(state(version=5), 4, (person(8),), at(20))
    assert (after.present, moments, wish) == ({}, (), Wish.READ)


def test_update__old_unnumbered_does_not_bring_back_an_old_device():
    back = person(joined=30, source=2)
    after, moments, _ = on_update(state(back), 1, (person(joined=0, source=1),), at(40))
    assert after.present == {back.key: back}
    assert not moments


# --- how sure it is ------------------------------------------------------------------------------


def test_update__join_is_the_date_and_leave_is_now():
    joined, moments, _ = on_update(state(), 2, (person(joined=12, just_joined=True),), at(14))
    assert [(m.at, m.precision_s, m.source) for m in moments] == [(at(12), 0, "update")]
    _, moments, _ = on_update(joined, 3, (person(joined=12, left=True),), at(60))
    assert [(m.kind, m.at, m.precision_s) for m in moments] == [("participant_left", at(60), 0)]


def test_look__join_is_exact_and_leave_lies_between_looks():
    before = state(person(7), seen=10)
    _, moments, _ = on_look(before, 2, (person(8, joined=13),), at(15.4))
    assert [(m.kind, m.at, m.precision_s, m.source) for m in moments] == [
        ("participant_joined", at(13), 0, "look"),
        ("participant_left", at(15.4), 6, "look"),  # 5.4 s, and whole seconds must cover it
    ]


def test_look__leave_is_not_before_the_join():
    """Seen by an update since the last look: the leave lies after the join all the same."""
    before = state(person(7, joined=14), seen=10)
    _, moments, _ = on_look(before, 2, (), at(20))
    assert moments[0].precision_s == 6


def test_leave__is_never_before_the_join_though_clocks_differ():
    ahead = person(joined=20)
    for moments in (
        on_update(state(ahead), 2, (replace(ahead, left=True),), at(19))[1],
        on_look(state(ahead), 2, (), at(19))[1],
        on_end(state(ahead), at(19))[1],
    ):
        assert [(m.at, m.precision_s) for m in moments] == [(at(20), 0)]


def test_look__changed_date_is_a_leave_and_a_return():
    before = state(person(joined=0, source=1), seen=10)
    for source in (1, 2):
        _, moments, _ = on_look(before, 2, (person(joined=25, source=source),), at(30))
        assert [(m.kind, m.at, m.precision_s) for m in moments] == [
            ("participant_left", at(25), 15),  # between the last look and the return
            ("participant_joined", at(25), 0),
        ]


def test_look__changed_source_with_the_same_date_claims_no_absence():
    """Joined again within the same second: there is no time outside to tell of."""
    after, moments, _ = on_look(state(person(source=1)), 2, (person(source=2),), at(30))
    assert not moments
    assert after.present[("user", 7)].source == 2


def test_look__older_than_what_is_known_is_dropped():
    before = state(person(), version=5)
    assert on_look(before, 4, (), at(20)) == (before, (), Wish.NOTHING)


def test_look__says_nothing_about_having_been_blind():
    """The caller tells Odoo that observation is back, and so must still know of the gap."""
    after, _, _ = on_look(state(is_blind=True), 2, (), at(20))
    assert after.is_blind


# --- devices -------------------------------------------------------------------------------------


def test_second_device__is_not_leaving():
    one, two = person(joined=0, source=1), person(joined=30, source=2, just_joined=True)
    both, moments, _ = on_update(state(one), 2, (two,), at(30))
    assert not moments
    hung_up, moments, _ = on_update(both, 3, (replace(one, left=True),), at(31))
    assert not moments and hung_up.version == 3
    _, moments, _ = on_update(hung_up, 4, (replace(two, left=True),), at(90))
    assert told(moments) == [("left", 7)]


def test_channel__is_told_of_without_a_person():
    _, moments, _ = on_look(state(), 2, (person(7, kind="channel"), person(7)), at(20))
    assert sorted((m.tg_user_id or 0) for m in moments) == [0, 7]


def test_end__everybody_left():
    after, moments = on_end(state(person(7), person(8)), at(50))
    assert sorted(told(moments)) == [("left", 7), ("left", 8)]
    assert not after.present


# --- laws ----------------------------------------------------------------------------------------

script = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["toggle", "device"])), max_size=25)
ways = st.lists(st.sampled_from(["update", "lost", "twice", "look", "late"]), max_size=25)


def play(steps):
    """A call as Telegram knows it: after each step (version, entry of the update, list)."""
    present, source = {}, 0
    for number, (user, what) in enumerate(steps, start=1):
        source += 1
        known = present.get(user)
        if known is not None and what == "toggle":
            entry = replace(present.pop(user), left=True, just_joined=False)
        else:
            entry = person(user, joined=number * 10, source=source, just_joined=True)
            present[user] = entry
        yield number + 1, entry, tuple(present.values())


def tell_all(steps, ways):
    """What is told when updates come, are lost, come twice or late, and looks come between."""
    known, moments = on_look(CallState(), 1, (), at(0))[0], []
    late = []

    def take(outcome):
        nonlocal known
        known = outcome[0]
        moments.extend(outcome[1])

    present = ()
    version = 1
    for index, (version, entry, present) in enumerate(play(steps)):
        now = at(version * 10)
        way = ways[index] if index < len(ways) else "update"
        if way in ("update", "twice"):
            take(on_update(known, version, (entry,), now))
        if way == "twice":
            take(on_update(known, version, (entry,), now))
        if way == "look":
            take(on_look(known, version, present, now))
        if way == "late":
            late.append((version, entry))
        elif late:
            take(on_update(known, *(late[-1][0], (late.pop()[1],)), now))
    take(on_look(known, version, present, at(version * 10 + 5)))
    return known, moments, present


@given(script, ways)
def test_every_interleaving_ends_in_the_same_people(steps, how):
    known, _, present = tell_all(steps, how)
    assert known.present == {one.key: one for one in present}


@given(script, ways)
def test_joins_and_leaves_of_a_person_alternate(steps, how):
    known, moments, _ = tell_all(steps, how)
    inside = set()
    for moment in moments:
        who = moment.participant.key
        if moment.kind == "participant_joined":
            assert who not in inside
            inside.add(who)
        else:
            assert who in inside
            inside.remove(who)
    assert inside == set(known.present)


@given(script, ways.map(lambda ways: ["lost" if way == "late" else way for way in ways]))
def test_a_leave_lies_where_it_truly_happened(steps, how):
    """Whoever is told to have left, did so in the span that is told. (An update that overtook
    another is the exception: the late one counts from when it came, a second or two.)"""
    truth = list(play(steps))
    for moment in tell_all(steps, how)[1]:
        if moment.kind != "participant_left":
            continue
        user, begins = moment.participant.peer_id, moment.at - timedelta(seconds=moment.precision_s)
        changes = [at(version * 10) for version, entry, _ in truth if entry.peer_id == user] + [
            entry.date for _, entry, _ in truth if entry.peer_id == user
        ]
        assert any(begins <= change <= moment.at for change in changes)
        assert moment.precision_s >= 0 and moment.at >= moment.participant.date


@given(script)
def test_updates_alone_are_exact(steps):
    assert all(m.precision_s == 0 for m in tell_all(steps, [])[1])


@given(script, ways)
def test_looking_twice_tells_nothing_new(steps, how):
    known, _, present = tell_all(steps, how)
    again, moments, _ = on_look(known, known.version, present, known.seen_at)
    assert (again, moments) == (known, ())
