"""The lanes of messages that no command asks for: what people write to the bot and which buttons
they press, the bot's list of commands, and the anchors of the groups."""

from __future__ import annotations

from functools import partial

from telegram_gateway.core.model import ChatId
from telegram_gateway.messages import anchor
from telegram_gateway.messages.private import PrivateMessages
from telegram_gateway.pool import Pool
from telegram_gateway.run.failures import LaneFailures
from telegram_gateway.run.lanes import Key, Lanes
from telegram_gateway.telegram import bot_commands
from telegram_gateway.telegram.seen import BotMessage, ButtonPressed, MessagesGone

COMMANDS: Key = ("commands", 0)  # the list that apps show; not the commands of Odoo
INBOX: Key = ("inbox", 0)


class MessageLanes:
    """Gives this work to its lanes."""

    def __init__(self, pool: Pool, lanes: Lanes, failures: LaneFailures):
        self._pool, self._lanes, self._failures = pool, lanes, failures
        self._private = PrivateMessages(pool)

    def register_commands(self) -> None:
        """Tell Telegram which commands the bot knows."""
        self._lanes.add(COMMANDS, self._register, "register")

    def read_messages(self) -> None:
        """Read what was written to the bot and brought no update."""
        self._lanes.add(INBOX, self._read, "read")

    def on_message(self, seen: BotMessage) -> None:
        """Somebody wrote to the bot."""
        self._lanes.add(INBOX, partial(self._private.report_message, seen))

    def on_button(self, seen: ButtonPressed) -> None:
        """Somebody pressed a button under one of the bot's messages."""
        work = partial(self._private.report_button, seen)
        self._lanes.add(("button", seen.tg_user_id), work)

    def on_messages_deleted(self, chat_id: ChatId, seen: MessagesGone) -> None:
        """Messages of a group were deleted; its anchor may be among them."""
        self._lanes.add(
            ("anchor", chat_id), partial(anchor.on_messages_deleted, self._pool, chat_id, seen)
        )

    def check_anchor(self, chat_id: ChatId) -> None:
        """Check whether a group's anchor still stands."""
        self._lanes.add(("anchor", chat_id), partial(anchor.check, self._pool, chat_id))

    async def _register(self) -> None:
        await bot_commands.register(self._pool.accounts.bot)
        self._failures.clear(COMMANDS)

    async def _read(self) -> None:
        await self._private.report_missed()
        self._failures.clear(INBOX)
