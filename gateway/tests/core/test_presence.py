"""Joins and leaves from updates and lists: the rules of Telegram's calls, and the laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.liveness import Coverage
from telegram_gateway.core.presence import (
    CallState,
    EarlyUpdate,
    FollowUp,
    Participant,
    ParticipantList,
    on_end,
    on_list,
    on_update,
)

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def person(peer_id=7, joined=0, source=1, kind="user", **flags):
    return Participant(peer_kind=kind, peer_id=peer_id, date=at(joined), source=source, **flags)


def state(*present, version=1, seen=10, **fields):
    present = {p.key: p for p in present}
    return CallState(version=version, present=present, seen_at=at(seen), connection=1, **fields)


def update(before, version, participants, now, *, since=None):
    """An update that came over the line of the last list as soon as it was sent, or was sent after
    `since`."""
    coverage = Coverage(connection=1, until=since or now)
    return on_update(before, version, participants, now, coverage)


def end(before, now):
    return on_end(before, now, Coverage(connection=1, until=now))


def look(before, version, participants, now, *, last_version=None, began=None):
    """A list that was read at once, or (`last_version`) while it changed."""
    listing = ParticipantList(
        version=version, last_version=last_version or version, participants=tuple(participants)
    )
    return on_list(before, listing, began or now, now, 1)


def told(transitions):
    return [(m.kind.removeprefix("participant_"), m.participant.peer_id) for m in transitions]


# --- which updates apply -------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["versioned", "left", "just_joined"])
@pytest.mark.parametrize(
    ("version", "follow_up"),
    [(4, FollowUp.NOTHING), (5, FollowUp.NOTHING), (7, FollowUp.WAIT), (9, FollowUp.WAIT)],
)
def test_update__out_of_turn_changes_nothing(flag, version, follow_up):
    before = state(person(), version=5)
    after, transitions, wished = update(before, version, (person(8, **{flag: True}),), at(20))
    assert (after.present, after.version, transitions, wished) == (before.present, 5, (), follow_up)
    assert bool(after.waiting) == (follow_up is FollowUp.WAIT)


@pytest.mark.parametrize("flags", [{"versioned": True}, {"just_joined": True}])
def test_update__the_next_one_applies(flags):
    after, transitions, follow_up = update(state(version=5), 6, (person(8, 15, **flags),), at(20))
    assert told(transitions) == [("joined", 8)]
    assert (after.version, after.seen_at, follow_up) == (6, at(20), FollowUp.NOTHING)


def test_update__without_a_first_list_asks_for_one_and_is_applied_to_it():
    after, transitions, follow_up = update(
        CallState(), 6, (person(joined=19, just_joined=True),), at(20)
    )
    assert (after.present, transitions, follow_up) == ({}, (), FollowUp.READ)
    listed, transitions, _ = look(after, 5, (), at(22))
    assert (told(transitions), listed.version, listed.waiting) == ([("joined", 7)], 6, {})


def test_update__comes_before_the_one_that_was_missing():
    early, transitions, follow_up = update(state(person(7)), 3, (person(7, left=True),), at(20))
    assert (transitions, follow_up) == ((), FollowUp.WAIT)
    after, transitions, follow_up = update(early, 2, (person(8, 15, just_joined=True),), at(21))
    assert (told(transitions), follow_up) == ([("joined", 8), ("left", 7)], FollowUp.NOTHING)
    assert [m.at for m in transitions] == [at(15), at(20)]  # each when it came
    assert (after.version, after.waiting) == (3, {})


def test_update__lost_is_made_up_for_by_the_list():
    early, _, _ = update(state(person(7)), 3, (person(7, left=True),), at(20))
    after, transitions, _ = look(early, 2, (person(7), person(8, joined=15)), at(22))
    assert told(transitions) == [("joined", 8), ("left", 7)]
    assert (after.version, after.waiting, list(after.present)) == (3, {}, [("user", 8)])


def test_update__unnumbered_applies_at_any_version_and_keeps_the_version():
    known = person()
    after, transitions, follow_up = update(state(known, version=5), 9, (known,), at(20))
    assert (after.version, transitions, follow_up) == (5, (), FollowUp.NOTHING)


def test_update__unnumbered_about_a_stranger_is_no_join():
    """It may be old: whoever it speaks of may have left meanwhile. The list tells."""
    after, transitions, follow_up = update(state(version=5), 4, (person(8),), at(20))
    assert (after.present, transitions, follow_up) == ({}, (), FollowUp.READ)


def test_update__old_unnumbered_does_not_bring_back_an_old_device():
    back = person(joined=30, source=2)
    after, transitions, _ = update(state(back), 1, (person(joined=0, source=1),), at(40))
    assert after.present == {back.key: back}
    assert not transitions


# --- how sure it is ------------------------------------------------------------------------------


def test_update__join_is_the_date_and_leave_is_now():
    joined, transitions, _ = update(state(), 2, (person(joined=12, just_joined=True),), at(14))
    assert [(m.at, m.precision_s, m.source) for m in transitions] == [(at(12), 0, "update")]
    _, transitions, _ = update(joined, 3, (person(joined=12, left=True),), at(60))
    assert [(m.kind, m.at, m.precision_s) for m in transitions] == [("participant_left", at(60), 0)]


def test_list__a_join_is_exact_and_a_leave_lies_between_lists():
    before = state(person(7), seen=10)
    _, transitions, _ = look(before, 2, (person(8, joined=13),), at(15.4))
    assert [(m.kind, m.at, m.precision_s, m.source) for m in transitions] == [
        ("participant_joined", at(13), 0, "look"),
        ("participant_left", at(15.4), 6, "look"),  # 5.4 s, and whole seconds must cover it
    ]


def test_list__a_leave_is_not_before_the_join():
    """Seen by an update since the last look: the leave lies after the join all the same."""
    before = state(person(7, joined=14), seen=10)
    _, transitions, _ = look(before, 2, (), at(20))
    assert transitions[0].precision_s == 6


def test_leave__is_never_before_the_join_though_clocks_differ():
    ahead = person(joined=20)
    for transitions in (
        update(state(ahead), 2, (replace(ahead, left=True),), at(19))[1],
        look(state(ahead), 2, (), at(19))[1],
        end(state(ahead), at(19))[1],
    ):
        assert [(m.at, m.precision_s) for m in transitions] == [(at(20), 0)]


def test_list__changed_date_is_a_leave_and_a_return():
    before = state(person(joined=0, source=1), seen=10)
    for source in (1, 2):
        _, transitions, _ = look(before, 2, (person(joined=25, source=source),), at(30))
        assert [(m.kind, m.at, m.precision_s) for m in transitions] == [
            ("participant_left", at(25), 15),  # between the last look and the return
            ("participant_joined", at(25), 0),
        ]


def test_list__changed_source_with_the_same_date_claims_no_absence():
    """Joined again within the same second: there is no time outside to tell of."""
    after, transitions, _ = look(state(person(source=1)), 2, (person(source=2),), at(30))
    assert not transitions
    assert after.present[("user", 7)].source == 2


def test_list__older_than_what_is_known_is_dropped():
    before = state(person(), version=5)
    assert look(before, 4, (), at(20)) == (before, (), FollowUp.NOTHING)
    # also where it was read while it changed: what is known is more than its first page
    assert look(before, 4, (), at(20), last_version=7) == (before, (), FollowUp.NOTHING)


def test_list__leaves_is_blind_as_it_was():
    """The caller tells Odoo that observation is back, and so must still know of the gap."""
    after, _, _ = look(state(is_blind=True), 2, (), at(20))
    assert after.is_blind


def test_list__a_leave_after_it_began_is_dated_after_it_began():
    before, _, _ = look(state(person()), 2, (person(),), at(24), began=at(20))
    _, transitions, _ = look(before, 3, (), at(30), began=at(29))
    assert [(m.at, m.precision_s) for m in transitions] == [(at(30), 10)]


# --- what comes late -----------------------------------------------------------------------------


def test_late__a_leave_lies_between_the_coverage_and_its_coming():
    """The line stood still from 40 to 60, and they left meanwhile."""
    _, transitions, _ = update(state(person()), 2, (person(left=True),), at(60), since=at(39.5))
    assert [(m.at, m.precision_s) for m in transitions] == [(at(60), 21)]


def test_late__over_another_connection__only_the_list_bounds_it():
    before = state(person(), seen=10)
    for coverage in (None, Coverage(connection=2, until=at(59))):
        _, transitions, _ = on_update(before, 2, (person(left=True),), at(60), coverage)
        assert [(m.at, m.precision_s) for m in transitions] == [(at(60), 50)]


def test_late__a_late_update_does_not_show_who_was_there_when_it_came():
    """8 left, and the update of it was lost after that of 7, who had left 20 s before it came."""
    after, _, _ = update(
        state(person(7), person(8)), 2, (person(7, left=True),), at(60), since=at(40)
    )
    assert after.seen_at == at(40)
    _, transitions, _ = look(after, 3, (), at(61))
    assert [(m.participant.peer_id, m.at, m.precision_s) for m in transitions] == [(8, at(61), 21)]


def test_late__a_leave_and_a_return_name_their_stay():
    gone, left, _ = update(state(person()), 2, (person(left=True),), at(60), since=at(40))
    back = person(joined=48, source=2, just_joined=True)
    _, joined, _ = update(gone, 3, (back,), at(60), since=at(40))
    assert [(m.kind, m.at, m.precision_s, m.joined_at) for m in left + joined] == [
        ("participant_left", at(60), 20, at(0)),
        ("participant_joined", at(48), 0, at(48)),
    ]


def test_return__within_the_second_in_which_the_stay_before_began():
    """Telegram says 5 of both stays: the second is told as of 6, else it would be the first."""
    known, told_of = state(seen=4), []
    for version, participant in enumerate(
        [
            person(joined=5, source=1, just_joined=True),
            person(joined=5, source=1, left=True),
            person(joined=5, source=2, just_joined=True),
        ],
        start=2,
    ):
        known, transitions, _ = update(known, version, (participant,), at(5))
        told_of += [(m.kind, m.at, m.joined_at) for m in transitions]
    assert told_of == [
        ("participant_joined", at(5), at(5)),
        ("participant_left", at(5), at(5)),
        ("participant_joined", at(6), at(6)),
    ]
    listed, transitions, _ = look(known, 4, (person(joined=5, source=2),), at(9))
    assert not transitions
    _, transitions, _ = update(listed, 5, (person(joined=5, source=2, left=True),), at(20))
    assert [(m.at, m.joined_at) for m in transitions] == [(at(20), at(6))]
    # so it is where a list tells of the return
    gone, _, _ = update(state(person(joined=5), seen=5), 2, (person(joined=5, left=True),), at(5))
    _, transitions, _ = look(gone, 3, (person(joined=5, source=2),), at(9))
    assert [(m.at, m.joined_at) for m in transitions] == [(at(6), at(6))]


def test_late__of_two_early_updates_the_first_keeps_its_span():
    """Its line was well when it came; the one before it came later, over a line that was not."""
    early, _, _ = update(state(person(7), person(8)), 3, (person(7, left=True),), at(20))
    _, transitions, _ = update(early, 2, (person(8, left=True),), at(50), since=at(30))
    assert [(m.participant.peer_id, m.at, m.precision_s) for m in transitions] == [
        (8, at(50), 20),
        (7, at(20), 0),
    ]


def test_late__an_early_update_shows_nobody_until_its_turn():
    """8 left at 37 and nobody told of it; that 9 came later is told, and a list of before comes
    last."""
    early, _, _ = update(
        state(person(7), person(8), version=5),
        7,
        (person(9, 39, just_joined=True),),
        at(44),
        since=at(38),
    )
    listed, _, _ = look(early, 5, (person(7), person(8)), at(44), began=at(36))
    assert listed.seen_at == at(36)
    _, transitions, _ = look(listed, 7, (person(7), person(9, 39)), at(45))
    [left] = [transition for transition in transitions if transition.kind == "participant_left"]
    assert (left.participant.peer_id, left.at, left.precision_s) == (8, at(45), 9)


def test_late__an_older_list_bounds_nothing():
    """Telegram answered from a copy that lags behind."""
    early, _, _ = update(state(person(7)), 3, (person(7, left=True),), at(20), since=at(12))
    _, transitions, _ = look(early, 2, (person(7),), at(26), began=at(25))
    assert [(m.at, m.precision_s) for m in transitions] == [(at(20), 8)]


def test_late__the_end_of_a_call():
    for coverage, precision_s in (
        (Coverage(connection=1, until=at(45)), 15),
        (Coverage(connection=2, until=at(59)), 50),
        (None, 50),
    ):
        _, transitions = on_end(state(person()), at(60), coverage)
        assert [(m.at, m.precision_s, m.source) for m in transitions] == [
            (at(60), precision_s, "update")
        ]


# --- a list that changed while it was read -------------------------------------------------------


def test_list__that_changed_while_it_was_read_is_no_proof_of_leaving():
    before = state(person(7), version=4)
    after, transitions, follow_up = look(before, 5, (person(8, joined=18),), at(20), last_version=7)
    assert (told(transitions), follow_up) == ([("joined", 8)], FollowUp.READ)
    assert set(after.present) == {("user", 7), ("user", 8)}
    assert after.version == 5  # what it shows for sure
    _, transitions, _ = look(after, 8, (person(8, joined=18),), at(25))
    # the leave lies after the last time that they were seen, not after the list without them
    assert [(m.participant.peer_id, m.at, m.precision_s) for m in transitions] == [(7, at(25), 15)]


def test_list__that_changed_is_completed_by_the_updates_that_say_how():
    """7 left and 9 came between the first page, which has 7 still, and the last, without 9."""
    known = state(person(7), person(8), version=4)
    for version, participant in ((6, person(7, left=True)), (7, person(9, 19, just_joined=True))):
        known, transitions, follow_up = update(known, version, (participant,), at(20))
        assert (transitions, follow_up) == ((), FollowUp.WAIT)
    after, transitions, follow_up = look(known, 5, (person(7), person(8)), at(21), last_version=7)
    assert (told(transitions), follow_up) == ([("left", 7), ("joined", 9)], FollowUp.NOTHING)
    assert all(m.precision_s == 0 for m in transitions)
    assert (after.version, after.unlisted) == (7, {})


@pytest.mark.parametrize("missed", [False, True])
def test_list__that_changed_defers_to_updates_which_are_more_exact(missed):
    """7 left, and 8 went on with another device, before their page was read. Where an update before
    that was missed, 8 may have left in between."""
    known = state(person(7), person(8, source=1), version=4 if missed else 5)
    for version, participant, now in (
        (6, person(7, left=True), at(20)),
        (7, person(8, joined=20, source=2, just_joined=True), at(21)),
    ):
        known = replace(
            known,
            waiting={
                **known.waiting,
                version: EarlyUpdate(at=now, since=now, participants=(participant,)),
            },
        )
    listed = (person(8, joined=20, source=2),)
    after, transitions, _ = look(known, 5, listed, at(25), last_version=7)
    told_of = [(m.kind, m.participant.peer_id, m.at, m.precision_s, m.source) for m in transitions]
    assert told_of == [
        ("participant_left", 7, at(20), 0, "update"),
        *missed * [("participant_left", 8, at(20), 10, "update")],
        *missed * [("participant_joined", 8, at(20), 0, "update")],
    ]
    assert list(after.present.values()) == [replace(listed[0], just_joined=True)]


def test_list__shows_a_missed_leave__and_an_update_the_return():
    """The update of the leave was lost; that of the return waits when the list without them
    comes."""
    known, _, follow_up = update(
        state(person(source=1), version=4),
        6,
        (person(joined=30, source=2, just_joined=True),),
        at(31),
    )
    assert follow_up is FollowUp.WAIT
    after, transitions, _ = look(known, 5, (), at(32), began=at(25))
    assert [(m.kind, m.at, m.precision_s) for m in transitions] == [
        ("participant_left", at(32), 22),
        ("participant_joined", at(30), 0),
    ]
    assert list(after.present.values()) == [person(joined=30, source=2, just_joined=True)]


def test_list__somebody_listed_again_was_never_away():
    before = state(person(7), version=4)
    unsure, _, _ = look(before, 5, (), at(20), last_version=6)
    after, transitions, _ = look(unsure, 6, (person(7),), at(25))
    assert (transitions, after.unlisted) == ((), {})


# --- hidden listeners ----------------------------------------------------------------------------


def test_hidden__somebody_not_listed_may_still_be_there():
    hidden = state(person(7), person(8), listeners_hidden=True)
    after, transitions, _ = look(hidden, 2, (person(8),), at(20))
    assert not transitions and set(after.present) == {("user", 7), ("user", 8)}
    shown = replace(after, listeners_hidden=False)
    for again, leaves in ((person(7), []), (person(7, joined=33), [(at(33), 23)])):
        _, transitions, _ = look(shown, 3, (again, person(8)), at(40))
        left = [m for m in transitions if m.kind == "participant_left"]
        assert [(m.at, m.precision_s) for m in left] == leaves
    _, transitions, _ = look(shown, 3, (person(8),), at(40))
    assert [(m.at, m.precision_s) for m in transitions] == [(at(40), 30)]


def test_hidden__a_return_seen_by_an_update():
    hidden, _, _ = look(state(person(7), listeners_hidden=True), 2, (), at(20))
    back = person(7, joined=50, source=2, just_joined=True)
    _, transitions, _ = update(hidden, 3, (back,), at(51))
    assert [(m.kind, m.at, m.precision_s) for m in transitions] == [
        ("participant_left", at(50), 40),
        ("participant_joined", at(50), 0),
    ]


def test_hidden__until_the_end():
    hidden, _, _ = look(state(person(7), person(8), listeners_hidden=True), 2, (person(8),), at(20))
    _, transitions = end(hidden, at(60))
    assert sorted((m.participant.peer_id, m.at, m.precision_s) for m in transitions) == [
        (7, at(60), 50),
        (8, at(60), 0),
    ]


# --- devices -------------------------------------------------------------------------------------


def test_second_device__is_not_leaving():
    one, two = person(joined=0, source=1), person(joined=30, source=2, just_joined=True)
    both, transitions, _ = update(state(one), 2, (two,), at(30))
    assert not transitions
    hung_up, transitions, _ = update(both, 3, (replace(one, left=True),), at(31))
    assert not transitions and hung_up.version == 3
    _, transitions, _ = update(hung_up, 4, (replace(two, left=True),), at(90))
    assert told(transitions) == [("left", 7)]


def test_channel__is_reported_without_a_person():
    _, transitions, _ = look(state(), 2, (person(7, kind="channel"), person(7)), at(20))
    assert sorted((m.tg_user_id or 0) for m in transitions) == [0, 7]


def test_end__everybody_left():
    after, transitions = end(state(person(7), person(8)), at(50))
    assert sorted(told(transitions)) == [("left", 7), ("left", 8)]
    assert not after.present


def test_end__at_some_time_since_the_last_list():
    _, transitions = on_end(state(person(7)), at(50), is_seen=False)
    assert [(m.at, m.precision_s, m.source) for m in transitions] == [(at(50), 40, "look")]


# --- laws ----------------------------------------------------------------------------------------

script = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["toggle", "device"])), max_size=25)
ways = st.lists(st.sampled_from(["update", "lost", "twice", "look", "late", "pages"]), max_size=25)


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
    known, transitions = look(CallState(), 1, (), at(0))[0], []
    late = []

    def take(outcome):
        nonlocal known
        known = outcome[0]
        transitions.extend(outcome[1])

    present = ()
    version = 1
    first_page = None  # of a list that is being read: its version and who is on it
    for index, (version, entry, present) in enumerate(play(steps)):
        now = at(version * 10)
        way = ways[index] if index < len(ways) else "update"
        if way in ("update", "twice"):
            take(update(known, version, (entry,), now))
        if way == "twice":
            take(update(known, version, (entry,), now))
        if way == "look":
            take(look(known, version, present, now))
        if way == "pages" and first_page is None:
            first_page = (version, present, now)
        elif way == "pages":
            # half of it as it was, half as it is
            began, early, since = first_page
            listed = {
                participant.key: participant for participant in early if participant.peer_id % 2
            }
            listed.update(
                (participant.key, participant)
                for participant in present
                if not participant.peer_id % 2
            )
            take(look(known, began, listed.values(), now, last_version=version, began=since))
            first_page = None
        if way == "late":
            late.append((version, entry))
        elif late:
            old, then = late.pop()
            take(on_update(known, old, (then,), now))  # nobody knows since when
    take(look(known, version, present, at(version * 10 + 5)))
    return known, transitions, present


within_s = st.floats(0, 3, allow_nan=False)


@given(st.lists(st.tuples(within_s, within_s), min_size=1, max_size=6), st.data())
def test_the_same_date_with_another_source_leaves_no_second_outside(stays, data):
    """Telegram says to the second when somebody joined. Whoever is in with another device and the
    same date between two looks cannot have been away for as long as a second."""
    clock, visits = 0.0, []
    for source, (away, stay) in enumerate(stays, 1):
        visits.append((clock + away, clock + away + stay, source))
        clock += away + stay

    def listed(transition):
        for begin, stop, source in visits:
            if begin <= transition < stop:
                return begin, stop, person(joined=int(begin), source=source)
        return None

    first, second = sorted(data.draw(st.tuples(*[st.floats(0, clock)] * 2)))
    one, two = listed(first), listed(second)
    if one and two and one[2].date == two[2].date:
        _, transitions, _ = look(state(one[2], seen=first), 2, (two[2],), at(second))
        assert not transitions
        inside = [(b, s) for b, s, _ in visits if b <= second and s > first]
        away = sum(after[0] - before[1] for before, after in zip(inside, inside[1:], strict=False))
        assert away < 1


@given(script, ways)
def test_every_interleaving_ends_in_the_same_people(steps, how):
    known, _, present = tell_all(steps, how)
    assert known.present == {one.key: one for one in present}


@given(script, ways)
def test_joins_and_leaves_of_a_person_alternate(steps, how):
    known, transitions, _ = tell_all(steps, how)
    inside = set()
    for transition in transitions:
        who = transition.participant.key
        if transition.kind == "participant_joined":
            assert who not in inside
            inside.add(who)
        else:
            assert who in inside
            inside.remove(who)
    assert inside == set(known.present)


@given(script, ways)
def test_a_leave_lies_where_it_truly_happened(steps, how):
    """Whoever is told to have left, did so in the span that is told."""
    truth = list(play(steps))
    for transition in tell_all(steps, how)[1]:
        if transition.kind != "participant_left":
            continue
        user, begins = (
            transition.participant.peer_id,
            transition.at - timedelta(seconds=transition.precision_s),
        )
        changes = [at(version * 10) for version, entry, _ in truth if entry.peer_id == user] + [
            entry.date for _, entry, _ in truth if entry.peer_id == user
        ]
        assert any(begins <= change <= transition.at for change in changes)
        assert transition.precision_s >= 0 and transition.at >= transition.participant.date


@given(script)
def test_updates_alone_are_exact(steps):
    assert all(m.precision_s == 0 for m in tell_all(steps, [])[1])


@given(script, ways)
def test_reading_the_list_twice_reports_nothing_new(steps, how):
    known, _, present = tell_all(steps, how)
    again, transitions, _ = look(known, known.version, present, known.seen_at)
    assert (again, transitions) == (known, ())
