"""The group of a chat: made, taken over, or prepared again once it was broken.

Making one is several requests, each recorded, so that it goes on where an earlier attempt stopped.
The group is closed before any link to it exists.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.account_standing import FRESH_CODE, FROZEN
from telegram_gateway.core.budget import GROUPS_A_DAY
from telegram_gateway.core.commands import Wishes
from telegram_gateway.core.direct_add import after_restriction, groups_rest_until
from telegram_gateway.core.model import ChatId, TgChatId
from telegram_gateway.database import chats, inbox, intents, members, spends
from telegram_gateway.database.chats import Chat
from telegram_gateway.database.connection import naive
from telegram_gateway.membership import direct_add, facts, rights
from telegram_gateway.membership.broken import is_worth_mending, mend, start_anew
from telegram_gateway.membership.fresh import is_too_fresh, note_appointed, note_fresh
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import groups
from telegram_gateway.telegram.errors import Fresh, Frozen, Limited, Refused, Wait
from telegram_gateway.telegram.peers import is_known
from telegram_gateway.telegram.seen import ChatSeen

log = structlog.get_logger(__name__)
_BOT_LEARNS_S = 10.0
_KIND = "create_group"


async def prepare(pool: Pool, chat: Chat, seen: Sequence[ChatSeen], wishes: Wishes) -> Chat | None:
    """The chat with a group that can be kept; None while its bot may not be promoted yet. For chats
    that are not ready, or are to be bound to another group; `seen`: updates about it.

    Raises Refused where a person must act first, and TelegramError.
    """
    if chat.is_to_be_bound:
        chat = await _bind(pool, chat)
    elif wishes.new_group and chat.state == "broken":
        chat = await start_anew(pool, chat)
    if chat.state == "broken" and chat.invite_link:
        is_new = chat.id in pool.membership.unread  # after a start or a lost connection
        pool.membership.unread.discard(chat.id)
        if not is_new and not is_worth_mending(pool, seen, wishes):
            raise Refused("chat_broken")
        return await mend(pool, chat, is_asked=wishes.retry)
    if chat.state != "ready":
        return await _make(pool, chat)
    return chat


async def _bind(pool: Pool, chat: Chat) -> Chat:
    """Take over the group that a person has named (`chat.bind`). That changes nothing in the group.
    Raises Refused with `bind_taken` and the codes of `groups.resolve`."""
    assert chat.bind is not None
    group = await groups.resolve(pool.accounts.user, chat.bind)
    if pool.chat_ids.get(group, chat.id) != chat.id:
        raise Refused("bind_taken")
    if group != chat.tg_chat_id:
        pool.chat_ids.pop(chat.tg_chat_id or TgChatId(0), None)
        columns = {**chats.NO_GROUP, "tg_chat_id": group, "bound": chat.bind}
        await members.forget_group(pool.database, chat.id, columns)
    else:
        await chats.save_state(pool.database, chat.id, bound=chat.bind)
    pool.membership.unread.add(chat.id)
    return await _loaded(pool, chat.id)


async def _loaded(pool: Pool, chat_id: ChatId) -> Chat:
    chat = await chats.load_chat(pool.database, chat_id)
    assert chat is not None
    return chat


async def _make(pool: Pool, chat: Chat) -> Chat | None:
    """Make the group, or go on where an earlier attempt stopped.

    None: the account's login is too fresh to promote the bot. Odoo shows until when; nobody gets a
    link of the group, and the account opens its calls all the same.
    """
    if await pool.is_frozen("user"):
        raise Frozen(FROZEN)
    key = f"{_KIND}:{chat.id}"
    if chat.tg_chat_id is None:
        chat = await _create(pool, chat, key)
    tg_chat_id = chat.group
    pool.chat_ids[tg_chat_id] = chat.id
    if chat.bind is None:
        await rights.close_new(pool, chat)
        checkpoint("group_closed")
    if not await _promote_bot(pool, chat):
        return None
    checkpoint("bot_promoted")
    await _until_bot_knows(pool, tg_chat_id)
    link = await groups.request_link(pool.accounts.bot, tg_chat_id)
    title = chat.title.wanted
    fact = facts.chat_ready(chat.id, tg_chat_id, link, title, await pool.now())
    async with pool.database.transaction() as connection:
        await chats.save_state_in(
            connection,
            chat.id,
            state="ready",
            invite_link=link,
            error_code=None,
            error=None,
            waits_until=None,
        )
        await inbox.insert(connection, pool.name, [fact])
    await intents.end(pool.database, key)
    pool.doorbell.press()
    log.info("chat_ready", chat_id=chat.id, tg_chat_id=tg_chat_id)
    return await _loaded(pool, chat.id)


async def _create(pool: Pool, chat: Chat, key: str) -> Chat:
    """The chat with a group on Telegram: a new one, or the one that an earlier attempt made (known
    by its intent's `key`), which is found by its mark. Raises Wait where the account may make none
    for now."""
    payload = {"title": chat.title.wanted}
    is_first = await intents.begin(pool.database, key, _KIND, chat.id, payload)
    group, default_rights = None, None
    if not is_first:
        group = await groups.find(pool.accounts.user, chat.mark, frozenset(pool.chat_ids))
    if group is None:
        await _check_budget(pool)
        made = await _create_now(pool, chat)
        group, default_rights = made.tg_chat_id, made.default_rights
        checkpoint("group_created")
    await chats.save_state(
        pool.database,
        chat.id,
        tg_chat_id=group,
        state="creating",
        title_seen=chat.title.wanted,
        title_base=chat.title.wanted,
    )
    checkpoint("group_recorded")
    return replace(chat, tg_chat_id=group, default_rights=default_rights)


async def _create_now(pool: Pool, chat: Chat) -> groups.CreatedGroup:
    """Let the account make the group. Raises Wait where Telegram lets it make none for now."""
    try:
        return await groups.create(pool.accounts.user, chat.title.wanted, chat.mark)
    except Limited as error:
        before = await spends.load_limits(pool.database, pool.accounts.rows["user"].id)
        now = await pool.now()
        limit = after_restriction(error.code, before, now)
        await direct_add.note_limited(pool, limit)
        await chats.save_state(pool.database, chat.id, state="creating", error_code=error.code)
        raise Wait(error.code, _seconds_until(limit.until, now)) from error


async def _check_budget(pool: Pool) -> None:
    """Raise Wait if the account has used up today's budget of groups, or may make none for now. All
    begun intents count, except the last one: that is the group about to be made."""
    now = await pool.now()
    limits = await spends.load_limits(pool.database, pool.accounts.rows["user"].id)
    rest_until = groups_rest_until(limits, now)
    if rest_until is not None:
        raise Wait("USER_RESTRICTED", _seconds_until(rest_until, now))
    used = await intents.begun_at(pool.database, _KIND, GROUPS_A_DAY.per)
    budget = replace(GROUPS_A_DAY, most=pool.settings.groups_a_day, used=used[:-1])
    free_at = budget.free_at(now)
    if free_at > now:
        raise Wait("GROUPS_A_DAY", _seconds_until(free_at, now))


def _seconds_until(at: datetime, now: datetime) -> int:
    return int((at - now) / timedelta(seconds=1)) + 1


async def _promote_bot(pool: Pool, chat: Chat) -> bool:
    """Make the bot an admin of the new group. Return False if the account is too fresh to appoint
    admins; the chat is then reconciled again later."""
    try:
        if await is_too_fresh(pool, chat.id):
            raise Fresh(FRESH_CODE, 0)
        bot_name = pool.accounts.rows["bot"].username
        await groups.promote_bot(pool.accounts.user, chat.group, bot_name)
    except Fresh as error:
        if not await is_too_fresh(pool, chat.id):
            until = await note_fresh(pool, "user", chat.id, error)
            await chats.save_state(
                pool.database, chat.id, error_code=error.code, waits_until=naive(until)
            )
        pool.membership.unread.discard(chat.id)
        pool.membership.look_again(chat.id, pool.membership.fresh[chat.id])
        return False
    await note_appointed(pool, "user", chat.id)
    return True


async def _until_bot_knows(pool: Pool, tg_chat_id: TgChatId) -> None:
    """Wait for the update by which the bot learns how to address the group. If none comes in time,
    ask Telegram. Raises Passing if its answer does not say it either."""
    ends = asyncio.get_running_loop().time() + _BOT_LEARNS_S
    while not is_known(pool.accounts.bot, tg_chat_id):
        if asyncio.get_running_loop().time() > ends:
            await pool.bot_channel(tg_chat_id)
            return
        await asyncio.sleep(0.05)
