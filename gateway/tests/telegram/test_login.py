"""The requests of a login, without a desk or a terminal, and what they say of a wrong answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
import pytest_asyncio
from telegram_gateway.errors import GatewayError
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.client import Client
from telegram_gateway.telegram.login import LoginClient, accept_token
from telegram_sandbox.world.people import User

from gateway.tests.harness.school import until
from gateway.tests.telegram.conftest import School


@pytest_asyncio.fixture
async def login(
    school: School, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LoginClient]:
    monkeypatch.setattr(Client, "_config", None)  # kept on the class by the library
    key = tmp_path / "telegram.pem"
    key.write_text(school.sandbox.public_key_pem)
    settings = Settings(
        database_url="postgresql:///school",
        session_key="A" * 43 + "=",
        odoo_url="http://127.0.0.1",
        odoo_database="school",
        odoo_login="doorbell",
        odoo_password="doorbell",
        server_host=school.sandbox.host,
        server_port=school.sandbox.port,
        server_public_key_file=key,
    )
    login = await LoginClient.connect(settings, (1, "sandbox"))
    yield login
    await login.close(with_logout=True)


@pytest.fixture
def ada(school: School) -> User:
    return school.world.add_user("Ada", "Lovelace", phone="+33639980001", username="ada")


async def test_by_code_and_password(school: School, login: LoginClient, ada: User) -> None:
    ada.password, ada.password_hint = "pâté 42", "midi"
    step = await login.send_code("+33639980001")
    assert step is not None and (step.state, step.sent_by) == ("waiting_code", "app")
    await until(lambda: ada.phone in school.world.login_codes)
    with pytest.raises(GatewayError, match="code_refused"):
        await login.sign_in("")
    step = await login.sign_in(school.world.login_codes[ada.phone])
    assert step is not None and (step.state, step.hint) == ("waiting_password", "midi")
    with pytest.raises(GatewayError, match="password_refused"):
        await login.check_password("wrong")
    await login.check_password("pâté 42")
    me = await login.who_am_i()
    assert (me.tg_user_id, me.name, me.phone) == (ada.id, "Ada Lovelace", "+33639980001")
    session = await login.session()
    assert session.auth_key is not None and session.api == (1, "sandbox")


async def test_a_bot__by_its_token(school: School, login: LoginClient) -> None:
    with pytest.raises(GatewayError, match="token_refused"):
        await login.sign_in_bot("123:wrong")
    await login.sign_in_bot(school.bot_user.token)
    assert (await login.who_am_i()).tg_user_id == school.bot_user.id


async def test_by_token__accepted_by_another_login(school: School, login: LoginClient) -> None:
    async def show(token: bytes, _ends: datetime) -> None:
        await accept_token(school.user, token)

    assert await login.sign_in_by_token(show, most=2) is None
    assert (await login.who_am_i()).tg_user_id == school.account.id
