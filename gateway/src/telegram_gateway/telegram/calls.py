"""Group calls, by the user account: opening, closing, and looking who is in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telethon import TelegramClient, functions, types

from telegram_gateway.core.model import TgCallId, TgChatId
from telegram_gateway.core.presence import Participant

from .errors import AlreadyDone, translated
from .groups import channel_for
from .seen import Person, participant_from_tl

_PAGE = 100
_MOST_PAGES = 200


@dataclass(frozen=True, kw_only=True)
class Look:
    """Everybody in a call at one version of its list."""

    version: int
    participants: tuple[Participant, ...]
    people: dict[int, Person]


async def running(user: TelegramClient, tg_chat_id: TgChatId) -> types.InputGroupCall | None:
    """The group's call, or None. Raises TelegramError."""
    channel = await channel_for(user, tg_chat_id)
    with translated():
        full = await user(functions.channels.GetFullChannelRequest(channel))
    call = full.full_chat.call
    return call if isinstance(call, types.InputGroupCall) else None


async def create(
    user: TelegramClient, tg_chat_id: TgChatId, random_id: int, title: str
) -> types.InputGroupCall:
    """Start a call. Only where none runs: creating one ends a running one."""
    channel = await channel_for(user, tg_chat_id)
    with translated():
        answer = await user(
            functions.phone.CreateGroupCallRequest(
                peer=channel, random_id=random_id, title=title or None
            )
        )
    for update in answer.updates:
        # the end of a call that somebody started a moment ago is told of, too
        if isinstance(update, types.UpdateGroupCall) and isinstance(update.call, types.GroupCall):
            return types.InputGroupCall(update.call.id, update.call.access_hash)
    found = await running(user, tg_chat_id)
    if found is None:
        raise AlreadyDone("GROUPCALL_ALREADY_DISCARDED")
    return found


async def discard(user: TelegramClient, call: types.InputGroupCall) -> None:
    """End a call; one that is over already is done."""
    try:
        with translated():
            await user(functions.phone.DiscardGroupCallRequest(call))
    except AlreadyDone:
        return


async def probe(user: TelegramClient, call: Any) -> tuple[int, int]:
    """A cheap look: (version, number of participants). Raises TelegramError."""
    with translated():
        answer = await user(functions.phone.GetGroupCallRequest(call, limit=1))
    return answer.call.version, answer.call.participants_count


async def look(user: TelegramClient, call: Any) -> Look:
    """Read the whole list, page by page. Raises TelegramError."""
    found: dict[tuple[str, int], Participant] = {}
    people: dict[int, Person] = {}
    offset, version = "", 0
    for _ in range(_MOST_PAGES):
        with translated():
            page = await user(
                functions.phone.GetGroupParticipantsRequest(
                    call=call, ids=[], sources=[], offset=offset, limit=_PAGE
                )
            )
        version = page.version
        for one in page.participants:
            participant = participant_from_tl(one)
            found[participant.key] = participant
        people.update({one.id: Person.from_tl(one) for one in page.users})
        # an empty offset would start again from the beginning
        if not page.next_offset or not page.participants:
            break
        offset = page.next_offset
    return Look(version=version, participants=tuple(found.values()), people=people)


def id_of(call: types.InputGroupCall) -> TgCallId:
    """The call's id."""
    return TgCallId(call.id)
