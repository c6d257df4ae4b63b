"""Who did what was found when a group was read as a whole: the admin log is the second source."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

import structlog

from telegram_gateway.core.causes import cause_of, title_cause
from telegram_gateway.core.model import Cause, Member, SeenStatus, TgUserId
from telegram_gateway.database.chats import Chat
from telegram_gateway.pool import Pool
from telegram_gateway.telegram.admin_log import read_log
from telegram_gateway.telegram.errors import Refused
from telegram_gateway.telegram.groups import channel_for
from telegram_gateway.telegram.seen import MemberSeen, TitleSeen

log = structlog.get_logger(__name__)


async def explained(
    pool: Pool,
    chat: Chat,
    rows: Mapping[TgUserId | None, Member],
    told: Set[TgUserId],
    people: list[MemberSeen],
    title: TitleSeen,
) -> tuple[list[MemberSeen], TitleSeen]:
    """People and title, with who did it and when as far as the log says. It is asked only where
    somebody stands otherwise than in `rows`, and no update (`told`) says why."""
    new = [
        one
        for one in people
        if one.tg_user_id not in told | pool.accounts.our_ids
        and _is_news(rows.get(one.tg_user_id), one)
    ]
    is_new_title = title.by is None and title.title != chat.title.seen
    if (not new and not is_new_title) or chat.tg_chat_id is None:
        return people, title
    try:
        user = pool.accounts.user
        entries, is_all = await read_log(user, await channel_for(user, chat.tg_chat_id))
    except Refused as error:
        # what was found holds all the same; only who did it remains unknown
        log.warning("admin_log_refused", chat_id=chat.id, code=error.code)
        return people, title
    found = {}
    for one in new:
        row = rows.get(one.tg_user_id)
        cause = cause_of(one.tg_user_id, row.seen_status if row else None, one.status, entries)
        if cause is not None:
            found[one.tg_user_id] = replace(one, cause=cause[0], at=cause[1])
        elif is_all:
            found[one.tg_user_id] = replace(one, cause=Cause(is_unlogged=True))
    by = title_cause(title.title, entries) if is_new_title else None
    if by is not None:
        title = replace(title, by=by[0], at=by[1])
    return [found.get(one.tg_user_id, one) for one in people], title


def _is_news(row: Member | None, seen: MemberSeen) -> bool:
    if seen.status is SeenStatus.REQUESTED:
        return False  # a request is its own word
    before = (row.seen_status if row else None) or SeenStatus.OUT
    return before is not seen.status or bool(row and row.seen_role != seen.role)
