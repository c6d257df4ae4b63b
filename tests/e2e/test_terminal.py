"""Logging in at a terminal, by a French person; and the search for secrets, itself tested."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
import pytest_asyncio

from demo.play.phones import until
from demo.stack.stack import ACCOUNT_PHONE, Stack

from .scene import Scene
from .secrets import auth_keys, findings, left_behind
from .test_clock import has_come
from .wizard import PASSWORD, is_serving, last_code, sent_code

OTHER = "+33639980177"


@pytest_asyncio.fixture
async def account(stack: Stack, scene: Scene) -> AsyncIterator[str]:
    """The school's account, with a password; its address at the desk of the Telegram server."""
    user = f"/users/{stack.account_id}"
    stack.secrets["password"] = PASSWORD
    stack.sandbox.patch(user, password=PASSWORD, password_hint="dessert")
    yield user
    stack.sandbox.patch(user, password=None)


@contextmanager
def terminal(stack: Stack, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A login in a terminal of a French person; it ends with the test, however that ends."""
    lang = "fr_FR.UTF-8"
    gateway = stack.gateway
    process = subprocess.Popen(
        gateway._command("login", *words),
        env={**os.environ, **gateway._environ(), "LC_ALL": lang, "LANG": lang},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_terminal__phone_wrong_code_code_and_password(stack: Stack, account: str) -> None:
    before = await last_code(stack)
    with terminal(stack, "user") as process:
        assert process.stdin
        process.stdin.write(f"{ACCOUNT_PHONE}\n")
        process.stdin.flush()
        code = await sent_code(stack, before=before)
        answers = f"1111111111\n{code}\n{PASSWORD}\n"
        said, asked = await asyncio.to_thread(process.communicate, answers, 60)
        assert process.returncode == 0, asked
        assert "Ce code est faux" in asked
        assert "dans une application Telegram où ce compte est déjà connecté" in asked
        assert asked.index("déjà connecté") < asked.index("dans son application (10 caractères")
        assert "(indice : dessert)" in asked
        assert "École Démo était déjà connecté" in said
        assert PASSWORD not in said + asked
        assert code not in said + asked
        await is_serving(stack)


async def test_terminal__qr_in_blocks_and_lessons_go_on_in_the_groups_of_before(
    stack: Stack, scene: Scene
) -> None:
    room = await scene.room("Avant la connexion", students=1)
    with terminal(stack, "user", "--qr") as process:

        async def scanned() -> bool:
            answer = await asyncio.to_thread(stack.sandbox.post, f"/phones/{stack.account_id}/scan")
            return answer == {"refused": None}

        await until("a code to scan", scanned)
        said, asked = await asyncio.to_thread(process.communicate, None, 60)
        assert process.returncode == 0, asked
        assert "Connecter un appareil" in asked
        assert len([line for line in asked.splitlines() if re.search("[█▀▄]{3}", line)]) > 10
        assert "École Démo était déjà connecté" in said
        # what the running gateway knew of the login before it does not come back
        key = (await asyncio.to_thread(auth_keys, stack))["auth key of the user"]
        await is_serving(stack)
        await asyncio.to_thread(stack.gateway.stop)
        assert (await asyncio.to_thread(auth_keys, stack))["auth key of the user"] == key
        await asyncio.to_thread(stack.gateway.start)
    # a new login has heard of no group; nothing is asked of Telegram again and again because of it
    lesson_id, start = await scene.lesson(room, ahead_s=2, length_s=600, open=1)
    [teacher] = room.teachers.values()
    await scene.until("the call", teacher.running_call)
    await scene.until("the lesson has begun", lambda: has_come(start))
    await scene.call("classroom.lesson", "action_end_now", [lesson_id])
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    refused = await asyncio.to_thread(stack.sandbox.get, "/log?method=channels.getChannels")
    assert [one["error"] for one in refused if one["error"] == "CHANNEL_INVALID"] == []


async def test_terminal__another_account_is_asked_about(stack: Stack, scene: Scene) -> None:
    await scene.telegram.new_user("Compte Bis", OTHER)
    with terminal(stack, "user", "--phone", OTHER) as process:
        code = await sent_code(stack, OTHER.lstrip("+"))
        said, asked = await asyncio.to_thread(process.communicate, f"{code}\nnon\n", 60)
        assert process.returncode == 2
        assert "École Démo est connecté actuellement" in asked
        assert asked.splitlines()[-1].startswith("Rien n'a été changé")


@pytest.mark.parametrize(
    "written",
    [
        "'{}'",
        "encode('x{}y', 'base64')",
        "encode('xy{}', 'base64')",
        "encode('{}', 'hex')",
        "json_build_object('k', '{}')::text",
    ],
)
def test_search__a_secret_planted_in_a_row_is_found(stack: Stack, written: str) -> None:
    assert left_behind(stack) == []
    value = written.format(stack.secrets["bot token"])
    try:
        stack.cluster.sql(
            f"INSERT INTO ir_config_parameter (key, value) VALUES ('planted', {value})", "school"
        )
        found = left_behind(stack)
        assert found and all("bot token" in one and "database school" in one for one in found)
        assert stack.secrets["bot token"] not in " ".join(found)
    finally:
        stack.cluster.sql("DELETE FROM ir_config_parameter WHERE key = 'planted'", "school")
    assert left_behind(stack) == []


def test_search__a_session_left_open_and_a_line_in_a_log_are_found(stack: Stack) -> None:
    log = stack.folder / "planted.log"
    stack.secrets["password"] = PASSWORD
    try:
        for line in (
            "POST /?password=p%C3%A2t%C3%A9%20%26%20cr%C3%A8me%2042%20%2F%20tr%C3%A8s%20secret",
            json.dumps({"password": PASSWORD}),
            f"api hash {stack.secrets['api hash of gateway-1']}",
        ):
            log.write_text(line)
            assert left_behind(stack), line
    finally:
        log.unlink()
    key = bytes(range(256))
    where = {"database": f"INSERT … '\\x{key.hex()}'".encode()}
    assert findings(where, {"auth key": key}) == ["auth key (hex) in database"]
