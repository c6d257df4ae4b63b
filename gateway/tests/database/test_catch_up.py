"""Rows that the catch-up after a start reads and stores."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from telegram_gateway.core.model import ChatId, Member, SeenStatus, TgUserId
from telegram_gateway.database import catch_up, members

NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def state(school, chat_id: int, **columns) -> None:
    school.insert(
        "telegram_chat_state",
        **{
            "chat_id": chat_id,
            "tg_chat_id": 1_600_000_000 + chat_id,
            "state": "ready",
            "listed_at": NOW,
            "is_list_whole": True,
            **columns,
        },
    )


async def test_turns__of_groups_that_exist_with_what_makes_them_urgent(school, database) -> None:
    well, never_read, running, failed, without_group = (school.chat() for _ in range(5))
    state(school, well)
    state(school, never_read, listed_at=None)
    state(school, running, tg_call_id=7)
    state(school, failed)
    due_at = NOW + timedelta(hours=1)
    school.command("send", chat_id=well, due_at=due_at)
    school.command("send", chat_id=well, due_at=due_at + timedelta(hours=1))
    school.command("reconcile", chat_id=failed, state="failed")
    turns = await catch_up.turns(database, "main")
    assert without_group not in turns
    assert turns[ChatId(well)].next_at == due_at.replace(tzinfo=UTC)
    assert not turns[ChatId(well)].is_whole
    assert turns[ChatId(never_read)].is_whole and turns[ChatId(failed)].is_whole
    assert turns[ChatId(running)].is_running and not turns[ChatId(running)].is_whole


async def test_lessons_on__running_calls_and_those_that_should_run(school, database) -> None:
    runs, should_run, later = (school.chat() for _ in range(3))
    state(school, runs, tg_call_id=7)
    for chat_id, minutes in ((should_run, -1), (later, 10)):
        state(school, chat_id)
        opens, closes = NOW + timedelta(minutes=minutes), NOW + timedelta(minutes=minutes + 60)
        key = f"lesson:{chat_id}:open"
        school.command("open_call", chat_id=chat_id, key=key, state="done", due_at=opens)
        payload = json.dumps({"open_key": key})
        school.command("close_call", chat_id=chat_id, payload=payload, due_at=closes)
    assert await catch_up.lessons_on(database, "main") == {runs, should_run}


async def test_people__counted_without_our_own_accounts(school, database) -> None:
    chat_id = ChatId(school.chat())
    seen = [
        (1, SeenStatus.IN, "creator"),
        (2, SeenStatus.IN, "admin"),
        (3, SeenStatus.IN, "member"),
        (4, SeenStatus.BANNED, None),
        (5, SeenStatus.REQUESTED, None),
        (6, SeenStatus.OUT, None),
    ]
    rows = [
        Member(tg_user_id=TgUserId(user), seen_status=status, seen_role=role)
        for user, status, role in seen
    ]
    await members.save_members(database, "main", chat_id, rows)
    counts = await catch_up.people(database, chat_id, {TgUserId(1)})
    assert counts == catch_up.People(members=2, admins=1, banned=1, waiting=1)


async def test_numbers__are_stored_for_these_groups_alone(school, database) -> None:
    one, other = school.chat(), school.chat()
    state(school, one), state(school, other)
    await catch_up.save_numbers(database, {ChatId(one): 42})
    rows = school.all("SELECT chat_id, number FROM telegram_chat_state ORDER BY chat_id")
    assert {row["chat_id"]: row["number"] for row in rows} == {one: 42, other: None}
