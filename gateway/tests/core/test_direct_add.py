"""Whom the account adds directly, and the pauses after a PEER_FLOOD."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.budget import Budget
from telegram_gateway.core.direct_add import (
    DONE,
    LADDER,
    PEER_FLOOD,
    QUIET,
    UNKNOWN,
    Adding,
    Limit,
    after_flood_wait,
    after_peer_flood,
    candidates,
    whom_to_add,
)
from telegram_gateway.core.model import (
    Member,
    MemberState,
    PartnerId,
    Policy,
    Role,
    RosterEntry,
    RosterStatus,
    SeenStatus,
    TgUserId,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
AMINA, OMAR, LINA = TgUserId(7), TgUserId(8), TgUserId(9)
OPEN = Policy(may_add_contacts=True)
WELCOME = Member(tg_user_id=AMINA, partner_id=PartnerId(1), state=MemberState.WELCOME)


FAMILY = PartnerId(1)


def entry(user=AMINA, status=RosterStatus.IN, partner=FAMILY):
    users = frozenset({user})
    return RosterEntry(partner_id=partner, role=Role.STUDENT, status=status, tg_user_ids=users)


def waiting(member=WELCOME, roster=None, policy=OPEN, tried=None):
    return candidates([member], [entry()] if roster is None else roster, policy, tried or {})


def budget(most=20, used=()):
    return Budget(most=most, per=DAY, used=tuple(used))


# --- who is tried at all -----------------------------------------------------------------------


def test_candidates__belongs_in_linked_never_seen():
    assert waiting() == [AMINA]


@pytest.mark.parametrize(
    "change",
    [
        {"state": MemberState.LEFT, "seen_status": SeenStatus.OUT},
        # left or was removed, then enrolled again: only the link brings them back
        {"seen_status": SeenStatus.OUT},
        {"seen_status": SeenStatus.BANNED},
        {"seen_status": SeenStatus.REQUESTED},
        {"base_status": RosterStatus.IN},
        {"error_code": "USER_PRIVACY_RESTRICTED"},
        {"state": MemberState.HELD},
        {"is_bot": True},
        {"is_deleted": True},
    ],
)
def test_candidates__not(change):
    assert waiting(replace(WELCOME, **change)) == []


@pytest.mark.parametrize("status", [RosterStatus.OUT, RosterStatus.BANNED, RosterStatus.UNDECIDED])
def test_candidates__not_without_a_row_that_says_in(status):
    assert waiting(roster=[entry(status=status)]) == []
    assert waiting(roster=[]) == []


def test_candidates__not_a_guest_who_may_come():
    assert waiting(roster=[entry(partner=None)]) == []


def test_candidates__not_where_the_group_forbids_it():
    assert waiting(policy=Policy(may_add_contacts=False)) == []


@pytest.mark.parametrize(
    ("outcome", "again"),
    [
        (None, False),  # a crash: nobody knows, so never again
        (DONE, False),
        (UNKNOWN, False),
        ("missing_invitee", False),
        ("USER_PRIVACY_RESTRICTED", False),
        ("USER_NOT_MUTUAL_CONTACT", False),
        ("FLOOD_WAIT_X", True),
        (PEER_FLOOD, True),
        ("CHAT_ADMIN_REQUIRED", True),
    ],
)
def test_candidates__who_was_tried_before(outcome, again):
    assert waiting(tried={AMINA: outcome}) == ([AMINA] if again else [])


# --- whom now ----------------------------------------------------------------------------------


def test_whom__mutual_contacts_only():
    both = frozenset({OMAR, LINA})
    assert whom_to_add([AMINA, OMAR], both, budget(), [], NOW) == Adding(add=(OMAR,))
    assert whom_to_add([AMINA], both, budget(), [], NOW) == Adding()


def test_whom__as_many_as_the_budget_has_left():
    people = [AMINA, OMAR, LINA]
    used = [NOW - timedelta(hours=1), NOW - timedelta(hours=23), NOW - timedelta(hours=25)]
    found = whom_to_add(people, frozenset(people), budget(3, used), [], NOW)
    assert found == Adding(add=(AMINA,))


def test_whom__nobody_and_when_again_once_it_is_spent():
    used = [NOW - timedelta(hours=23), NOW - timedelta(hours=2)]
    found = whom_to_add([AMINA], frozenset({AMINA}), budget(2, used), [], NOW)
    assert found == Adding(again_at=NOW + timedelta(hours=1))


def test_whom__a_budget_of_nothing_adds_nobody():
    found = whom_to_add([AMINA], frozenset({AMINA}), budget(0), [], NOW)
    assert found.add == ()


@pytest.mark.parametrize(
    "limit", [after_flood_wait("FLOOD_WAIT_X", 300, NOW), after_peer_flood([], NOW)]
)
def test_whom__nobody_while_telegram_wants_a_pause(limit):
    mutual = frozenset({AMINA})
    assert whom_to_add([AMINA], mutual, budget(), [limit], NOW) == Adding(again_at=limit.until)
    assert whom_to_add([AMINA], mutual, budget(), [limit], limit.until).add == (AMINA,)


crashes = st.sampled_from(["before the call", "after the call", "no"])
steps = st.lists(st.tuples(st.integers(0, 30 * 3600), st.integers(0, 4), crashes), max_size=40)


@given(st.integers(0, 3), steps)
def test_no_day_holds_more_adds_than_the_budget_whatever_crashes(most, steps):
    """Only the table of reservations outlives a crash, and whoever was called is in it."""
    now, spent, calls, next_user = NOW, [], [], 0
    tried: dict[TgUserId, str | None] = {}
    for pause_s, newcomers, crash in steps:
        now += timedelta(seconds=pause_s)
        next_user += newcomers
        people = [
            replace(WELCOME, tg_user_id=TgUserId(user + 1), partner_id=PartnerId(user + 1))
            for user in range(next_user)
        ]
        roster = [entry(person.tg_user_id, partner=person.partner_id) for person in people]
        while True:
            chosen = whom_to_add(
                candidates(people, roster, OPEN, tried),
                frozenset(person.tg_user_id for person in people),
                budget(most, spent),
                [],
                now,
            )
            if not chosen.add:
                break
            user = chosen.add[0]
            assert user not in calls, "nobody is tried twice"
            spent.append(now)
            tried[user] = None
            if crash == "before the call":
                break
            calls.append(user)
            if crash == "after the call":
                break
            tried[user] = DONE
        for begins in spent:
            assert sum(begins <= at < begins + DAY for at in spent) <= most
    assert len(calls) <= len(spent)


# --- the ladder --------------------------------------------------------------------------------


def test_ladder__one_three_seven_and_seven_again():
    limits: list[Limit] = []
    at = NOW
    for level, pause in [(1, 1), (2, 3), (3, 7), (3, 7)]:
        limit = after_peer_flood(limits, at)
        assert (limit.level, limit.until - at) == (level, timedelta(days=pause))
        limits.append(limit)
        at = limit.until + timedelta(days=2)


def test_ladder__a_quiet_month_starts_anew():
    first = after_peer_flood([], NOW)
    assert after_peer_flood([first], first.until + QUIET - timedelta(seconds=1)).level == 2
    assert after_peer_flood([first], first.until + QUIET).level == 1


def test_ladder__a_flood_wait_is_no_step_of_it():
    wait = after_flood_wait("FLOOD_WAIT_X", 3600, NOW)
    assert (wait.kind, wait.level) == ("direct_add", 0)
    assert after_peer_flood([wait], NOW).level == 1


@given(st.lists(st.integers(0, 60), max_size=12))
def test_ladder_never_falls_but_after_a_quiet_month(days):
    limits: list[Limit] = []
    at, before = NOW, None
    for pause in days:
        limit = after_peer_flood(limits, at)
        assert limit.until - limit.since == LADDER[limit.level - 1]
        if before is not None:
            is_quiet = at - before.until >= QUIET
            assert limit.level == (1 if is_quiet else min(before.level + 1, len(LADDER)))
        limits.append(limit)
        before = limit
        at = limit.until + timedelta(days=pause)
