"""Logging in by each way, and losing the login again."""

from __future__ import annotations

import asyncio

import pytest
from telethon import TelegramClient, errors
from telethon.tl import functions, types

from telegram_sandbox import Sandbox
from telegram_sandbox.world.people import User

from .conftest import SmallWorld, eventually

PHONE = "+33639980001"


async def new_client(sandbox: Sandbox) -> TelegramClient:
    client = sandbox.client()
    await client.connect()
    return client


async def test_code__as_the_documentation_tells(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client()
    await client.start(phone=PHONE, code_callback=lambda: sandbox.world.login_codes[ada.phone])
    me = await client.get_me()
    assert (me.id, me.phone, me.username) == (ada.id, "33639980001", "ada")
    assert sandbox.world.authorizations == {client.session.auth_key.key_id: ada.id}
    assert sandbox.world.login_codes == {}
    sandbox.check()


async def test_code__wrong_expired_and_empty(
    sandbox: Sandbox, world: SmallWorld, ada: User
) -> None:
    client = await new_client(sandbox)
    sent = await client.send_code_request(PHONE)
    code = world.login_codes[ada.phone]
    wrong = "1" * 5 if code != "1" * 5 else "2" * 5
    with pytest.raises(errors.PhoneCodeInvalidError):
        await client.sign_in(PHONE, wrong)
    with pytest.raises(errors.PhoneCodeEmptyError):
        await client(functions.auth.SignInRequest(PHONE, sent.phone_code_hash, ""))
    world.clock.advance(600)
    with pytest.raises(errors.PhoneCodeExpiredError):
        await client.sign_in(PHONE, code)
    assert not await client.is_user_authorized()


async def test_code__sent_again_makes_the_first_useless(
    sandbox: Sandbox, world: SmallWorld, ada: User
) -> None:
    client = await new_client(sandbox)
    await client.send_code_request(PHONE)
    first = world.login_codes[ada.phone]
    await client.send_code_request(PHONE)
    second = world.login_codes[ada.phone]
    if first != second:
        with pytest.raises(errors.PhoneCodeInvalidError):
            await client.sign_in(PHONE, first)
    assert (await client.sign_in(PHONE, second)).id == ada.id


async def test_phone__unknown_malformed_and_banned(sandbox: Sandbox, ada: User) -> None:
    client = await new_client(sandbox)
    with pytest.raises(errors.PhoneNumberInvalidError):
        await client.send_code_request("12")
    await client.send_code_request("+33 1 11 11 11 11")
    with pytest.raises(errors.PhoneNumberUnoccupiedError):
        await client.sign_in("+33 1 11 11 11 11", sandbox.world.login_codes["33111111111"])
    ada.banned = True
    with pytest.raises(errors.PhoneNumberBannedError):
        await client.send_code_request(PHONE)


async def test_password__is_asked_for_and_checked(
    sandbox: Sandbox, world: SmallWorld, ada: User
) -> None:
    ada.password, ada.password_hint = "pâté 42", "lunch"
    client = await new_client(sandbox)
    await client.send_code_request(PHONE)
    with pytest.raises(errors.SessionPasswordNeededError):
        await client.sign_in(PHONE, world.login_codes[ada.phone])
    assert not await client.is_user_authorized()
    assert (await client(functions.account.GetPasswordRequest())).hint == "lunch"
    with pytest.raises(errors.PasswordHashInvalidError):
        await client.sign_in(password="wrong")
    assert (await client.sign_in(password="pâté 42")).id == ada.id
    assert (await client.get_me()).id == ada.id
    sandbox.check()


async def test_bot__by_token(sandbox: Sandbox, bot: User) -> None:
    client = sandbox.client()
    await client.start(bot_token=bot.token)
    me = await client.get_me()
    assert (me.id, me.bot, me.username) == (bot.id, True, "secretary_bot")
    other = await new_client(sandbox)
    with pytest.raises(errors.AccessTokenInvalidError):
        await other.sign_in(bot_token="1:wrong")
    sandbox.check()


async def test_migration__leads_back_to_this_server(sandbox: Sandbox, ada: User) -> None:
    sandbox.faults.error("auth.sendCode", 303, "PHONE_MIGRATE_4")
    client = await new_client(sandbox)
    await client.send_code_request(PHONE)
    assert client.session.dc_id == 4
    assert (await client.sign_in(PHONE, sandbox.world.login_codes[ada.phone])).id == ada.id


async def test_log_out__ends_only_this_login(sandbox: Sandbox, ada: User) -> None:
    first, other = sandbox.client(ada), sandbox.client(ada)
    await first.connect()
    await other.connect()
    assert await first.log_out()
    assert list(sandbox.world.authorizations) == [other.session.auth_key.key_id]
    assert await other.get_me()


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("AUTH_KEY_UNREGISTERED", errors.AuthKeyUnregisteredError),
        ("SESSION_REVOKED", errors.SessionRevokedError),
        ("AUTH_KEY_DUPLICATED", errors.AuthKeyDuplicatedError),
    ],
)
async def test_revoked__is_told_at_the_next_request(
    sandbox: Sandbox, ada: User, name: str, error: type[Exception]
) -> None:
    client = sandbox.client(ada)
    await client.connect()
    sandbox.server.revoke(client.session.auth_key.key_id, name)
    with pytest.raises(error):
        await client(functions.updates.GetStateRequest())
    # A duplicated key is dead for good; with the others one may log in again.
    if name != "AUTH_KEY_DUPLICATED":
        assert await client.get_me() is None
        await client.send_code_request(PHONE)
        await client.sign_in(PHONE, sandbox.world.login_codes[ada.phone])
        assert (await client.get_me()).id == ada.id


