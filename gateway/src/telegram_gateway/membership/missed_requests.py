"""Requests to join of which the account is told and the bot perhaps is not: an update may be lost, and
then nobody would be let in before the night. See docs/dev/membership.md."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from telegram_gateway.core.missed_requests import BOT_LATE_S, Tellings
from telegram_gateway.core.model import ChatId
from telegram_gateway.database import chats
from telegram_gateway.membership.observe import are_untold
from telegram_gateway.pool import Pool
from telegram_gateway.run.lanes import Lanes
from telegram_gateway.telegram.seen import RequestsSeen

log = structlog.get_logger(__name__)


class RequestsTold:
    """Has groups read as a whole (`look_at`) where somebody waits of whom the bot was not told."""

    def __init__(self, pool: Pool, lanes: Lanes, look_at: Callable[[ChatId], None]):
        self._pool = pool
        self._lanes = lanes
        self._look_at = look_at
        self._tellings = Tellings()

    def seen(self, chat_id: ChatId, seen: RequestsSeen) -> None:
        """The account was told of these."""
        newest = self._pool.membership.newest[chat_id]
        waiting = {(user, newest.get(user)) for user in seen.tg_user_ids}
        if self._tellings.told(chat_id, waiting, asyncio.get_running_loop().time()):
            self._check_later(chat_id)

    def _check_later(self, chat_id: ChatId) -> None:
        loop = asyncio.get_running_loop()
        # some more: a timer may ring a moment before its time
        loop.call_later(BOT_LATE_S + 0.01, self._check_in_lane, chat_id)

    def _check_in_lane(self, chat_id: ChatId) -> None:
        self._lanes.add(("membership", chat_id), partial(self._check, chat_id))

    async def _check(self, chat_id: ChatId) -> None:
        waiting = self._tellings.take(chat_id, asyncio.get_running_loop().time())
        if self._tellings.is_waiting(chat_id):
            self._check_later(chat_id)
        chat = await chats.load_chat(self._pool.database, chat_id)
        if chat is not None and await are_untold(self._pool, chat, waiting):
            log.warning("request_untold", chat_id=chat_id)
            self._pool.membership.unread.add(chat_id)
            self._look_at(chat_id)
