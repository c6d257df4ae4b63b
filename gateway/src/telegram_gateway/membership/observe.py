"""How a group is looked at: by the updates that came, by the list of its members, as a whole or in
those parts that could not be read before.

Nothing here changes anything; what was seen is handed to `membership/reconcile.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import structlog

from telegram_gateway.core.group_parts import Part, whom_to_ask
from telegram_gateway.core.latest_seen import doubtful, untold
from telegram_gateway.core.latest_seen import latest as latest_of
from telegram_gateway.core.missed_requests import Waiting
from telegram_gateway.core.model import Member, SeenStatus, TgUserId
from telegram_gateway.database import chats, members
from telegram_gateway.database.chats import Chat
from telegram_gateway.membership.attribute import explained
from telegram_gateway.membership.broken import check_ours_in_list
from telegram_gateway.membership.look import Look
from telegram_gateway.pool import Pool
from telegram_gateway.telegram.admin_log import read_log
from telegram_gateway.telegram.observe import (
    ask_about,
    full,
    list_banned,
    list_members,
    list_requests,
)
from telegram_gateway.telegram.seen import ChatSeen, MemberSeen, Person, TitleSeen

log = structlog.get_logger(__name__)
# Asked about by name in one look; of a list that is cut off, thousands may be missing.
_MOST_ASKED = 100


async def settle(
    look: Look, seen: list[MemberSeen], rows: Mapping[TgUserId, Member], *, is_read: bool
) -> dict[TgUserId, MemberSeen]:
    """One update per person, the one that holds, in whatever order they came. `is_read`: everybody
    was read just now, so nobody needs to be asked about.

    Where Telegram does not answer about somebody, their update is looked at once more later; then
    it is believed: a newer one would have come meanwhile.
    """
    pool, chat = look.pool, look.chat
    newest = pool.membership.newest[chat.id]
    found = latest_of(seen, newest)
    by_user = dict(found.by_user)
    known = {
        user: (row.seen_status, row.seen_role) for user, row in rows.items() if row.seen_status
    }
    unsure = found.unsure | doubtful(found.by_user, known, pool.membership.read_at.get(chat.id))
    if unsure and not is_read:
        people = await look.part(
            Part.PEOPLE,
            lambda channel: ask_about(
                pool.accounts.bot, channel, chat.group, sorted(unsure), look.now
            ),
        )
        for one in people or ():
            told = by_user[one.tg_user_id]
            if (told.status, one.status) != (SeenStatus.REQUESTED, SeenStatus.OUT):
                by_user[one.tg_user_id] = replace(told, status=one.status, role=one.role)
        if people is None and not look.is_second_try(Part.PEOPLE):
            pool.membership.doubted[chat.id] = [by_user.pop(user) for user in sorted(unsure)]
    newest.update({user: one.at for user, one in by_user.items()})
    return by_user


async def are_untold(pool: Pool, chat: Chat, waiting: Set[Waiting]) -> bool:
    """Whether somebody waits to be let in of whom no update told. waiting: see core/missed_requests.py."""
    users = {user for user, _ in waiting}
    rows = await members.load_members(pool.database, chat.id, users)
    known = {
        row.tg_user_id: (row.seen_status, row.seen_role)
        for row in rows
        if row.tg_user_id is not None and row.seen_status is not None
    }
    newest = pool.membership.newest[chat.id]
    unheard = {user for user, at in waiting if newest.get(user) == at}
    return bool(untold(users, known, users - unheard))


async def check(look: Look) -> list[MemberSeen]:
    """The members as they are, in one call for 200 of them; where they are not those that we
    know, the group is marked to be read as a whole."""
    pool, chat = look.pool, look.chat
    listed = await look.part(
        Part.MEMBERS, lambda channel: list_members(pool.accounts.bot, channel, chat.group, look.now)
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
    found = {(one.tg_user_id, one.role) for one in listed.members if one.tg_user_id not in ours}
    if listed.is_trusted:
        check_ours_in_list(pool, listed.members)
    if not listed.is_trusted or known != found:
        pool.membership.unread.add(chat.id)
        return []
    await chats.save_state(
        pool.database,
        chat.id,
        checked_at=look.now.replace(tzinfo=None),
        checked_people=len(found),
        checked_differences=0,
    )
    # the same people: only what they are called may be new
    return list(listed.members)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a look read of a group: of whom it knows now how they stand (`people`), the title if
    that was read, and of its list of members, where there is one, whether Telegram showed
    everybody, how many there are, and how many stand otherwise than was known."""

    people: list[MemberSeen] = field(default_factory=list)
    title: TitleSeen | None = None
    default_rights: dict[str, bool] | None = None  # None: not read
    history: str | None = None
    is_listed: bool = False
    is_trusted: bool = False
    count: int = 0
    differences: int = 0


