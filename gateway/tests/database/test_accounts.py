"""Accounts, their sealed sessions, and intents."""

from __future__ import annotations

import asyncio
import os

import pytest
from telegram_gateway.core.model import TgUserId
from telegram_gateway.database import accounts, intents, known_people
from telegram_gateway.database.connection import Database
from telegram_gateway.database.process_name import ProcessName
from telegram_gateway.errors import GatewayError

from demo.stack.cluster import GATEWAY_ROLE
from gateway.tests.harness.school import TABLES

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


async def test_session__a_later_login_is_not_overwritten_by_who_uses_the_earlier(database):
    account = await login(database)
    await accounts.save_session(database, account, "one", KEY, b"first", is_login=True)
    first = await accounts.login_at(database, account, "one")
    assert first is not None
    await accounts.save_session(database, account, "one", KEY, b"first, later", of_login=first)
    assert await accounts.load_session(database, account, "one", KEY) == b"first, later"
    await accounts.save_session(database, account, "one", KEY, b"second", is_login=True)
    await accounts.save_session(database, account, "one", KEY, b"first, last", of_login=first)
    assert await accounts.load_session(database, account, "one", KEY) == b"second"


async def test_session__of_a_copy_is_not_used_until_adopted(school, database):
    account = await login(database)
    await accounts.save_session(database, account, "one", KEY, SECRET)
    here, database.identity = database.identity, "another:1:2"  # as a copy of it has it
    with pytest.raises(GatewayError) as caught:
        await accounts.load_session(database, account, "one", KEY)
    assert caught.value.code == "database_copied"
    # whoever has the wrong key is told of that first, and may not adopt either
    for attempt in (
        accounts.load_session(database, account, "one", os.urandom(32)),
        accounts.adopt(database, "main", "one", os.urandom(32)),
    ):
        with pytest.raises(GatewayError) as caught:
            await attempt
        assert caught.value.code == "wrong_session_key"
    assert await accounts.adopt(database, "main", "one", KEY) == 1
    assert await accounts.load_session(database, account, "one", KEY) == SECRET
    assert await accounts.adopt(database, "main", "one", KEY) == 0
    # and now it is the copy's: the original's gateway would refuse
    database.identity = here
    with pytest.raises(GatewayError):
        await accounts.load_session(database, account, "one", KEY)


async def test_session__cannot_be_bound_here_by_hand(school, database):
    account = await login(database)
    await accounts.save_session(database, account, "one", KEY, SECRET)
    own = database.identity
    database.identity = "another:1:2"
    for bound_to in ("another:1:2", None):
        school.all("UPDATE telegram_session SET bound_to = %s", bound_to)
        with pytest.raises(GatewayError) as caught:
            await accounts.load_session(database, account, "one", KEY)
        assert caught.value.code == "wrong_session_key"
    assert own.count(":") == 2


async def test_key__is_checked_before_anything_is_done(school, database):
    account = await login(database)
    await accounts.check_key(database, "main", "one", os.urandom(32))  # there is no login yet
    await accounts.save_session(database, account, "one", KEY, SECRET)
    await accounts.check_key(database, "main", "one", KEY)
    with pytest.raises(GatewayError) as caught:
        await accounts.check_key(database, "main", "one", os.urandom(32))
    assert caught.value.code == "wrong_session_key"


async def test_identity__a_copy_has_another_one(school, database, cluster):
    cluster.sql(f'CREATE DATABASE "{school.name}_copy" TEMPLATE "{TABLES}"')
    copy = await Database.open(cluster.url(f"{school.name}_copy", GATEWAY_ROLE))
    try:
        ours, theirs = database.identity.split(":"), copy.identity.split(":")
        assert ours[:2] == theirs[:2]  # a plain copy on the same server
        assert ours[2] != theirs[2]
        assert all(ours)
    finally:
        await copy.close()
        cluster.sql(f'DROP DATABASE "{school.name}_copy"')
    school.all("UPDATE ir_config_parameter SET value = 'new' WHERE key = 'database.uuid'")
    again = await Database.open(school.gateway_url)
    assert again.identity.split(":")[0] == "new"
    await again.close()


