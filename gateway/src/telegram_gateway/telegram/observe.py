"""Reads the parts of a group: at first contact, after a restart and after gaps.

The bot reads, except join requests, which bots may not ask for. A list is trusted if it was read to
its end, has as many distinct members as the count said before and after, and contains the reader.
Even then it does not prove that somebody is absent: people who are missing are asked about one by
one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from telethon import TelegramClient, errors, functions, types

from telegram_gateway.core import text
from telegram_gateway.core.model import SeenStatus, TgChatId, TgUserId
from telegram_gateway.telegram.errors import Passing, code_of, translated
from telegram_gateway.telegram.peers import person_for
from telegram_gateway.telegram.seen import (
    MemberSeen,
    Person,
    flags_from_tl,
    person_from_tl,
    rights_from_tl,
    status_from_tl,
    user_id_of,
)

_PAGE = 200
# Errors about one person only: Telegram can still say something about others.
_OF_THE_PERSON = {
    "INPUT_USER_DEACTIVATED",
    "PARTICIPANT_ID_INVALID",
    "PEER_ID_INVALID",
    "USER_ID_INVALID",
}


@dataclass(frozen=True, kw_only=True)
class Observation:
    """The members who were listed. `is_trusted`: the list can be trusted to be whole. `count`: how
    many members there are, as Telegram says."""

    members: tuple[MemberSeen, ...]
    is_trusted: bool
    count: int
    seen_ids: frozenset[TgUserId]


class Full(NamedTuple):
    """The group's own card: its title, how many members it has, what they may not do (flags of a TL
    chatBannedRights), and whether newcomers see older messages ("visible" | "hidden")."""

    title: str
    member_count: int | None
    default_rights: dict[str, bool]
    history: str


async def full(bot: TelegramClient, channel: Any, tg_chat_id: TgChatId) -> Full:
    """Read the group itself. Raises TelegramError."""
    with translated():
        answer = await bot(functions.channels.GetFullChannelRequest(channel))
    chat = next((chat for chat in answer.chats if chat.id == tg_chat_id), None)
    if chat is None or not chat.title:
        raise Passing("CHANNEL_UNKNOWN")
    return Full(
        title=text.line(chat.title),
        member_count=answer.full_chat.participants_count,
        default_rights=flags_from_tl(chat.default_banned_rights),
        history="hidden" if answer.full_chat.hidden_prehistory else "visible",
    )


async def list_members(
    bot: TelegramClient, channel: Any, tg_chat_id: TgChatId, now: datetime
) -> Observation:
    """Read the members: one request for 200 of them. now: the database's clock (aware). Raises
    TelegramError."""
    with translated():
        members, count = await _list(
            bot, channel, types.ChannelParticipantsRecent(), tg_chat_id, now
        )
    ids = frozenset(member.tg_user_id for member in members)
    is_trusted = len(ids) == count and await _my_id(bot) in ids
    return Observation(members=tuple(members), is_trusted=is_trusted, count=count, seen_ids=ids)


async def list_banned(
    bot: TelegramClient, channel: Any, tg_chat_id: TgChatId, now: datetime
) -> list[MemberSeen]:
    """Read the people who are banned from the group. Raises TelegramError."""
    with translated():
        banned, _ = await _list(bot, channel, types.ChannelParticipantsKicked(""), tg_chat_id, now)
    return banned


async def _my_id(bot: TelegramClient) -> TgUserId:
    return TgUserId((await bot.get_me(input_peer=True)).user_id)


async def ask_about(
    bot: TelegramClient,
    channel: Any,
    tg_chat_id: TgChatId,
    tg_user_ids: Iterable[TgUserId],
    now: datetime,
) -> list[MemberSeen]:
    """Read how each of these people stands in the group; the answer also proves that somebody is
    not there. People about whom the client cannot ask are left out. Raises TelegramError."""
    members = []
    for tg_user_id in tg_user_ids:
        status, role, person = SeenStatus.OUT, None, Person()
        with translated():
            try:
                user = await person_for(bot, tg_user_id)
                answer = await bot(functions.channels.GetParticipantRequest(channel, user))
                status, role = status_from_tl(answer.participant)
                person = person_from_tl(next(iter(answer.users), None))
            except errors.UserNotParticipantError:
                pass
            except errors.RPCError as error:
                if code_of(error) not in _OF_THE_PERSON:
                    raise
                continue
        members.append(
            MemberSeen(
                tg_chat_id=tg_chat_id,
                tg_user_id=tg_user_id,
                status=status,
                role=role,
                person=person,
                at=now,
            )
        )
    return members


async def _list(
    bot: TelegramClient, channel: Any, which: Any, tg_chat_id: TgChatId, now: datetime
) -> tuple[list[MemberSeen], int]:
    members: dict[TgUserId, MemberSeen] = {}
    offset = count = 0
    while True:
        page = await bot(
            functions.channels.GetParticipantsRequest(channel, which, offset, _PAGE, 0)
        )
        users = {user.id: user for user in page.users}
        count = page.count
        for participant in page.participants:
            tg_user_id = user_id_of(participant)
            if tg_user_id is None:
                continue
            status, role = status_from_tl(participant)
            members[tg_user_id] = MemberSeen(
                tg_chat_id=tg_chat_id,
                tg_user_id=tg_user_id,
                status=status,
                role=role,
                person=person_from_tl(users.get(tg_user_id)),
                at=now,
                rights=rights_from_tl(participant),
            )
        offset += len(page.participants)
        if not page.participants or offset >= count:
            return list(members.values()), count


async def list_requests(
    user: TelegramClient, channel: Any, tg_chat_id: TgChatId, now: datetime
) -> list[MemberSeen]:
    """Read the join requests; `user` must be the user account. Raises TelegramError."""
    requests: list[MemberSeen] = []
    offset_date, offset_user = None, types.InputUserEmpty()
    while True:
        with translated():
            page = await user(
                functions.messages.GetChatInviteImportersRequest(
                    peer=channel,
                    offset_date=offset_date,
                    offset_user=offset_user,
                    limit=100,
                    requested=True,
                )
            )
        users = {user.id: user for user in page.users}
        for importer in page.importers:
            requests.append(
                MemberSeen(
                    tg_chat_id=tg_chat_id,
                    tg_user_id=TgUserId(importer.user_id),
                    status=SeenStatus.REQUESTED,
                    role=None,
                    person=person_from_tl(users.get(importer.user_id)),
                    at=now,
                )
            )
        if not page.importers or len(requests) >= page.count:
            return requests
        last = page.importers[-1]
        offset_date = last.date
        last_user = users.get(last.user_id)
        offset_user = types.InputUser(last.user_id, getattr(last_user, "access_hash", None) or 0)
