"""How a group is looked at: by the updates that came, by the list of its members, as a whole.

Nothing here changes anything; what was seen is handed to `chat.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from telegram_gateway.core.latest import doubtful, untold
from telegram_gateway.core.latest import latest as latest_of
from telegram_gateway.core.model import Member, SeenStatus, TgUserId
from telegram_gateway.database import chats, members
from telegram_gateway.database.chats import Chat
from telegram_gateway.explain import explained
from telegram_gateway.mending import check_ours_in_list
from telegram_gateway.pool import Pool
from telegram_gateway.telegram.observe import ask_about, list_members, observe
from telegram_gateway.telegram.seen import ChatSeen, MemberSeen, TitleSeen

log = structlog.get_logger(__name__)
# Asked about by name in one look; of a list that is cut off, thousands may be missing.
_MOST_ASKED = 100


async def settle(
    pool: Pool,
    chat: Chat,
    seen: list[MemberSeen],
    rows: Mapping[TgUserId, Member],
    *,
    is_read: bool,
) -> dict[TgUserId, MemberSeen]:
    """One update per person, the one that holds, in whatever order they came. `is_read`: everybody
    was read just now, so nobody needs to be asked about."""
    newest = {user: at for (one, user), at in pool.newest.items() if one == chat.id}
    found = latest_of(seen, newest)
    by_user = dict(found.by_user)
    known = {
        user: (row.seen_status, row.seen_role) for user, row in rows.items() if row.seen_status
    }
    unsure = found.unsure | doubtful(found.by_user, known, pool.read_at.get(chat.id))
    if unsure and not is_read:
        channel = await pool.bot_channel(chat.group)
        now = await pool.now()
        for one in await ask_about(pool.accounts.bot, channel, chat.group, sorted(unsure), now):
            told = by_user[one.tg_user_id]
            if (told.status, one.status) != (SeenStatus.REQUESTED, SeenStatus.OUT):
                by_user[one.tg_user_id] = replace(told, status=one.status, role=one.role)
    for user, one in by_user.items():
        pool.newest[chat.id, user] = one.at
    return by_user


async def are_untold(pool: Pool, chat: Chat, waiting: Mapping[TgUserId, datetime | None]) -> bool:
    """Whether somebody waits to be let in of whom no update told. waiting: of what date the newest
    update about each was when we learnt that they wait."""
    rows = await members.load_members(pool.database, chat.id)
    known = {
        row.tg_user_id: (row.seen_status, row.seen_role)
        for row in rows
        if row.tg_user_id is not None and row.seen_status is not None
    }
    heard = {user for user, at in waiting.items() if pool.newest.get((chat.id, user)) != at}
    return bool(untold(waiting, known, heard))


async def check(pool: Pool, chat: Chat) -> list[MemberSeen]:
    """The members as they are, in one call for 200 of them; where they are not those that we
    know, the group is marked to be read as a whole."""
    now = await pool.now()
    channel = await pool.bot_channel(chat.group)
    listed = await list_members(pool.accounts.bot, channel, chat.group, now)
    ours = pool.accounts.our_ids
    rows = await members.load_members(pool.database, chat.id)
    known = {
        (row.tg_user_id, row.seen_role)
        for row in rows
        if row.seen_status is SeenStatus.IN and row.tg_user_id not in ours
    }
    found = {(one.tg_user_id, one.role) for one in listed.members if one.tg_user_id not in ours}
    if listed.is_trusted:
        check_ours_in_list(pool, listed.members)
    if not listed.is_trusted or known != found:
        pool.unread.add(chat.id)
        return []
    await chats.save_state(
        pool.database,
        chat.id,
        checked_at=now.replace(tzinfo=None),
        checked_people=len(found),
        checked_differences=0,
    )
    # the same people: only what they are called may be new
    return list(listed.members)


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A group as it was read: its people, its title, and whether Telegram showed everybody."""

    members: list[MemberSeen]
    title: TitleSeen
    is_trusted: bool
    default_rights: dict[str, bool] | None
    history: str | None
    at: datetime
    people: int  # who are in it, the pool's own accounts left out
    differences: int  # of them, and of who was known: standing there in another way than was known


async def read_whole(pool: Pool, chat: Chat, seen: Sequence[ChatSeen]) -> Whole:
    """The group as it is; who is missing from the list is asked about by name. Who did what is
    looked up in the admin log, where no update in `seen` says it."""
    now = await pool.now()
    channel = await pool.bot_channel(chat.group)
    rows = {row.tg_user_id: row for row in await members.load_members(pool.database, chat.id)}
    found = await observe(pool.accounts.bot, channel, chat.group, now)
    if found.is_trusted:
        check_ours_in_list(pool, found.members)
    missing = [
        user
        for user, row in rows.items()
        if user and user not in found.seen_ids and row.seen_status not in (None, SeenStatus.OUT)
    ]
    asked = missing[:_MOST_ASKED]
    people = [
        *found.members,
        *await ask_about(pool.accounts.bot, channel, chat.group, asked, now),
    ]
    titles = [one for one in seen if isinstance(one, TitleSeen) and one.title == found.title]
    titles.append(TitleSeen(tg_chat_id=chat.group, title=found.title, by=None, at=now))
    title = titles[0]  # of an update, if there was one: it says who gave it
    if chat.bind is None or chat.is_listed:  # else everybody in it is new to us
        standing = {(one.tg_user_id, one.status) for one in people}
        told = {
            one.tg_user_id
            for one in seen
            if isinstance(one, MemberSeen) and (one.tg_user_id, one.status) in standing
        }
        people, title = await explained(pool, chat, rows, told, people, title)
    if not found.is_trusted:
        log.warning("list_not_trusted", chat_id=chat.id, people=len(found.members))
    pool.read_at[chat.id] = now
    others = [one for one in people if one.tg_user_id not in pool.accounts.our_ids]
    return Whole(
        members=people,
        title=title,
        is_trusted=found.is_trusted,
        default_rights=found.default_rights,
        history=found.history,
        at=now,
        people=sum(one.status is SeenStatus.IN for one in others),
        differences=_differences(rows, others),
    )


def _differences(rows: Mapping[TgUserId | None, Member], seen: Sequence[MemberSeen]) -> int:
    """How many people stand in the group in another way than was known."""
    count = 0
    for one in seen:
        row = rows.get(one.tg_user_id)
        status, role = (row.seen_status, row.seen_role) if row else (None, None)
        if (status or SeenStatus.OUT) is SeenStatus.OUT and one.status is SeenStatus.OUT:
            continue
        count += (status, role) != (one.status, one.role)
    return count
