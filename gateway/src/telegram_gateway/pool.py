"""The pool, which all rooms share: its settings, database, accounts, lease and doorbell; and
`Work`, which is given to the handlers of commands. Memory of a single room belongs into that
room."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from telegram_gateway.accounts import Accounts
from telegram_gateway.core.account_standing import Standing
from telegram_gateway.core.commands import Pauses
from telegram_gateway.core.model import ChatId, Fact, TgChatId, TgUserId
from telegram_gateway.database import inbox
from telegram_gateway.database.connection import Database
from telegram_gateway.database.doorbell import Doorbell
from telegram_gateway.database.lease import Lease, clock
from telegram_gateway.database.pauses import load_pauses_and_owner
from telegram_gateway.errors import LeaseLost
from telegram_gateway.membership.memory import MembershipMemory
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.peers import channel_for, person_for

if TYPE_CHECKING:  # these rooms import this module
    from telegram_gateway.calls.lane import Calls
    from telegram_gateway.membership.lane import MembershipLanes

# Within a series, a pause is noticed so many seconds after it was made at the latest.
_PAUSES_HOLD_S = 0.05
_in_a_row: ContextVar[bool] = ContextVar("in_a_row", default=False)


@dataclass
class Pool:
    """One bot, one user account, and the chats that they serve."""

    settings: Settings
    database: Database
    accounts: Accounts
    lease: Lease
    doorbell: Doorbell
    # the chat of each group, for updates; filled at start and as groups are made
    chat_ids: dict[TgChatId, ChatId] = field(default_factory=dict)
    # the standing of each account ("bot", "user"): see run/account_standing.py
    standings: dict[str, Standing] = field(default_factory=dict)
    # what the membership lanes remember
    membership: MembershipMemory = field(default_factory=MembershipMemory)
    # when the pauses were read last (by `clock`), who owned the pool then, and the pauses
    _pauses: tuple[float, int | None, Pauses] | None = None

    @property
    def name(self) -> str:
        """The pool's name in the tables."""
        return self.settings.pool

    async def may_change(self, chat_id: ChatId | None) -> bool:
        """Return whether something may be changed on Telegram for that chat (None: for the pool as
        a whole): nobody has paused it. Raises LeaseLost where another process owns the pool."""
        asked_at = clock()
        pauses, owner = await load_pauses_and_owner(self.database, self.name)
        if owner != self.lease.generation:
            raise LeaseLost
        self._pauses = asked_at, owner, pauses
        return not pauses.holds(chat_id)

    async def may_request(self, chat_id: ChatId | None) -> bool:
        """Return the answer of `may_change`, before a single request.

        Within a series (see `in_a_row`) the pauses that were read a moment ago hold: reading them
        takes as long as the request itself."""
        if _in_a_row.get() and self._pauses is not None:
            asked_at, owner, pauses = self._pauses
            if owner == self.lease.generation and clock() < asked_at + _PAUSES_HOLD_S:
                return not pauses.holds(chat_id)
        return await self.may_change(chat_id)

    @contextlib.contextmanager
    def in_a_row(self) -> Iterator[None]:
        """Mark a series of harmless requests, such as letting in many people one after the other.

        Within it, `may_request` may answer by pauses that were read a moment ago."""
        token = _in_a_row.set(True)
        try:
            yield
        finally:
            _in_a_row.reset(token)

    async def is_frozen(self, kind: str) -> bool:
        """Return whether the account ("bot", "user") is frozen, so that it may change nothing
        now."""
        standing = self.standings.get(kind)
        if standing is None or standing.freeze is None:
            return False
        return not standing.may_change(await self.now())

    async def now(self) -> datetime:
        """The database's clock (aware, UTC)."""
        return await self.database.now()

    async def report(self, facts: Iterable[Fact]) -> None:
        """Insert facts, and ring the doorbell where one is new."""
        if await inbox.insert_facts(self.database, self.name, facts):
            self.doorbell.press()

    async def report_as_owner(self, facts: Iterable[Fact]) -> None:
        """Insert facts, and ring the doorbell where one is new, as long as this process owns the
        pool: if it stood still, another one may have reported what came later. Raises LeaseLost."""
        if await inbox.insert_facts(self.database, self.name, facts, self.lease):
            self.doorbell.press()

    async def bot_channel(self, tg_chat_id: TgChatId) -> Any:
        """The group as the bot addresses it."""
        return await channel_for(self.accounts.bot, tg_chat_id)

    async def bot_user(self, tg_user_id: int) -> Any:
        """A person as the bot addresses them. Raises TelegramError."""
        return await person_for(self.accounts.bot, TgUserId(tg_user_id))


@dataclass(frozen=True, kw_only=True)
class Work:
    """Given to the handlers of commands: the pool, and the rooms that work in its lanes."""

    pool: Pool
    calls: Calls
    membership: MembershipLanes


def iso(at: datetime) -> str:
    """An instant (aware, UTC) as facts carry it: ISO 8601, to the second, with Z."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
