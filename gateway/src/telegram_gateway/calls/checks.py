"""Checks of a chat's call, in its call lane: does one run, is it the known one, is one needed?

After a start, a reconnect, or a sign that an update was missed.
"""

from __future__ import annotations

import asyncio
from functools import partial

import structlog

from telegram_gateway.calls.lane import Calls
from telegram_gateway.core.model import ChatId
from telegram_gateway.database import chats
from telegram_gateway.pool import Pool
from telegram_gateway.run.failures import LaneFailures, retry_wait_s
from telegram_gateway.run.lanes import Key, Lanes
from telegram_gateway.telegram.errors import AlreadyDone, Passing, Refused, Wait

log = structlog.get_logger(__name__)
# States of a group that may have a call; in one that is being made the account is alone, and may
# open one.
_WITH_CALLS = ("creating", "ready")


class CallChecks:
    """`calls`: the pool's calls, which ask for checks, too."""

    def __init__(self, pool: Pool, lanes: Lanes, failures: LaneFailures):
        self._pool, self._lanes, self._failures = pool, lanes, failures
        self.calls = Calls(pool, self.check_in)

    def check_soon(self, chat_id: ChatId) -> None:
        """Check once the chat's call lane is free."""
        self._lanes.add(_lane(chat_id), partial(self._check, chat_id), "check")

    def check_in(self, chat_id: ChatId, seconds: float) -> None:
        """The same, so many seconds later."""
        asyncio.get_running_loop().call_later(seconds, self.check_soon, chat_id)

    async def _check(self, chat_id: ChatId) -> None:
        """A check that fails is repeated by itself, with growing waits."""
        chat = await chats.load_chat(self._pool.database, chat_id)
        if chat is None or chat.tg_chat_id is None or chat.state not in _WITH_CALLS:
            return
        try:
            await self.calls.check(chat)
        except (Wait, Passing, Refused, AlreadyDone) as error:
            wait_s = retry_wait_s(error, self._failures.add(_lane(chat_id)))
            log.warning("call_check_failed", chat_id=chat_id, code=error.code, wait_s=wait_s)
            self.check_in(chat_id, wait_s)
        else:
            self._failures.clear(_lane(chat_id))


def _lane(chat_id: ChatId) -> Key:
    return ("call", chat_id)
