"""The room's memory: what is known of the chats between two reconciliations.

Rebuilt from the tables and from Telegram after a start. Instants are aware, UTC, on the database's
clock unless said otherwise.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from telegram_gateway.core.group_parts import Gaps
from telegram_gateway.core.known_groups import DialogReads
from telegram_gateway.core.latest_seen import of_last_second
from telegram_gateway.core.model import ChatId, StepKind, TgUserId
from telegram_gateway.core.rests import Rest
from telegram_gateway.telegram.seen import MemberSeen


@dataclass
class MembershipMemory:
    """One per pool, shared by the membership lanes of its chats."""

    # chats whose group must be read as a whole before anything is concluded
    unread: set[ChatId] = field(default_factory=set)
    # when that was done last
    read_at: dict[ChatId, datetime] = field(default_factory=dict)
    # each person's newest updates in a chat: all of the same second, on Telegram's clock; older
    # ones come too late
    newest: defaultdict[ChatId, dict[TgUserId, tuple[MemberSeen, ...]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    # mutual contacts of the user account, and until when that is taken for true
    mutual: frozenset[TgUserId] = frozenset()
    mutual_until: datetime | None = None
    # how the account's list of chats was read last, and who reads it now
    hearing: DialogReads = DialogReads()
    hearing_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    # until when no admin is appointed in a chat, and the accounts that are too fresh to appoint one
    fresh: dict[ChatId, datetime] = field(default_factory=dict)
    fresh_kinds: set[str] = field(default_factory=set)
    # chats in which a direct add may be possible from then on
    again_at: dict[ChatId, datetime] = field(default_factory=dict)
    # the same for what a reconciliation could not read or do, or has to see the outcome of
    look_at: dict[ChatId, datetime] = field(default_factory=dict)
    # the parts of each group that could not be read
    gaps: dict[ChatId, Gaps] = field(default_factory=dict)
    # the kinds of steps that Telegram wants left alone there
    rests: dict[ChatId, dict[StepKind, Rest]] = field(default_factory=dict)
    # when to look for removals there that no update has shown until then
    removals_at: dict[ChatId, datetime] = field(default_factory=dict)
    # updates that may be out of date, about people whom nobody could be asked about
    doubted: dict[ChatId, list[MemberSeen]] = field(default_factory=dict)
    # who was missing from the last list that could be trusted, and could not be asked about
    absent: dict[ChatId, frozenset[TgUserId]] = field(default_factory=dict)

    def newest_at(self, chat_id: ChatId, user: TgUserId) -> datetime | None:
        """When the newest known update about the person happened, on Telegram's clock."""
        known = self.newest[chat_id].get(user)
        return known[0].at if known else None

    def answered(self, chat_id: ChatId, seen: Iterable[MemberSeen]) -> None:
        """Know the updates in Telegram's answer to a step of ours: what was before it may come
        later."""
        newest = self.newest[chat_id]
        for update in seen:
            user = update.tg_user_id
            newest[user] = of_last_second([*newest.get(user, ()), update])

    def look_again(self, chat_id: ChatId, at: datetime) -> None:
        """Look at the chat then, though nothing may have happened there until then."""
        self.look_at[chat_id] = min(at, self.look_at.get(chat_id, at))

    def removals_asked(self, chat_id: ChatId, at: datetime) -> None:
        """Plan to look, at `at`, for removals of the chat that no update has shown until then."""
        self.removals_at[chat_id] = at
        self.look_again(chat_id, at)

    def look_for_removals(self, chat_id: ChatId, now: datetime) -> bool:
        """Return whether it is time to look for the removals that no update has shown."""
        at = self.removals_at.get(chat_id)
        if at is None:
            return False
        if at > now:
            self.look_again(chat_id, at)
            return False
        del self.removals_at[chat_id]
        return True
