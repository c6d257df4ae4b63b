"""Erase a person: remove them from the groups, and from everything that the gateway keeps.

A reconciliation holds the rows of its chat in memory, so they are deleted in the chat's membership
lane, between two reconciliations. If Telegram shows the account afterwards, it is that of somebody
unknown.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core import erase as core
from telegram_gateway.core.commands import Command
from telegram_gateway.core.erase import Erased
from telegram_gateway.core.model import ChatId, Fact, RemoveMember
from telegram_gateway.database import chats, erase, members
from telegram_gateway.membership.broken import is_broken
from telegram_gateway.membership.steps import do_step
from telegram_gateway.pool import Pool, Work
from telegram_gateway.telegram.errors import Paused, Refused, Wait

_PAUSED_AGAIN_S = 30


async def forget(work: Work, command: Command) -> dict[str, Any]:
    """Do a `forget`. Doing it again does what was not done yet.

    Raises TelegramError; the person is then still in some group.
    """
    pool = work.pool
    if not command.payload:
        return {}  # Odoo was told before: it takes the person out of the command itself, too
    erased = core.from_payload(command.payload)
    if erased is None:
        raise Refused("bad_payload")
    for chat_id in await erase.chats_of(pool.database, pool.name, erased):
        await work.membership.run_in_lane(chat_id, partial(_forget_in, pool, chat_id, erased))
    for newest in pool.membership.newest.values():
        for user in erased.accounts & newest.keys():
            del newest[user]
    for chat_id, absent in pool.membership.absent.items():
        pool.membership.absent[chat_id] = absent - erased.accounts
    for doubted in pool.membership.doubted.values():
        doubted[:] = [one for one in doubted if one.tg_user_id not in erased.accounts]
    pool.membership.mutual -= erased.accounts
    pool.accounts.forget(erased.accounts)
    await pool.accounts.save_changed()
    told = Fact(
        fact=f"person_forgotten:{command.id}",
        kind="person_forgotten",
        occurred_at=await pool.now(),
        payload={"command_id": command.id},
    )
    await erase.forget_traces(pool.database, pool.name, erased, told)
    pool.doorbell.press()
    return {}


async def _forget_in(pool: Pool, chat_id: ChatId, erased: Erased) -> None:
    chat = await chats.load_chat(pool.database, chat_id)
    removed = 0
    if chat is not None and chat.tg_chat_id is not None and chat.state == "ready":
        stored = await members.load_members(pool.database, chat_id)
        entries = await members.load_roster(pool.database, chat_id)
        steps = core.steps(erased, stored, entries)
        if steps and not await pool.may_change(chat_id):
            raise Wait("paused", _PAUSED_AGAIN_S)
        for step in steps:
            try:
                await do_step(pool, chat, await pool.bot_channel(chat.group), step)
            except Paused:
                raise Wait("paused", _PAUSED_AGAIN_S) from None
            except Refused as error:
                if not is_broken(error.code):
                    raise
                break  # nobody can be put out of a group that cannot be kept
            removed += isinstance(step, RemoveMember)
            checkpoint("erased_put_out")
    await erase.forget_in_chat(pool.database, chat_id, erased, removed=removed)
