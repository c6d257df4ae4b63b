"""Missed updates: the user account was told of something that the bot, or another update, should
have reported too; some seconds later that is checked.

An update to the bot may be lost; then nobody would be let in, a new title not reported, a call not
followed, before the nightly check. See docs/dev/membership.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from telegram_gateway.core.missed_updates import (
    LATE_S,
    JoinRequest,
    PendingRequests,
    is_call_missed,
    missed_requests,
)
from telegram_gateway.core.model import ChatId, TgCallId
from telegram_gateway.database import chats, members
from telegram_gateway.pool import Pool
from telegram_gateway.run.lanes import Key, Lanes, Work
from telegram_gateway.telegram.seen import CallMessageSeen, RequestsSeen, TitleSeenByUser

log = structlog.get_logger(__name__)
Look = Callable[[ChatId], None]


class MissedUpdates:
    """Where an update was missed, has the group read (`look_at`) or its call (`look_for_call`).

    `watched`: the call that is followed in a chat; `is_over`: whether a call is known to have
    ended.
    """

    def __init__(
        self,
        pool: Pool,
        lanes: Lanes,
        *,
        look_at: Look,
        look_for_call: Look,
        watched: Callable[[ChatId], TgCallId | None],
        is_over: Callable[[TgCallId], bool],
    ):
        self._pool, self._lanes = pool, lanes
        self._look_at, self._look_for_call = look_at, look_for_call
        self._watched, self._is_over = watched, is_over
        self._requests = PendingRequests()
        self._titles: dict[ChatId, str] = {}  # the newest that the account was told of

    def check_later(
        self, chat_id: ChatId, seen: RequestsSeen | TitleSeenByUser | CallMessageSeen
    ) -> None:
        """The account was told this. In `LATE_S`, check whether it was reported in another way,
        too."""
        key: Key = ("membership", chat_id)
        match seen:
            case RequestsSeen():
                known = self._pool.membership
                requests = {(user, known.newest_at(chat_id, user)) for user in seen.tg_user_ids}
                if self._requests.add(chat_id, requests, asyncio.get_running_loop().time()):
                    self._check_requests_later(chat_id)
            case TitleSeenByUser():
                self._titles[chat_id] = seen.title
                self._later(LATE_S, key, partial(self._check_title, chat_id, seen.title))
            case CallMessageSeen():
                work = partial(self._check_call, chat_id, seen)
                self._later(LATE_S, ("call", chat_id), work)

    def _later(self, seconds: float, key: Key, work: Work) -> None:
        asyncio.get_running_loop().call_later(seconds, self._lanes.add, key, work)

    def _check_requests_later(self, chat_id: ChatId) -> None:
        # a little longer: a timer may ring a moment before its time
        work = partial(self._check_requests, chat_id)
        self._later(LATE_S + 0.01, ("membership", chat_id), work)

    async def _check_requests(self, chat_id: ChatId) -> None:
        requests = self._requests.take(chat_id, asyncio.get_running_loop().time())
        if self._requests.is_waiting(chat_id):
            self._check_requests_later(chat_id)
        chat = await chats.load_chat(self._pool.database, chat_id)
        if chat is not None and await has_missed_requests(self._pool, chat_id, requests):
            log.warning("join_request_missed", chat_id=chat_id)
            self._pool.membership.unread.add(chat_id)
            self._look_at(chat_id)

    async def _check_title(self, chat_id: ChatId, title: str) -> None:
        if self._titles.get(chat_id) != title:
            return  # it has another one since
        chat = await chats.load_chat(self._pool.database, chat_id)
        if chat is not None and chat.state == "ready" and chat.title.seen != title:
            log.warning("title_change_missed", chat_id=chat_id)
            self._pool.membership.unread.add(chat_id)
            self._look_at(chat_id)

    async def _check_call(self, chat_id: ChatId, seen: CallMessageSeen) -> None:
        if is_call_missed(
            seen.tg_call_id,
            self._watched(chat_id),
            has_ended=seen.is_over,
            is_known_over=self._is_over(seen.tg_call_id),
        ):
            self._look_for_call(chat_id)


async def has_missed_requests(pool: Pool, chat_id: ChatId, requests: set[JoinRequest]) -> bool:
    """Return whether a join request arrived without an update to the bot."""
    users = {user for user, _ in requests}
    rows = await members.load_members(pool.database, chat_id, users)
    known = {
        row.tg_user_id: (row.seen_status, row.seen_role)
        for row in rows
        if row.tg_user_id is not None and row.seen_status is not None
    }
    newest_at = pool.membership.newest_at
    updated = {user for user, at in requests if newest_at(chat_id, user) != at}
    return bool(missed_requests(users, known, updated))
