"""The desk: the control API, the phones of its page, and `telegram-sandbox serve`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator

import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from telethon.tl import types

from telegram_sandbox import Sandbox
from telegram_sandbox.backoffice.control import Control
from telegram_sandbox.world import membership

from .conftest import Stage, eventually

COMMAND = [sys.executable, "-m", "telegram_sandbox", "serve"]


@pytest_asyncio.fixture
async def desk(sandbox: Sandbox) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(Control(sandbox).app)) as client:
        yield client


async def post(desk: TestClient, path: str, **body: object) -> dict:
    answer = await desk.post(path, json=body)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def get(desk: TestClient, path: str) -> object:
    return await (await desk.get(path)).json()


async def test_people__are_made_and_shown(desk: TestClient) -> None:
    user = await post(desk, "/users", first_name="Zoë", phone="+33 6 39 98 00 01", username="zoe")
    bot = await post(desk, "/bots", first_name="École", username="ecole_bot")
    assert user["phone"] == "33639980001"
    assert bot["token"].startswith(f"{bot['id']}:")
    assert [one["name"] for one in await get(desk, "/users")] == ["Zoë", "École"]


async def test_contacts__two_people_have_each_other(sandbox: Sandbox, desk: TestClient) -> None:
    one, other = [await post(desk, "/users", first_name=name) for name in ("Zoë", "Eve")]
    await post(desk, f"/users/{one['id']}/contacts", user=other["id"])
    users = sandbox.world.users
    assert users[one["id"]].contacts == {other["id"]}
    assert users[other["id"]].contacts == {one["id"]}


async def test_bad_input__is_answered_in_a_sentence(desk: TestClient) -> None:
    await post(desk, "/users", first_name="Zoë", username="zoe")
    for path, body, words in (
        ("/users", {}, "first_name is missing"),
        ("/users", {"first_name": "Eve", "username": "zoe"}, "the username zoe is taken"),
        ("/faults", {"kind": "spell"}, "no such fault: spell"),
        ("/sessions/revoke", {"user": 5}, "there is no account 5"),
    ):
        answer = await desk.post(path, json=body)
        assert answer.status in (400, 404)
        assert (await answer.json())["error"] == words
    assert (await desk.get("/codes/33600000000")).status == 404
    assert (await desk.post("/users", data="{")).status == 400


async def test_renamed_and_deleted__those_who_wrote_with_them_are_told(
    desk: TestClient, sandbox: Sandbox, stage: Stage
) -> None:
    zoe, bot, stranger = await stage.phone("Zoe"), await stage.bot(), await stage.phone("Stranger")
    await zoe.client.send_message(bot.user.username, "/start")
    await desk.patch(f"/users/{zoe.user.id}", json={"last_name": "Petit", "username": "zoe_petit"})
    await eventually(lambda: bot.seen(types.UpdateUserName))
    [update] = bot.seen(types.UpdateUserName)
    assert (update.first_name, update.last_name) == ("Zoe", "Petit")
    assert [username.username for username in update.usernames] == ["zoe_petit"]
    await desk.patch(f"/users/{zoe.user.id}", json={"deleted": True})
    await eventually(lambda: bot.seen(types.UpdateUser))
    [entity] = [one for one in bot.seen(types.UpdateUser)[0]._entities.values()]
    assert entity.deleted
    assert not stranger.seen(types.UpdateUserName) and not stranger.seen(types.UpdateUser)


async def test_profile__may_not_tell_of_names(
    desk: TestClient, sandbox: Sandbox, stage: Stage
) -> None:
    zoe, bot = await stage.phone("Zoe"), await stage.bot()
    await zoe.client.send_message(bot.user.username, "/start")
    answer = await desk.patch("/profile", json={"name_updates": False, "list_cut": 7})
    assert await answer.json() == {"name_updates": True, "list_cut": 10_000}
    await desk.patch(f"/users/{zoe.user.id}", json={"last_name": "Petit"})
    await zoe.client.send_message(bot.user.username, "there?")
    await eventually(lambda: len(bot.seen(types.UpdateNewMessage)) == 2)
    assert bot.seen(types.UpdateUserName) == []
    assert (await desk.patch("/profile", json={"wand": 1})).status == 400


async def test_fault__ordered_over_http_hits_the_next_request(
    desk: TestClient, sandbox: Sandbox
) -> None:
    zoe = await post(desk, "/users", first_name="Zoë")
    await post(
        desk,
        "/faults",
        kind="error",
        method="messages.getDialogs",
        message="FLOOD_WAIT_9",
        code=420,
    )
    answer = await desk.get(f"/phones/{zoe['id']}")
    assert answer.status == 500 or (await answer.json())["chats"] == []
    assert [use["method"] for use in await get(desk, "/faults")] == ["messages.getDialogs"]
    assert await get(desk, f"/phones/{zoe['id']}") == {
        "id": zoe["id"],
        "name": "Zoë",
        "chats": [],
        "code": None,
    }


async def test_phone__refusals_have_telegrams_name(desk: TestClient, sandbox: Sandbox) -> None:
    zoe = await post(desk, "/users", first_name="Zoë")
    answer = await post(desk, f"/phones/{zoe['id']}/open", link="https://t.me/+unknown")
    assert answer == {"refused": "INVITE_HASH_INVALID"}
    answer = await post(desk, f"/phones/{zoe['id']}/open", link="https://example.org/")
    assert answer == {"refused": "LINK_UNKNOWN"}
    assert (await desk.post(f"/phones/{zoe['id']}/fly")).status == 404
    sandbox.check()


async def test_phone__writes_to_a_bot(desk: TestClient, sandbox: Sandbox) -> None:
    zoe = await post(desk, "/users", first_name="Zoë")
    bot = await post(desk, "/bots", first_name="École", username="ecole_bot")
    link = "https://t.me/ecole_bot?start=abc"
    assert await post(desk, f"/phones/{zoe['id']}/open", link=link) == {"refused": None}
    [chat] = (await get(desk, f"/phones/{zoe['id']}"))["chats"]
    assert (chat["id"], [message["text"] for message in chat["messages"]]) == (
        bot["id"],
        ["/start abc"],
    )
    await post(desk, f"/phones/{zoe['id']}/write", chat=bot["id"], text="<b>&")
    [chat] = (await get(desk, f"/phones/{zoe['id']}"))["chats"]
    assert chat["messages"][-1]["text"] == "<b>&"


async def test_phone__reads_its_code_and_scans_the_qr_code_that_is_shown(
    desk: TestClient, sandbox: Sandbox
) -> None:
    sandbox.server.logins.code_length = 7
    zoe = await post(desk, "/users", first_name="Zoë", phone="+33639980001")
    scan = f"/phones/{zoe['id']}/scan"
    assert await post(desk, scan) == {"refused": "NO_QR_CODE_SHOWN"}
    client = sandbox.client()
    await client.connect()
    await client.send_code_request("+33639980001")
    shown = await get(desk, f"/phones/{zoe['id']}")
    assert len(shown["code"]) == 7
    login = await client.qr_login()
    assert await post(desk, scan) == {"refused": None}
    await login.recreate()  # asked again, the server lets the client in
    assert (await client.get_me()).id == zoe["id"]


async def test_phone__of_an_admin__and_the_groups_log(desk: TestClient, sandbox: Sandbox) -> None:
    zoe = await post(desk, "/users", first_name="Zoë", username="zoe")
    ann = await post(desk, "/users", first_name="Ann", username="ann")
    owner = sandbox.world.users[zoe["id"]]
    group = membership.create(sandbox.world, owner, "Algebra", "", megagroup=True)
    who = {"chat": group.id, "user": ann["id"]}
    phone = f"/phones/{zoe['id']}"
    assert await post(desk, f"{phone}/remove", **who) == {"refused": None}  # not there: nothing
    for action, more, kind in (
        ("add", {}, "member"),
        ("promote", {"rights": ["ban_users"]}, "admin"),
        ("promote", {}, "member"),
        ("ban", {}, "banned"),
        ("lift_ban", {}, None),
    ):
        assert await post(desk, f"{phone}/{action}", **who, **more) == {"refused": None}
        people = (await get(desk, f"/chats/{group.id}"))["people"]
        kinds = [person["kind"] for person in people if person["id"] == ann["id"]]
        assert kinds == ([kind] if kind else [])
    log = await get(desk, f"/chats/{group.id}/log")
    assert {entry["by"] for entry in log} == {zoe["id"]}
    bans = [entry for entry in log if entry["what"] == "ParticipantToggleBan"][-2:]
    assert [(ban["user_id"], ban["before"], ban["after"]) for ban in bans] == [
        (ann["id"], "Member", "Banned"),
        (ann["id"], "Banned", "Left"),
    ]
    requests = await get(desk, "/log?method=channels.editBanned")
    after = requests[-2]["number"]
    assert [request["chat_id"] for request in requests[-2:]] == [group.id, group.id]
    [last] = await get(desk, f"/log?method=channels.editBanned&after={after}")
    assert last["number"] > after


async def test_page__is_served(desk: TestClient) -> None:
    for path, kind in (("/", "html"), ("/phone.js", "javascript"), ("/phone.css", "css")):
        answer = await desk.get(path)
        assert (answer.status, kind in answer.content_type) == (200, True)


def test_serve__says_where_it_is_and_stops_when_told() -> None:
    process = subprocess.Popen(
        COMMAND,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        line = json.loads(process.stdout.readline())
        assert line["host"] == "127.0.0.1"
        assert line["public_key"].startswith("-----BEGIN RSA PUBLIC KEY-----")
        with urllib.request.urlopen(f"{line['control_url']}/health") as answer:
            assert json.load(answer)["ok"] is True
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout.read() == ""
    finally:
        process.kill()


def test_serve__port_taken_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [*COMMAND, "--port", str(taken.getsockname()[1])],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "cannot listen" in done.stderr