async def test_account_banned__everything_is_refused(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    ada.banned = True
    with pytest.raises(errors.UserDeactivatedBanError):
        await client(functions.updates.GetStateRequest())


async def test_key_forgotten__connection_is_refused(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    sandbox.server.forget_key(client.session.auth_key.key_id)
    with pytest.raises((errors.AuthKeyNotFound, ConnectionError, asyncio.CancelledError)):
        await client.get_me()
        await client.disconnected


async def test_token__accepted_by_another_login(sandbox: Sandbox, ada: User) -> None:
    old, new = sandbox.client(ada), await new_client(sandbox)
    await old.connect()
    login = await new.qr_login()
    waiting = asyncio.create_task(login.wait(10))
    await asyncio.sleep(0)
    accepted = await old(functions.auth.AcceptLoginTokenRequest(login.token))
    assert isinstance(accepted, types.Authorization)
    assert (await waiting).id == ada.id
    assert (await new.get_me()).id == ada.id
    with pytest.raises(errors.AuthTokenInvalidxError):
        await old(functions.auth.AcceptLoginTokenRequest(b"x" * 32))
    sandbox.check()


async def test_token__expires_and_is_accepted_once(
    sandbox: Sandbox, world: SmallWorld, ada: User
) -> None:
    old, new = sandbox.client(ada), await new_client(sandbox)
    await old.connect()
    login = await new.qr_login()
    world.clock.advance(40)
    with pytest.raises(errors.AuthTokenExpiredError):
        await old(functions.auth.AcceptLoginTokenRequest(login.token))
    await login.recreate()
    await old(functions.auth.AcceptLoginTokenRequest(login.token))
    with pytest.raises(errors.AuthTokenAlreadyAcceptedError):
        await old(functions.auth.AcceptLoginTokenRequest(login.token))


async def test_token__with_a_password(sandbox: Sandbox, ada: User) -> None:
    ada.password = "secret"
    old, new = sandbox.client(ada), await new_client(sandbox)
    await old.connect()
    login = await new.qr_login()
    await old(functions.auth.AcceptLoginTokenRequest(login.token))
    with pytest.raises(errors.SessionPasswordNeededError):
        await login.wait(10)
    assert (await new.sign_in(password="secret")).id == ada.id


async def test_token__of_an_account_in_another_data_centre(sandbox: Sandbox, ada: User) -> None:
    ada.dc_id = 4
    old, new = sandbox.client(ada), await new_client(sandbox)
    await old.connect()
    login = await new.qr_login()
    waiting = asyncio.create_task(login.wait(10))
    await asyncio.sleep(0)
    await old(functions.auth.AcceptLoginTokenRequest(login.token))
    assert (await waiting).id == ada.id
    assert new.session.dc_id == 4
    with pytest.raises(errors.AuthTokenInvalidError):
        await new(functions.auth.ImportLoginTokenRequest(b"x" * 32))


async def test_devices__are_listed_and_ended(sandbox: Sandbox, ada: User) -> None:
    desk, other = sandbox.client(ada, device_model="Desk"), sandbox.client(ada)
    await desk.connect()
    await other.connect()
    listed = (await desk(functions.account.GetAuthorizationsRequest())).authorizations
    assert [(device.current, device.device_model == "Desk") for device in listed] == [
        (True, True),
        (False, False),
    ]
    await desk(functions.account.ResetAuthorizationRequest(listed[1].hash))
    with pytest.raises(errors.SessionRevokedError):
        await other(functions.updates.GetStateRequest())
    with pytest.raises(errors.HashInvalidError):
        await desk(functions.account.ResetAuthorizationRequest(1))


async def test_profile__changes(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    await client(functions.account.UpdateProfileRequest(first_name=" Augusta ", about="sums"))
    assert (await client.get_me()).first_name == "Augusta"
    assert (await client(functions.users.GetFullUserRequest("me"))).full_user.about == "sums"
    with pytest.raises(errors.FirstNameInvalidError):
        await client(functions.account.UpdateProfileRequest(first_name=" "))


async def test_two_accounts_two_connections_each(sandbox: Sandbox, ada: User, bob: User) -> None:
    clients = [sandbox.client(user) for user in (ada, bob, ada, bob)]
    await asyncio.gather(*(client.connect() for client in clients))
    names = [(await client.get_me()).first_name for client in clients]
    assert names == ["Ada", "Bob", "Ada", "Bob"]
    await eventually(lambda: len(list(sandbox.server.sessions_of(ada.id))) == 2)


async def test_code__by_email_is_another_field(sandbox: Sandbox, ada: User) -> None:
    ada.code_by, ada.email = "email", "ada@school.example"
    client = await new_client(sandbox)
    sent = await client.send_code_request(PHONE)
    assert isinstance(sent.type, types.auth.SentCodeTypeEmailCode)
    assert sent.type.email_pattern == "a***@school.example"
    code = sandbox.world.login_codes[ada.phone]
    with pytest.raises(errors.PhoneCodeInvalidError):
        await client.sign_in(PHONE, code)
    by_email = types.EmailVerificationCode(code)
    request = functions.auth.SignInRequest(PHONE, sent.phone_code_hash, email_verification=by_email)
    assert (await client(request)).user.id == ada.id


@pytest.mark.parametrize(
    ("code_by", "kind"),
    [
        ("sms", types.auth.SentCodeTypeSms),
        ("call", types.auth.SentCodeTypeCall),
        ("flash_call", types.auth.SentCodeTypeFlashCall),
        ("missed_call", types.auth.SentCodeTypeMissedCall),
        ("fragment", types.auth.SentCodeTypeFragmentSms),
        ("firebase", types.auth.SentCodeTypeFirebaseSms),
        ("word", types.auth.SentCodeTypeSmsWord),
        ("phrase", types.auth.SentCodeTypeSmsPhrase),
        ("setup_email", types.auth.SentCodeTypeSetUpEmailRequired),
    ],
)
async def test_code__each_kind(
    sandbox: Sandbox, ada: User, code_by: str, kind: type[object]
) -> None:
    ada.code_by = code_by
    client = await new_client(sandbox)
    assert isinstance((await client.send_code_request(PHONE)).type, kind)
    if code_by != "setup_email":
        code = sandbox.world.login_codes[ada.phone]
        assert (await client.sign_in(PHONE, code)).id == ada.id


async def test_code__none_but_the_wish_to_be_paid_or_the_login_itself(
    sandbox: Sandbox, ada: User
) -> None:
    request = functions.auth.SendCodeRequest(PHONE, 1, "demo", types.CodeSettings())
    client = await new_client(sandbox)
    ada.code_by = "payment"
    assert isinstance(await client(request), types.auth.SentCodePaymentRequired)
    ada.code_by = "success"
    assert (await client(request)).authorization.user.id == ada.id
