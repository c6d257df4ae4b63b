"""`contacts.*`: finding people, within small quotas, and the address book."""

from __future__ import annotations

from contextlib import suppress

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..errors import RpcError
from ..world import views
from ..world.people import User

_DAY_S = 86_400


@handles(functions.contacts.ResolveUsernameRequest)
async def resolve_username(
    ctx: Context, request: functions.contacts.ResolveUsernameRequest
) -> types.contacts.ResolvedPeer:
    _spend_resolve(ctx)
    user = ctx.world.user_by_username(request.username)
    if user is not None:
        return _resolved(ctx, user)
    channel = ctx.world.channel_by_username(request.username)
    if channel is None:
        raise RpcError(400, "USERNAME_NOT_OCCUPIED")
    shown = views.channel_tl(ctx.world, ctx.user, channel)
    return types.contacts.ResolvedPeer(types.PeerChannel(channel.id), [shown], [])


@handles(functions.contacts.ResolvePhoneRequest)
async def resolve_phone(
    ctx: Context, request: functions.contacts.ResolvePhoneRequest
) -> types.contacts.ResolvedPeer:
    _spend_resolve(ctx)
    user = ctx.world.user_by_phone(request.phone)
    if user is None:
        raise RpcError(400, "PHONE_NOT_OCCUPIED")
    return _resolved(ctx, user)


def _spend_resolve(ctx: Context) -> None:
    limit = ctx.world.profile.resolves_per_day
    ctx.world.quotas.spend(("resolve", ctx.user.id), limit, _DAY_S)


def _resolved(ctx: Context, user: User) -> types.contacts.ResolvedPeer:
    shown = ctx.world.user_for(ctx.user, user)
    return types.contacts.ResolvedPeer(types.PeerUser(user.id), [], [shown])


@handles(functions.contacts.GetContactsRequest)
async def get_contacts(
    ctx: Context, request: functions.contacts.GetContactsRequest
) -> types.contacts.Contacts:
    people = [ctx.world.users[i] for i in sorted(ctx.user.contacts)]
    return types.contacts.Contacts(
        contacts=[types.Contact(one.id, ctx.user.id in one.contacts) for one in people],
        saved_count=len(people),
        users=[ctx.world.user_for(ctx.user, one) for one in people],
    )


@handles(functions.contacts.ImportContactsRequest)
async def import_contacts(
    ctx: Context, request: functions.contacts.ImportContactsRequest
) -> types.contacts.ImportedContacts:
    """Beyond the quota, numbers come back in `retry_contacts` as if nothing was known of them.
    People who do not want to be found by strangers are in no list."""
    profile, quotas = ctx.world.profile, ctx.world.quotas
    limit = profile.import_contacts_found_per_day
    key = ("import", ctx.user.id)
    imported, retry, users, popular = [], [], [], []
    if limit is not None and quotas.used(key, _DAY_S) >= 3 * limit:
        raise RpcError(420, f"FLOOD_WAIT_{profile.import_contacts_wait_s}")
    for contact in request.contacts:
        user = holder = ctx.world.user_by_phone(contact.phone)
        if user and not user.findable and ctx.user.id not in user.contacts:
            user = None
        over = limit is not None and quotas.used(key, _DAY_S) >= limit
        if user or over:
            quotas.count(key)
        if over:
            retry.append(contact.client_id)
        elif user:
            ctx.user.contacts.add(user.id)
            imported.append(types.ImportedContact(user.id, contact.client_id))
            users.append(ctx.world.user_for(ctx.user, user))
        elif holder is None and profile.unknown_numbers_told:
            popular.append(types.PopularContact(contact.client_id, importers=1))
    return types.contacts.ImportedContacts(imported, popular, retry, users)


@handles(functions.contacts.AddContactRequest)
async def add_contact(ctx: Context, request: functions.contacts.AddContactRequest) -> types.Updates:
    try:
        user = ctx.world.resolve_user(ctx.user, request.id)
    except RpcError:
        raise RpcError(400, "CONTACT_ID_INVALID") from None
    ctx.user.contacts.add(user.id)
    return ctx.updates(types.UpdatePeerSettings(types.PeerUser(user.id), types.PeerSettings()))


@handles(functions.contacts.DeleteContactsRequest)
async def delete_contacts(
    ctx: Context, request: functions.contacts.DeleteContactsRequest
) -> types.Updates:
    """Skip unknown people: no error is documented for them."""
    for one in request.id:
        with suppress(RpcError):
            ctx.user.contacts.discard(ctx.world.resolve_user(ctx.user, one).id)
    return ctx.updates()


@handles(functions.contacts.BlockRequest)
async def block(ctx: Context, request: functions.contacts.BlockRequest) -> bool:
    user = ctx.world.resolve_user(ctx.user, request.id)
    ctx.world.mailbox(ctx.user.id).blocked.add(user.id)
    return True


@handles(functions.contacts.UnblockRequest)
async def unblock(ctx: Context, request: functions.contacts.UnblockRequest) -> bool:
    user = ctx.world.resolve_user(ctx.user, request.id)
    ctx.world.mailbox(ctx.user.id).blocked.discard(user.id)
    return True
