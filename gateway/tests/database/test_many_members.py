"""Many rows and facts at once are what each by itself would be; reading one chat reads no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from telegram_gateway.core.model import (
    Fact,
    Member,
    MemberState,
    PartnerId,
    Role,
    RosterStatus,
    SeenStatus,
    TgUserId,
)
from telegram_gateway.database import members, names
from telegram_gateway.telegram.seen import Person

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIRST = 7_000_000_000


def row(number: int, **changed) -> Member:
    """Somebody whose columns depend on the number."""
    return replace(
        Member(
            tg_user_id=TgUserId(FIRST + number),
            seen_status=[None, *SeenStatus][number % 5],
            seen_role=[None, "member", "admin"][number % 3],
            base_status=[None, RosterStatus.IN, RosterStatus.OUT][number % 3],
            base_role=[None, *Role][number % 4],
            state=[None, *MemberState][number % 7],
            error_code=[None, "CODE"][number % 2],
            refused=[None, "ban"][number % 2],
            name=f"Ada {number}",
            username=["", "ada"][number % 2],
            is_bot=number % 2 == 0,
            is_deleted=number % 3 == 0,
        ),
        **changed,
    )


def fact(chat: int, user: TgUserId | None, kind: str = "member_left") -> Fact:
    payload = {"tg_user_id": user} if user else {}
    return Fact(
        fact=f"{kind}:{chat}:{user}", kind=kind, occurred_at=AT, chat_id=chat, payload=payload
    )


async def stored(database, chat) -> list[Member]:
    found = await members.load_members(database, chat)
    return sorted(found, key=lambda one: (one.tg_user_id or 0, one.partner_id or 0))


async def test_many_at_once__are_stored_as_each_by_itself(school, database):
    together, each = school.chat(), school.chat()
    partners = [school.partner(f"Partner {number}") for number in range(20)]
    rows = [row(number) for number in range(40)]
    rows += [
        Member(tg_user_id=None, partner_id=PartnerId(partner), state=MemberState.WAITING_LINK)
        for partner in partners
    ]
    for changed in (rows, [replace(one, state=MemberState.LEFT) for one in rows[::3]]):
        await members.save_members(database, "main", together, changed)
        for changed_row in changed:
            await members.save_members(database, "main", each, [changed_row])
        assert await stored(database, together) == await stored(database, each)
    assert len(await stored(database, together)) == len(rows)


async def test_many_facts__each_row_remembers_its_own(school, database):
    chat = school.chat()
    reported = [row(number, reported_status="out") for number in range(30)]
    facts = [(fact(chat, one.tg_user_id), one) for one in reported]
    whole = [fact(chat, None, "removals_held")]
    assert await members.save_members(database, "main", chat, reported[:3], facts, whole) == 31
    ids = school.all("SELECT id, payload::json ->> 'tg_user_id' AS tg_user_id FROM telegram_inbox")
    expected = {
        int(fact_row["tg_user_id"]): fact_row["id"] for fact_row in ids if fact_row["tg_user_id"]
    }
    inbox_ids = {one.tg_user_id: one.reported_inbox_id for one in await stored(database, chat)}
    assert inbox_ids == expected and len(inbox_ids) == 30
    # told again: nothing is new, and the rows remember the same facts
    assert await members.save_members(database, "main", chat, [], facts, whole) == 0
    assert {
        one.tg_user_id: one.reported_inbox_id for one in await stored(database, chat)
    } == expected


async def test_somebody_named_twice__the_last_row_holds(school, database):
    chat = school.chat()
    first, last = row(1, name="First"), row(1, name="Last")
    await members.save_members(database, "main", chat, [first, last])
    assert [one.name for one in await stored(database, chat)] == ["Last"]
    reported = replace(last, name="Told", reported_status="out")
    await members.save_members(database, "main", chat, [first], [(fact(chat, FIRST + 1), reported)])
    assert [one.name for one in await stored(database, chat)] == ["Told"]


async def test_some_of_a_chat(school, database):
    chat, other = school.chat(), school.chat()
    for chat_id in (chat, other):
        await members.save_members(database, "main", chat_id, [row(number) for number in range(9)])
    wanted = {TgUserId(FIRST + 3), TgUserId(FIRST + 5), TgUserId(1)}
    loaded = await members.load_members(database, chat, wanted)
    assert {one.tg_user_id for one in loaded} == wanted - {1}


async def test_reading_a_chat_or_an_account__reads_no_other(school, database):
    many = [row(number) for number in range(40)]
    chats = [school.chat() for _ in range(60)]
    for chat in chats:
        await members.save_members(database, "main", chat, many)
    school.all("ANALYZE telegram_member")

    async def plan(query: str, *values) -> str:
        rows = await database.all(f"EXPLAIN {query}", *values)
        return "\n".join(one["QUERY PLAN"] for one in rows)

    assert "Seq Scan on telegram_member" not in await plan(members._SELECT, chats[7])
    by_account = await plan("SELECT 1 FROM telegram_member WHERE tg_user_id = ANY(%s)", [FIRST + 1])
    assert "Seq Scan on telegram_member" not in by_account
    # of an account in all of its chats
    await names.rename(database, [(TgUserId(FIRST + 1), Person(name="New", username="new"))])
    renamed = school.all("SELECT chat_id FROM telegram_member WHERE name = 'New'")
    assert [fact_row["chat_id"] for fact_row in renamed] == chats
