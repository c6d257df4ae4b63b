"""People, chats and calls as the control API shows them, as JSON."""

from __future__ import annotations

from typing import Any

from ..world.calls import GroupCall
from ..world.channels import Channel, bans_of, rights_of
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
        "frozen": user.frozen_since is not None,
        "commands": user.commands,
        "contacts": sorted(user.contacts),
    }


def chat_shown(world: World, chat: Channel, *, whole: bool = False) -> dict[str, Any]:
    """`whole`: with the members and the texts and files that were sent."""
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
        shown["forbidden"] = sorted(bans_of(chat.default_bans))
        shown["requests"] = list(chat.requests)
        shown["texts"] = [one.text for one in chat.messages.values() if one.text]
        shown["files"] = [one.document.name for one in chat.messages.values() if one.document]
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


def log_shown(world: World, chat: Channel) -> list[dict[str, Any]]:
    """The group's admin log: `what` is the name of the action without its long prefix; where it
    concerns a person's standing, `user_id` and the kinds of participant `before` and `after`."""
    viewer = world.users[chat.creator_id]
    shown = []
    for entry in chat.admin_log:
        action = entry.build(viewer)
        line: dict[str, Any] = {
            "id": entry.id,
            "date": entry.date.isoformat(),
            "by": entry.user_id,
            "what": type(action).__name__.removeprefix("ChannelAdminLogEventAction"),
        }
        before = getattr(action, "prev_participant", None)
        after = getattr(action, "new_participant", None)
        if before is not None and after is not None:
            peer = getattr(after, "peer", None)
            line["user_id"] = peer.user_id if peer is not None else after.user_id
            for name, one in (("before", before), ("after", after)):
                line[name] = type(one).__name__.removeprefix("ChannelParticipant") or "Member"
        shown.append(line)
    return shown


def call_shown(world: World, call: GroupCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "chat_id": call.channel_id,
        "title": call.title,
        "started_at": call.started_at and call.started_at.isoformat(),
        "ended_at": call.ended_at and call.ended_at.isoformat(),
        "scheduled_for": call.schedule_date and call.schedule_date.isoformat(),
        "join_muted": call.join_muted,
        "listeners_hidden": call.listeners_hidden,
        "recordings": [
            {
                "by": one.by,
                "title": one.title,
                "is_video": one.is_video,
                "ended_at": one.ended_at and one.ended_at.isoformat(),
            }
            for one in call.recordings
        ],
        "version": call.version,
        "participants": [
            {"user_id": one.user_id, "name": world.users[one.user_id].name}
            for one in call.participants.values()
        ],
    }
