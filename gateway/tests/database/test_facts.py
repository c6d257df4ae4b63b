"""Facts, members and chats: what Odoo is told, and that it is told once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from telegram_gateway.core.model import (
    Ban,
    Fact,
    Member,
    MemberState,
    RemoveMember,
    Role,
    RosterEntry,
    RosterStatus,
    SeenStatus,
    TgUserId,
)
from telegram_gateway.database import chats, inbox, intents, members, removals
from telegram_gateway.membership import removal_trace

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
USER = TgUserId(7_000_000_001)


def fact(number="f:1", kind="member_left", chat_id=None, **payload):
    return Fact(fact=number, kind=kind, occurred_at=AT, chat_id=chat_id, payload=payload)


def inbox_rows(school):
    return school.all("SELECT * FROM telegram_inbox ORDER BY id")


def handle(school, state="done"):
    school.all("UPDATE telegram_inbox SET state = %s", state)


# --- inbox ---------------------------------------------------------------------------------------


async def test_inbox__row_as_odoo_reads_it(school, database):
    chat, amina, omar = school.chat(), school.partner(), school.partner("Omar")
    school.contact(omar, USER)
    school.contact(amina, USER)
    school.contact(school.partner("Other"), USER, "revoked")
    left_fact = fact(chat_id=chat, tg_user_id=USER, name="Amína", username="amina")
    assert await inbox.insert_facts(database, "main", [left_fact]) == 1
    (row,) = inbox_rows(school)
    assert (row["kind"], row["chat_id"], row["pool"], row["state"]) == (
        "member_left",
        chat,
        "main",
        "new",
    )
    assert row["occurred_at"] == AT.replace(tzinfo=None) and row["created_at"] is not None
    assert json.loads(row["payload"]) == {
        "tg_user_id": USER,
        "name": "Amína",
        "username": "amina",
        "partner_ids": [amina, omar],
    }


async def test_inbox__the_same_fact_twice_changes_nothing(school, database):
    assert await inbox.insert_facts(database, "main", [fact(text="one")]) == 1
    handle(school)
    again = [fact(text="two"), fact("f:2"), fact("f:2")]
    assert await inbox.insert_facts(database, "main", again) == 1
    first, second = inbox_rows(school)
    assert (first["state"], json.loads(first["payload"])) == ("done", {"text": "one"})
    assert second["fact"] == "f:2"


async def test_inbox__keeps_the_order_and_is_all_or_nothing(school, database):
    names = [f"f:{number}" for number in range(9, 0, -1)]
    await inbox.insert_facts(database, "main", map(fact, names))
    assert [row["fact"] for row in inbox_rows(school)] == names
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await inbox.insert_facts(database, "main", [fact("g"), fact("h", chat_id=999_999)])
    assert len(inbox_rows(school)) == 9


# --- members -------------------------------------------------------------------------------------


def whole(partner_id):
    return Member(
        tg_user_id=USER,
        partner_id=partner_id,
        seen_status=SeenStatus.IN,
        seen_role="admin",
        base_status=RosterStatus.IN,
        base_role=Role.TEACHER,
        state=MemberState.IN,
        error_code="E",
        name="Amína",
        username="amina",
        is_bot=True,
        is_deleted=True,
    )


async def save(database, chat, *rows, facts=()):
    return await members.save_members(database, "main", chat, rows, facts)


async def test_members__come_back_as_they_were_stored(school, database):
    chat, amina = school.chat(), school.partner()
    row = whole(amina)
    waiting = Member(
        tg_user_id=None, partner_id=school.partner("Omar"), state=MemberState.WAITING_LINK
    )
    bare = Member(tg_user_id=TgUserId(8))
    await save(database, chat, row, waiting, bare)
    await save(database, chat, row, waiting, bare)
    assert set(await members.load_members(database, chat)) == {row, waiting, bare}


async def test_members__state_since_moves_with_the_state_only(school, database):
    chat = school.chat()
    row = whole(school.partner())
    since = "SELECT state_since, seen_at FROM telegram_member"
    await save(database, chat, row)
    school.all("UPDATE telegram_member SET state_since = '2026-01-01', seen_at = '2026-01-01'")
    await save(database, chat, replace(row, name="B"))
    times = school.one(since)
    assert times["state_since"].year == 2026 and times["state_since"].month == 1
    assert times["seen_at"] > times["state_since"]
    await save(database, chat, replace(row, state=MemberState.LEFT))
    assert school.one(since)["state_since"] > times["state_since"]


async def test_members__never_seen_has_no_instant(school, database):
    await save(database, school.chat(), Member(tg_user_id=USER, state=MemberState.WELCOME))
    assert school.one("SELECT seen_at FROM telegram_member") == {"seen_at": None}


async def test_members__linking_replaces_the_row_without_a_user(school, database):
    chat, amina = school.chat(), school.partner()
    await save(database, chat, Member(tg_user_id=None, partner_id=amina))
    school.contact(amina, USER)
    row = Member(tg_user_id=USER, partner_id=amina, state=MemberState.WELCOME)
    await save(database, chat, row)
    assert await members.load_members(database, chat) == [row]


async def test_told__with_its_fact_until_odoo_has_handled_it(school, database):
    chat = school.chat()
    row = replace(whole(None), seen_status=SeenStatus.OUT, reported_status="out")
    assert await save(database, chat, facts=[(fact(chat_id=chat), row)]) == 1
    (stored,) = await members.load_members(database, chat)
    assert stored.reported_inbox_id == inbox_rows(school)[0]["id"]
    assert (stored.reported_status, stored.is_report_handled) == ("out", False)
    await save(database, chat, stored)  # stored again, it is still told
    (again,) = await members.load_members(database, chat)
    assert again == stored
    for state in ("done", "set_aside"):
        handle(school, state)
        (stored,) = await members.load_members(database, chat)
        assert stored.is_report_handled


async def test_told__by_a_fact_that_was_known_waits_for_odoo_all_the_same(school, database):
    chat = school.chat()
    await inbox.insert_facts(database, "main", [fact(chat_id=chat)])
    row = replace(whole(None), reported_status="out")
    assert await save(database, chat, facts=[(fact(chat_id=chat), row)]) == 0
    (stored,) = await members.load_members(database, chat)
    assert not stored.is_report_handled


async def test_told__cleared_is_forgotten(school, database):
    chat = school.chat()
    row = replace(whole(None), reported_status="out")
    await save(database, chat, facts=[(fact(chat_id=chat), row)])
    (stored,) = await members.load_members(database, chat)
    await save(database, chat, replace(stored, reported_status=None))
    (stored,) = await members.load_members(database, chat)
    assert (stored.reported_inbox_id, stored.is_report_handled) == (None, False)


async def test_told__fact_and_row_come_together_or_not_at_all(school, database):
    chat = school.chat()
    wrong = Member(tg_user_id=TgUserId(9), partner_id=999_999)
    reported = replace(whole(None), reported_status="out")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await save(database, chat, wrong, facts=[(fact(chat_id=chat), reported)])
    assert inbox_rows(school) == []
    assert await members.load_members(database, chat) == []


# --- roster --------------------------------------------------------------------------------------


async def test_roster__with_confirmed_identities_only(school, database):
    chat, amina, omar = school.chat(), school.partner(), school.partner("Omar")
    listed = {"chat_id": chat, "role": "student", "status": "in"}
    school.insert("telegram_roster", **listed, partner_id=amina)
    school.insert(
        "telegram_roster", **{**listed, "role": "teacher", "status": "banned"}, partner_id=omar
    )
    school.insert("telegram_roster", **{**listed, "chat_id": school.chat()}, partner_id=omar)
    for user, state in ((1, "confirmed"), (2, "confirmed"), (3, "suggested"), (4, "revoked")):
        school.contact(amina, 7_000_000_000 + user, state)
    users = frozenset({TgUserId(7_000_000_001), TgUserId(7_000_000_002)})
    assert await members.load_roster(database, chat) == [
        RosterEntry(partner_id=amina, role=Role.STUDENT, status=RosterStatus.IN, tg_user_ids=users),
        RosterEntry(partner_id=omar, role=Role.TEACHER, status=RosterStatus.BANNED),
    ]
    assert await members.partners_of(database, TgUserId(7_000_000_001)) == [amina]
    assert await members.partners_of(database, TgUserId(7_000_000_003)) == []


# --- chats ---------------------------------------------------------------------------------------


async def test_chats__before_and_after_their_group_exists(school, database):
    number = school.chat(title_policy="restore", promotion_policy="accept")
    chat = await chats.load_chat(database, number)
    assert (chat.state, chat.tg_chat_id, chat.is_listed) == (None, None, False)
    assert chat.policy.restore_title and not chat.policy.restore_promotion
    await chats.save_state(database, number, state="creating", tg_chat_id=7_000_000_009)
    await chats.save_state(database, number, state="ready", invite_link="https://t.me/+x")
    chat = await chats.load_chat(database, number)
    assert (chat.state, chat.tg_chat_id) == ("ready", 7_000_000_009)
    assert chat.invite_link == "https://t.me/+x"
    await chats.save_state(database, number)  # seen, and nothing else
    assert await chats.load_chat(database, number) == chat


async def test_broken__not_where_the_chat_lost_that_group_meanwhile(school, database):
    number, group = school.chat(), 7_000_000_009
    await chats.save_state(database, number, state="ready", tg_chat_id=group)
    assert await chats.save_broken(database, number, group, "CHANNEL_PRIVATE")
    chat = await chats.load_chat(database, number)
    assert (chat.state, chat.error_code) == ("broken", "CHANNEL_PRIVATE")
    await chats.save_state(database, number, state="deleted", tg_chat_id=None, error_code=None)
    assert not await chats.save_broken(database, number, group, "CHANNEL_PRIVATE")
    chat = await chats.load_chat(database, number)
    assert (chat.state, chat.error_code) == ("deleted", None)


async def test_chats__archived_ones_too_but_of_this_pool_only(school, database):
    here, archived = school.chat(), school.chat(active=False)
    school.chat(pool="other")
    found = await chats.load_chats(database, "main")
    assert sorted((chat.id, chat.is_active) for chat in found) == [(here, True), (archived, False)]
    assert await chats.load_chat(database, 999_999) is None


async def test_chats__title_is_told_until_odoo_has_handled_it(school, database):
    number = school.chat()
    async with database.transaction() as connection:
        renamed = fact("title", "title_changed", number, title="3A")
        inserted = await inbox.insert(connection, "main", [renamed])
        await chats.save_state_in(connection, number, title_told_inbox_id=inserted["title"])
    title = (await chats.load_chat(database, number)).title
    assert (title.reported, title.is_report_handled) == ("3A", False)
    handle(school)
    assert (await chats.load_chat(database, number)).title.is_report_handled
    school.all("DELETE FROM telegram_inbox")  # old facts may be cleared away
    assert (await chats.load_chat(database, number)).title.is_report_handled


# --- the trace of removals ------------------------------------------------------------------------


async def test_trace__copies_the_row_that_said_so(school, database):
    chat, amina = school.chat(), school.partner()
    school.contact(amina, USER)
    school.insert(
        "telegram_roster",
        chat_id=chat,
        partner_id=amina,
        role="student",
        status="out",
        reason="moved away",
        since=AT.replace(tzinfo=None),
    )
    row = Member(tg_user_id=USER, partner_id=amina, name="Amína")
    await removals.done(database, chat, row, RemoveMember(tg_user_id=USER))
    kept = school.one("SELECT * FROM telegram_removal")
    assert (kept["kind"], kept["evidence"], kept["reason"], kept["partner_id"]) == (
        "remove",
        "roster",
        "moved away",
        amina,
    )


async def test_trace__a_persons_decision_about_a_guest(school, database):
    chat = school.chat()
    school.insert("telegram_guest", chat_id=chat, tg_user_id=USER, decision="banned")
    [entry] = await members.load_roster(database, chat)
    assert (entry.partner_id, entry.status) == (None, RosterStatus.BANNED)
    row = Member(tg_user_id=USER, name="?")
    await removals.done(database, chat, row, Ban(tg_user_id=USER))
    kept = school.one("SELECT * FROM telegram_removal")
    assert (kept["kind"], kept["evidence"], kept["tg_user_id"]) == ("ban", "guest", USER)


@pytest.mark.parametrize(
    ("seen", "kept"),
    [
        pytest.param(SeenStatus.OUT, ["remove"], id="it had happened"),
        pytest.param(SeenStatus.IN, [], id="it had not: removed anew, if that still holds"),
    ],
)
async def test_trace__after_a_crash_between_effect_and_record(school, database, seen, kept):
    chat = school.chat()
    step = RemoveMember(tg_user_id=USER)
    await removals.begin(database, chat, step)
    row = Member(tg_user_id=USER, partner_id=school.partner(), seen_status=seen)
    for _ in range(2):  # the second time, nothing is open any more
        await removal_trace.record_outcomes(database, chat, {USER: row}, {USER})
        assert [one["kind"] for one in school.all("SELECT kind FROM telegram_removal")] == kept
    await removals.begin(database, chat, step)
    await removals.done(database, chat, row, step)
    assert len(school.all("SELECT 1 FROM telegram_removal")) == len(kept) + 1
    assert school.all("SELECT 1 FROM telegram_intent") == []


async def test_trace__kept_together_with_the_end_of_its_intent(school, database, monkeypatch):
    """Else a crash in between would leave a removal that is traced once more."""
    chat, step = school.chat(), RemoveMember(tg_user_id=USER)
    row = Member(tg_user_id=USER, partner_id=school.partner(), seen_status=SeenStatus.OUT)
    await removals.begin(database, chat, step)

    async def fails(*_arguments):
        raise RuntimeError("the process ends here")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        for name in ("forget", "forget_in"):
            patch.setattr(intents, name, fails, raising=False)
        await removals.done(database, chat, row, step)
    assert school.all("SELECT 1 FROM telegram_removal") == []
    assert await removals.begun(database, chat) == [step]
    await removals.done(database, chat, row, step)
    assert len(school.all("SELECT 1 FROM telegram_removal")) == 1
    assert await removals.begun(database, chat) == []
