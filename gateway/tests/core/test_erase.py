"""The person that a `forget` means, and the members that are removed because of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.erase import Erased, from_payload, steps
from telegram_gateway.core.model import (
    Decline,
    Member,
    PartnerId,
    RemoveMember,
    Role,
    RosterEntry,
    RosterStatus,
    SeenStatus,
    TgUserId,
)

ME, SISTER = PartnerId(5), PartnerId(6)
MINE, OLD, OURS = TgUserId(71), TgUserId(72), TgUserId(73)
ERASED = Erased(partner_id=ME, accounts=frozenset({MINE, OLD}), put_out=frozenset({MINE}))


def member(user, status=SeenStatus.IN, partner=None):
    return Member(tg_user_id=user, partner_id=partner, seen_status=status)


def entry(partner, user, status):
    return RosterEntry(
        partner_id=partner, role=Role.STUDENT, status=status, tg_user_ids=frozenset({user})
    )


def test_from_payload__what_odoo_writes():
    payload = {"partner_id": 5, "tg_user_ids": [71, 72], "put_out": [71], "words": ["Lina"]}
    expected = Erased(
        partner_id=ME, accounts=ERASED.accounts, put_out=ERASED.put_out, words=("Lina",)
    )
    assert from_payload(payload) == expected
    nobody = {"partner_id": 5, "tg_user_ids": [], "put_out": []}
    assert from_payload(nobody) == Erased(partner_id=ME)


@pytest.mark.parametrize(
    "change",
    [
        {"partner_id": None},
        {"partner_id": True},
        {"tg_user_ids": None},
        {"tg_user_ids": ["71"]},
        {"tg_user_ids": [0]},
        {"put_out": [9]},
        {"words": [""]},
        {"words": "Lina"},
    ],
)
def test_from_payload__anything_else_is_refused(change):
    payload = {"partner_id": 5, "tg_user_ids": [71], "put_out": [71], "words": ["Lina"]}
    assert from_payload({**payload, **change}) is None


def test_steps__out_where_they_are_and_their_request_is_declined():
    assert steps(ERASED, [member(MINE)], []) == [RemoveMember(tg_user_id=MINE)]
    asking = member(MINE, SeenStatus.REQUESTED)
    assert steps(ERASED, [asking], []) == [Decline(tg_user_id=MINE)]


@pytest.mark.parametrize("status", [SeenStatus.OUT, SeenStatus.BANNED, None])
def test_steps__who_is_out_or_banned_stays_so(status):
    assert steps(ERASED, [member(MINE, status)], []) == []


def test_steps__an_account_that_was_unlinked_before_is_left_alone():
    assert steps(ERASED, [member(OLD, partner=ME)], []) == []


def test_steps__a_shared_account_leaves_only_where_they_were_why_it_is_there():
    mine, hers = member(OURS, partner=ME), member(OURS, partner=SISTER)
    assert steps(ERASED, [mine], []) == [RemoveMember(tg_user_id=OURS)]
    assert steps(ERASED, [hers], []) == []
    for status in (RosterStatus.IN, RosterStatus.UNDECIDED):
        assert steps(ERASED, [mine], [entry(SISTER, OURS, status)]) == []
    out = entry(SISTER, OURS, RosterStatus.OUT)
    assert steps(ERASED, [mine], [out]) == [RemoveMember(tg_user_id=OURS)]


users = st.sampled_from([MINE, OLD, OURS, TgUserId(74)])
rows = st.lists(
    st.builds(
        member,
        users,
        st.sampled_from([*SeenStatus, None]),
        st.sampled_from([ME, SISTER, None]),
    ),
    unique_by=lambda one: one.tg_user_id,
)
rosters = st.lists(
    st.builds(entry, st.sampled_from([SISTER, PartnerId(8)]), users, st.sampled_from(RosterStatus))
)


@given(rows, rosters)
def test_nobody_leaves_whom_the_roster_wants_or_who_has_nothing_to_do_with_it(members, roster):
    out = {step.tg_user_id for step in steps(ERASED, members, roster)}
    wanted = {
        user
        for one in roster
        if one.status in (RosterStatus.IN, RosterStatus.UNDECIDED)
        for user in one.tg_user_ids
    }
    theirs = {one.tg_user_id for one in members if one.partner_id == ME} | {MINE}
    assert not out & wanted
    assert out <= theirs
