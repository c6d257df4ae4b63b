"""Every removal leaves a trace, also where the process dies between the effect and its record:
it is begun as an intent, and what was begun is looked after once the group was read again."""

from __future__ import annotations

from collections.abc import Mapping

from telegram_gateway.core.model import Ban, ChatId, Member, RemoveMember, SeenStatus, TgUserId
from telegram_gateway.database import intents, members
from telegram_gateway.database.connection import Database

_KIND = "remove"


def _key(chat_id: ChatId, tg_user_id: TgUserId) -> str:
    return f"{_KIND}:{chat_id}:{tg_user_id}"


async def begin(database: Database, chat_id: ChatId, step: RemoveMember | Ban) -> None:
    """Commit that the person is about to be removed or banned."""
    payload = {"tg_user_id": step.tg_user_id, "is_ban": isinstance(step, Ban)}
    await intents.begin(database, _key(chat_id, step.tg_user_id), _KIND, chat_id, payload)


async def done(
    database: Database, chat_id: ChatId, member: Member, step: RemoveMember | Ban
) -> None:
    """It has happened: keep the trace."""
    await members.trace_removal(database, chat_id, member, step)
    await forget(database, chat_id, step.tg_user_id)


async def forget(database: Database, chat_id: ChatId, tg_user_id: TgUserId) -> None:
    """It was refused, so there is nothing to trace."""
    await intents.forget(database, _key(chat_id, tg_user_id))


async def verify(database: Database, chat_id: ChatId, rows: Mapping[TgUserId, Member]) -> None:
    """After the group was read: trace what was begun and has happened; who is still there is
    removed anew, if that still holds."""
    for payload in await intents.begun(database, _KIND, chat_id):
        user = TgUserId(payload["tg_user_id"])
        row = rows.get(user)
        if row is not None and row.seen_status in (SeenStatus.OUT, SeenStatus.BANNED):
            step = Ban(tg_user_id=user) if payload["is_ban"] else RemoveMember(tg_user_id=user)
            await done(database, chat_id, row, step)
        else:
            await forget(database, chat_id, user)
