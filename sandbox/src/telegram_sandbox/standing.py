"""Limits on an account whose login is valid: it is frozen, or too fresh to appoint admins."""

from __future__ import annotations

from datetime import timedelta

from telethon.tl import TLRequest, types

from .dispatch import Context, method_name
from .errors import RpcError
from .world.channels import Channel
from .world.people import User
from .world.world import World

# Namespaces of a client's own housekeeping, and verbs of methods that leave the world as it is.
_OWN = {"auth", "help", "langpack", "updates"}
_READING = ("get", "check", "resolve", "search", "read", "received", "ping")


def check_not_frozen(user: User | None, request: TLRequest, world: World) -> None:
    """Raises FROZEN_METHOD_INVALID: a frozen account reads on and changes nothing."""
    if user is None or user.frozen_since is None:
        return
    namespace, _, name = method_name(request).rpartition(".")
    if namespace not in _OWN and not name.startswith(_READING):
        raise RpcError(world.profile.frozen_code, "FROZEN_METHOD_INVALID")


def frozen_values(user: User | None) -> list[types.JsonObjectValue]:
    """Fields of `help.getAppConfig` about a frozen account; none for others. Dates are seconds
    since 1970, 0 for none."""
    if user is None or user.frozen_since is None:
        return []
    dates = {"freeze_since_date": user.frozen_since, "freeze_until_date": user.frozen_until}
    return [
        *(
            types.JsonObjectValue(key, types.JsonNumber(float(int(at.timestamp())) if at else 0.0))
            for key, at in dates.items()
        ),
        types.JsonObjectValue("freeze_appeal_url", types.JsonString(user.appeal_url or "")),
    ]


def check_not_fresh(ctx: Context, channel: Channel) -> None:
    """Raises FRESH_CHANGE_ADMINS_FORBIDDEN: the caller's login, or what made it an admin of the
    group, is too young to appoint admins."""
    profile, now = ctx.world.profile, ctx.world.clock.now()
    login_at = ctx.world.logged_in_at.get(ctx.auth_key_id)
    promoted_at = channel.members[ctx.user.id].promoted_at
    for since, least_s in ((login_at, profile.fresh_login_s), (promoted_at, profile.fresh_admin_s)):
        if since and least_s is not None and now - since < timedelta(seconds=least_s):
            raise RpcError(profile.fresh_code, "FRESH_CHANGE_ADMINS_FORBIDDEN")
