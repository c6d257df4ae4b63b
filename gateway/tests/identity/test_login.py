"""The steps of a login, and where its API id comes from; desk and terminal take these steps."""

from __future__ import annotations

import base64
import os

import pytest
import pytest_asyncio
from telegram_gateway.accounts import Accounts
from telegram_gateway.errors import GatewayError
from telegram_gateway.identity.login import Login, about_admission, known_api
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.client import Client
from telegram_gateway.telegram.sender import ConnectionHistory
from telegram_sandbox import Sandbox


@pytest_asyncio.fixture
async def sandbox(monkeypatch):
    monkeypatch.setattr(Client, "_config", None)  # kept on the class by the library
    async with Sandbox() as sandbox:
        yield sandbox
        sandbox.check()


@pytest.fixture
def settings(school, sandbox, tmp_path) -> Settings:
    key = tmp_path / "telegram.pem"
    key.write_text(sandbox.public_key_pem)
    return Settings(
        database_url=school.gateway_url,
        session_key=base64.b64encode(os.urandom(32)).decode(),
        odoo_url="http://127.0.0.1:1",
        odoo_database=school.name,
        odoo_login="x",
        odoo_password="x",
        process_name="one",
        server_host=sandbox.host,
        server_port=sandbox.port,
        server_public_key_file=key,
    )


async def log_in_bot(settings, database, token: str, api=(1, "typed")) -> str:
    login = Login(settings, database, api)
    try:
        return (await login.bot(token)).state
    finally:
        await login.close()


async def test_api__typed_once_known_afterwards(sandbox, settings, database):
    bot = sandbox.world.add_bot("Secrétaire", username="secretary_bot")
    assert await known_api(settings, database) is None
    with pytest.raises(GatewayError, match="api_missing"):
        await log_in_bot(settings, database, bot.token, api=None)
    assert await log_in_bot(settings, database, bot.token) == "done"
    assert await known_api(settings, database) == (1, "typed")
    assert await log_in_bot(settings, database, bot.token, api=None) == "done"


async def test_another_bot__a_person_is_asked_first(sandbox, settings, database):
    first, second = (sandbox.world.add_bot(f"Bot {n}", username=f"bot_{n}_bot") for n in (1, 2))
    await log_in_bot(settings, database, first.token)
    login = Login(settings, database, (1, "typed"))
    step = await login.bot(second.token)
    assert (step.state, step.replaces) == ("confirm_replace", "Bot 1")
    assert (await login.replace()).state == "done"
    await login.close()
    assert about_admission(database, "login", "one").endswith(database.identity)


async def test_accounts__both_are_needed(sandbox, settings, database):
    histories = {kind: ConnectionHistory() for kind in ("bot", "user")}
    bot = sandbox.world.add_bot("Secrétaire", username="secretary_bot")
    await log_in_bot(settings, database, bot.token)
    with pytest.raises(GatewayError, match="no_account") as missing:
        await Accounts.connect(settings, database, histories)
    assert missing.value.facts == {"kind": "user"}
