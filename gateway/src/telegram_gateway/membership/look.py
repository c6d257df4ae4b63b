"""One look at a chat's group: each part is read by itself, and none that fails holds up another.

What is decided of parts that failed is in the pure `core/group_parts.py`; since when which one is missing
is kept in telegram_chat_state, from which Odoo's page "Health" says it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import structlog

from telegram_gateway.core.commands import Wishes
from telegram_gateway.core.group_parts import (
    Gap,
    Gaps,
    Part,
    after_failure,
    as_facts,
    due,
    is_gone,
    is_unknown,
    next_try,
    since_of,
)
from telegram_gateway.database import chats
from telegram_gateway.database.chats import Chat
from telegram_gateway.membership.known_groups import hear_of
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import own_membership
from telegram_gateway.telegram.errors import AccountLost, Passing, Refused, TelegramError, Wait
from telegram_gateway.telegram.peers import channel_for

log = structlog.get_logger(__name__)
T = TypeVar("T")
_BY_USER = {Part.REQUESTS, Part.LOG}


class Look:
    """`read` and `failed`: the parts that were asked for, by how that ended; `failed` with the
    error's code. `now`: when the look began, on the database's clock."""

    def __init__(self, pool: Pool, chat: Chat, now: datetime, wishes: Wishes):
        self.pool, self.chat, self.now = pool, chat, now
        self.read: set[Part] = set()
        self.failed: dict[Part, str] = {}
        self._gaps: Gaps = pool.membership.gaps.setdefault(chat.id, {})
        self._is_asked = wishes.check or wishes.retry
        self._lost: AccountLost | None = None

    def wanted(self) -> frozenset[Part]:
        """The parts that are to be read: all of a group that was not read yet or that a person asks
        about, else what failed earlier and is due."""
        whole = frozenset(Part) - {Part.PEOPLE, Part.LOG}
        if self.chat.id in self.pool.membership.unread:
            return whole
        found = frozenset(self._gaps) if self._is_asked else due(self._gaps, self.now)
        if Part.PEOPLE in found:  # whom to ask about, the lists say
            return found | whole
        # the count says whether the list can be believed
        of_list = {Part.FULL, Part.MEMBERS}
        return found | of_list if found & of_list else found

    async def part(self, part: Part, read: Callable[[Any], Awaitable[T]]) -> T | None:
        """What `read` answers, given the group as the part's account addresses it; None where it
        fails, which is noted."""
        try:
            found = await read(await self._channel(part))
        except TelegramError as error:
            self._fail(part, error, await self.pool.now())
            return None
        self.read.add(part)
        if self._gaps.pop(part, None) is not None:
            log.info("look_part_back", chat_id=self.chat.id, part=str(part))
        return found

    def was_tried(self, part: Part) -> bool:
        """Whether this look has asked for the part."""
        return part in self.read or part in self.failed

    def is_second_try(self, part: Part) -> bool:
        """Whether the part failed in an earlier look, too."""
        gap = self._gaps.get(part)
        return gap is not None and gap.tries > 1

    def needs_no(self, part: Part) -> None:
        """There is nothing any more that the part would say."""
        if not self.was_tried(part):
            self._gaps.pop(part, None)

    async def _channel(self, part: Part) -> Any:
        if part not in _BY_USER:
            return await self.pool.bot_channel(self.chat.group)
        await hear_of(self.pool, self.chat.group, at_once=self._is_asked)
        return await channel_for(self.pool.accounts.user, self.chat.group)

    def _fail(self, part: Part, error: TelegramError, now: datetime) -> None:
        wait_s = error.seconds + 1 if isinstance(error, Wait) else 0
        before = self._gaps.get(part)
        gap = after_failure(before, part, error.code, now, wait_s)
        kept = since_of(self.chat.missing, part)
        if before is None and kept is not None:
            gap = Gap(**{**vars(gap), "since": kept})
        self._gaps[part] = gap
        self.failed[part] = error.code
        if isinstance(error, AccountLost):
            self._lost = error
        log.warning(
            "look_part_failed",
            chat_id=self.chat.id,
            part=str(part),
            code=error.code,
            tries=gap.tries,
            again_at=gap.again_at.isoformat(timespec="seconds"),
        )

    async def check_group(self) -> None:
        """Raises Refused where all that was asked says that the bot has no part in the group; of a
        group that the bot has never heard of, where the account says so."""
        gone = is_gone(self.failed, self.read)
        if gone is None and is_unknown(self.failed, self.read):
            gone = await self._as_account_says()
        if gone is not None:
            self._gaps.clear()
            raise Refused(gone)

    async def _as_account_says(self) -> str | None:
        """Why the group cannot be kept; None where the account sees nothing wrong, or not now."""
        user, bot = self.pool.accounts.user, self.pool.accounts.rows["bot"]
        with contextlib.suppress(Passing, Refused, Wait):
            return await own_membership.what_is_wrong(user, self.chat.group, bot.username)
        return None

    async def note(self) -> None:
        """Keep which parts are missing, and look again when the first of them is due."""
        now = await self.pool.now()
        for part in due(self._gaps, now):  # without another part there was nothing to ask for
            self._gaps[part] = after_failure(self._gaps[part], part, self._gaps[part].code, now)
        at = next_try(self._gaps)
        if at is not None:
            self.pool.membership.look_again(self.chat.id, at)
        missing = as_facts(self._gaps.values())
        if missing != self.chat.missing:
            text = json.dumps(missing) if missing else None
            await chats.save_state(self.pool.database, self.chat.id, missing=text)

    def check_account(self) -> None:
        """Raises AccountLost where a part found that out: the rest was done all the same."""
        if self._lost is not None:
            raise self._lost
