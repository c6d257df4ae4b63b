"""Who did what was found when a group was read as a whole: the admin log is the second source."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

from telegram_gateway.core.causes import cause_of, title_cause
from telegram_gateway.core.group_parts import Part
from telegram_gateway.core.model import Cause, Member, SeenStatus, TgUserId
from telegram_gateway.membership.look import Look
from telegram_gateway.telegram.admin_log import read_log
from telegram_gateway.telegram.seen import MemberSeen, TitleSeen


async def explained(
    look: Look,
    rows: Mapping[TgUserId | None, Member],
    told: Set[TgUserId],
    people: list[MemberSeen],
    title: TitleSeen | None,
) -> tuple[list[MemberSeen], TitleSeen | None]:
    """People and title, with who did it and when as far as the log says. It is asked only where
    somebody stands otherwise than in `rows`, and no update (`told`) says why."""
    pool, chat = look.pool, look.chat
    new = [
        one
        for one in people
        if one.tg_user_id not in told | pool.accounts.our_ids
        and _is_news(rows.get(one.tg_user_id), one)
    ]
    is_new_title = title is not None and title.by is None and title.title != chat.title.seen
    if not new and not is_new_title:
        return people, title
    read = await look.part(Part.LOG, lambda channel: read_log(pool.accounts.user, channel))
    if read is None:
        # what was found holds all the same; only who did it remains unknown
        return people, title
    entries, is_all = read
    found = {}
    for one in new:
        row = rows.get(one.tg_user_id)
        cause = cause_of(one.tg_user_id, row.seen_status if row else None, one.status, entries)
        if cause is not None:
            found[one.tg_user_id] = replace(one, cause=cause[0], at=cause[1])
        elif is_all:
            found[one.tg_user_id] = replace(one, cause=Cause(is_unlogged=True))
    if title is not None and is_new_title:
        by = title_cause(title.title, entries)
        if by is not None:
            title = replace(title, by=by[0], at=by[1])
    return [found.get(one.tg_user_id, one) for one in people], title


def _is_news(row: Member | None, seen: MemberSeen) -> bool:
    if seen.status is SeenStatus.REQUESTED:
        return False  # a request is its own word
    before = (row.seen_status if row else None) or SeenStatus.OUT
    return before is not seen.status or bool(row and row.seen_role != seen.role)