async def test_identity__another_database_in_its_place_ends_the_connection(school, database):
    school.all("UPDATE ir_config_parameter SET value = 'new' WHERE key = 'database.uuid'")
    await database.close()  # as after Odoo's restore
    with pytest.raises(GatewayError) as caught:
        await database.all("SELECT 1")
    assert caught.value.code == "database_cut_off"


async def test_identity__where_the_servers_number_may_not_be_read(school, cluster):
    function = "FUNCTION pg_catalog.pg_control_system()"
    cluster.sql(f"REVOKE EXECUTE ON {function} FROM PUBLIC", school.name)
    database = await Database.open(school.gateway_url)
    uuid, number, oid = database.identity.split(":")
    assert uuid and oid and not number
    await database.close()


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


async def test_intent__the_last_of_a_prefix_until_it_is_forgotten(school, database):
    chat = school.chat()
    for key in ("close:1:7", "close:1:9", "close:11:8"):
        await intents.begin(database, key, "close_call", chat, {})
    await intents.end(database, "close:1:9")
    assert await intents.last(database, "close:1:") == "close:1:9"
    await asyncio.gather(
        *(intents.forget_all(database, prefix) for prefix in ("close:1:", "close:2:"))
    )
    assert await intents.last(database, "close:1:") is None
    assert await intents.last(database, "close:11:") == "close:11:8"


async def test_intents__many_at_once(school, database):
    chat = school.chat()
    keys = ["call:a:0", "call:b:0", "call:a:0", "call:é:0"]
    begun = await asyncio.gather(
        *(intents.begin(database, key, "open_call", chat, {}) for key in keys)
    )
    assert begun == [True, True, False, True]
    prefixes = ["call:a:", "call:é:", "call:", "call:c:", "call:a:"]
    attempts = await asyncio.gather(*(intents.attempt_of(database, prefix) for prefix in prefixes))
    assert attempts == [1, 1, 3, 0, 1]
    await asyncio.gather(*(intents.end(database, key) for key in keys[:2]))
    rows = school.all("SELECT key FROM telegram_intent WHERE state = 'done' ORDER BY key")
    assert [row["key"] for row in rows] == keys[:2]


async def test_move__the_logins_are_the_other_process_s_and_nobody_else_s(school, database):
    user, bot = await login(database), await login(database, user=7_000_000_002, kind="bot")
    for account in (user, bot):
        await accounts.save_session(database, account, "old", KEY, SECRET, is_login=True)
    await accounts.save_session(database, bot, "new", KEY, b"its own", is_login=True)
    before = await accounts.logins(database, "main", "new")
    with pytest.raises(GatewayError) as caught:
        await accounts.move(database, "main", "old", "new", os.urandom(32))
    assert caught.value.code == "wrong_session_key"
    assert await accounts.move(database, "main", "old", "new", KEY) == 1
    assert await accounts.load_session(database, user, "new", KEY) == SECRET
    assert await accounts.load_session(database, user, "old", KEY) is None
    # what it has itself it keeps
    assert await accounts.load_session(database, bot, "new", KEY) == b"its own"
    # a gateway that runs already takes it up
    assert await accounts.logins(database, "main", "new") != before
    assert await accounts.move(database, "main", "old", "new", KEY) == 0
    assert await accounts.processes_with_logins(database, "main") == ["new", "old"]


async def test_move__not_from_a_process_that_runs(school, database):
    account = await login(database)
    await accounts.save_session(database, account, "old", KEY, SECRET)
    async with ProcessName(school.gateway_url, "main", "old") as name:
        assert await name.take()
        with pytest.raises(GatewayError) as caught:
            await accounts.move(database, "main", "old", "new", KEY)
        assert caught.value.code == "process_runs"
    assert await accounts.load_session(database, account, "old", KEY) == SECRET


async def test_move__out_of_a_copy_binds_it_here(school, database):
    account = await login(database)
    await accounts.save_session(database, account, "old", KEY, SECRET)
    database.identity = "another:1:2"
    assert await accounts.move(database, "main", "old", "new", KEY) == 1
    assert await accounts.load_session(database, account, "new", KEY) == SECRET


