"""Removals and bans that were begun and not seen yet: the group is read, and each is traced or
decided anew.

A removal counts once Telegram's answer, our own update or a read has shown it; several removals
share one read. It is begun as an intent, so it is traced even if the process dies in between: see
database/removals.py.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import timedelta

import structlog

from telegram_gateway.core.decide import after_happened, after_not_happened, has_happened
from telegram_gateway.core.group_parts import Part
from telegram_gateway.core.latest_seen import with_list
from telegram_gateway.core.model import ChatId, Member, MemberState, RemoveMember, TgUserId
from telegram_gateway.database import members, removals
from telegram_gateway.database.connection import Database
from telegram_gateway.membership.group_parts import GroupReader
from telegram_gateway.membership.observe import seen_out
from telegram_gateway.telegram.observe import ask_about, list_members
from telegram_gateway.telegram.seen import MemberSeen

log = structlog.get_logger(__name__)
#: So long the update of our own request may take; then the group is read.
SEEN_WITHIN = timedelta(seconds=3)
# From so many removals on, one list is cheaper than asking about each.
_SHARED = 2


async def read_begun(reader: GroupReader) -> list[MemberSeen]:
    """Read the standing of people whose removal or ban was begun and no update has shown: by one
    list of the members if it can be trusted, else by asking about each. Empty where Telegram does
    not answer."""
    pool, chat = reader.pool, reader.chat
    rows = {row.tg_user_id: row for row in await members.load_members(pool.database, chat.id)}
    begun = [
        step
        for step in await removals.begun(pool.database, chat.id)
        if (row := rows.get(step.tg_user_id)) and row.state is MemberState.REMOVING
    ]
    people: list[MemberSeen] = []
    asked = {step.tg_user_id for step in begun}
    removed = {step.tg_user_id for step in begun if isinstance(step, RemoveMember)}
    if len(removed) >= _SHARED:
        listed = await reader.part(
            Part.MEMBERS,
            lambda channel: list_members(pool.accounts.bot, channel, chat.group, reader.now),
        )
        if listed is None:
            return []
        people = [one for one in listed.members if one.tg_user_id in removed]
        gone = removed - listed.seen_ids if listed.is_trusted else set()
        people += [seen_out(reader, user) for user in sorted(gone)]
        asked -= {one.tg_user_id for one in people}
    if asked:
        answers = await reader.part(
            Part.PEOPLE,
            lambda channel: ask_about(
                pool.accounts.bot, channel, chat.group, sorted(asked), reader.now
            ),
        )
        by_user = {one.tg_user_id: one for one in people}
        people = list(with_list(answers or [], by_user).values())
    return people


async def record_outcomes(
    database: Database, chat_id: ChatId, rows: dict[TgUserId, Member], read: Set[TgUserId]
) -> set[TgUserId]:
    """Trace the removals that were seen to have happened. If somebody was `read` and stands as
    before, their removal is decided anew. Put the outcomes into `rows`; return the people whose row
    changed."""
    changed: set[TgUserId] = set()
    for step in await removals.begun(database, chat_id):
        user = step.tg_user_id
        row = rows.get(user)
        if row is not None and has_happened(row, step):
            await removals.done(database, chat_id, row, step)
            rows[user] = after_happened(row, step)
        elif user in read:
            log.warning("removal_not_seen", chat_id=chat_id, step=str(step))
            await removals.forget(database, chat_id, user)
            if row is None or row.state is not MemberState.REMOVING:
                continue
            rows[user] = after_not_happened(row)
        else:
            continue
        changed.add(user)
    return changed
