"""`auth.*`: logging in by code, password, token or bot token, and logging out."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..errors import RpcError
from ..world.people import User, digits
from .codes import TEXTS, WAYS


@handles(functions.auth.SendCodeRequest, login=False)
async def send_code(
    ctx: Context, request: functions.auth.SendCodeRequest
) -> types.auth.SentCode | types.auth.SentCodeSuccess | types.auth.SentCodePaymentRequired:
    """The code is to be read from `world.login_codes`, by the phone's digits."""
    _check_api(request.api_id, request.api_hash)
    phone = digits(request.phone_number)
    if not 5 <= len(phone) <= 15:
        raise RpcError(400, "PHONE_NUMBER_INVALID")
    user = ctx.world.user_by_phone(phone)
    if user and user.banned:
        raise RpcError(400, "PHONE_NUMBER_BANNED")
    return _send(ctx, phone)


@handles(functions.auth.ResendCodeRequest, login=False)
async def resend_code(
    ctx: Context, request: functions.auth.ResendCodeRequest
) -> types.auth.SentCode | types.auth.SentCodeSuccess | types.auth.SentCodePaymentRequired:
    if ctx.server.logins.cancel_code(request.phone_code_hash) is None:
        raise RpcError(400, "PHONE_CODE_EXPIRED")
    return _send(ctx, digits(request.phone_number))


@handles(functions.auth.CancelCodeRequest, login=False)
async def cancel_code(ctx: Context, request: functions.auth.CancelCodeRequest) -> bool:
    sent = ctx.server.logins.cancel_code(request.phone_code_hash)
    if sent is None:
        raise RpcError(400, "PHONE_CODE_EXPIRED")
    ctx.world.login_codes.pop(sent.phone, None)
    return True


def _send(
    ctx: Context, phone: str
) -> types.auth.SentCode | types.auth.SentCodeSuccess | types.auth.SentCodePaymentRequired:
    user = ctx.world.user_by_phone(phone)
    by = user.code_by if user else "app"
    logins = ctx.server.logins
    code_hash, code = logins.send_code(
        phone, ctx.world.clock.time(), TEXTS.get(by), by_email=by == "email"
    )
    if by == "success" and user is not None:
        return types.auth.SentCodeSuccess(_log_in(ctx, user))
    if by == "payment":
        return types.auth.SentCodePaymentRequired(
            store_product="login",
            phone_code_hash=code_hash,
            support_email_address="login@example.org",
            support_email_subject="",
            premium_days=7,
            currency="EUR",
            amount=299,
        )
    if by != "setup_email":
        ctx.world.login_codes[phone] = code
    way = WAYS[by]
    assert way is not None
    return types.auth.SentCode(
        type=way(logins.code_length, user.email if user else None),
        phone_code_hash=code_hash,
        timeout=60,
    )


@handles(functions.auth.SignInRequest, login=False)
async def sign_in(
    ctx: Context, request: functions.auth.SignInRequest
) -> types.auth.Authorization | types.auth.AuthorizationSignUpRequired:
    """A code that went out by e-mail is another field than the others."""
    phone = digits(request.phone_number)
    code, by_email = request.phone_code or "", False
    if isinstance(request.email_verification, types.EmailVerificationCode):
        code, by_email = request.email_verification.code, True
    now = ctx.world.clock.time()
    ctx.server.logins.check_code(phone, request.phone_code_hash, code, now, by_email=by_email)
    ctx.world.login_codes.pop(phone, None)
    user = ctx.world.user_by_phone(phone)
    if user is None:
        return types.auth.AuthorizationSignUpRequired()
    return _log_in(ctx, user)


@handles(functions.auth.CheckPasswordRequest, login=False)
async def check_password(
    ctx: Context, request: functions.auth.CheckPasswordRequest
) -> types.auth.Authorization:
    user_id = ctx.server.logins.awaiting_password.get(ctx.auth_key_id)
    if user_id is None:
        raise RpcError(401, "AUTH_KEY_UNREGISTERED")
    if not isinstance(request.password, types.InputCheckPasswordSRP):
        raise RpcError(400, "PASSWORD_HASH_INVALID")
    challenge = ctx.server.logins.take_challenge(ctx.auth_key_id, request.password.srp_id)
    if not challenge.check(request.password):
        raise RpcError(400, "PASSWORD_HASH_INVALID")
    del ctx.server.logins.awaiting_password[ctx.auth_key_id]
    return _authorise(ctx, ctx.world.users[user_id])


@handles(functions.auth.ImportBotAuthorizationRequest, login=False)
async def import_bot(
    ctx: Context, request: functions.auth.ImportBotAuthorizationRequest
) -> types.auth.Authorization:
    _check_api(request.api_id, request.api_hash)
    bot = ctx.world.bot_by_token(request.bot_auth_token)
    if bot is None or bot.deleted:
        raise RpcError(400, "ACCESS_TOKEN_INVALID")
    return _authorise(ctx, bot)


