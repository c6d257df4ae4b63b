"""Budgets and pauses of an account: reserved before the call, whatever happens after it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from telegram_gateway.core.budget import Budget
from telegram_gateway.core.direct_add import Adding, after_flood_wait, after_peer_flood, whom_to_add
from telegram_gateway.core.model import Fact
from telegram_gateway.database import accounts, chats, spends
from telegram_gateway.database.connection import Database

DAY = timedelta(days=1)
PEOPLE = [7_000_000_001, 7_000_000_002, 7_000_000_003]


async def account_of(database):
    return await accounts.save_login(
        database, "main", "user", 5, name="École", username="", phone="+33639980100"
    )


def decide(most, people=PEOPLE):
    """A decision as the gateway makes it: whoever was not tried yet, within the budget."""

    def of(spent):
        waiting = [user for user in people if user not in spent.tried]
        budget = Budget(most=most, per=DAY, used=spent.used)
        return whom_to_add(waiting, frozenset(people), budget, spent.limits, spent.now)

    return of


async def reserve(database, account, chat, most, people=PEOPLE):
    return await spends.reserve(database, account.id, chat, DAY, decide(most, people))


def rows(school):
    return school.all("SELECT * FROM telegram_spend ORDER BY id")


async def test_reserve__a_row_is_there_before_the_call(school, database):
    account, chat = await account_of(database), school.chat()
    spend_id, adding = await reserve(database, account, chat, 20)
    assert adding.add[0] == PEOPLE[0]
    [row] = rows(school)
    assert (row["id"], row["account_id"], row["kind"]) == (spend_id, account.id, "direct_add")
    assert (row["chat_id"], row["tg_user_id"], row["outcome"]) == (chat, PEOPLE[0], None)


async def test_reserve__a_crash_wastes_budget_and_nobody_is_tried_again(school, database):
    account, chat = await account_of(database), school.chat()
    taken = [(await reserve(database, account, chat, 2))[1].add[:1] for _ in range(3)]
    assert taken == [(PEOPLE[0],), (PEOPLE[1],), ()]


async def test_reserve__says_when_there_is_budget_again(school, database):
    account, chat = await account_of(database), school.chat()
    await reserve(database, account, chat, 1)
    school.all("UPDATE telegram_spend SET at = at - interval '23 hours'")
    spend_id, adding = await reserve(database, account, chat, 1)
    assert spend_id is None
    assert timedelta(minutes=59) < adding.again_at - await database.now() <= timedelta(hours=1)
    school.all("UPDATE telegram_spend SET at = at - interval '1 hour'")
    assert (await reserve(database, account, chat, 1))[0] is not None


async def test_reserve__another_group_tries_anew_from_the_same_budget(school, database):
    account, one, other = await account_of(database), school.chat(), school.chat()
    await reserve(database, account, one, 2)
    assert (await reserve(database, account, other, 2))[1].add == (PEOPLE[0],)
    assert (await reserve(database, account, other, 2))[0] is None


async def test_reserve__two_processes_never_exceed_it_together(school, database):
    account, chat = await account_of(database), school.chat()
    second = await Database.open(school.gateway_url)
    try:
        reserved = await asyncio.gather(
            *(
                reserve(connection, account, school.chat(), 3)
                for connection in (database, second) * 5
            )
        )
    finally:
        await second.close()
    assert len([spend for spend, _ in reserved if spend is not None]) == 3
    assert len(rows(school)) == 3
    assert chat


async def test_reserve__rolled_back_when_the_decision_fails(school, database):
    account, chat = await account_of(database), school.chat()

    def broken(_spent) -> Adding:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await spends.reserve(database, account.id, chat, DAY, broken)
    assert rows(school) == []


async def test_settle__keeps_what_came_of_it(school, database):
    account, chat = await account_of(database), school.chat()
    spend_id, _ = await reserve(database, account, chat, 20)
    await spends.save_outcome(database, spend_id, "USER_PRIVACY_RESTRICTED")
    assert rows(school)[0]["outcome"] == "USER_PRIVACY_RESTRICTED"
    seen = []

    def look(spent):
        seen.append(spent)
        return Adding()

    await spends.reserve(database, account.id, chat, DAY, look)
    assert seen[0].tried == {PEOPLE[0]: "USER_PRIVACY_RESTRICTED"}


async def test_limit__stops_adds_is_told_once_and_climbs(school, database):
    account, chat = await account_of(database), school.chat()
    now = await database.now()
    for level in (1, 2):
        before = await spends.load_limits(database, account.id)
        limited = after_peer_flood(before, now)
        assert limited.level == level
        fact = Fact(fact="account_limited:1", kind="account_limited", occurred_at=now)
        await spends.save_limit(database, "main", account.id, limited, [fact])
    assert len(school.all("SELECT * FROM telegram_inbox WHERE kind = 'account_limited'")) == 1
    stored = school.all("SELECT * FROM telegram_limit ORDER BY id")
    assert [(row["pool"], row["kind"], row["code"], row["level"]) for row in stored] == [
        ("main", "cold", "PEER_FLOOD", 1),
        ("main", "cold", "PEER_FLOOD", 2),
    ]
    spend_id, adding = await reserve(database, account, chat, 20)
    assert (spend_id, adding.again_at) == (None, now + timedelta(days=3))


async def test_limit__of_another_account_stops_nobody_here(school, database):
    account, chat = await account_of(database), school.chat()
    other = await accounts.save_login(
        database, "other", "user", 6, name="", username="", phone="+33639980101"
    )
    now = await database.now()
    await spends.save_limit(
        database, "other", other.id, after_flood_wait("FLOOD_WAIT_X", 60, now), []
    )
    assert (await reserve(database, account, chat, 20))[0] is not None


@pytest.mark.parametrize(
    ("columns", "may"),
    [
        ({}, True),
        ({"add_contacts": False}, False),
        ({"active": False}, False),
        ({"is_reviewed": False}, False),
    ],
)
async def test_policy__where_contacts_may_be_added(school, database, columns, may):
    chat = await chats.load_chat(database, school.chat(**columns))
    assert chat is not None
    assert chat.policy.may_add_contacts is may
