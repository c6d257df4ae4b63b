"""The desk of the wizard: each way to log in and each refusal, over the wire to the sandbox.

What Odoo does (writing a command, sealing the answer beside it) is done here by its own role; what
the wizard shows is read from telegram_login.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlparse

import pytest
import pytest_asyncio
from nacl.public import PublicKey, SealedBox
from pydantic import SecretStr
from telegram_gateway.core.login import FAILURES
from telegram_gateway.core.model import TgUserId
from telegram_gateway.database import accounts, logins
from telegram_gateway.identity.desk import Desk
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.client import Client
from telegram_gateway.telegram.session import StoredSession
from telegram_sandbox import Sandbox
from telethon import functions

from gateway.tests.harness.school import until

PHONE = "+33639980001"
KEY = os.urandom(32)
_LOGINS = itertools.count(1)


@pytest_asyncio.fixture
async def sandbox(monkeypatch) -> AsyncIterator[Sandbox]:
    # kept on the class: where the data centres of the test before were
    monkeypatch.setattr(Client, "_config", None)
    async with Sandbox() as sandbox:
        yield sandbox
        sandbox.check()


@pytest.fixture
def ada(sandbox):
    return sandbox.world.add_user("Ada", "Lovelace", phone=PHONE, username="ada")


@pytest.fixture
def settings(school, sandbox, tmp_path) -> Settings:
    key = tmp_path / "telegram.pem"
    key.write_text(sandbox.public_key_pem)
    return Settings(
        database_url=school.gateway_url,
        session_key=base64.b64encode(KEY).decode(),
        odoo_url="http://127.0.0.1:1",
        odoo_database=school.name,
        odoo_login="x",
        odoo_password="x",
        api_id=1,
        api_hash="demo",
        process_name="one",
        server_host=sandbox.host,
        server_port=sandbox.port,
        server_public_key_file=key,
    )


class Wizard:
    """What a person does in Odoo, and sees there."""

    def __init__(self, school, process: str = "one"):
        self.school, self.process = school, process
        self.name = f"{next(_LOGINS):032}"

    def send(self, step: str, kind: str = "user", **answers: str) -> int:
        payload = {"login": self.name, "process": self.process, "kind": kind, "step": step}
        school = self.school
        with school.odoo.transaction():
            command = school.command("login", payload=json.dumps(payload))
            if answers or step in ("qr", "phone", "code", "password", "bot"):
                self.seal(command, {**answers, "login": self.name, "step": step})
        return command

    def seal(self, command: int, answers: dict[str, str], lasts: str = "5 minutes") -> None:
        row = self.school.one(
            "SELECT public_key FROM telegram_process WHERE process = %s", self.process
        )
        box = SealedBox(PublicKey(base64.b64decode(row["public_key"])))
        text = base64.b64encode(box.encrypt(json.dumps(answers).encode())).decode()
        self.school.all(
            "INSERT INTO telegram_secret (command_id, sealed, expires_at)"
            " VALUES (%s, %s, now() AT TIME ZONE 'utc' + %s::interval)",
            command,
            text,
            lasts,
        )

    async def see(self, command: int) -> dict:
        """What the page shows once the command is done."""
        row = "SELECT state IN ('pending', 'working') AS waits FROM telegram_outbox WHERE id = %s"
        await until(lambda: not self.school.one(row, command)["waits"])
        return self.now()

    def now(self) -> dict:
        rows = self.school.all("SELECT * FROM telegram_login WHERE login = %s", self.name)
        return rows[0] if rows else {}

    async def until(self, state: str) -> dict:
        await until(lambda: self.now().get("state") == state)
        return self.now()

    async def do(self, step: str, kind: str = "user", **answers: str) -> dict:
        return await self.see(self.send(step, kind, **answers))


@pytest_asyncio.fixture
async def desk(settings, database) -> AsyncIterator[Desk]:
    desk = await Desk.open(settings, database)
    yield desk
    await desk.close()


@pytest.fixture
def wizard(school, desk) -> Wizard:
    return Wizard(school)


async def stored_session(database, kind="user") -> StoredSession:
    account = (await accounts.load_accounts(database, "main"))[kind]
    data = await accounts.load_session(database, account, "one", KEY)
    assert data is not None
    return StoredSession.from_bytes(data)


async def code_of(sandbox, user) -> str:
    await until(lambda: user.phone in sandbox.world.login_codes)
    return sandbox.world.login_codes[user.phone]


def code_and_state(row: dict) -> tuple[str, str | None]:
    return row["state"], row["error_code"]


async def test_bot__by_token(school, database, sandbox, desk, wizard):
    bot = sandbox.world.add_bot("Secrétaire", username="secretary_bot")
    row = await wizard.do("bot", "bot", token=f"Use this token: {bot.token}\n")
    assert code_and_state(row) == ("done", None)
    assert (row["name"], row["username"], row["kind"]) == ("Secrétaire", "secretary_bot", "bot")
    assert (await stored_session(database, "bot")).auth_key
    await asyncio.wait_for(desk.changed.wait(), 10)
    assert school.all("SELECT 1 FROM telegram_secret") == []


async def test_user__by_phone_code_and_password(school, database, sandbox, ada, wizard):
    ada.password, ada.password_hint = "pâté 42 ", "midi"
    row = await wizard.do("phone", phone="+33 6 39 98 00 01")
    assert (row["state"], row["sent_by"], row["code_length"]) == ("waiting_code", "app", 5)
    code = await code_of(sandbox, ada)
    row = await wizard.do("code", code="11111" if code != "11111" else "22222")
    assert code_and_state(row) == ("waiting_code", "code_refused")
    row = await wizard.do("code", code=f" {code[:2]}-{code[2:]}")
    assert (row["state"], row["hint"]) == ("waiting_password", "midi")
    row = await wizard.do("password", password="wrong")
    assert code_and_state(row) == ("waiting_password", "password_refused")
    assert row["hint"] == "midi"
    row = await wizard.do("password", password="pâté 42 ")
    assert code_and_state(row) == ("done", None)
    assert (row["name"], row["hint"], row["is_again"]) == ("Ada Lovelace", "", False)
    account = school.one("SELECT * FROM telegram_account")
    assert (account["tg_user_id"], account["phone"]) == (ada.id, PHONE)


async def test_user__by_qr(school, database, sandbox, ada, wizard):
    ada.password = "secret"
    phone = sandbox.client(ada)
    await phone.connect()
    wizard.send("qr")
    row = await wizard.until("qr")
    assert row["url_expires_at"] is not None
    await phone(functions.auth.AcceptLoginTokenRequest(token_of(row["url"])))
    row = await wizard.until("waiting_password")
    assert not row["url"]
    row = await wizard.do("password", password="secret")
    assert code_and_state(row) == ("done", None)
    assert school.one("SELECT phone FROM telegram_account")["phone"] == PHONE


async def test_qr__a_new_one_when_the_old_one_is_over(sandbox, ada, wizard, monkeypatch):
    monkeypatch.setattr("telegram_gateway.telegram.login._LONGEST_S", 0.2)
    phone = sandbox.client(ada)
    await phone.connect()
    wizard.send("qr")
    first = await wizard.until("qr")
    sandbox.world.clock.advance(40)
    await until(lambda: wizard.now()["url"] != first["url"])
    row = wizard.now()
    assert row["revision"] > first["revision"]
    await phone(functions.auth.AcceptLoginTokenRequest(token_of(row["url"])))
    await wizard.until("done")


async def test_qr__nobody_scans(ada, wizard, monkeypatch):
    monkeypatch.setattr("telegram_gateway.telegram.login._LONGEST_S", 0.01)
    wizard.send("qr")
    assert code_and_state(await wizard.until("failed")) == ("failed", "qr_expired")


async def test_qr__the_account_lives_in_another_data_centre(database, sandbox, ada, wizard):
    ada.dc_id = 4
    phone = sandbox.client(ada)
    await phone.connect()
    wizard.send("qr")
    row = await wizard.until("qr")
    await phone(functions.auth.AcceptLoginTokenRequest(token_of(row["url"])))
    await wizard.until("done")
    assert (await stored_session(database)).dc_id == 4


async def test_phone__the_account_lives_in_another_data_centre(database, sandbox, ada, wizard):
    sandbox.faults.error("auth.sendCode", 303, "PHONE_MIGRATE_4")
    assert (await wizard.do("phone", phone=PHONE))["state"] == "waiting_code"
    assert (await wizard.do("code", code=await code_of(sandbox, ada)))["state"] == "done"
    assert (await stored_session(database)).dc_id == 4


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        ((400, "PHONE_NUMBER_INVALID"), ("failed", "phone_refused")),
        ((400, "PHONE_NUMBER_BANNED"), ("failed", "phone_banned")),
        ((400, "PHONE_NUMBER_FLOOD"), ("failed", "phone_flood")),
        ((406, "PHONE_PASSWORD_FLOOD"), ("failed", "password_flood")),
        ((400, "PHONE_PASSWORD_PROTECTED"), ("failed", "phone_protected")),
        ((400, "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN"), ("failed", "phone_unregistered")),
        ((400, "SMS_CODE_CREATE_FAILED"), ("failed", "code_not_sent")),
        ((500, "AUTH_RESTART"), ("failed", "telegram_trouble")),
        ((400, "INPUT_REQUEST_TOO_LONG"), ("failed", "login_refused")),
        ((400, "API_ID_INVALID"), ("failed", "api_refused")),
        ((400, "API_ID_PUBLISHED_FLOOD"), ("failed", "api_refused")),
        ((400, "INPUT_REQUEST_INVALID"), ("failed", "login_refused")),
        ((420, "FLOOD_WAIT_3600"), ("failed", "flood_wait")),
    ],
)
async def test_phone__refused(sandbox, ada, wizard, error, seen):
    sandbox.faults.error("auth.sendCode", *error, times=None)
    row = await wizard.do("phone", phone=PHONE)
    assert code_and_state(row) == seen
    assert row["wait_s"] == (3600 if seen[1] == "flood_wait" else None)
    assert seen[1] in FAILURES


async def test_phone__nonsense_and_a_number_without_telegram(sandbox, wizard):
    row = await wizard.do("phone", phone="abc")
    assert code_and_state(row) == ("failed", "phone_refused")
    other = Wizard(wizard.school)
    await other.do("phone", phone="+33111111111")
    row = await other.do("code", code=sandbox.world.login_codes["33111111111"])
    assert code_and_state(row) == ("failed", "phone_unregistered")


async def test_code__expired_and_sent_again(sandbox, ada, wizard):
    await wizard.do("phone", phone=PHONE)
    first = await code_of(sandbox, ada)
    row = await wizard.do("resend")
    assert row["state"] == "waiting_code"
    second = sandbox.world.login_codes[ada.phone]
    sandbox.world.clock.advance(600)
    row = await wizard.do("code", code=second)
    assert code_and_state(row) == ("failed", "code_expired")
    assert first
    row = await wizard.do("code", code=second)
    assert code_and_state(row) == ("failed", "login_interrupted")


async def test_phone__telegram_asks_to_begin_anew(sandbox, ada, wizard):
    sandbox.faults.error("auth.sendCode", 500, "AUTH_RESTART")
    assert (await wizard.do("phone", phone=PHONE))["state"] == "waiting_code"
    assert (await wizard.do("code", code=await code_of(sandbox, ada)))["state"] == "done"


@pytest.mark.parametrize(
    ("code_by", "sent_by", "hint"),
    [
        ("app", "app", ""),
        ("sms", "sms", ""),
        ("call", "call", ""),
        ("flash_call", "flash_call", "+33 6 * *"),
        ("missed_call", "missed_call", "+33 1 99"),
        ("fragment", "fragment", "https://fragment.com/login/code"),
        ("firebase", "firebase", ""),
        ("word", "words", "b"),
        ("phrase", "words", "blue"),
        ("email", "email", "a***@school.example"),
    ],
)
async def test_code__each_way_in_which_it_is_sent(sandbox, ada, wizard, code_by, sent_by, hint):
    ada.code_by, ada.email = code_by, "ada@school.example"
    row = await wizard.do("phone", phone=PHONE)
    assert (row["state"], row["sent_by"], row["hint"]) == ("waiting_code", sent_by, hint)
    code = await code_of(sandbox, ada)
    row = await wizard.do("code", code="banana split")
    assert code_and_state(row) == ("waiting_code", "code_refused")
    assert (row["sent_by"], row["hint"]) == (sent_by, hint)
    row = await wizard.do("code", code=code)
    assert code_and_state(row) == ("done", None)


@pytest.mark.parametrize(
    ("code_by", "seen"), [("payment", "payment_required"), ("setup_email", "email_needed")]
)
async def test_code__is_none_to_be_had(ada, wizard, code_by, seen):
    ada.code_by = code_by
    assert code_and_state(await wizard.do("phone", phone=PHONE)) == ("failed", seen)


@pytest.mark.parametrize("password", [None, "secret"])
async def test_code__is_not_asked_for(database, ada, wizard, password):
    ada.code_by, ada.password = "success", password
    row = await wizard.do("phone", phone=PHONE)
    if password:
        assert row["state"] == "waiting_password"
        row = await wizard.do("password", password=password)
    assert code_and_state(row) == ("done", None)
    assert (await stored_session(database)).auth_key


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        ((400, "PHONE_CODE_EMPTY"), ("waiting_code", "code_refused")),
        ((400, "PHONE_CODE_EXPIRED"), ("failed", "code_expired")),
        ((400, "PHONE_NUMBER_INVALID"), ("failed", "phone_refused")),
        ((400, "PHONE_NUMBER_UNOCCUPIED"), ("failed", "phone_unregistered")),
        ((400, "EMAIL_VERIFY_EXPIRED"), ("failed", "code_expired")),
        ((400, "CODE_INVALID"), ("waiting_code", "code_refused")),
        ((500, "AUTH_RESTART"), ("waiting_code", "telegram_trouble")),
        ((500, "SIGN_IN_FAILED"), ("waiting_code", "telegram_trouble")),
        ((406, "NOBODY_KNOWS_THIS"), ("failed", "login_refused")),
    ],
)
async def test_code__refused(sandbox, ada, wizard, error, seen):
    await wizard.do("phone", phone=PHONE)
    code = await code_of(sandbox, ada)
    sandbox.faults.error("auth.signIn", *error, times=None)
    assert code_and_state(await wizard.do("code", code=code)) == seen
    assert seen[1] in FAILURES
    if seen[0] == "waiting_code":
        sandbox.faults.clear()
        assert (await wizard.do("code", code=code))["state"] == "done"


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        ((406, "SEND_CODE_UNAVAILABLE"), ("waiting_code", "resend_unavailable")),
        ((400, "PHONE_CODE_EMPTY"), ("waiting_code", "code_refused")),
        ((400, "PHONE_CODE_EXPIRED"), ("failed", "code_expired")),
        ((400, "PHONE_CODE_HASH_EMPTY"), ("failed", "code_expired")),
        ((400, "PHONE_NUMBER_INVALID"), ("failed", "phone_refused")),
    ],
)
async def test_resend__refused(sandbox, ada, wizard, error, seen):
    await wizard.do("phone", phone=PHONE)
    code = await code_of(sandbox, ada)
    sandbox.faults.error("auth.resendCode", *error)
    row = await wizard.do("resend")
    assert code_and_state(row) == seen
    if seen[0] == "waiting_code":
        assert row["sent_by"] == "app"
        assert (await wizard.do("code", code=code))["state"] == "done"


@pytest.mark.parametrize("error", ["SRP_ID_INVALID", "SRP_PASSWORD_CHANGED"])
async def test_password__is_computed_anew(sandbox, ada, wizard, error):
    ada.password = "secret"
    await wizard.do("phone", phone=PHONE)
    await wizard.do("code", code=await code_of(sandbox, ada))
    sandbox.faults.error("auth.checkPassword", 400, error)
    assert (await wizard.do("password", password="secret"))["state"] == "done"


@pytest.mark.parametrize("error", ["SRP_ID_INVALID", "SRP_PASSWORD_CHANGED"])
async def test_password__stays_what_telegram_does_not_take(sandbox, ada, wizard, error):
    ada.password = "secret"
    await wizard.do("phone", phone=PHONE)
    await wizard.do("code", code=await code_of(sandbox, ada))
    sandbox.faults.error("auth.checkPassword", 400, error, times=None)
    row = await wizard.do("password", password="secret")
    assert code_and_state(row) == ("waiting_password", "password_refused")


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        ((400, "ACCESS_TOKEN_EXPIRED"), "token_refused"),
        ((400, "ACCESS_TOKEN_INVALID"), "token_refused"),
        ((400, "API_ID_INVALID"), "api_refused"),
        ((400, "API_ID_PUBLISHED_FLOOD"), "api_refused"),
        ((500, "RPC_CALL_FAIL"), "telegram_trouble"),
    ],
)
async def test_bot__refused(sandbox, wizard, error, seen):
    bot = sandbox.world.add_bot("Secrétaire", username="secretary_bot")
    sandbox.faults.error("auth.importBotAuthorization", *error, times=None)
    row = await wizard.do("bot", "bot", token=bot.token)
    assert code_and_state(row) == ("failed", seen)


async def test_password__telegram_asks_for_a_pause(sandbox, ada, wizard):
    ada.password = "secret"
    await wizard.do("phone", phone=PHONE)
    await wizard.do("code", code=await code_of(sandbox, ada))
    sandbox.faults.flood_wait("auth.checkPassword", 120)
    row = await wizard.do("password", password="secret")
    assert (*code_and_state(row), row["wait_s"]) == ("waiting_password", "flood_wait", 120)
    # whoever does not wait is told so without Telegram being asked, which would prolong it
    row = await wizard.do("password", password="secret")
    assert code_and_state(row) == ("waiting_password", "flood_wait")
    tried = [
        request for request in sandbox.server.journal if request.method == "auth.checkPassword"
    ]
    assert len(tried) == 1


async def test_token__wrong(wizard):
    for token in ("nonsense", "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"):
        row = await Wizard(wizard.school).do("bot", "bot", token=token)
        assert code_and_state(row) == ("failed", "token_refused")


async def test_bot__that_serves_another_pool(database, sandbox, wizard):
    bot = sandbox.world.add_bot("Other", username="other_bot")
    taken = await accounts.save_login(
        database, "other", "bot", TgUserId(bot.id), name="Other", username="other_bot", phone=""
    )
    row = await wizard.do("bot", "bot", token=bot.token)
    assert code_and_state(row) == ("failed", "bot_taken")
    # once it was lost there, it is free
    await accounts.mark_account(database, taken, "lost")
    row = await Wizard(wizard.school).do("bot", "bot", token=bot.token)
    assert row["state"] == "done"


async def log_in(sandbox, wizard, user) -> dict:
    sandbox.world.login_codes.pop(user.phone, None)
    await wizard.do("phone", phone=f"+{user.phone}")
    return await wizard.do("code", code=await code_of(sandbox, user))


async def test_account__the_same_again_and_another_only_after_a_yes(school, sandbox, ada, wizard):
    bob = sandbox.world.add_user("Bob", phone="+33639980002")
    assert not (await log_in(sandbox, wizard, ada))["is_again"]
    row = await log_in(sandbox, Wizard(school), ada)
    assert (row["state"], row["is_again"]) == ("done", True)
    other = Wizard(school)
    row = await log_in(sandbox, other, bob)
    assert (row["state"], row["name"], row["replaces"]) == (
        "confirm_replace",
        "Bob",
        "Ada Lovelace",
    )
    assert school.one("SELECT count(*) AS n FROM telegram_account")["n"] == 1
    row = await other.do("replace")
    assert code_and_state(row) == ("done", None)
    rows = school.all("SELECT name, error_code FROM telegram_account ORDER BY id")
    assert [tuple(one.values()) for one in rows] == [("Ada Lovelace", "replaced"), ("Bob", None)]


async def test_account__another_and_no(school, sandbox, ada, wizard):
    bob = sandbox.world.add_user("Bob", phone="+33639980002")
    await log_in(sandbox, wizard, ada)
    other = Wizard(school)
    await log_in(sandbox, other, bob)
    row = await other.do("cancel")
    assert code_and_state(row) == ("failed", "login_cancelled")
    assert school.one("SELECT name FROM telegram_account")["name"] == "Ada Lovelace"
    # nothing of it is left at Telegram either
    assert bob.id not in sandbox.world.authorizations.values()


async def test_api__typed_where_the_settings_have_none(school, database, sandbox, settings):
    bot = sandbox.world.add_bot("Secretary", username="secretary_bot")
    bare = settings.model_copy(update={"api_id": None, "api_hash": None})
    desk = await Desk.open(bare, database)
    try:
        has_api = "SELECT has_api FROM telegram_process"
        assert school.one(has_api) == {"has_api": False}
        row = await Wizard(school).do("bot", "bot", token=bot.token)
        assert code_and_state(row) == ("failed", "api_missing")
        row = await Wizard(school).do("bot", "bot", token=bot.token, api_id="7", api_hash="short")
        assert code_and_state(row) == ("failed", "api_refused")
        api = {"api_id": "7", "api_hash": "e" * 32}
        row = await Wizard(school).do("bot", "bot", token=bot.token, **api)
        assert row["state"] == "done"
        assert (await stored_session(database, "bot")).api == (7, "e" * 32)
        await desk.set_state("waiting")
        assert school.one(has_api) == {"has_api": True}
        # the account's login takes them from there
        sandbox.world.add_user("Ada", phone=PHONE)
        row = await Wizard(school).do("phone", phone=PHONE)
        assert row["state"] == "waiting_code"
    finally:
        await desk.close()


async def test_secret__too_old_not_for_us_or_for_another_step(school, wizard):
    def command(step: str) -> int:
        payload = {"login": wizard.name, "process": "one", "kind": "bot", "step": step}
        return school.command("login", payload=json.dumps(payload), state="cancelled")

    for lasts, answers, seen in (
        ("-1 second", {"login": wizard.name, "step": "bot"}, "login_expired"),
        ("5 minutes", {"login": "other", "step": "bot"}, "wrong_session_key"),
        ("5 minutes", {"login": wizard.name, "step": "code"}, "wrong_session_key"),
    ):
        number = command("bot")
        wizard.seal(number, {**answers, "token": "x"}, lasts)
        school.all("UPDATE telegram_outbox SET state = 'pending' WHERE id = %s", number)
        assert (await wizard.see(number))["error_code"] == seen
    assert school.all("SELECT 1 FROM telegram_secret") == []


async def test_command__too_old_is_not_done(school, wizard):
    payload = {"login": wizard.name, "process": "one", "kind": "user", "step": "adopt"}
    number = school.command("login", payload=json.dumps(payload), expires_at="2026-01-01 00:00:00")
    await wizard.see(number)
    row = school.one("SELECT state FROM telegram_outbox WHERE id = %s", number)
    assert row == {"state": "expired"}


async def test_command__of_another_process_is_left_alone(school, wizard):
    payload = {"login": "x", "process": "two", "kind": "user", "step": "cancel"}
    theirs = school.command("login", payload=json.dumps(payload))
    await wizard.do("phone", phone="abc")
    row = school.one("SELECT state FROM telegram_outbox WHERE id = %s", theirs)
    assert row == {"state": "pending"}


async def test_restart__ends_what_was_under_way(school, database, settings, ada):
    desk = await Desk.open(settings, database)
    wizard = Wizard(school)
    await wizard.do("phone", phone=PHONE)
    await desk.close()
    desk = await Desk.open(settings, database)
    assert code_and_state(wizard.now()) == ("failed", "login_interrupted")
    await desk.close()
    assert school.all("SELECT 1 FROM telegram_process") == []


async def test_desk__notices_a_login_by_another_program(school, database, settings, desk):
    account = await accounts.save_login(
        database, "main", "user", TgUserId(5), name="x", username="", phone=""
    )
    assert not desk.changed.is_set()
    await accounts.save_session(database, account, "one", KEY, b"{}", is_login=True)
    await asyncio.wait_for(desk.changed.wait(), 10)
    await desk.use_logins()
    assert not desk.changed.is_set()


@pytest_asyncio.fixture
async def second(settings, database) -> AsyncIterator[Desk]:
    """The desk of another process of the pool, with the same session key."""
    desk = await Desk.open(settings.model_copy(update={"process_name": "two"}), database)
    yield desk
    await desk.close()


async def serving(school, sandbox, desk, user) -> None:
    """The process "one" has a login of this user's, and is at work with it."""
    await log_in(sandbox, Wizard(school), user)
    client = sandbox.client(user)
    await client.connect()
    desk.user = client
    await desk.set_state("serving")
    school.all("UPDATE telegram_account SET state = 'connected'")


