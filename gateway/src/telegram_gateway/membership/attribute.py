"""Causes of what a full read found, where no update says them: the admin log is the second
source."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

from telegram_gateway.core.causes import cause_of, title_cause
from telegram_gateway.core.group_parts import Part
from telegram_gateway.core.model import Cause, Member, SeenStatus, TgUserId
from telegram_gateway.membership.group_parts import GroupReader
from telegram_gateway.telegram.admin_log import read_log
from telegram_gateway.telegram.seen import MemberSeen, TitleSeen


async def with_causes(
    reader: GroupReader,
    rows: Mapping[TgUserId | None, Member],
    updated: Set[TgUserId],
    people: list[MemberSeen],
    title: TitleSeen | None,
) -> tuple[list[MemberSeen], TitleSeen | None]:
    """The `people` and the `title` with who did it and when, as far as the admin log says. The log
    is read only if the title is new, or if somebody stands otherwise than in `rows` and no update
    says why (`updated`: the people about whom one does)."""
    pool, chat = reader.pool, reader.chat
    changed = [
        seen
        for seen in people
        if seen.tg_user_id not in updated | pool.accounts.our_ids
        and _has_changed(rows.get(seen.tg_user_id), seen)
    ]
    is_new_title = title is not None and title.by is None and title.title != chat.title.seen
    if not changed and not is_new_title:
        return people, title
    answer = await reader.part(Part.LOG, lambda channel: read_log(pool.accounts.user, channel))
    if answer is None:
        return people, title  # the observations hold all the same, without their causes
    entries, is_whole = answer
    explained: dict[TgUserId, MemberSeen] = {}
    for seen in changed:
        user, row = seen.tg_user_id, rows.get(seen.tg_user_id)
        cause = cause_of(user, row.seen_status if row else None, seen.status, entries)
        if cause is not None:
            explained[user] = replace(seen, cause=cause[0], at=cause[1])
        elif is_whole:
            explained[user] = replace(seen, cause=Cause(is_unlogged=True))
    if title is not None and is_new_title:
        by = title_cause(title.title, entries)
        if by is not None:
            title = replace(title, by=by[0], at=by[1])
    return [explained.get(seen.tg_user_id, seen) for seen in people], title


def _has_changed(row: Member | None, seen: MemberSeen) -> bool:
    if seen.status is SeenStatus.REQUESTED:
        return False  # a join request needs no cause
    before = (row.seen_status if row else None) or SeenStatus.OUT
    return before is not seen.status or bool(row and row.seen_role != seen.role)
