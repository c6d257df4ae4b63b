"""What the lanes of a pool share: its database, accounts, lease and doorbell."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telegram_gateway.core.account_standing import Standing
from telegram_gateway.core.commands import Pauses
from telegram_gateway.core.group_parts import Gaps
from telegram_gateway.core.known_groups import DialogReads
from telegram_gateway.core.model import ChatId, Fact, StepKind, TgChatId, TgUserId
from telegram_gateway.core.rests import Rest
from telegram_gateway.database import inbox
from telegram_gateway.database.connection import Database
from telegram_gateway.database.doorbell import Doorbell
from telegram_gateway.database.lease import Lease, clock
from telegram_gateway.database.pauses import load_pauses_and_owner
from telegram_gateway.errors import LeaseLost
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.accounts import Accounts
from telegram_gateway.telegram.peers import channel_for, person_for
from telegram_gateway.telegram.seen import MemberSeen

# While people are let in one after the other, a pause is known so long after it was made at the latest.
_HOLDS_S = 0.05
_in_a_row: ContextVar[bool] = ContextVar("in_a_row", default=False)


@dataclass
class Pool:
    """One bot, one user account, and the chats that they serve."""

    settings: Settings
    database: Database
    accounts: Accounts
    lease: Lease
    doorbell: Doorbell
    # group → chat, for updates; filled at start and as groups are made
    chat_ids: dict[TgChatId, ChatId] = field(default_factory=dict)
    # chats whose group must be read as a whole before anything is concluded
    unread: set[ChatId] = field(default_factory=set)
    # when that was done last, on the database's clock
    read_at: dict[ChatId, datetime] = field(default_factory=dict)
    # when each person's newest update in a chat happened, on Telegram's clock; older ones come too
    # late
    newest: defaultdict[ChatId, dict[TgUserId, datetime]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    # mutual contacts of the user account, and until when that is taken for true
    mutual: frozenset[TgUserId] = frozenset()
    mutual_until: datetime | None = None
    # how the account's list of chats was read last, and who reads it now
    hearing: DialogReads = DialogReads()
    hearing_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    # chats that are to be looked at again then, though nothing may have happened there
    again_at: dict[ChatId, datetime] = field(default_factory=dict)
    # how each account stands ("bot", "user"): see run/account_standing.py
    standings: dict[str, Standing] = field(default_factory=dict)
    # chats in which no admin is appointed before then, and the accounts that are too fresh for it
    fresh: dict[ChatId, datetime] = field(default_factory=dict)
    fresh_kinds: set[str] = field(default_factory=set)
    # the same for what a look could not read or do, or has to see the outcome of
    look_at: dict[ChatId, datetime] = field(default_factory=dict)
    # the parts of each group that could not be read
    gaps: dict[ChatId, Gaps] = field(default_factory=dict)
    # the kinds of steps that Telegram wants left alone there
    rests: dict[ChatId, dict[StepKind, Rest]] = field(default_factory=dict)
    # when to look at removals there that no update has shown until then
    removals_at: dict[ChatId, datetime] = field(default_factory=dict)
    # updates that may be out of date, about people whom nobody could be asked about
    doubted: dict[ChatId, list[MemberSeen]] = field(default_factory=dict)
    # who was missing from the last list that could be believed, and could not be asked about
    absent: dict[ChatId, frozenset[TgUserId]] = field(default_factory=dict)
    # what was paused, and whose the pool was, when that was asked last (on a clock that goes on while
    # the process stands still)
    _pauses: tuple[float, int, Pauses] | None = None

    @property
    def name(self) -> str:
        """The pool's name in the tables."""
        return self.settings.pool

    async def may_change(self, chat_id: ChatId | None) -> bool:
        """Whether something may be changed on Telegram now: nobody has paused it. Raises LeaseLost
        when another process owns the pool."""
        asked = clock()
        pauses, owner = await load_pauses_and_owner(self.database, self.name)
        if owner != self.lease.generation:
            raise LeaseLost
        self._pauses = asked, owner, pauses
        return not pauses.holds(chat_id)

    async def may_go_on(self, chat_id: ChatId | None) -> bool:
        """The same, for the gate. While many are let in one after the other, what was known a moment
        ago holds: asking takes as long as letting in."""
        if _in_a_row.get() and self._pauses is not None:
            asked, owner, pauses = self._pauses
            if owner == self.lease.generation and clock() < asked + _HOLDS_S:
                return not pauses.holds(chat_id)
        return await self.may_change(chat_id)

    @contextlib.contextmanager
    def in_a_row(self) -> Iterator[None]:
        """What is asked for within is one of many of its kind that do no harm."""
        token = _in_a_row.set(True)
        try:
            yield
        finally:
            _in_a_row.reset(token)

    async def is_frozen(self, kind: str) -> bool:
        """Whether the account ("bot", "user") is frozen: then it changes nothing now."""
        standing = self.standings.get(kind)
        if standing is None or standing.freeze is None:
            return False
        return not standing.may_change(await self.now())

    async def now(self) -> datetime:
        """The database's clock (aware, UTC)."""
        return await self.database.now()

    def look_again(self, chat_id: ChatId, at: datetime) -> None:
        """Look at the chat then, though nothing may have happened there until then."""
        self.look_at[chat_id] = min(at, self.look_at.get(chat_id, at))

    def removals_asked(self, chat_id: ChatId, at: datetime) -> None:
        """Look at the chat at `at` for removals that no update has shown until then."""
        self.removals_at[chat_id] = at
        self.look_again(chat_id, at)

    def look_for_removals(self, chat_id: ChatId, now: datetime) -> bool:
        """Whether it is time to look for them."""
        at = self.removals_at.get(chat_id)
        if at is None:
            return False
        if at > now:
            self.look_again(chat_id, at)
            return False
        del self.removals_at[chat_id]
        return True

    async def tell(self, facts: Iterable[Fact]) -> None:
        """Insert facts and ring at Odoo."""
        if await inbox.insert_facts(self.database, self.name, facts):
            self.doorbell.press()

    async def tell_as_owner(self, facts: Iterable[Fact]) -> None:
        """The same, if the pool is ours still: of one who stood still for long another process may
        have told more since. Raises LeaseLost."""
        if await inbox.insert_facts(self.database, self.name, facts, self.lease):
            self.doorbell.press()

    async def bot_channel(self, tg_chat_id: TgChatId) -> Any:
        """The group as the bot addresses it."""
        return await channel_for(self.accounts.bot, tg_chat_id)

    async def bot_user(self, tg_user_id: int) -> Any:
        """A person as the bot addresses them. Raises TelegramError where asking fails."""
        return await person_for(self.accounts.bot, TgUserId(tg_user_id))


def iso(at: datetime) -> str:
    """An instant as facts carry it."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
