"""The command `send`: its message goes out once, however often it is tried.

Telegram knows a repeat by its random id, for a time that is not documented. So before a repeat
whose first try may have gone out, the message is looked for in the chat itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.account_standing import FRESH_CODE
from telegram_gateway.core.commands import Command, may_be_out, message_random_id
from telegram_gateway.core.model import TgChatId
from telegram_gateway.database import attachments, chats, outbox
from telegram_gateway.database.chats import Chat
from telegram_gateway.pool import Pool, Work
from telegram_gateway.telegram import messages, sent
from telegram_gateway.telegram.errors import Passing, Refused, Wait
from telegram_gateway.telegram.sent import Sent

# Telegram's clock and the database's differ by less than this.
_CLOCKS_APART = timedelta(seconds=60)
# How long to wait for the bot to be let into a group that is being made.
_BEING_MADE_S = 60
# The message is gone, too old, or not the bot's: a new one is sent instead.
_UNEDITABLE = {"MESSAGE_ID_INVALID", "MESSAGE_EDIT_TIME_EXPIRED", "MESSAGE_AUTHOR_REQUIRED"}
#: In a result: when Telegram got the message, where that was at an earlier try.
SENT_AT = "sent_at"


async def send(work: Work, command: Command) -> dict[str, Any]:
    """Send a message to a chat's group, or to one person. Raises TelegramError."""
    pool = work.pool
    chat = await _chat(pool, command)
    result = await _send(pool, command, chat.group if chat else None)
    message_id = result["message_id"]
    if chat is not None and chat.anchor is None and message_id is not None:
        await chats.save_anchor(pool.database, chat.id, chat.group, message_id, None)
    return result


async def _send(pool: Pool, command: Command, group: TgChatId | None) -> dict[str, Any]:
    if group is not None:
        peer = await pool.bot_channel(group)
    else:
        if not command.tg_user_id:
            raise Refused("not_linked")
        peer = await pool.bot_user(command.tg_user_id)
    if "text" not in command.payload:
        raise Refused("bad_payload")
    edits = command.payload.get("edits")
    if isinstance(edits, int) and await _edit(pool, peer, command, edits):
        return {"message_id": edits}
    if may_be_out(command, command.attempts - 1):
        earlier = await _sent_before(pool, command, group)
        if earlier is not None:
            return _result(earlier)
    random_id = message_random_id(pool.database.mark, command.id)
    extra: dict[str, object] = {}
    if "attachment" in command.payload:
        message_id, extra = await _send_file(pool, command, peer, random_id)
    else:
        message_id = await messages.send(pool.accounts.bot, peer, command.payload, random_id)
    checkpoint("message_sent")
    return {"message_id": message_id, **extra}


async def _send_file(
    pool: Pool, command: Command, peer: Any, random_id: int
) -> tuple[int | None, dict[str, object]]:
    """Send the message with its file; without it where there is none any more or Telegram refuses
    it. Gives its id and, in the latter cases, the result's `attachment`. Raises TelegramError."""
    bot, payload = pool.accounts.bot, command.payload
    file = await attachments.load(pool.database, command.id)
    if file is None:
        missing = "missing"
    else:
        try:
            return await messages.send(bot, peer, payload, random_id, file), {}
        except Refused as error:
            missing = error.code
    return await messages.send(bot, peer, payload, random_id), {"attachment": missing}


async def _edit(pool: Pool, peer: Any, command: Command, message_id: int) -> bool:
    """Edit the message that the command names; False where it cannot be edited (any more)."""
    try:
        await messages.edit(pool.accounts.bot, peer, command.payload, message_id)
    except Refused as error:
        if error.code not in _UNEDITABLE:
            raise
        return False
    return True


async def find_sent(pool: Pool, command: Command) -> dict[str, Any]:
    """Find out whether an earlier try of a command that is too late now was successful. Return the
    result of the `send` if its message is there, else an empty one. Raises TelegramError where that
    cannot be read now."""
    if not may_be_out(command, command.attempts - 1) or "text" not in command.payload:
        return {}
    try:
        chat = await _chat(pool, command)
        earlier = await _sent_before(pool, command, chat.group if chat else None)
    except Refused:
        return {}
    return _result(earlier) if earlier is not None else {}


def _result(found: Sent) -> dict[str, Any]:
    return {"message_id": found.message_id, SENT_AT: found.at}


async def _chat(pool: Pool, command: Command) -> Chat | None:
    """The chat, which has a group; None if the message goes to a person. Raises Refused, Passing or
    Wait with "chat_broken" if the chat has no group (yet)."""
    if command.chat_id is None:
        return None
    chat = await chats.load_chat(pool.database, command.chat_id)
    if chat is None or chat.tg_chat_id is None:
        if chat is not None and chat.state not in ("broken", "deleted"):
            raise Passing("chat_broken")  # it is being made
        raise Refused("chat_broken")
    if chat.state == "creating" and chat.error_code == FRESH_CODE:  # the bot is not in it yet
        raise Wait("chat_broken", _BEING_MADE_S)
    return chat


async def _sent_before(pool: Pool, command: Command, group: TgChatId | None) -> Sent | None:
    """The message that an earlier try left in the chat, or None. Raises TelegramError."""
    try:
        return await _find(pool, command, group)
    except Wait as error:  # reading has to wait, so the outcome of that try stays unknown
        raise Wait(command.error_code or "NETWORK", error.seconds) from error


async def _find(pool: Pool, command: Command, group: TgChatId | None) -> Sent | None:
    since = command.due_at - _CLOCKS_APART
    of_others = await outbox.message_ids(pool.database, pool.name, command.chat_id, since)
    text = messages.plain_text(command.payload)
    if group is None:
        after = await outbox.last_private(pool.database, pool.name, since)
        return await sent.find_to_person(
            pool.accounts.bot, command.tg_user_id or 0, text, after, of_others
        )
    try:
        return await sent.find_in_group(
            pool.accounts.user, group, pool.accounts.bot_id, text, since, of_others
        )
    except Refused:  # the account cannot read there: the random id is what is left
        return None
