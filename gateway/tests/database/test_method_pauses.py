"""A pause of one method outlives the gateway, and says nothing of adding people."""

from __future__ import annotations

from datetime import timedelta

from telegram_gateway.database import accounts, method_pauses, spends
from telegram_gateway.database.health import load_lines
from telegram_gateway.run.method_pauses import open_method_pauses

CREATE = "phone.createGroupCall"


async def test_pause__is_known_after_a_restart_until_it_is_over(school, database):
    account = await accounts.save_login(
        database, "main", "user", 5, name="École", username="", phone=""
    )
    now = await database.now()
    minute = timedelta(minutes=1)
    for method, until in (
        (CREATE, now + minute),
        (CREATE, now + 5 * minute),
        ("messages.sendMessage", now - minute),
    ):
        args = (method, "FLOOD_WAIT", now - 2 * minute, until)
        await method_pauses.save(database, "main", account.id, *args)
    assert await method_pauses.load(database, account.id) == [(CREATE, now + 5 * minute)]
    assert await method_pauses.load(database, account.id + 1) == []
    assert await spends.load_limits(database, account.id) == []
    await accounts.mark_account(database, account, "connected")
    school.insert(
        "telegram_lease", pool="main", process="one", generation=1, expires_at=now + minute
    )
    [line] = [
        health_line
        for health_line in await load_lines(database, "main")
        if health_line["code"] == "method_paused"
    ]
    assert line["facts"]["method"] == CREATE


async def test_told__the_short_ones_are_not_kept(school, database):
    account = await accounts.save_login(
        database, "main", "user", 5, name="École", username="", phone=""
    )

    class Clients:
        rows = {"user": account}  # noqa: RUF012
        clients = {"user": type("Client", (), {})()}  # noqa: RUF012

    class Pool:
        name = "main"
        accounts = Clients

        def __init__(self):
            self.database, self.now = database, database.now

    opened = await open_method_pauses(Pool())
    pauses = Clients.clients["user"].pauses
    await pauses.note_pause(CREATE, "FLOOD_WAIT", 3)
    assert opened.rest_s(("user", CREATE), await database.now()) in (3, 4)
    assert await method_pauses.load(database, account.id) == []
    await pauses.note_pause(CREATE, "FLOOD_WAIT", 60)
    assert [method for method, _ in await method_pauses.load(database, account.id)] == [CREATE]
    again = await open_method_pauses(Pool())
    assert again.is_known(("user", CREATE))
