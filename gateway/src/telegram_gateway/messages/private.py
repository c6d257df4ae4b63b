"""Private messages to the bot, and presses of its buttons: both are reported to Odoo, which
answers."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import structlog

from telegram_gateway.core.model import Fact
from telegram_gateway.database import inbox
from telegram_gateway.errors import GatewayError
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import messages
from telegram_gateway.telegram.errors import AccountLost, TelegramError
from telegram_gateway.telegram.missed_messages import messages_after
from telegram_gateway.telegram.seen import BotMessage, ButtonPressed

log = structlog.get_logger(__name__)
_MOST_TRIES = 3
# The bot may have served something else before: old messages are not answered now.
_OLD_MESSAGES = timedelta(days=2)


class PrivateMessages:
    """Reports what comes in the bot's private chats."""

    def __init__(self, pool: Pool):
        self._pool = pool
        self._last = 0  # id of the newest message to the bot that was reported
        # by id, of messages that could not be reported yet
        self._failures: Counter[int] = Counter()

    async def report_missed(self) -> None:
        """Read and report the messages that came while the gateway was away. Raises
        TelegramError."""
        pool = self._pool
        if not self._last:
            self._last = await inbox.last_bot_message(pool.database, pool.name)
        since = await pool.now() - _OLD_MESSAGES
        # one that could not be reported is read again, with those after it: each is reported once
        after = min([self._last, *(number - 1 for number in self._failures)])
        for seen in await messages_after(pool.accounts.bot, after):
            if seen.at >= since:
                await self.report_message(seen)

    async def report_message(self, seen: BotMessage) -> None:
        """Report a message. One that cannot be reported, by a bug of ours, is set aside after some
        tries, so that it holds up no other; until then its error is raised."""
        key = f"bot_message:{seen.message_id}:{seen.tg_user_id}"
        try:
            await self._pool.report([_fact(key, "bot_message", seen, text=seen.text)])
        except GatewayError:
            raise
        except Exception:
            self._failures[seen.message_id] += 1
            if self._failures[seen.message_id] < _MOST_TRIES:
                raise
            log.exception("message_set_aside", message_id=seen.message_id)
        self._failures.pop(seen.message_id, None)
        self._last = max(self._last, seen.message_id)

    async def report_button(self, seen: ButtonPressed) -> None:
        """End the waiting that the person's app shows, then report the button. Raises
        AccountLost."""
        try:
            await messages.answer_button(self._pool.accounts.bot, seen.query_id)
        except AccountLost:
            raise
        except TelegramError as error:  # too late, or paused: the button is reported all the same
            log.info("button_not_answered", code=error.code)
        key = f"button:{seen.query_id}"
        await self._pool.report([_fact(key, "button_pressed", seen, data=seen.data)])


def _fact(key: str, kind: str, seen: BotMessage | ButtonPressed, **content: Any) -> Fact:
    payload = {
        "tg_user_id": seen.tg_user_id,
        "name": seen.person.name,
        "username": seen.person.username,
        "lang_code": seen.lang_code,
        "message_id": seen.message_id,
    }
    return Fact(fact=key, kind=kind, occurred_at=seen.at, payload=payload | content)
