"""Every removal leaves a trace, also where the process dies between the effect and its record: it is
begun as an intent. It counts once our own update or a look has shown it; several share one look.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import timedelta

import structlog

from telegram_gateway.core.effects import after_happened, after_not_happened, has_happened
from telegram_gateway.core.group_parts import Part
from telegram_gateway.core.latest_seen import with_list
from telegram_gateway.core.model import (
    Ban,
    ChatId,
    Member,
    MemberState,
    RemoveMember,
    SeenStatus,
    TgUserId,
)
from telegram_gateway.database import intents, members
from telegram_gateway.database.connection import Database
from telegram_gateway.membership.look import Look
from telegram_gateway.telegram.observe import ask_about, list_members
from telegram_gateway.telegram.seen import MemberSeen, Person

log = structlog.get_logger(__name__)
_KIND = "remove"
#: So long the update of our own request may take; then the group is asked.
SEEN_WITHIN = timedelta(seconds=3)
# From so many on one list is cheaper than to ask about each.
_SHARED = 2


def _key(chat_id: ChatId, tg_user_id: TgUserId) -> str:
    return f"{_KIND}:{chat_id}:{tg_user_id}"


async def begin(database: Database, chat_id: ChatId, step: RemoveMember | Ban) -> None:
    """Commit that the person is about to be removed or banned."""
    payload = {"tg_user_id": step.tg_user_id, "is_ban": isinstance(step, Ban)}
    await intents.begin(database, _key(chat_id, step.tg_user_id), _KIND, chat_id, payload)


async def done(
    database: Database, chat_id: ChatId, member: Member, step: RemoveMember | Ban
) -> None:
    """It was seen to have happened: keep the trace."""
    await members.trace_removal(database, chat_id, member, step)
    await forget(database, chat_id, step.tg_user_id)


async def forget(database: Database, chat_id: ChatId, tg_user_id: TgUserId) -> None:
    """It was refused, so there is nothing to trace."""
    await intents.forget(database, _key(chat_id, tg_user_id))


def is_begun(rows: Iterable[Member]) -> bool:
    """Whether somebody's removal or ban waits to be seen."""
    return any(row.state is MemberState.REMOVING for row in rows)


async def look(seen: Look) -> list[MemberSeen]:
    """How those stand now whose removal or ban no update has shown: by one list of the members,
    where that can be believed, else by asking about each. Nothing where Telegram does not say."""
    pool, chat = seen.pool, seen.chat
    rows = {row.tg_user_id: row for row in await members.load_members(pool.database, chat.id)}
    begun = [
        _step(payload)
        for payload in await intents.begun(pool.database, _KIND, chat.id)
        if (row := rows.get(TgUserId(payload["tg_user_id"]))) and is_begun([row])
    ]
    found: list[MemberSeen] = []
    asked = {step.tg_user_id for step in begun}
    removed = {step.tg_user_id for step in begun if isinstance(step, RemoveMember)}
    if len(removed) >= _SHARED:
        listed = await seen.part(
            Part.MEMBERS,
            lambda channel: list_members(pool.accounts.bot, channel, chat.group, seen.now),
        )
        if listed is None:
            return []
        found = [one for one in listed.members if one.tg_user_id in removed]
        gone = removed - listed.seen_ids if listed.is_trusted else set()
        found += [
            MemberSeen(
                tg_chat_id=chat.group,
                tg_user_id=user,
                status=SeenStatus.OUT,
                role=None,
                person=Person(),
                at=seen.now,
            )
            for user in sorted(gone)
        ]
        asked -= {one.tg_user_id for one in found}
    if asked:
        people = await seen.part(
            Part.PEOPLE,
            lambda channel: ask_about(
                pool.accounts.bot, channel, chat.group, sorted(asked), seen.now
            ),
        )
        found = list(with_list(people or [], {one.tg_user_id: one for one in found}).values())
    return found


async def settle(
    database: Database, chat_id: ChatId, rows: dict[TgUserId, Member], looked: Set[TgUserId]
) -> set[TgUserId]:
    """Trace what was begun and was seen to have happened; who was looked at (`looked`) and stands
    as before is decided about anew. The outcomes are put into `rows`; whose row changed."""
    changed: set[TgUserId] = set()
    for payload in await intents.begun(database, _KIND, chat_id):
        step = _step(payload)
        user = step.tg_user_id
        row = rows.get(user)
        if row is not None and has_happened(row, step):
            await done(database, chat_id, row, step)
            rows[user] = after_happened(row, step)
        elif user in looked:
            log.warning("removal_not_seen", chat_id=chat_id, step=str(step))
            await forget(database, chat_id, user)
            if row is None or row.state is not MemberState.REMOVING:
                continue
            rows[user] = after_not_happened(row)
        else:
            continue
        changed.add(user)
    return changed


def _step(payload: dict[str, object]) -> RemoveMember | Ban:
    user = TgUserId(int(str(payload["tg_user_id"])))
    return Ban(tg_user_id=user) if payload["is_ban"] else RemoveMember(tg_user_id=user)