async def read(look: Look, seen: Sequence[ChatSeen], wanted: Set[Part]) -> Found:
    """Read the `wanted` parts of the group, each by itself; who is missing from a list that should
    show them is asked about, and who did what is looked up where no update, of those `seen`, says
    so.

    Raises Refused when an account of ours lost its place in the group, or the group is gone.
    """
    pool, chat = look.pool, look.chat
    if not wanted:
        return Found()
    bot, group, now = pool.accounts.bot, chat.group, look.now
    title_read = listed = banned = requests = None
    if Part.FULL in wanted:
        title_read = await look.part(Part.FULL, lambda channel: full(bot, channel, group))
    if Part.MEMBERS in wanted:
        listed = await look.part(
            Part.MEMBERS, lambda channel: list_members(bot, channel, group, now)
        )
    if Part.BANNED in wanted:
        banned = await look.part(Part.BANNED, lambda channel: list_banned(bot, channel, group, now))
    await look.check_group()
    is_trusted = False
    if listed is not None:
        is_trusted = listed.is_trusted and title_read is not None and title_read[1] == listed.count
        check_ours_in_list(pool, listed.members, is_whole=is_trusted)
    if Part.REQUESTS in wanted:
        requests = await look.part(
            Part.REQUESTS,
            lambda channel: list_requests(pool.accounts.user, channel, group, now),
        )
    # who asked and is in all the same (added meanwhile) is in
    lists = [*(requests or ()), *(banned or ()), *(listed.members if listed else ())]
    by_id = {one.tg_user_id: one for one in lists}
    rows = {row.tg_user_id: row for row in await members.load_members(pool.database, chat.id)}
    people = [
        *by_id.values(),
        *await _ask_about_missing(look, rows, by_id.keys(), is_trusted=is_trusted),
    ]
    title = None
    if title_read is not None:
        of_updates = [
            one for one in seen if isinstance(one, TitleSeen) and one.title == title_read[0]
        ]  # of an update, if there was one: it says who gave it
        read_now = TitleSeen(tg_chat_id=group, title=title_read[0], by=None, at=now)
        title = [read_now, *of_updates][-1]
    if chat.bind is None or chat.is_listed:  # else everybody in it is new to us
        standing = {(one.tg_user_id, one.status) for one in people}
        told = {
            one.tg_user_id
            for one in seen
            if isinstance(one, MemberSeen) and (one.tg_user_id, one.status) in standing
        }
        people, title = await explained(look, rows, told, people, title)
    if Part.LOG in wanted and not look.was_tried(Part.LOG):
        await look.part(Part.LOG, lambda channel: read_log(pool.accounts.user, channel))
    if listed is not None:
        pool.membership.read_at[chat.id] = now
        if not is_trusted:
            log.warning("list_not_trusted", chat_id=chat.id, people=len(listed.members))
    others = [one for one in people if one.tg_user_id not in pool.accounts.our_ids]
    return Found(
        people=people,
        title=title,
        default_rights=title_read.default_rights if title_read else None,
        history=title_read.history if title_read else None,
        is_listed=listed is not None,
        is_trusted=is_trusted,
        count=sum(one.status is SeenStatus.IN for one in others),
        differences=_differences(rows, others),
    )


async def _ask_about_missing(
    look: Look,
    rows: Mapping[TgUserId | None, Member],
    seen: Set[TgUserId],
    *,
    is_trusted: bool,
) -> list[MemberSeen]:
    """How those stand whom the lists that were read should show, and do not. Where nobody can be
    asked about, who is missing from two lists in turn that can be believed is out."""
    pool, chat = look.pool, look.chat
    known = {user: row.seen_status for user, row in rows.items() if user is not None}
    asked = whom_to_ask(known, seen, look.read)[:_MOST_ASKED]
    before = pool.membership.absent.pop(chat.id, frozenset())
    if not asked:
        if Part.MEMBERS in look.read:
            look.needs_no(Part.PEOPLE)
        return []
    found = await look.part(
        Part.PEOPLE,
        lambda channel: ask_about(pool.accounts.bot, channel, chat.group, asked, look.now),
    )
    if found is not None or not is_trusted:
        return found or []
    absent = frozenset(user for user in asked if known[user] is not SeenStatus.BANNED)
    pool.membership.absent[chat.id] = absent
    return [
        MemberSeen(
            tg_chat_id=chat.group,
            tg_user_id=user,
            status=SeenStatus.OUT,
            role=None,
            person=Person(),
            at=look.now,
        )
        for user in sorted(absent & before)
    ]


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
