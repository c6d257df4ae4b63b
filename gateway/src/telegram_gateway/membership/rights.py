"""The rights of all members of a group, and what newcomers see of its history.

A group that we make is closed before any link to it exists. One that existed before is closed once
the school wants that. The wanted rights are compared with those seen last; so a change that was cut
short is made again, and one that somebody made on Telegram is undone after the next read.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import structlog

from telegram_gateway.core.rights import READ_ONLY, closed
from telegram_gateway.database import chats
from telegram_gateway.database.chats import Chat
from telegram_gateway.membership.broken import is_broken
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import groups
from telegram_gateway.telegram.errors import Refused
from telegram_gateway.telegram.peers import channel_for

log = structlog.get_logger(__name__)


async def close_new(pool: Pool, chat: Chat) -> Chat:
    """Close a group that was just made, by the account that made it, and set what newcomers see.
    Return the chat with its rights. Raises TelegramError: while the group is open, nobody gets a
    link to it."""
    user = pool.accounts.user
    if chat.is_to_be_closed and chat.is_open:
        channel = await channel_for(user, chat.group)
        before = chat.default_rights  # in the answer to its making; not after a crash
        if before is None:
            before = await groups.default_rights(user, channel)
        rights = closed(before)
        await groups.set_default_rights(user, channel, rights)
        chat = await _save(pool, chat, default_rights=rights)
    return await keep_history(pool, chat, retry=False)


async def keep(pool: Pool, chat: Chat, *, retry: bool) -> None:
    """Set members' rights and what newcomers see as the school wants them. Raises TelegramError."""
    await keep_history(pool, await keep_rights(pool, chat), retry=retry)


async def keep_rights(pool: Pool, chat: Chat) -> Chat:
    """Set members' rights, and return the chat with them. In the group of an archived class people
    may only read. Once it is restored they get back what they had, except what is forbidden in a
    closed group."""
    bot = pool.accounts.bot
    if chat.is_to_be_read_only:
        if chat.is_read_only:
            return chat
        channel = await pool.bot_channel(chat.group)
        if chat.rights_before is None:
            # stored before the change, which is recorded after it: cut short, it is made again
            before = await groups.default_rights(bot, channel)
            chat = await _save(pool, chat, rights_before=before)
        await groups.set_default_rights(bot, channel, READ_ONLY)
        return await _save(pool, chat, is_read_only=True, default_rights=READ_ONLY)
    if chat.rights_before is not None:
        channel = await pool.bot_channel(chat.group)
        rights = closed(chat.rights_before) if chat.is_to_be_closed else chat.rights_before
        await groups.set_default_rights(bot, channel, rights)
        return await _save(
            pool, chat, rights_before=None, is_read_only=False, default_rights=rights
        )
    if chat.is_active and chat.is_to_be_closed and chat.is_open:
        channel = await pool.bot_channel(chat.group)
        rights = closed(await groups.default_rights(bot, channel))
        await groups.set_default_rights(bot, channel, rights)
        log.info("group_closed", chat_id=chat.id, tg_chat_id=chat.group)
        return await _save(pool, chat, default_rights=rights)
    return chat


async def keep_history(pool: Pool, chat: Chat, *, retry: bool) -> Chat:
    """Set what newcomers see as the school wants it. If Telegram refuses, that is tried again only
    when a person asks (`retry`) or the school wants the other; it holds up nothing else."""
    wanted = chat.history_wanted
    if wanted is None or chat.history == wanted or not chat.is_active:
        return chat
    if chat.history_refused == wanted and not retry:
        return chat
    try:
        await groups.set_history(pool.accounts.user, chat.group, wanted)
    except Refused as error:
        if is_broken(error.code) and error.code != "CHAT_ADMIN_REQUIRED":
            raise
        log.warning("history_refused", chat_id=chat.id, history=wanted, code=error.code)
        return await _save(pool, chat, history_refused=wanted)
    return await _save(pool, chat, history=wanted, history_refused=None)


async def noted(
    pool: Pool, chat: Chat, default_rights: dict[str, bool] | None, history: str | None
) -> Chat:
    """The chat with the rights that were read just now (None: not read), stored if they are new."""
    read: dict[str, Any] = {}
    if default_rights is not None and not chat.is_read_only:
        read["default_rights"] = default_rights
    if history is not None:
        read["history"] = history
    changed = {name: value for name, value in read.items() if getattr(chat, name) != value}
    return await _save(pool, chat, **changed) if changed else chat


async def _save(pool: Pool, chat: Chat, **columns: Any) -> Chat:
    stored = {
        name: json.dumps(value, sort_keys=True) if isinstance(value, dict) else value
        for name, value in columns.items()
    }
    await chats.save_state(pool.database, chat.id, **stored)
    return replace(chat, **columns)
