"""Commands: what waits, who takes it on, what comes of it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import psycopg
import pytest
from telegram_gateway.core.commands import agenda
from telegram_gateway.database import outbox
from telegram_gateway.database.connection import naive
from telegram_gateway.errors import UpgradeInProgress


async def ids(database, pool="main"):
    return [command.id for command in await outbox.waiting(database, pool)]


def row(school, number):
    return school.one("SELECT * FROM telegram_outbox WHERE id = %s", number)


async def test_waiting__what_odoo_gives_and_the_databases_defaults(school, database):
    chat = school.chat()
    number = school.command(
        "open_call", chat_id=chat, key="lesson:1:open", payload='{"title": "é"}'
    )
    (command,) = await outbox.waiting(database, "main")
    assert (command.id, command.kind, command.chat_id) == (number, "open_call", chat)
    assert (command.key, command.payload) == ("lesson:1:open", {"title": "é"})
    assert (command.priority, command.attempts, command.expires_at) == (50, 0, None)
    now = await database.now()
    assert command.due_at <= now and command.due_at.tzinfo is not None
    assert agenda([command], now).now == (command,)


async def test_waiting__private_message_of_a_long_telegram_id(school, database):
    school.command("send", tg_user_id=7_000_000_001, payload='{"text": "hi"}')
    (command,) = await outbox.waiting(database, "main")
    assert (command.tg_user_id, command.chat_id) == (7_000_000_001, None)


async def test_waiting__most_urgent_first_and_only_this_pools(school, database):
    late, call, first = (school.command("send", priority=priority) for priority in (50, 10, 50))
    school.command("send", pool="other")
    assert await ids(database) == [call, late, first]


async def test_waiting__due_soon_is_there_and_due_later_is_not(school, database):
    now = naive(await database.now())
    soon = school.command("send", due_at=now + timedelta(minutes=5))
    later = school.command("send", due_at=now + timedelta(days=1))
    assert await ids(database) == [soon]
    found = await outbox.waiting(database, "main", within_s=7 * 86400)
    assert [command.id for command in found] == [soon, later]
    planned = agenda(found, await database.now())
    assert not planned.now and planned.next_due_at == found[0].due_at


async def test_waiting__expired_is_shown_so_that_it_can_be_marked(school, database):
    now = naive(await database.now())
    number = school.command("send", due_at=now - timedelta(hours=2), expires_at=now)
    (command,) = agenda(await outbox.waiting(database, "main"), await database.now()).expired
    await outbox.expire(database, [command.id])
    assert (row(school, number)["state"], row(school, number)["error_code"]) == (
        "expired",
        "expired",
    )
    assert await ids(database) == []


@pytest.mark.parametrize("payload", ["", "{", "[]", "3"])
async def test_waiting__one_bad_payload_does_not_hold_up_the_others(school, database, payload):
    bad, good = school.command("send", payload=payload), school.command("send", payload='{"a": 1}')
    found = {command.id: command.payload for command in await outbox.waiting(database, "main")}
    assert found == {bad: {}, good: {"a": 1}}


async def test_claim__marks_who_and_counts(school, database):
    number = school.command("send")
    assert await outbox.claim(database, [number], "one:1") == {number}
    assert await outbox.claim(database, [number], "two:1") == set()
    found = row(school, number)
    assert (found["state"], found["worker"], found["attempts"]) == ("working", "one:1", 1)
    assert found["state_at"] is not None
    assert await ids(database) == []


async def test_claim__cancelled_is_not_taken(school, database):
    kept, cancelled = school.command("send"), school.command("send")
    school.all("UPDATE telegram_outbox SET state = 'cancelled' WHERE id = %s", cancelled)
    assert await outbox.claim(database, [kept, cancelled], "w") == {kept}


CANCEL = "UPDATE telegram_outbox SET state = 'cancelled' WHERE id = %s AND state = 'pending'"


async def test_race__odoo_cancels_first_and_commits(school, database):
    number = school.command("send")
    with school.connect(autocommit=False) as odoo:
        assert odoo.execute(CANCEL, (number,)).rowcount == 1
        claim = asyncio.create_task(outbox.claim(database, [number], "w"))
        await school.until_blocked()
        odoo.commit()
    assert await claim == set()
    assert row(school, number)["state"] == "cancelled"


async def test_race__odoo_cancels_first_and_rolls_back(school, database):
    number = school.command("send")
    with school.connect(autocommit=False) as odoo:
        odoo.execute(CANCEL, (number,))
        claim = asyncio.create_task(outbox.claim(database, [number], "w"))
        await school.until_blocked()
        odoo.rollback()
    assert await claim == {number}


async def test_race__the_gateway_claims_first_and_odoo_learns_of_it(school, database):
    """Odoo's transactions are REPEATABLE READ: it fails, tries again and finds `working`."""
    number = school.command("send")
    with school.connect(autocommit=False) as odoo:
        odoo.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        odoo.execute("SELECT 1")
        assert await outbox.claim(database, [number], "w") == {number}
        with pytest.raises(psycopg.errors.SerializationFailure):
            odoo.execute(CANCEL, (number,))
        odoo.rollback()
        assert odoo.execute(CANCEL, (number,)).rowcount == 0


