"""Accounts, their sealed sessions, and intents."""

from __future__ import annotations

import os

import pytest
from telegram_gateway.core.model import TgUserId
from telegram_gateway.database import accounts, intents
from telegram_gateway.errors import GatewayError

KEY = os.urandom(32)
SECRET = b"auth key: very secret " * 20


async def login(database, user=7_000_000_001, kind="user", pool="main", name="Amína"):
    return await accounts.save_login(
        database, pool, kind, TgUserId(user), name=name, username="amina", phone="999660001"
    )


async def test_login__is_what_is_loaded(school, database):
    saved = await login(database)
    assert await accounts.load_accounts(database, "main") == {"user": saved}
    again = await login(database, name="Other")
    assert again.id == saved.id
    assert (await accounts.load_accounts(database, "main"))["user"].name == "Other"


async def test_login__kinds_and_pools_are_apart(database):
    user, bot = await login(database), await login(database, 500, "bot")
    await login(database, pool="other")
    assert await accounts.load_accounts(database, "main") == {"user": user, "bot": bot}


async def test_login__the_latest_counts_even_when_it_is_an_old_account(database):
    first, second = await login(database, 1), await login(database, 2)
    assert (await accounts.load_accounts(database, "main"))["user"] == second
    await login(database, 1)
    assert (await accounts.load_accounts(database, "main"))["user"].id == first.id
    # the process that still uses the other one goes down
    await accounts.mark_account(database, second, "disconnected")
    await accounts.mark_account(database, first, "connected")
    assert (await accounts.load_accounts(database, "main"))["user"].id == first.id


async def test_mark__lost_until_the_next_login(school, database):
    account = await login(database)
    await accounts.mark_account(database, account, "lost", "SESSION_REVOKED")
    row = "SELECT state, error_code FROM telegram_account"
    assert school.one(row) == {"state": "lost", "error_code": "SESSION_REVOKED"}
    assert (await accounts.load_accounts(database, "main"))["user"].state == "lost"
    await login(database)
    assert school.one(row) == {"state": "disconnected", "error_code": None}


async def test_session__comes_back_and_nothing_of_it_is_readable(school, database):
    account = await login(database)
    assert await accounts.load_session(database, account, "one", KEY) is None
    await accounts.save_session(database, account, "one", KEY, SECRET)
    assert await accounts.load_session(database, account, "one", KEY) == SECRET
    sealed = bytes(school.one("SELECT data FROM telegram_session")["data"])
    assert b"secret" not in sealed and KEY not in sealed
    assert not any(SECRET[i : i + 4] in sealed for i in range(len(SECRET) - 4))


async def test_session__is_sealed_anew_each_time_and_stored_once_per_process(school, database):
    account = await login(database)
    for process in ("one", "one", "two"):
        await accounts.save_session(database, account, process, KEY, SECRET)
    one, two = school.all("SELECT data FROM telegram_session ORDER BY process")
    assert bytes(one["data"]) != bytes(two["data"])


async def test_session__wrong_key_is_said_clearly(database):
    account = await login(database)
    await accounts.save_session(database, account, "one", KEY, SECRET)
    with pytest.raises(GatewayError) as caught:
        await accounts.load_session(database, account, "one", os.urandom(32))
    assert (caught.value.code, caught.value.facts) == ("wrong_session_key", {"kind": "user"})


@pytest.mark.parametrize(
    "change",
    ["set_byte(data, 20, get_byte(data, 20) # 1)", "substring(data FROM 1 FOR 5)", "''"],
    ids=["one bit", "cut short", "empty"],
)
async def test_session__tampered_with_is_refused(school, database, change):
    account = await login(database)
    await accounts.save_session(database, account, "one", KEY, SECRET)
    school.all(f"UPDATE telegram_session SET data = {change}")
    with pytest.raises(GatewayError) as caught:
        await accounts.load_session(database, account, "one", KEY)
    assert caught.value.code == "wrong_session_key"


async def test_session__cannot_be_moved_to_another_row(school, database):
    mine, other = await login(database), await login(database, 8)
    await accounts.save_session(database, mine, "one", KEY, SECRET)
    for account, process in ((other, "one"), (mine, "two")):
        school.all("UPDATE telegram_session SET account_id = %s, process = %s", account.id, process)
        with pytest.raises(GatewayError):
            await accounts.load_session(database, account, process, KEY)


async def test_intent__is_begun_once(school, database):
    chat = school.chat()
    assert await intents.begin(database, "k", "create_group", chat, {"title": "é"})
    assert not await intents.begin(database, "k", "create_group", chat, {"title": "é"})
    row = school.one("SELECT * FROM telegram_intent")
    assert (row["state"], row["done_at"], row["chat_id"]) == ("begun", None, chat)
    await intents.end(database, "k")
    row = school.one("SELECT * FROM telegram_intent")
    assert row["state"] == "done" and row["done_at"] >= row["begun_at"]
    assert not await intents.begin(database, "k", "create_group", chat, {})


async def test_intent__attempts_are_counted_by_prefix_to_the_letter(school, database):
    chat = school.chat()
    for key in ("open:a_1:1", "open:a_1:2", "open:ab1:1"):
        await intents.begin(database, key, "open_call", chat, {})
    assert await intents.attempt_of(database, "open:a_1:") == 2
    assert await intents.attempt_of(database, "open:%") == 0
