"""What members of a group may not do, and what its admins may. Pure: names of Telegram's flags."""

from __future__ import annotations

from collections.abc import Mapping

from telegram_gateway.core.model import Role

#: What ordinary members may not do in a group of children. Telegram's own default lets every member
#: add people, past the requests to join.
CLOSED = {"invite_users": True, "pin_messages": True, "change_info": True}

#: What nobody but admins may do in a group of an archived classroom.
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
    """What members may not do in that group once it is closed: what else is forbidden stays so."""
    return {**banned, **CLOSED}


def has_drifted(role: Role, rights: frozenset[str]) -> bool:
    """Whether an admin holds other rights than their role has. Flags that no role of ours has are
    Telegram's own affair."""
    return rights & _OURS != OF_ROLE[role]
