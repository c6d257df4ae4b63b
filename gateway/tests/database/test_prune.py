"""What is old is forgotten in the gateway's own tables, and nothing that is still needed."""

from __future__ import annotations

import pytest
from telegram_gateway.database import intents, members, prune
from telegram_gateway.database.prune import days_wanted, delete_old

OLD, YOUNG = "(now() - interval '31 days')", "now()"
STRANGER = 7_000_000_001


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"removals": 365, "strangers": 30}, {"removals": 365, "strangers": 30}),
        ({}, {}),
        ({"removals": 29}, None),
        ({"removals": True}, None),
        ({"removals": "365"}, None),
        ({"removals": 10**9}, None),
        ({"spends": 365}, None),
    ],
)
def test_days_wanted(payload, expected):
    assert days_wanted(payload) == expected


def removal(school, chat, at):
    return school.one(
        "INSERT INTO telegram_removal (chat_id, tg_user_id, kind, at)"
        f" VALUES (%s, %s, 'remove', {at} AT TIME ZONE 'utc') RETURNING id",
        chat,
        STRANGER,
    )["id"]


def left(school, table):
    return {row["id"] for row in school.all(f"SELECT id FROM {table}")}


async def test_removals(school, database):
    chat, elsewhere = school.chat(), school.chat(pool="other")
    removal(school, chat, OLD)
    young, other = removal(school, chat, YOUNG), removal(school, elsewhere, OLD)
    assert await delete_old(database, "main", {"removals": 30}) == {"removals": 1}
    assert left(school, "telegram_removal") == {young, other}


async def test_removals__not_named_are_kept(school, database):
    kept = removal(school, school.chat(), OLD)
    assert await delete_old(database, "main", {"strangers": 30}) == {"strangers": 0}
    assert left(school, "telegram_removal") == {kept}


async def test_many__in_batches(school, database, monkeypatch):
    monkeypatch.setattr(prune, "_BATCH", 3)
    chat = school.chat()
    for _ in range(8):
        removal(school, chat, OLD)
    assert await delete_old(database, "main", {"removals": 30}) == {"removals": 8}


def member(school, chat, since=OLD, **columns):
    values = {"chat_id": chat, "tg_user_id": STRANGER, "seen_status": "out", **columns}
    row = school.insert("telegram_member", **values)
    school.all(
        f"UPDATE telegram_member SET state_since = {since} AT TIME ZONE 'utc' WHERE id = %s", row
    )
    return row


async def test_strangers__who_left_long_ago(school, database):
    member(school, school.chat(), state="left")
    assert await delete_old(database, "main", {"strangers": 30}) == {"strangers": 1}
    assert left(school, "telegram_member") == set()


@pytest.mark.parametrize(
    "columns",
    [
        {"seen_status": "in", "state": "guest"},
        {"seen_status": "banned", "state": "banned"},
        {"seen_status": "requested", "state": "requested"},
        {"seen_status": None},
        {"base_status": "banned"},
        {"since": YOUNG},
    ],
)
async def test_strangers__others_stay(school, database, columns):
    kept = member(school, school.chat(), **columns)
    assert await delete_old(database, "main", {"strangers": 30}) == {"strangers": 0}
    assert left(school, "telegram_member") == {kept}


async def test_strangers__whom_the_school_knows_stay(school, database):
    partner = school.partner()
    known = member(school, school.chat(), partner_id=partner)
    linked = member(school, school.chat())
    school.contact(partner, STRANGER)
    assert await delete_old(database, "main", {"strangers": 30}) == {"strangers": 0}
    assert left(school, "telegram_member") == {known, linked}


async def test_strangers__of_whom_odoo_is_still_to_answer_stay(school, database):
    fact = school.insert("telegram_inbox", fact="left:1", kind="member_left")
    kept = member(school, school.chat(), told_status="out", told_inbox_id=fact)
    assert await delete_old(database, "main", {"strangers": 30}) == {"strangers": 0}
    school.all("UPDATE telegram_inbox SET state = 'done'")
    assert await delete_old(database, "main", {"strangers": 30}) == {"strangers": 1}
    assert kept not in left(school, "telegram_member")


async def test_forgotten_fact__counts_as_answered(school, database):
    """Odoo forgets handled facts: the gateway must not wait for an answer to one."""
    chat = school.chat()
    fact = school.insert("telegram_inbox", fact="left:2", kind="member_left", state="done")
    member(school, chat, told_status="out", told_inbox_id=fact)
    school.all("DELETE FROM telegram_inbox")
    [row] = await members.load_members(database, chat)
    assert row.is_report_handled


async def test_intents__of_calls_that_are_long_over(school, database):
    chat = school.chat()
    for key, kind in (("old", "open_call"), ("begun", "open_call"), ("group", "create_group")):
        await intents.begin(database, key, kind, chat, {})
        if key != "begun":
            await intents.end(database, key)
    school.all(f"UPDATE telegram_intent SET done_at = {OLD} AT TIME ZONE 'utc'")
    await intents.begin(database, "young", "open_call", chat, {})
    await intents.end(database, "young")
    assert await delete_old(database, "main", {"intents": 30}) == {"intents": 1}
    keys = {row["key"] for row in school.all("SELECT key FROM telegram_intent")}
    assert keys == {"begun", "group", "young"}
