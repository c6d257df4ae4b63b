"""What the control API shows of people, chats and calls, as JSON."""

from __future__ import annotations

from typing import Any

from ..world.calls import GroupCall
from ..world.channels import Channel, rights_of
from ..world.people import User
from ..world.world import World


def user_shown(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "phone": user.phone,
        "username": user.username,
        "is_bot": user.is_bot,
        "lang_code": user.lang_code,
        "deleted": user.deleted,
    }


def chat_shown(world: World, chat: Channel, *, whole: bool = False) -> dict[str, Any]:
    """`whole`: with the members and the texts that were written."""
    shown: dict[str, Any] = {
        "id": chat.id,
        "title": chat.title,
        "about": chat.about,
        "creator_id": chat.creator_id,
        "deleted": chat.deleted,
        "members": len(chat.members),
        "call_id": chat.call_id,
        "links": [one.link for one in chat.invites.values() if not one.revoked],
    }
    if whole:
        shown["people"] = [_member_shown(world, chat, i) for i in (*chat.members, *chat.bans)]
        shown["requests"] = list(chat.requests)
        shown["texts"] = [one.text for one in chat.messages.values() if one.text]
    return shown


def _member_shown(world: World, chat: Channel, user_id: int) -> dict[str, Any]:
    standing = chat.standing(user_id)
    assert standing is not None
    rights = standing.admin_rights
    return {
        **user_shown(world.users[user_id]),
        "kind": standing.kind,
        "rights": sorted(rights_of(rights)) if rights else [],
    }


def call_shown(world: World, call: GroupCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "chat_id": call.channel_id,
        "title": call.title,
        "started_at": call.started_at and call.started_at.isoformat(),
        "ended_at": call.ended_at and call.ended_at.isoformat(),
        "version": call.version,
        "participants": [
            {"user_id": one.user_id, "name": world.users[one.user_id].name}
            for one in call.participants.values()
        ],
    }
