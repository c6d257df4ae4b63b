"""People who change their name or delete their account, and who is told of it: those who have them
in their address book or have written with them, bots included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telethon.tl import types

from .people import User

if TYPE_CHECKING:
    from .world import World

_NAMES = ("first_name", "last_name", "username")


def change_user(world: World, user: User, fields: dict[str, Any]) -> None:
    """Set fields of the account and tell of what others can see of them."""
    before = [getattr(user, name) for name in _NAMES]
    was_deleted = user.deleted
    for name, value in fields.items():
        setattr(user, name, value)
    is_renamed = before != [getattr(user, name) for name in _NAMES]
    if not world.profile.name_updates or not (is_renamed or was_deleted != user.deleted):
        return
    usernames = [types.Username(user.username, editable=True, active=True)] if user.username else []
    told = [
        other.id
        for other in world.users.values()
        if other is not user
        and (user.id in other.contacts or user.id in world.mailbox(other.id).peers())
    ]
    if user.deleted:
        world.hub.transient(told, lambda _viewer: types.UpdateUser(user.id))
    else:
        world.hub.transient(
            told,
            lambda _viewer: types.UpdateUserName(
                user.id, user.first_name, user.last_name or "", usernames
            ),
        )
