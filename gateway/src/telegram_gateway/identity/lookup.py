"""Commands about single people: look up a telephone number, make a personal link into a group."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from telegram_gateway.core.budget import LOOKUPS_A_DAY
from telegram_gateway.core.commands import Command
from telegram_gateway.core.model import Fact
from telegram_gateway.database import chats, outbox, spends
from telegram_gateway.pool import Work
from telegram_gateway.telegram import groups, lookup
from telegram_gateway.telegram.errors import Passing, Refused, Wait


async def look_up(work: Work, command: Command) -> dict[str, Any]:
    """Look up one number on Telegram and report the answer.

    Raises Wait when the day's budget is used up, and TelegramError.
    """
    pool = work.pool
    phone, lookup_id = command.payload.get("phone"), command.payload.get("lookup_id")
    if not isinstance(phone, str) or not isinstance(lookup_id, int):
        raise Refused("bad_payload")
    account = pool.accounts.rows["user"]
    now = await pool.now()
    used = await spends.used(pool.database, account.id, spends.PHONE_LOOKUP, LOOKUPS_A_DAY.per)
    free = replace(LOOKUPS_A_DAY, most=pool.settings.lookups_a_day, used=used).free_at(now)
    if free > now:
        raise Wait(outbox.LOOKUPS_A_DAY, int((free - now) / timedelta(seconds=1)) + 1)
    await spends.spend(pool.database, account.id, spends.PHONE_LOOKUP)
    found = await lookup.by_phone(pool.accounts.user, phone)
    payload: dict[str, Any] = {"lookup_id": lookup_id, "answer": found.answer}
    if found.tg_user_id is not None:
        payload |= {
            "tg_user_id": found.tg_user_id,
            "name": found.person.name,
            "username": found.person.username,
        }
    await pool.report(
        [
            Fact(
                fact=f"lookup:{command.id}",
                kind="phone_looked_up",
                occurred_at=now,
                payload=payload,
            )
        ]
    )
    return {"answer": found.answer}


async def make_link(work: Work, command: Command) -> dict[str, Any]:
    """Make a link into a group for one person, and report it.

    A lost answer leads to a second link. The first one is then never reported; like any link it
    only lets people ask to join. Raises Refused, Passing while the group is being made, and
    TelegramError.
    """
    pool = work.pool
    invite_id = command.payload.get("invite_id")
    if command.chat_id is None or not isinstance(invite_id, int):
        raise Refused("bad_payload")
    chat = await chats.load_chat(pool.database, command.chat_id)
    if chat is None or chat.tg_chat_id is None or chat.state != "ready":
        if chat is not None and chat.state != "broken":
            raise Passing("chat_broken")  # it is being made
        raise Refused("chat_broken")
    title = str(command.payload.get("title") or "")[:32] or None
    link = await groups.request_link(pool.accounts.bot, chat.tg_chat_id, title)
    await pool.report(
        [
            Fact(
                fact=f"link_made:{command.id}:{link}",
                kind="link_made",
                occurred_at=await pool.now(),
                chat_id=command.chat_id,
                payload={"invite_id": invite_id, "link": link},
            )
        ]
    )
    return {}
