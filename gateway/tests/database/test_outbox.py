"""Commands: what waits, who takes it on, what comes of it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import psycopg
import pytest
from telegram_gateway.core.commands import agenda
from telegram_gateway.database import intents, outbox
from telegram_gateway.database.connection import naive
from telegram_gateway.errors import UpgradeInProgress


async def ids(database, pool="main"):
    return [command.id for command in await outbox.load_pending(database, pool)]


async def claim(database, numbers, worker="w"):
    return {command.id for command in await outbox.claim(database, numbers, worker)}


def row(school, number):
    return school.one("SELECT * FROM telegram_outbox WHERE id = %s", number)


async def test_waiting__what_odoo_gives_and_the_databases_defaults(school, database):
    chat = school.chat()
    number = school.command(
        "open_call", chat_id=chat, key="lesson:1:open", payload='{"title": "é"}'
    )
    (command,) = await outbox.load_pending(database, "main")
    assert (command.id, command.kind, command.chat_id) == (number, "open_call", chat)
    assert (command.key, command.payload) == ("lesson:1:open", {"title": "é"})
    assert (command.priority, command.attempts, command.expires_at) == (50, 0, None)
    now = await database.now()
    assert command.due_at <= now and command.due_at.tzinfo is not None
    assert agenda([command], now).now == (command,)


async def test_waiting__private_message_of_a_long_telegram_id(school, database):
    school.command("send", tg_user_id=7_000_000_001, payload='{"text": "hi"}')
    (command,) = await outbox.load_pending(database, "main")
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
    pending = await outbox.load_pending(database, "main", within_s=7 * 86400)
    assert [command.id for command in pending] == [soon, later]
    planned = agenda(pending, await database.now())
    assert not planned.now and planned.next_due_at == pending[0].due_at


async def test_waiting__expired_is_shown_so_that_it_can_be_marked(school, database):
    now = naive(await database.now())
    number = school.command("send", due_at=now - timedelta(hours=2), expires_at=now)
    (command,) = agenda(await outbox.load_pending(database, "main"), await database.now()).expired
    await outbox.expire(database, [command.id])
    assert (row(school, number)["state"], row(school, number)["error_code"]) == (
        "expired",
        "expired",
    )
    assert await ids(database) == []


@pytest.mark.parametrize("payload", ["", "{", "[]", "3"])
async def test_waiting__one_bad_payload_does_not_hold_up_the_others(school, database, payload):
    bad, good = school.command("send", payload=payload), school.command("send", payload='{"a": 1}')
    found = {command.id: command.payload for command in await outbox.load_pending(database, "main")}
    assert found == {bad: {}, good: {"a": 1}}


async def test_claim__marks_who_and_counts(school, database):
    number = school.command("send")
    assert await claim(database, [number], "one:1") == {number}
    assert await claim(database, [number], "two:1") == set()
    claimed = row(school, number)
    assert (claimed["state"], claimed["worker"], claimed["attempts"]) == ("working", "one:1", 1)
    assert claimed["state_at"] is not None
    assert await ids(database) == []


async def test_claim__cancelled_is_not_taken(school, database):
    kept, cancelled = school.command("send"), school.command("send")
    school.all("UPDATE telegram_outbox SET state = 'cancelled' WHERE id = %s", cancelled)
    assert await claim(database, [kept, cancelled], "w") == {kept}


CANCEL = "UPDATE telegram_outbox SET state = 'cancelled' WHERE id = %s AND state = 'pending'"


@pytest.mark.parametrize("is_committed", [True, False])
async def test_race__what_odoo_is_cancelling_is_left_and_nobody_waits(
    school, database, is_committed
):
    held, free = school.command("send"), school.command("send")
    with school.connect(autocommit=False) as odoo:
        assert odoo.execute(CANCEL, (held,)).rowcount == 1
        assert await claim(database, [held, free]) == {free}
        odoo.commit() if is_committed else odoo.rollback()
    assert await claim(database, [held, free]) == (set() if is_committed else {held})
    assert row(school, held)["state"] == ("cancelled" if is_committed else "working")


async def test_claim__what_was_rewritten_since_it_was_read(school, database):
    now = naive(await database.now())
    changed, moved = (school.command("send", payload='{"text": "old"}') for _ in range(2))
    await outbox.load_pending(database, "main")
    school.all("UPDATE telegram_outbox SET payload = %s WHERE id = %s", '{"text": "new"}', changed)
    later = now + timedelta(minutes=1)
    school.all("UPDATE telegram_outbox SET due_at = %s WHERE id = %s", later, moved)
    (command,) = await outbox.claim(database, [changed, moved], "w")
    assert (command.id, command.payload, command.attempts) == (changed, {"text": "new"}, 1)
    assert row(school, moved)["state"] == "pending"


@pytest.mark.parametrize("due", [-1, 60])
@pytest.mark.parametrize("expires", [None, -1, 60])
@pytest.mark.parametrize("state", ["pending", "working", "done", "cancelled"])
@pytest.mark.parametrize("attempts", [0, 1])
async def test_claim__takes_what_the_agenda_would(school, database, due, expires, state, attempts):
    """The lane may have rested since the agenda was made, and Odoo may have changed the row."""
    now = await database.now()

    def at(seconds):
        return None if seconds is None else naive(now + timedelta(seconds=seconds))

    times = {"due_at": at(due), "expires_at": at(expires)}
    number = school.command("send", state=state, attempts=attempts, **times)
    plan = agenda(await outbox.load_pending(database, "main"), now)
    assert await claim(database, [number]) == {command.id for command in plan.now}


async def test_finish__says_when_it_was_where_that_was_before(school, database):
    now = await database.now()
    then = now - timedelta(minutes=20)
    before, just = school.command("send"), school.command("send")
    await claim(database, [before, just])
    await outbox.finish(database, [before], {"message_id": 5}, then)
    await outbox.finish(database, [just], {"message_id": 6})
    assert row(school, before)["state_at"] == naive(then)
    assert row(school, just)["state_at"] >= naive(now)


async def test_expire__not_what_odoo_has_given_more_time_since(school, database):
    now = naive(await database.now())
    number = school.command("open_call", due_at=now, expires_at=now - timedelta(seconds=1))
    (command,) = agenda(await outbox.load_pending(database, "main"), await database.now()).expired
    prolonged = "UPDATE telegram_outbox SET expires_at = %s WHERE id = %s"
    school.all(prolonged, now + timedelta(minutes=10), number)
    await outbox.expire(database, [command.id])
    assert row(school, number)["state"] == "pending"


async def test_waiting__what_is_due_comes_before_more_urgent_rows_of_later(school, database):
    now = naive(await database.now())
    later = school.command("open_call", priority=10, due_at=now + timedelta(minutes=5))
    due = school.command("send", due_at=now)
    assert await ids(database) == [due, later]


async def test_load_recent_sends__the_instants_by_chat(school, database):
    chat = school.chat()
    group, private = (
        school.command("send", chat_id=chat),
        school.command("send", tg_user_id=7),
    )
    old, other = school.command("send", chat_id=chat), school.command("open_call", chat_id=chat)
    for number in (group, private, old, other):
        await outbox.claim(database, [number], "w")
        await outbox.finish(database, [number], {})
    ago = "UPDATE telegram_outbox SET state_at = state_at - interval '2 minutes' WHERE id = %s"
    school.all(ago, old)
    sent_at = await outbox.load_recent_sends(database, "main", timedelta(minutes=1))
    assert [chat_id for chat_id, _ in sent_at] == [chat, None]
    now = await database.now()
    assert all(at <= now for _, at in sent_at)


async def test_finish__many_at_once_each_with_its_own_result(school, database):
    numbers = [school.command("send") for _ in range(5)]
    await outbox.claim(database, numbers[:-1], "w")
    await asyncio.gather(
        *(outbox.finish(database, [number], {"message_id": number}) for number in numbers)
    )
    rows = [row(school, number) for number in numbers]
    assert [one["state"] for one in rows] == ["done"] * 4 + ["pending"]
    assert [json.loads(one["result"])["message_id"] for one in rows[:-1]] == numbers[:-1]


async def test_race__the_gateway_claims_first_and_odoo_learns_of_it(school, database):
    """Odoo's transactions are REPEATABLE READ: it fails, tries again and finds `working`."""
    number = school.command("send")
    with school.connect(autocommit=False) as odoo:
        odoo.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        odoo.execute("SELECT 1")
        assert await claim(database, [number], "w") == {number}
        with pytest.raises(psycopg.errors.SerializationFailure):
            odoo.execute(CANCEL, (number,))
        odoo.rollback()
        assert odoo.execute(CANCEL, (number,)).rowcount == 0