@handles(functions.auth.ExportLoginTokenRequest, login=False)
async def export_login_token(
    ctx: Context, request: functions.auth.ExportLoginTokenRequest
) -> types.auth.LoginToken | types.auth.LoginTokenSuccess | types.auth.LoginTokenMigrateTo:
    """A token to be shown as QR; once somebody accepted it, the login itself, or the way to the
    data centre where it is to be had."""
    _check_api(request.api_id, request.api_hash)
    token = ctx.server.logins.token_for(ctx.auth_key_id, ctx.world.clock.time())
    if token.user_id is not None:
        user = ctx.world.users[token.user_id]
        if user.dc_id is not None:
            return types.auth.LoginTokenMigrateTo(user.dc_id, ctx.server.logins.migrate(user))
        return types.auth.LoginTokenSuccess(_log_in(ctx, user))
    return types.auth.LoginToken(
        expires=datetime.fromtimestamp(int(token.expires_at), UTC), token=token.token
    )


@handles(functions.auth.ImportLoginTokenRequest, login=False)
async def import_login_token(
    ctx: Context, request: functions.auth.ImportLoginTokenRequest
) -> types.auth.LoginTokenSuccess:
    """A token that another data centre gave."""
    user_id = ctx.server.logins.migrated(request.token)
    return types.auth.LoginTokenSuccess(_log_in(ctx, ctx.world.users[user_id]))


@handles(functions.auth.AcceptLoginTokenRequest)
async def accept_login_token(
    ctx: Context, request: functions.auth.AcceptLoginTokenRequest
) -> types.Authorization:
    """The client that shows the token is told at once, and asks again to be let in."""
    token = ctx.server.logins.accept_token(request.token, ctx.user, ctx.world.clock.time())
    ctx.server.push_to_key(token.auth_key_id, types.UpdateLoginToken())
    return authorization_of(ctx, token.auth_key_id)


@handles(functions.auth.ExportAuthorizationRequest)
async def export_authorization(
    ctx: Context, request: functions.auth.ExportAuthorizationRequest
) -> types.auth.ExportedAuthorization:
    secret = os.urandom(32)
    ctx.server.logins.exported[ctx.user.id, secret] = ctx.user.id
    return types.auth.ExportedAuthorization(id=ctx.user.id, bytes=secret)


@handles(functions.auth.ImportAuthorizationRequest, login=False)
async def import_authorization(
    ctx: Context, request: functions.auth.ImportAuthorizationRequest
) -> types.auth.Authorization:
    user_id = ctx.server.logins.exported.pop((request.id, request.bytes), None)
    if user_id is None:
        raise RpcError(400, "AUTH_BYTES_INVALID")
    return _authorise(ctx, ctx.world.users[user_id])


@handles(functions.auth.LogOutRequest)
async def log_out(ctx: Context, request: functions.auth.LogOutRequest) -> types.auth.LoggedOut:
    ctx.server.unauthorise(ctx.auth_key_id)
    return types.auth.LoggedOut()


@handles(functions.auth.ResetAuthorizationsRequest)
async def reset_authorizations(
    ctx: Context, request: functions.auth.ResetAuthorizationsRequest
) -> bool:
    """Ends all the user's logins but this one."""
    for auth_key_id in ctx.server.keys_of(ctx.user.id) - {ctx.auth_key_id}:
        ctx.server.revoke(auth_key_id, "SESSION_REVOKED")
    return True


def authorization_of(ctx: Context, auth_key_id: int) -> types.Authorization:
    """A login as the list of devices shows it."""
    key = ctx.server.keys[auth_key_id]
    created = datetime.fromtimestamp(key.created_at, UTC)
    app = key.app
    is_current = auth_key_id == ctx.auth_key_id
    return types.Authorization(
        hash=0 if is_current else auth_key_id >> 1,
        current=is_current,
        device_model=app.device_model if app else "unknown",
        platform="",
        system_version=app.system_version if app else "",
        api_id=app.api_id if app else 0,
        app_name="",
        app_version=app.app_version if app else "",
        date_created=created,
        date_active=ctx.world.clock.now(),
        ip=ctx.server.host,
        country="",
        region="",
    )


def _check_api(api_id: int, api_hash: str) -> None:
    if api_id <= 0 or not api_hash:
        raise RpcError(400, "API_ID_INVALID")


def _log_in(ctx: Context, user: User) -> types.auth.Authorization:
    """Let the user in, or ask for the second factor."""
    if user.password:
        ctx.server.logins.awaiting_password[ctx.auth_key_id] = user.id
        raise RpcError(401, "SESSION_PASSWORD_NEEDED")
    return _authorise(ctx, user)


def _authorise(ctx: Context, user: User) -> types.auth.Authorization:
    if user.banned:
        raise RpcError(401, "USER_DEACTIVATED_BAN")
    ctx.server.authorise(ctx.auth_key_id, user.id)
    return types.auth.Authorization(user=ctx.world.user_for(user, user))