async def test_race__a_deadlock_that_the_gateway_loses_is_tried_again(school, database):
    """Odoo cancels in one order what is being claimed in the other."""
    first, second = school.command("send"), school.command("send")
    role = f'ALTER ROLE odoo IN DATABASE "{school.name}" SET deadlock_timeout'
    school.cluster.sql(f"{role} = '60s'")
    with school.connect(autocommit=False) as odoo:
        odoo.execute(CANCEL, (second,))
        claim = asyncio.create_task(outbox.claim(database, [first, second], "w"))
        await school.until_blocked()
        await asyncio.to_thread(odoo.execute, CANCEL, (first,))
        odoo.commit()
    assert await claim == set()


async def test_finish__keeps_the_result_and_clears_the_error(school, database):
    number = school.command("send", error_code="TIMEOUT", error="slow")
    await outbox.claim(database, [number], "w")
    await outbox.finish(database, [number], {"message_id": 5})
    found = row(school, number)
    assert (found["state"], json.loads(found["result"])) == ("done", {"message_id": 5})
    assert (found["error_code"], found["error"]) == (None, None)


async def test_finish__does_not_touch_what_was_not_taken_on(school, database):
    number = school.command("send")
    await outbox.finish(database, [number], {})
    assert row(school, number)["state"] == "pending"


async def test_fail__says_why_and_a_cancelled_row_stays_so(school, database):
    failed, cancelled = school.command("send"), school.command("send")
    school.all("UPDATE telegram_outbox SET state = 'cancelled' WHERE id = %s", cancelled)
    await outbox.claim(database, [failed], "w")
    await outbox.fail(database, [failed, cancelled], "not_linked", "never met")
    assert [row(school, n)["state"] for n in (failed, cancelled)] == ["failed", "cancelled"]
    assert row(school, failed)["error_code"] == "not_linked"


async def test_put_back__waits_again_and_keeps_the_count(school, database):
    number = school.command("send")
    await outbox.claim(database, [number], "w")
    await outbox.put_back(database, [number])
    (command,) = await outbox.waiting(database, "main")
    assert (command.id, command.attempts, row(school, number)["worker"]) == (number, 1, None)


async def test_taken_over__what_a_dead_owner_was_at(school, database):
    dead, mine, waiting = (school.command("send") for _ in range(3))
    await outbox.claim(database, [dead], "old:1")
    await outbox.claim(database, [mine], "new:2")
    found = await outbox.taken_over(database, "main", "new:2")
    assert [command.id for command in found] == [dead]
    assert await ids(database) == [waiting]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE telegram_outbox SET payload = '{}'",
        "UPDATE telegram_outbox SET due_at = now()",
        "DELETE FROM telegram_outbox",
        "INSERT INTO telegram_outbox (kind) VALUES ('reconcile')",
        "UPDATE telegram_roster SET status = 'out'",
        "UPDATE telegram_inbox SET state = 'done'",
        "SELECT * FROM res_users",
    ],
)
async def test_rights__the_gateway_may_only_mark_outcomes(database, statement):
    with pytest.raises(UpgradeInProgress):
        await database.all(statement)
