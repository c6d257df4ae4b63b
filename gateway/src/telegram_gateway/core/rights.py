"""The rights of members and admins of a group, by the names of Telegram's flags. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from telegram_gateway.core.model import Role

#: What ordinary members may not do in a group of children. Telegram's own default lets every member
#: add people, past the requests to join.
CLOSED = {"invite_users": True, "pin_messages": True, "change_info": True}

#: What members may not do in a group of an archived class.
READ_ONLY = {
    "send_messages": True,
    "send_media": True,
    "send_stickers": True,
    "send_gifs": True,
    "send_games": True,
    "send_inline": True,
    "embed_links": True,
    "send_polls": True,
    **CLOSED,
}

#: What each role may do as an admin of the group; a student is none.
OF_ROLE: dict[Role, frozenset[str]] = {
    Role.STUDENT: frozenset(),
    Role.TEACHER: frozenset({"manage_call", "pin_messages", "invite_users", "delete_messages"}),
    Role.SUPERVISOR: frozenset(
        {
            "manage_call",
            "pin_messages",
            "invite_users",
            "delete_messages",
            "change_info",
            "ban_users",
        }
    ),
}
_OURS = frozenset().union(*OF_ROLE.values())


def closed(banned: Mapping[str, bool]) -> dict[str, bool]:
    """Return what members may not do once the group is closed: whatever else is forbidden stays
    so."""
    return {**banned, **CLOSED}


def has_drifted(role: Role, rights: frozenset[str]) -> bool:
    """Return whether an admin has other rights than their role. Flags that no role of ours has are
    ignored."""
    return rights & _OURS != OF_ROLE[role]
