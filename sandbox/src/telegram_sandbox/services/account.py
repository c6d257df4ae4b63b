"""`account.*`: one's own profile, password and devices."""

from __future__ import annotations

import os

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..errors import RpcError
from ..dh import DH_PRIME, G
from .auth import authorization_of


@handles(functions.account.GetPasswordRequest, login=False)
async def get_password(
    ctx: Context, request: functions.account.GetPasswordRequest
) -> types.account.Password:
    """Also for a key whose user has given the code and owes the password."""
    user = ctx.maybe_user
    if user is None:
        awaited = ctx.server.logins.awaiting_password.get(ctx.auth_key_id)
        if awaited is None:
            raise RpcError(401, "AUTH_KEY_UNREGISTERED")
        user = ctx.world.users[awaited]
    new_algo = types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
        salt1=os.urandom(8), salt2=os.urandom(16), g=G, p=DH_PRIME.to_bytes(256, "big")
    )
    challenge = (
        ctx.server.logins.challenge(ctx.auth_key_id, user.password) if user.password else None
    )
    return types.account.Password(
        new_algo=new_algo,
        new_secure_algo=types.SecurePasswordKdfAlgoPBKDF2HMACSHA512iter100000(os.urandom(8)),
        secure_random=os.urandom(32),
        has_password=challenge is not None,
        current_algo=challenge.algo if challenge else None,
        srp_B=challenge.public if challenge else None,
        srp_id=challenge.id if challenge else None,
        hint=user.password_hint,
    )


@handles(functions.account.UpdateStatusRequest)
async def update_status(ctx: Context, request: functions.account.UpdateStatusRequest) -> bool:
    return True


@handles(functions.account.UpdateProfileRequest)
async def update_profile(
    ctx: Context, request: functions.account.UpdateProfileRequest
) -> types.User:
    user = ctx.user
    if request.first_name is not None:
        if not 1 <= len(request.first_name.strip()) <= 64:
            raise RpcError(400, "FIRSTNAME_INVALID")
        user.first_name = request.first_name.strip()
    if request.last_name is not None:
        user.last_name = request.last_name.strip() or None
    if request.about is not None:
        if len(request.about) > 70:
            raise RpcError(400, "ABOUT_TOO_LONG")
        user.about = request.about or None
    return ctx.world.user_for(user, user)


@handles(functions.account.GetAuthorizationsRequest)
async def get_authorizations(
    ctx: Context, request: functions.account.GetAuthorizationsRequest
) -> types.account.Authorizations:
    keys = sorted(ctx.server.keys_of(ctx.user.id), key=lambda key: key != ctx.auth_key_id)
    return types.account.Authorizations(
        authorization_ttl_days=180,
        authorizations=[authorization_of(ctx, auth_key_id) for auth_key_id in keys],
    )


@handles(functions.account.ResetAuthorizationRequest)
async def reset_authorization(
    ctx: Context, request: functions.account.ResetAuthorizationRequest
) -> bool:
    for auth_key_id in ctx.server.keys_of(ctx.user.id) - {ctx.auth_key_id}:
        if auth_key_id >> 1 == request.hash:
            ctx.server.revoke(auth_key_id, "SESSION_REVOKED")
            return True
    raise RpcError(400, "HASH_INVALID")
