"""Supergroups: their members, admins, bans, requests, settings. State and questions only.

Whatever changes a group, and tells everybody about it, is in `membership.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from telethon.tl import types

from .admin_log import LogEntry
from .invites import Invite, JoinRequest
from .messages import Message

FOREVER = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)

ADMIN_RIGHTS = (
    "change_info", "post_messages", "edit_messages", "delete_messages", "ban_users",
    "invite_users", "pin_messages", "add_admins", "anonymous", "manage_call", "other",
    "manage_topics", "post_stories", "edit_stories", "delete_stories",
    "manage_direct_messages", "manage_ranks",
)  # fmt: skip
BANNABLE = (
    "view_messages", "send_messages", "send_media", "send_stickers", "send_gifs", "send_games",
    "send_inline", "embed_links", "send_polls", "change_info", "invite_users", "pin_messages",
    "manage_topics", "send_photos", "send_videos", "send_roundvideos", "send_audios",
    "send_voices", "send_docs", "send_plain",
)  # fmt: skip


def rights_of(rights: types.ChatAdminRights) -> set[str]:
    return {name for name in ADMIN_RIGHTS if getattr(rights, name)}


def bans_of(rights: types.ChatBannedRights) -> set[str]:
    return {name for name in BANNABLE if getattr(rights, name)}


def all_rights() -> types.ChatAdminRights:
    names = set(ADMIN_RIGHTS) - {"anonymous"}
    return types.ChatAdminRights(**dict.fromkeys(names, True))


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Somebody's place in a channel at one moment: what logs and updates keep."""

    user_id: int
    kind: str  # "creator", "admin", "member", "restricted" (a member still), "banned"
    date: datetime
    inviter_id: int | None = None
    via_request: bool = False
    promoted_by: int | None = None
    admin_rights: types.ChatAdminRights | None = None
    rank: str | None = None
    banned_rights: types.ChatBannedRights | None = None
    kicked_by: int | None = None

    @property
    def is_member(self) -> bool:
        return self.kind != "banned"

    def to_tl(self, viewer_id: int) -> types.TypeChannelParticipant:
        if self.kind == "creator":
            return types.ChannelParticipantCreator(
                self.user_id, self.admin_rights or all_rights(), self.rank
            )
        if self.kind == "admin":
            is_self = viewer_id == self.user_id
            return types.ChannelParticipantAdmin(
                user_id=self.user_id,
                promoted_by=self.promoted_by or 0,
                date=self.date,
                admin_rights=self.admin_rights or types.ChatAdminRights(),
                can_edit=viewer_id == self.promoted_by,
                is_self=is_self,
                inviter_id=(self.inviter_id or self.user_id) if is_self else None,
                rank=self.rank,
            )
        if self.kind in ("restricted", "banned"):
            return types.ChannelParticipantBanned(
                peer=types.PeerUser(self.user_id),
                kicked_by=self.kicked_by or 0,
                date=self.date,
                banned_rights=self.banned_rights or types.ChatBannedRights(FOREVER),
                left=self.kind == "banned",
            )
        if viewer_id == self.user_id:
            return types.ChannelParticipantSelf(
                user_id=self.user_id,
                inviter_id=self.inviter_id or self.user_id,
                date=self.date,
                via_request=self.via_request,
            )
        return types.ChannelParticipant(self.user_id, self.date)


@dataclass(eq=False, kw_only=True)
class Member:
    user_id: int
    date: datetime  # when this person joined, the last time
    number: int  # order of joining
    inviter_id: int | None = None
    invite: Invite | None = None
    via_request: bool = False
    is_creator: bool = False
    admin_rights: types.ChatAdminRights | None = None
    promoted_by: int | None = None
    promoted_at: datetime | None = None
    rank: str | None = None
    restrictions: types.ChatBannedRights | None = None
    restricted_by: int | None = None
    read_up_to: int = 0
    last_sent_at: float = 0.0  # for slow mode

    @property
    def is_admin(self) -> bool:
        return self.is_creator or self.admin_rights is not None


