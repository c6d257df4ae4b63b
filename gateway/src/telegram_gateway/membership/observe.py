"""Observing a group: by the updates that came, by the list of its members, or by a full read and
the parts that failed before.

Nothing here changes a group; what follows from an observation is decided from
`membership/reconcile.py` on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import structlog

from telegram_gateway.core.group_parts import Part, whom_to_ask
from telegram_gateway.core.latest_seen import after_seen, doubtful, latest
from telegram_gateway.core.model import Member, SeenStatus, TgUserId
from telegram_gateway.database import chats, members
from telegram_gateway.membership.attribute import with_causes
from telegram_gateway.membership.broken import check_ours_in_list
from telegram_gateway.membership.group_parts import GroupReader
from telegram_gateway.telegram.admin_log import read_log
from telegram_gateway.telegram.observe import (
    Full,
    ask_about,
    full,
    list_banned,
    list_members,
    list_requests,
)
from telegram_gateway.telegram.seen import ChatSeen, MemberSeen, Person, TitleSeen

log = structlog.get_logger(__name__)
# Asked about by name in one reconciliation; of a list that is cut off, thousands may be missing.
_MOST_ASKED = 100


async def latest_updates(
    reader: GroupReader,
    updates: list[MemberSeen],
    rows: Mapping[TgUserId, Member],
    *,
    is_read: bool,
) -> dict[TgUserId, MemberSeen]:
    """Return the update that holds for each person, in whatever order the updates came. `is_read`:
    everybody was read just now, so Telegram is asked about nobody.

    If Telegram does not answer about somebody, their update waits for one more reconciliation. Then
    it is believed: a newer one would have come meanwhile.
    """
    pool, chat = reader.pool, reader.chat
    newest = pool.membership.newest[chat.id]
    known = {
        user: (row.seen_status, row.seen_role) for user, row in rows.items() if row.seen_status
    }
    holding = latest(updates, newest, known)
    by_user = dict(holding.by_user)
    unsure = holding.unsure | doubtful(holding.by_user, known, pool.membership.read_at.get(chat.id))
    if unsure and not is_read:
        people = await reader.part(
            Part.PEOPLE,
            lambda channel: ask_about(
                pool.accounts.bot, channel, chat.group, sorted(unsure), reader.now
            ),
        )
        for answer in people or ():
            update = by_user[answer.tg_user_id]
            # asked about by name, somebody with a join request is just outside
            if (update.status, answer.status) != (SeenStatus.REQUESTED, SeenStatus.OUT):
                corrected = replace(update, status=answer.status, role=answer.role)
                by_user[answer.tg_user_id] = corrected
        if people is None and not reader.is_second_try(Part.PEOPLE):
            pool.membership.doubted[chat.id] = [by_user.pop(user) for user in sorted(unsure)]
    doubted = {seen.tg_user_id for seen in pool.membership.doubted.get(chat.id, ())}
    newest.update({user: known for user, known in holding.newest.items() if user not in doubted})
    return by_user


async def check_members(reader: GroupReader) -> list[MemberSeen]:
    """The members as they are, by one request for 200 of them, if they are those that we know. If
    they are not, the group is marked for a full read, and the list is empty."""
    pool, chat = reader.pool, reader.chat
    listed = await reader.part(
        Part.MEMBERS,
        lambda channel: list_members(pool.accounts.bot, channel, chat.group, reader.now),
    )
    if listed is None:
        return []
    ours = pool.accounts.our_ids
    rows = await members.load_members(pool.database, chat.id)
    known = {
        (row.tg_user_id, row.seen_role)
        for row in rows
        if row.seen_status is SeenStatus.IN and row.tg_user_id not in ours
    }
    shown = {(one.tg_user_id, one.role) for one in listed.members if one.tg_user_id not in ours}
    if listed.is_trusted:
        check_ours_in_list(pool, listed.members)
    if not listed.is_trusted or known != shown:
        pool.membership.unread.add(chat.id)
        return []
    await chats.save_state(
        pool.database,
        chat.id,
        checked_at=reader.now.replace(tzinfo=None),
        checked_people=len(shown),
        checked_differences=0,
    )
    # the same people: only their names may be new
    return list(listed.members)


@dataclass(frozen=True, kw_only=True)
class GroupRead:
    """The result of reading a group: how people stand, and its title and rights if its card was
    read.

    Of the list of members, if it was read (`is_listed`): whether it can be believed to be whole,
    how many people it has, and how many stand otherwise than was known. Our own accounts do not
    count.
    """

    people: list[MemberSeen] = field(default_factory=list)
    title: TitleSeen | None = None
    default_rights: dict[str, bool] | None = None  # None: not read
    history: str | None = None
    is_listed: bool = False
    is_trusted: bool = False
    count: int = 0
    differences: int = 0


async def read_group(reader: GroupReader, seen: Sequence[ChatSeen], wanted: Set[Part]) -> GroupRead:
    """Read the `wanted` parts of the group, each by itself. People who are missing from a list that
    should show them are asked about one by one. Causes are looked up if no update (`seen`) says
    them.

    Raises Refused if an account of ours lost its place in the group, or the group is gone.
    """
    pool, chat = reader.pool, reader.chat
    if not wanted:
        return GroupRead()
    bot, group, now = pool.accounts.bot, chat.group, reader.now
    card = listed = banned = requests = None
    if Part.FULL in wanted:
        card = await reader.part(Part.FULL, lambda channel: full(bot, channel, group))
    if Part.MEMBERS in wanted:
        listed = await reader.part(
            Part.MEMBERS, lambda channel: list_members(bot, channel, group, now)
        )
    if Part.BANNED in wanted:
        banned = await reader.part(
            Part.BANNED, lambda channel: list_banned(bot, channel, group, now)
        )
    await reader.check_group()
    is_trusted = False
    if listed is not None:
        is_trusted = listed.is_trusted and card is not None and card.member_count == listed.count
        check_ours_in_list(pool, listed.members, is_whole=is_trusted)
    if Part.REQUESTS in wanted:
        requests = await reader.part(
            Part.REQUESTS,
            lambda channel: list_requests(pool.accounts.user, channel, group, now),
        )
    # somebody may be on two lists: asked to join, and was added meanwhile
    lists = [*(requests or ()), *(banned or ()), *(listed.members if listed else ())]
    by_id = {one.tg_user_id: one for one in lists}
    rows = {row.tg_user_id: row for row in await members.load_members(pool.database, chat.id)}
    missing = await _ask_about_missing(reader, rows, by_id.keys(), is_trusted=is_trusted)
    people = [*by_id.values(), *missing]
    title = _title(reader, card, seen) if card is not None else None
    if chat.bind is None or chat.is_listed:  # at first, everybody in a group taken over is new
        standing = {(one.tg_user_id, one.status) for one in people}
        updated = {
            one.tg_user_id
            for one in seen
            if isinstance(one, MemberSeen) and (one.tg_user_id, one.status) in standing
        }
        people, title = await with_causes(reader, rows, updated, people, title)
    if Part.LOG in wanted and not reader.was_tried(Part.LOG):
        await reader.part(Part.LOG, lambda channel: read_log(pool.accounts.user, channel))
    if listed is not None:
        pool.membership.read_at[chat.id] = now
        if not is_trusted:
            log.warning("list_not_trusted", chat_id=chat.id, people=len(listed.members))
    others = [one for one in people if one.tg_user_id not in pool.accounts.our_ids]
    return GroupRead(
        people=people,
        title=title,
        default_rights=card.default_rights if card else None,
        history=card.history if card else None,
        is_listed=listed is not None,
        is_trusted=is_trusted,
        count=sum(one.status is SeenStatus.IN for one in others),
        differences=_differences(rows, others),
    )


def _title(reader: GroupReader, card: Full, seen: Sequence[ChatSeen]) -> TitleSeen:
    """The title as it was read; if there was an update about it, that one, since it says who gave
    it."""
    updates = [one for one in seen if isinstance(one, TitleSeen) and one.title == card.title]
    if updates:
        return updates[-1]
    return TitleSeen(tg_chat_id=reader.chat.group, title=card.title, by=None, at=reader.now)


async def _ask_about_missing(
    reader: GroupReader,
    rows: Mapping[TgUserId | None, Member],
    seen: Set[TgUserId],
    *,
    is_trusted: bool,
) -> list[MemberSeen]:
    """Return the standing of people whom the lists should show, and do not. If nobody can be asked
    about, somebody who is missing from two lists in turn that can be believed is out."""
    pool, chat = reader.pool, reader.chat
    known = {user: row.seen_status for user, row in rows.items() if user is not None}
    asked = whom_to_ask(known, seen, reader.read)[:_MOST_ASKED]
    before = pool.membership.absent.pop(chat.id, frozenset())
    if not asked:
        if Part.MEMBERS in reader.read:
            reader.needs_no(Part.PEOPLE)
        return []
    answers = await reader.part(
        Part.PEOPLE,
        lambda channel: ask_about(pool.accounts.bot, channel, chat.group, asked, reader.now),
    )
    if answers is not None or not is_trusted:
        return answers or []
    absent = frozenset(user for user in asked if known[user] is not SeenStatus.BANNED)
    pool.membership.absent[chat.id] = absent
    return [seen_out(reader, user) for user in sorted(absent & before)]


def seen_out(reader: GroupReader, user: TgUserId) -> MemberSeen:
    """The observation that somebody is not in the group, by their absence from a list."""
    return MemberSeen(
        tg_chat_id=reader.chat.group,
        tg_user_id=user,
        status=SeenStatus.OUT,
        role=None,
        person=Person(),
        at=reader.now,
    )


def _differences(rows: Mapping[TgUserId | None, Member], people: Sequence[MemberSeen]) -> int:
    """Count the people whose standing in the group differs from the known one."""
    count = 0
    for seen in people:
        row = rows.get(seen.tg_user_id)
        status, role = (row.seen_status, row.seen_role) if row else (None, None)
        if (status or SeenStatus.OUT) is SeenStatus.OUT and seen.status is SeenStatus.OUT:
            continue
        count += (status, role) != (seen.status, seen.role)
    return count


async def save_listed(reader: GroupReader, read: GroupRead) -> None:
    """Record that the members were listed: when, whether the list can be believed, and how far it
    differed from what was known."""
    at = reader.now.replace(tzinfo=None)
    await chats.save_state(
        reader.pool.database,
        reader.chat.id,
        listed_at=at,
        is_list_whole=read.is_trusted,
        checked_at=at,
        checked_people=read.count,
        checked_differences=read.differences,
    )


def row_after(before: Member | None, seen: MemberSeen) -> Member:
    """Return the person's row once they were seen so. It gets the name only if the observation has
    one."""
    row = before or Member(tg_user_id=seen.tg_user_id)
    row = after_seen(row, seen.status, seen.role, seen.cause, seen.rights)
    if seen.person == Person():
        return row
    return replace(
        row,
        name=seen.person.name,
        username=seen.person.username,
        is_bot=seen.person.is_bot,
        is_deleted=seen.person.is_deleted,
    )
