"""What the user account is told of and the bot, or another update, should have told of as well: some
seconds later it is looked whether it has. Of requests to join: see membership/missed_requests.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from telegram_gateway.calls.lane import Calls
from telegram_gateway.core.model import ChatId
from telegram_gateway.database import chats
from telegram_gateway.pool import Pool
from telegram_gateway.run.lanes import Lanes
from telegram_gateway.telegram.seen import CallMessageSeen, TitleSeenByUser

log = structlog.get_logger(__name__)
_LATE_S = 3.0  # so long after the account the bot may be told


Look = Callable[[ChatId], None]


class Untold:
    """`look_at` a group because of what was heard, `look_for_call` at its call."""

    def __init__(self, pool: Pool, lanes: Lanes, calls: Calls, look_at: Look, look_for_call: Look):
        self._pool, self._lanes, self._calls = pool, lanes, calls
        self._look_at, self._look_for_call = look_at, look_for_call
        self._titles: dict[ChatId, str] = {}  # the last that was told

    def heard(self, seen: TitleSeenByUser | CallMessageSeen, chat_id: ChatId) -> None:
        """The account was told this."""
        lane = ("membership", chat_id)
        match seen:
            case TitleSeenByUser():
                self._titles[chat_id] = seen.title
                work = partial(self._title, chat_id, seen.title)
            case CallMessageSeen():
                work, lane = partial(self._call, chat_id, seen), ("call", chat_id)
        asyncio.get_running_loop().call_later(_LATE_S, self._lanes.add, lane, work)

    async def _title(self, chat_id: ChatId, title: str) -> None:
        if self._titles.get(chat_id) != title:
            return  # it has another one since
        chat = await chats.load_chat(self._pool.database, chat_id)
        if chat is not None and chat.state == "ready" and chat.title.seen != title:
            log.warning("title_untold", chat_id=chat_id)
            self._pool.membership.unread.add(chat_id)
            self._look_at(chat_id)

    async def _call(self, chat_id: ChatId, seen: CallMessageSeen) -> None:
        """A call was begun, or ended, of which no update told: how it is now the group says."""
        watch = self._calls.watches.get(chat_id)
        is_watched = watch is not None and watch.tg_call_id == seen.tg_call_id
        if is_watched == seen.is_over and not self._calls.is_over(seen.tg_call_id):
            self._look_for_call(chat_id)