@dataclass(eq=False, kw_only=True)
class Ban:
    user_id: int
    rights: types.ChatBannedRights
    kicked_by: int
    date: datetime


@dataclass(eq=False, kw_only=True)
class Channel:
    id: int
    title: str
    about: str
    creator_id: int
    date: datetime
    megagroup: bool = True
    username: str | None = None
    deleted: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    bans: dict[int, Ban] = field(default_factory=dict)  # those who may not see it
    left_by_themselves: set[int] = field(default_factory=set)
    invites: dict[str, Invite] = field(default_factory=dict)  # by hash
    requests: dict[int, JoinRequest] = field(default_factory=dict)
    answered_requests: dict[int, datetime] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)  # in order of ids
    admin_log: list[LogEntry] = field(default_factory=list)
    default_bans: types.ChatBannedRights = field(
        default_factory=lambda: types.ChatBannedRights(
            until_date=FOREVER, change_info=True, pin_messages=True
        )
    )
    call_id: int | None = None
    slow_mode_s: int = 0
    history_hidden: bool = False
    participants_hidden: bool = False
    signatures: bool = False
    no_forwards: bool = False
    join_to_send: bool = False
    join_request: bool = False
    next_message_id: int = 1
    next_member_number: int = 1

    def standing(self, user_id: int) -> Standing | None:
        """The person's place now; None for somebody who is neither in nor banned."""
        member = self.members.get(user_id)
        if member is None:
            ban = self.bans.get(user_id)
            if ban is None:
                return None
            return Standing(
                user_id=user_id,
                kind="banned",
                date=ban.date,
                banned_rights=ban.rights,
                kicked_by=ban.kicked_by,
            )
        kind = "member"
        if member.is_creator:
            kind = "creator"
        elif member.admin_rights is not None:
            kind = "admin"
        elif member.restrictions is not None:
            kind = "restricted"
        return Standing(
            user_id=user_id,
            kind=kind,
            date=member.promoted_at or member.date,
            inviter_id=member.inviter_id,
            via_request=member.via_request,
            promoted_by=member.promoted_by,
            admin_rights=member.admin_rights,
            rank=member.rank,
            banned_rights=member.restrictions,
            kicked_by=member.restricted_by,
        )

    def is_member(self, user_id: int) -> bool:
        return user_id in self.members

    def is_admin(self, user_id: int) -> bool:
        member = self.members.get(user_id)
        return member is not None and member.is_admin

    def has_right(self, user_id: int, right: str) -> bool:
        """Return whether the user is an admin with this right; plain members have none."""
        member = self.members.get(user_id)
        if member is None:
            return False
        if member.is_creator:
            return right != "anonymous" or bool(
                member.admin_rights and member.admin_rights.anonymous
            )
        return member.admin_rights is not None and bool(getattr(member.admin_rights, right))

    def may(self, user_id: int, action: str) -> bool:
        """Return whether this member may do something that can be forbidden to members
        (`BANNABLE`)."""
        member = self.members.get(user_id)
        if member is None:
            return False
        if member.is_creator:
            return True
        if member.admin_rights is not None and action in ADMIN_RIGHTS:
            return bool(getattr(member.admin_rights, action))
        if member.admin_rights is not None:
            return True
        if member.restrictions is not None and getattr(member.restrictions, action):
            return False
        return not getattr(self.default_bans, action)

    def admins(self) -> Iterator[Member]:
        return (member for member in self.members.values() if member.is_admin)

    def primary_invite(self, admin_id: int) -> Invite | None:
        for invite in self.invites.values():
            if invite.permanent and not invite.revoked and invite.admin_id == admin_id:
                return invite
        return None

    def visible(self, user_id: int) -> list[Message]:
        """The messages that this member may read, oldest first."""
        member = self.members.get(user_id)
        messages = list(self.messages.values())
        if not self.history_hidden or member is None or member.is_admin:
            return messages
        return [message for message in messages if message.date >= member.date]