@pytest.mark.parametrize("password", [None, "secret"])
async def test_admit__by_the_login_of_another_process(
    school, database, sandbox, ada, desk, second, password
):
    await serving(school, sandbox, desk, ada)
    ada.password = password
    assert await logins.find_admitting_process(database, "main", "two") == "one"
    wizard = Wizard(school, "two")
    wizard.send("admit")
    if password:
        row = await wizard.until("waiting_password")
        assert not row["url"]
        row = await wizard.do("password", password=password)
    row = await wizard.until("done")
    assert (row["name"], row["is_again"]) == ("Ada Lovelace", True)
    account = (await accounts.load_accounts(database, "main"))["user"]
    assert account.state == "connected"  # the first one is at work still
    keys = set()
    for process in ("one", "two"):
        data = await accounts.load_session(database, account, process, KEY)
        keys.add(StoredSession.from_bytes(data).auth_key.key_id)
    assert len(keys) == 2
    assert keys <= {key for key, user in sandbox.world.authorizations.items() if user == ada.id}
    await asyncio.wait_for(second.changed.wait(), 10)
    assert await logins.find_admitting_process(database, "main", "two") is None


async def test_admit__nobody_answers(school, settings, ada, second, monkeypatch):
    monkeypatch.setattr("telegram_gateway.telegram.login._LONGEST_S", 0.2)
    wizard = Wizard(school, "two")
    wizard.send("admit")
    assert code_and_state(await wizard.until("failed")) == ("failed", "admit_unanswered")