async def test_race__a_deadlock_that_the_gateway_loses_is_tried_again(school, database):
    """Odoo cancels in one order what fails in the other."""
    first, second = school.command("send"), school.command("send")
    role = f'ALTER ROLE odoo IN DATABASE "{school.name}" SET deadlock_timeout'
    school.cluster.sql(f"{role} = '60s'")
    with school.connect(autocommit=False) as odoo:
        odoo.execute(CANCEL, (second,))
        fail = asyncio.create_task(outbox.fail(database, [first, second], "not_linked"))
        await school.until_blocked()
        await asyncio.to_thread(odoo.execute, CANCEL, (first,))
        odoo.commit()
    await fail
    assert [row(school, number)["state"] for number in (first, second)] == ["cancelled"] * 2


async def test_finish__keeps_the_result_and_clears_the_error(school, database):
    number = school.command("send", error_code="TIMEOUT", error="slow")
    await outbox.claim(database, [number], "w")
    await outbox.finish(database, [number], {"message_id": 5})
    finished = row(school, number)
    assert (finished["state"], json.loads(finished["result"])) == ("done", {"message_id": 5})
    assert (finished["error_code"], finished["error"]) == (None, None)


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
    (command,) = await outbox.load_pending(database, "main")
    assert (command.id, command.attempts, row(school, number)["worker"]) == (number, 1, None)


