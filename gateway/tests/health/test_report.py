"""Pauses, and how everything is, as the gateway reads them with its own rights."""

from __future__ import annotations

import json

import pytest
from telegram_gateway.core.commands import Pauses
from telegram_gateway.database import accounts, outbox
from telegram_gateway.database.health import load_groups, load_lines
from telegram_gateway.database.lease import Lease
from telegram_gateway.database.pauses import load_pauses
from telegram_gateway.health.report import EXIT_CODES, Report


def row(school, number):
    return school.one("SELECT * FROM telegram_outbox WHERE id = %s", number)


async def codes(database, level=None):
    found = await load_lines(database, "main")
    return [one["code"] for one in found if level in (None, one["level"])]


async def test_pauses__whole_pool_or_chats_and_only_ours(school, database):
    assert await load_pauses(database, "main") == Pauses()
    chat = school.chat()
    school.insert("telegram_pause", pool="main", chat_id=chat, paused_at="2026-01-01")
    school.insert("telegram_pause", pool="other", paused_at="2026-01-01")
    pauses = await load_pauses(database, "main")
    assert pauses == Pauses(chats=frozenset({chat}))
    assert pauses.holds(chat) and not pauses.holds(chat + 1) and not pauses.holds(None)
    school.insert("telegram_pause", pool="main", paused_at="2026-01-01")
    pauses = await load_pauses(database, "main")
    assert pauses.holds(chat + 1) and pauses.holds(None)


async def test_rest__stands_in_the_row_until_it_is_taken_on_again(school, database):
    number = school.command()
    await outbox.claim(database, [number], "one:1")
    await outbox.put_back(database, [number], "FLOOD_WAIT_X", 600)
    command = row(school, number)
    assert (command["state"], command["error_code"]) == ("pending", "FLOOD_WAIT_X")
    rest_s = (command["again_at"] - command["state_at"]).total_seconds()
    assert rest_s == pytest.approx(600)
    await outbox.claim(database, [number], "one:1")
    assert row(school, number)["again_at"] is None
    await outbox.put_back(database, [number])
    command = row(school, number)
    assert (command["again_at"], command["error_code"]) == (None, None)


async def test_lines__a_school_without_a_gateway(school, database):
    assert await codes(database, "down") == [
        "gateway_never",
        "account_missing",
        "account_missing",
    ]


async def test_lines__what_the_gateway_writes_makes_it_well(school, database):
    # Odoo has not run since the database was prepared
    school.all("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'utc' RETURNING id")
    for kind, number in (("bot", 1), ("user", 2)):
        account = await accounts.save_login(
            database, "main", kind, number, name=kind, username="", phone=""
        )
        await accounts.mark_account(database, account, "connected")
        await accounts.note_limits(
            database,
            account,
            is_premium=False,
            groups_a_day=15,
            direct_adds_a_day=20,
            lookups_a_day=5,
        )
    lease = Lease(database, "main", "one", 30)
    assert await lease.take()
    assert await codes(database, "down") == await codes(database, "act") == []
    assert (await codes(database))[0] == "gateway_well"
    assert "lookups" in await codes(database)
    since = school.one("SELECT taken_at FROM telegram_lease")["taken_at"]
    await lease.renew()
    assert school.one("SELECT taken_at FROM telegram_lease")["taken_at"] == since
    await lease.release()
    assert "gateway_away" in await codes(database, "down")


async def test_groups__instants_for_machines(school, database):
    chat = school.chat(name="3e A")
    school.insert(
        "telegram_chat_state", chat_id=chat, state="ready", checked_at="2026-01-05 10:00:00.25"
    )
    (group,) = await load_groups(database, "main")
    assert (group["chat_id"], group["checked_at"]) == (chat, "2026-01-05T10:00:00Z")
    assert await load_groups(database, "other") == []


@pytest.mark.parametrize(
    ("levels", "code"),
    [([], 0), (["ok", "note"], 0), (["ok", "act", "note"], 1), (["act", "down"], 2)],
)
def test_report__the_worst_line_decides(levels, code):
    lines = tuple(
        {"section": "facts", "code": "facts_well", "level": level, "facts": {}} for level in levels
    )
    report = Report(pool="main", lines=lines, groups=())
    assert report.exit_code == code == EXIT_CODES[report.level]
    assert json.loads(report.json)["level"] == report.level
