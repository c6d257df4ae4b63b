"""A person whom the school has erased: out of the groups, and out of everything that is kept here.

A chat's rows are in the memory of its membership lane while it looks: so they are forgotten there,
between two looks. What Telegram tells of the account afterwards is that of somebody unknown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core import erase as core
from telegram_gateway.core.commands import Command
from telegram_gateway.core.erase import Erased
from telegram_gateway.core.model import ChatId, Fact, RemoveMember
from telegram_gateway.database import chats, erase, members
from telegram_gateway.membership.broken import is_broken
from telegram_gateway.membership.steps import do_step
from telegram_gateway.pool import Pool
from telegram_gateway.telegram.errors import Paused, Refused, Wait

_PAUSED_AGAIN_S = 30
InLane = Callable[[ChatId, Callable[[], Awaitable[None]]], Awaitable[None]]


async def forget(pool: Pool, command: Command, in_lane: InLane) -> dict[str, Any]:
    """Do a `forget`; `in_lane` does a work in a chat's membership lane. Doing it again does what
    is left of it.

    Raises TelegramError: then the person is still in some group.
    """
    if not command.payload:
        return {}  # Odoo was told before: it takes the person out of the command itself, too
    erased = core.from_payload(command.payload)
    if erased is None:
        raise Refused("bad_payload")
    for chat_id in await erase.chats_of(pool.database, pool.name, erased):
        await in_lane(chat_id, lambda chat_id=chat_id: _forget_in(pool, chat_id, erased))
    for newest in pool.newest.values():
        for user in erased.accounts & newest.keys():
            del newest[user]
    for chat_id, absent in pool.absent.items():
        pool.absent[chat_id] = absent - erased.accounts
    for doubted in pool.doubted.values():
        doubted[:] = [one for one in doubted if one.tg_user_id not in erased.accounts]
    pool.mutual -= erased.accounts
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
