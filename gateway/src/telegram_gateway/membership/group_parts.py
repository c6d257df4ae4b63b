"""Reads a group in parts: each part by itself, so that one that fails does not hold up another.

What follows from parts that failed is decided in the pure `core/group_parts.py`. Which part has
been missing since when is kept in telegram_chat_state, for Odoo's page "Health".
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import structlog

from telegram_gateway.core.commands import Wishes
from telegram_gateway.core.group_parts import (
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
from telegram_gateway.membership.known_groups import refresh_known_groups
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import own_membership
from telegram_gateway.telegram.errors import AccountLost, Passing, Refused, TelegramError, Wait
from telegram_gateway.telegram.peers import channel_for

log = structlog.get_logger(__name__)
T = TypeVar("T")
_BY_USER = {Part.REQUESTS, Part.LOG}


class GroupReader:
    """Reads the parts of one group during one reconciliation.

    `read` and `failed`: the parts that were asked for, by outcome; `failed` with the error's code.
    `now`: when the reconciliation began, on the database's clock.
    """

    def __init__(self, pool: Pool, chat: Chat, now: datetime, wishes: Wishes):
        self.pool, self.chat, self.now = pool, chat, now
        self.read: set[Part] = set()
        self.failed: dict[Part, str] = {}
        self._gaps: Gaps = pool.membership.gaps.setdefault(chat.id, {})
        self._is_asked = wishes.check or wishes.retry
        self._lost: AccountLost | None = None

    def wanted(self) -> frozenset[Part]:
        """The parts to read: all of them if the group was never read, else those that failed
        earlier and are due, or that a person asks for."""
        whole = frozenset(Part) - {Part.PEOPLE, Part.LOG}
        if self.chat.id in self.pool.membership.unread:
            return whole
        missing = frozenset(self._gaps) if self._is_asked else due(self._gaps, self.now)
        if Part.PEOPLE in missing:  # the lists say whom to ask about
            return missing | whole
        # the count says whether the list can be believed
        of_list = {Part.FULL, Part.MEMBERS}
        return missing | of_list if missing & of_list else missing

    async def part(self, part: Part, read: Callable[[Any], Awaitable[T]]) -> T | None:
        """The answer of `read`, which is given the group as the part's account addresses it. None
        if that fails, which is noted."""
        try:
            answer = await read(await self._channel(part))
        except TelegramError as error:
            self._note_failure(part, error, await self.pool.now())
            return None
        self.read.add(part)
        if self._gaps.pop(part, None) is not None:
            log.info("part_read_again", chat_id=self.chat.id, part=str(part))
        return answer

    def was_tried(self, part: Part) -> bool:
        """Return whether the part was asked for in this reconciliation."""
        return part in self.read or part in self.failed

    def is_second_try(self, part: Part) -> bool:
        """Return whether the part failed in an earlier reconciliation, too."""
        gap = self._gaps.get(part)
        return gap is not None and gap.tries > 1

    def needs_no(self, part: Part) -> None:
        """Forget that the part is missing, since it is not needed any more."""
        if not self.was_tried(part):
            self._gaps.pop(part, None)

    async def _channel(self, part: Part) -> Any:
        if part not in _BY_USER:
            return await self.pool.bot_channel(self.chat.group)
        await refresh_known_groups(self.pool, self.chat.group, at_once=self._is_asked)
        return await channel_for(self.pool.accounts.user, self.chat.group)

    def _note_failure(self, part: Part, error: TelegramError, now: datetime) -> None:
        wait_s = error.seconds + 1 if isinstance(error, Wait) else 0
        before = self._gaps.get(part)
        gap = after_failure(before, part, error.code, now, wait_s)
        kept_since = since_of(self.chat.missing, part)
        if before is None and kept_since is not None:
            gap = replace(gap, since=kept_since)
        self._gaps[part] = gap
        self.failed[part] = error.code
        if isinstance(error, AccountLost):
            self._lost = error
        log.warning(
            "part_read_failed",
            chat_id=self.chat.id,
            part=str(part),
            code=error.code,
            tries=gap.tries,
            again_at=gap.again_at.isoformat(timespec="seconds"),
        )

    async def check_group(self) -> None:
        """Raise Refused if the answers show that the bot has no place in the group any more. For a
        group that the bot does not know, the account's answers count."""
        code = is_gone(self.failed, self.read)
        if code is None and is_unknown(self.failed, self.read):
            code = await self._as_account_says()
        if code is not None:
            self._gaps.clear()
            raise Refused(code)

    async def _as_account_says(self) -> str | None:
        """Return why the group cannot be kept, as the user account sees it; None if it sees nothing
        wrong, or cannot say now."""
        user, bot = self.pool.accounts.user, self.pool.accounts.rows["bot"]
        with contextlib.suppress(Passing, Refused, Wait):
            return await own_membership.what_is_wrong(user, self.chat.group, bot.username)
        return None

    async def save_missing(self) -> None:
        """Store which parts are missing, and have the chat reconciled when the first is due
        again."""
        now = await self.pool.now()
        for part in due(self._gaps, now):  # it was not asked for, since another part failed
            self._gaps[part] = after_failure(self._gaps[part], part, self._gaps[part].code, now)
        at = next_try(self._gaps)
        if at is not None:
            self.pool.membership.look_again(self.chat.id, at)
        missing = as_facts(self._gaps.values())
        if missing != self.chat.missing:
            text = json.dumps(missing) if missing else None
            await chats.save_state(self.pool.database, self.chat.id, missing=text)

    def check_account(self) -> None:
        """Raise AccountLost if a part found that out: everything else was done all the same."""
        if self._lost is not None:
            raise self._lost
