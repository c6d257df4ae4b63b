"""The title of a group, which the school and its people may both change."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import structlog

from telegram_gateway.core.merge_title import merge_title
from telegram_gateway.core.model import ChatId, EditTitle, TgUserId, kind_of
from telegram_gateway.database import chats, inbox
from telegram_gateway.database.chats import Chat
from telegram_gateway.membership import facts
from telegram_gateway.membership.steps import try_for_group
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import apply
from telegram_gateway.telegram.errors import Refused
from telegram_gateway.telegram.seen import TitleSeen

log = structlog.get_logger(__name__)


async def reconcile_title(
    pool: Pool, chat: Chat, seen: TitleSeen | None, *, is_paused: bool
) -> Refused | None:
    """Bring the title in step, and report it. `seen`: the title as it was read just now, None if it
    was not. `is_paused`: the title is recorded and reported, not set.

    Returns why Telegram refuses to set it, if it does. Raises Refused where the group is broken.
    """
    title = chat.title
    by: TgUserId | None = None
    at = await pool.now()
    if seen is not None:
        by, at = seen.by, seen.at
        if seen.title != title.seen:
            title = replace(title, seen=seen.title)
            await chats.save_state(pool.database, chat.id, title_seen=title.seen)
    plan = merge_title(title, chat.policy)
    if is_paused and plan.steps:
        return None  # set once somebody resumes
    for step in plan.steps:
        assert isinstance(step, EditTitle)
        work = partial(_set_title, pool, chat, step)
        problem, is_done = await try_for_group(pool, chat, kind_of(step), work)
        if not is_done:
            return problem
    if plan.lost_title is not None:
        log.info("title_lost", chat_id=chat.id, title=plan.lost_title, by=by)
    if plan.restored_title is not None:
        restored = plan.restored_title
        await pool.report([facts.title_changed(pool, chat.id, restored, by, at, is_restored=True)])
    if plan.title_base is not None:
        await _save_title(pool, chat.id, plan.title_base)
    if plan.report_title is not None:
        fact = facts.title_changed(pool, chat.id, plan.report_title, by, at)
        async with pool.database.transaction() as connection:
            ids = await inbox.insert(connection, pool.name, [fact])
            await chats.save_state_in(connection, chat.id, title_told_inbox_id=ids.get(fact.fact))
        pool.doorbell.press()
    return None


async def _set_title(pool: Pool, chat: Chat, step: EditTitle) -> None:
    await apply.do_step(pool.accounts.bot, await pool.bot_channel(chat.group), step)
    await _save_title(pool, chat.id, step.title)


async def _save_title(pool: Pool, chat_id: ChatId, title: str) -> None:
    await chats.save_state(
        pool.database, chat_id, title_seen=title, title_base=title, title_told_inbox_id=None
    )