async def test_admit__a_token_that_no_gateway_vouches_for(
    school, database, sandbox, settings, ada, desk, monkeypatch
):
    """Who can write into the database, but has not the key, is let in nowhere."""
    monkeypatch.setattr("telegram_gateway.telegram.login._LONGEST_S", 0.5)
    await serving(school, sandbox, desk, ada)
    before = dict(sandbox.world.authorizations)
    other = base64.b64encode(os.urandom(32)).decode()
    stranger = settings.model_copy(update={"process_name": "two", "session_key": SecretStr(other)})
    desk_of_stranger = await Desk.open(stranger, database)
    try:
        wizard = Wizard(school, "two")
        wizard.send("admit")
        row = await wizard.until("admitting")
        assert "token" not in row["url"]
        assert code_and_state(await wizard.until("failed")) == ("failed", "admit_unanswered")
    finally:
        await desk_of_stranger.close()
    assert sandbox.world.authorizations == before
    asked = [request.method for request in sandbox.server.journal]
    assert "auth.acceptLoginToken" not in asked


@pytest.mark.parametrize("error", ["AUTH_TOKEN_EXPIRED", "AUTH_TOKEN_EXCEPTION", "FLOOD_WAIT_9"])
async def test_admit__telegram_refuses(school, sandbox, ada, desk, second, monkeypatch, error):
    monkeypatch.setattr("telegram_gateway.telegram.login._LONGEST_S", 0.5)
    await serving(school, sandbox, desk, ada)
    number = 420 if error.startswith("FLOOD") else 400
    sandbox.faults.error("auth.acceptLoginToken", number, error, times=None)
    wizard = Wizard(school, "two")
    wizard.send("admit")
    assert code_and_state(await wizard.until("failed")) == ("failed", "admit_unanswered")


async def test_admit__another_account_answers(school, sandbox, ada, desk, second):
    bob = sandbox.world.add_user("Bob", phone="+33639980002")
    await serving(school, sandbox, desk, ada)
    client = sandbox.client(bob)
    await client.connect()
    desk.user = client
    wizard = Wizard(school, "two")
    wizard.send("admit")
    assert code_and_state(await wizard.until("failed")) == ("failed", "admit_other")


async def test_adopt__from_odoo(school, database, sandbox, ada, wizard):
    await log_in(sandbox, wizard, ada)
    await pretend_copy(school, database)
    row = await Wizard(school).do("adopt")
    assert row["state"] == "done"
    assert (await stored_session(database)).auth_key


async def pretend_copy(school, database) -> None:
    """As if the rows had been made in another database."""
    account = (await accounts.load_accounts(database, "main"))["user"]
    data = await accounts.load_session(database, account, "one", KEY)
    here, database.identity = database.identity, "elsewhere:1:2"
    await accounts.save_session(database, account, "one", KEY, data or b"", is_login=True)
    database.identity = here


def token_of(url: str) -> bytes:
    (text,) = parse_qs(urlparse(url).query)["token"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