PEOPLE = {n: b"access hash of %d" % n for n in (-1_000_000_000_007, 0, 7, 7_000_000_071)}


async def known_to(database, account, process="one", key=KEY):
    return sorted(await known_people.load(database, account, process, key))


async def test_known__come_back_and_nothing_of_them_is_readable(school, database):
    account = await login(database)
    await accounts.save_session(database, account, "one", KEY, SECRET)
    await known_people.save(database, account, "one", KEY, PEOPLE, None)
    assert await known_to(database, account) == sorted(PEOPLE.values())
    rows = school.all("SELECT number, data FROM telegram_session_known")
    assert not {row["number"] for row in rows} & PEOPLE.keys()
    assert not any(b"hash" in bytes(row["data"]) for row in rows)
    with pytest.raises(GatewayError) as caught:
        await known_people.load(database, account, "one", os.urandom(32))
    assert (caught.value.code, caught.value.facts) == ("wrong_session_key", {"kind": "user"})


async def test_known__only_who_changed_is_written(school, database):
    account = await login(database)
    await accounts.save_session(database, account, "one", KEY, SECRET)
    await known_people.save(database, account, "one", KEY, PEOPLE, None)
    written = "SELECT number, xmin::text FROM telegram_session_known"
    before = {row["number"]: row["xmin"] for row in school.all(written)}
    await known_people.save(
        database, account, "one", KEY, {7: b"another", 8: b"new", 0: None}, None
    )
    after = {row["number"]: row["xmin"] for row in school.all(written)}
    assert sum(before.get(number) == at for number, at in after.items()) == 2
    assert await known_to(database, account) == sorted(
        [PEOPLE[-1_000_000_000_007], PEOPLE[7_000_000_071], b"another", b"new"]
    )


async def test_known__cannot_be_another_account_s(school, database):
    mine, other = await login(database), await login(database, 8)
    for account in (mine, other):
        await accounts.save_session(database, account, "one", KEY, SECRET)
    await known_people.save(database, mine, "one", KEY, PEOPLE, None)
    school.all(
        "UPDATE telegram_session_known SET session_id = (SELECT id FROM telegram_session"
        " WHERE account_id = %s)",
        other.id,
    )
    with pytest.raises(GatewayError):
        await known_to(database, other)


async def test_known__a_new_login_knows_whom_it_brings_and_is_not_told_by_the_old(database):
    account = await login(database)
    await accounts.save_session(database, account, "one", KEY, SECRET, is_login=True, knows=PEOPLE)
    first = await accounts.login_at(database, account, "one")
    assert await known_to(database, account) == sorted(PEOPLE.values())
    await accounts.save_session(database, account, "one", KEY, b"2", is_login=True, knows={5: b"5"})
    assert await known_to(database, account) == [b"5"]
    await known_people.save(database, account, "one", KEY, PEOPLE, first)
    assert await known_to(database, account) == [b"5"]


async def test_known__go_with_the_login_wherever_it_goes(school, database):
    account = await login(database)
    await accounts.save_session(database, account, "old", KEY, SECRET, is_login=True, knows=PEOPLE)
    assert await accounts.move(database, "main", "old", "new", KEY) == 1
    assert await known_to(database, account, "new") == sorted(PEOPLE.values())
    database.identity = "another:1:2"
    assert await accounts.adopt(database, "main", "new", KEY) == 1
    assert await known_to(database, account, "new") == sorted(PEOPLE.values())
    assert await known_to(database, account, "old") == []
    school.all("DELETE FROM telegram_session")
    assert not school.all("SELECT 1 FROM telegram_session_known")


async def test_known__tens_of_thousands_are_one_statement(database):
    account = await login(database)
    await accounts.save_session(database, account, "one", KEY, SECRET)
    many = {n: b"access hash of %d" % n for n in range(1, 30_001)}
    await known_people.save(database, account, "one", KEY, many, None)
    assert len(await known_people.load(database, account, "one", KEY)) == 30_000
