"""Invite links, and people who asked to join."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from telethon.tl import types


@dataclass(eq=False, kw_only=True)
class Invite:
    hash: str
    channel_id: int
    admin_id: int
    date: datetime
    permanent: bool = False
    request_needed: bool = False
    expire_date: datetime | None = None
    usage_limit: int | None = None
    title: str | None = None
    usage: int = 0
    requested: int = 0
    revoked: bool = False

    @property
    def link(self) -> str:
        return f"https://t.me/+{self.hash}"

    def is_usable(self, now: datetime) -> bool:
        return not (
            self.revoked
            or (self.expire_date is not None and self.expire_date <= now)
            or (self.usage_limit is not None and self.usage >= self.usage_limit)
        )

    def to_tl(self) -> types.ChatInviteExported:
        return types.ChatInviteExported(
            link=self.link,
            admin_id=self.admin_id,
            date=self.date,
            revoked=self.revoked,
            permanent=self.permanent,
            request_needed=self.request_needed,
            expire_date=self.expire_date,
            usage_limit=self.usage_limit,
            usage=self.usage or None,
            requested=self.requested or None,
            title=self.title,
        )


@dataclass(eq=False, kw_only=True)
class JoinRequest:
    user_id: int
    date: datetime
    invite: Invite


def new_hash() -> str:
    return secrets.token_urlsafe(12)


def hash_of(link: str) -> str:
    """The hash in `https://t.me/+HASH`, `https://t.me/joinchat/HASH` or `tg://join?invite=HASH`."""
    text = link.strip().rstrip("/")
    for mark in ("joinchat/", "invite=", "/+"):
        if mark in text:
            return text.rpartition(mark)[2]
    return text.lstrip("+")