async def test_retry_budgets__only_what_rests_for_a_budget_of_our_own(school, database):
    ours, theirs = (school.command("lookup_phone") for _ in range(2))
    await outbox.claim(database, [ours, theirs], "old:1")
    await outbox.put_back(database, [ours], outbox.LOOKUPS_A_DAY, 86400)
    await outbox.put_back(database, [theirs], "FLOOD_WAIT", 86400)
    await outbox.retry_budgets(database, "other")
    assert all(row(school, number)["again_at"] for number in (ours, theirs))
    await outbox.retry_budgets(database, "main")
    assert row(school, ours)["again_at"] is None
    assert row(school, theirs)["again_at"] is not None


async def test_taken_over__what_a_dead_owner_was_at(school, database):
    dead, mine, waiting = (school.command("send") for _ in range(3))
    await outbox.claim(database, [dead], "old:1")
    await outbox.claim(database, [mine], "new:2")
    left = await outbox.load_left_working(database, "main", "new:2")
    assert [command.id for command in left] == [dead]
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


# --- a group's call ------------------------------------------------------------------------------


def lesson(school, chat, name, *, opens, closes, state="done", payload="{}"):
    """The two commands of a lesson; times in seconds from now."""
    soon = "(now() AT TIME ZONE 'utc') + make_interval(secs => %s)"
    for kind, part, seconds, row_state, body in (
        ("open_call", "open", opens, state, payload),
        ("close_call", "close", closes, "pending", json.dumps({"open_key": f"{name}:open"})),
    ):
        school.all(
            "INSERT INTO telegram_outbox (kind, chat_id, key, due_at, state, payload)"
            f" VALUES (%s, %s, %s, {soon}, %s, %s)",
            kind,
            chat,
            f"{name}:{part}",
            seconds,
            row_state,
            body,
        )


async def test_needs__of_this_chat_whose_end_is_to_come(school, database):
    chat, other = school.chat(), school.chat()
    lesson(school, chat, "over", opens=-90, closes=-1)
    lesson(school, chat, "runs", opens=-60, closes=60, payload='{"reopen": 3}')
    lesson(school, chat, "follows", opens=-1, closes=120, state="pending")
    lesson(school, chat, "later", opens=60, closes=180, state="pending")
    lesson(school, other, "elsewhere", opens=-60, closes=60)
    school.command("close_call", chat_id=chat, payload="not json", due_at="2099-01-01")
    needs = await outbox.needs_of_call(database, chat, await database.now())
    assert [(need.open_key, need.is_open) for need in needs] == [
        ("runs:open", True),
        ("follows:open", False),
    ]
    assert needs[0].opening.payload == {"reopen": 3}
    assert await outbox.needs_of_call(database, school.chat(), await database.now()) == ()


async def test_people_talk__the_close_rests_and_is_looked_at_when_they_have_left(school, database):
    chat = school.chat()
    lesson(school, chat, "a", opens=-60, closes=-1)
    (close,) = await outbox.load_pending(database, "main")
    await outbox.claim(database, [close.id], "w")
    await outbox.put_back(database, [close.id], outbox.TALKING, 60)
    (resting,) = await outbox.load_pending(database, "main")
    assert agenda([resting], await database.now()).now == ()
    await outbox.look_at_end(database, school.chat())
    assert row(school, close.id)["again_at"] is not None
    await outbox.look_at_end(database, chat)
    (close,) = await outbox.load_pending(database, "main")
    assert agenda([close], await database.now()).now == (close,)


async def test_result__of_what_was_done_in_this_chat(school, database):
    chat = school.chat()
    number = school.command("announce_call", chat_id=chat, key="k")
    assert await outbox.result_of(database, chat, "k") == {}
    await outbox.claim(database, [number], "w")
    await outbox.finish(database, [number], {"tg_call_id": 7})
    assert await outbox.result_of(database, chat, "k") == {"tg_call_id": 7}
    assert await outbox.result_of(database, school.chat(), "k") == {}


async def test_intents__the_last_that_did_not_come_to_its_end(school, database):
    chat = school.chat()
    for key in ("reopen_call:a:1", "reopen_call:a:2", "reopen_call:ab:1"):
        await intents.begin(database, key, "open_call", chat, {})
    assert await intents.unfinished(database, "reopen_call:a:") == "reopen_call:a:2"
    await intents.end(database, "reopen_call:a:2")
    await intents.end(database, "reopen_call:a:1")
    assert await intents.unfinished(database, "reopen_call:a:") is None
    assert await intents.attempt_of(database, "reopen_call:a:") == 2


async def test_messages__whose_they_are_and_the_last_private_one(school, database):
    chat = school.chat()
    group, private = school.command("send", chat_id=chat), school.command("send", tg_user_id=7)
    erased = school.command("send", chat_id=chat)
    for number, result in ((group, {"message_id": 5}), (private, {"message_id": 9}), (erased, {})):
        await outbox.claim(database, [number], "w")
        await outbox.finish(database, [number], result)
    now = await database.now()
    ago, ahead = now - timedelta(minutes=1), now + timedelta(minutes=1)
    assert await outbox.message_ids(database, "main", chat, ago) == {5}
    assert await outbox.message_ids(database, "main", None, ago) == {9}
    assert await outbox.message_ids(database, "main", chat, ahead) == frozenset()
    assert await outbox.last_private(database, "main", ahead) == 9
    assert await outbox.last_private(database, "main", ago) == 0
