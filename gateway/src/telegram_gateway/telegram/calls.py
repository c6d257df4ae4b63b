"""Group calls, by the user account: opening, closing, and looking who is in one."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telethon import TelegramClient, functions, types

from telegram_gateway.core.model import TgCallId, TgChatId
from telegram_gateway.core.presence import Listing, Participant, PeerKey

from .errors import AlreadyDone, translated
from .groups import channel_for
from .seen import Person, participant_from_tl

_PAGE = 100
_MOST_PAGES = 200


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What Telegram says of a call without its list; `count` has hidden listeners, too."""

    version: int
    count: int
    listeners_hidden: bool


@dataclass(frozen=True, kw_only=True)
class Look:
    """Who is in a call, as far as is shown."""

    listing: Listing
    listeners_hidden: bool
    people: dict[PeerKey, Person]


async def running(user: TelegramClient, tg_chat_id: TgChatId) -> types.InputGroupCall | None:
    """The group's call, or None. Raises TelegramError."""
    channel = await channel_for(user, tg_chat_id)
    with translated():
        full = await user(functions.channels.GetFullChannelRequest(channel))
    call = full.full_chat.call
    return call if isinstance(call, types.InputGroupCall) else None


async def is_scheduled(user: TelegramClient, call: types.InputGroupCall) -> bool:
    """Whether the call is only announced for later. Raises TelegramError."""
    with translated():
        answer = await user(functions.phone.GetGroupCallRequest(call, limit=1))
    return getattr(answer.call, "schedule_date", None) is not None


async def create(
    user: TelegramClient,
    tg_chat_id: TgChatId,
    random_id: int,
    title: str,
    schedule_date: datetime | None = None,
) -> types.InputGroupCall:
    """Start a call, or announce one for later. Only where there is none: creating one ends the
    one that is there."""
    channel = await channel_for(user, tg_chat_id)
    with translated():
        answer = await user(
            functions.phone.CreateGroupCallRequest(
                peer=channel,
                random_id=random_id,
                title=title or None,
                schedule_date=schedule_date,
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


async def start(user: TelegramClient, call: types.InputGroupCall) -> None:
    """Begin a call that was announced; one that has begun is done."""
    with contextlib.suppress(AlreadyDone), translated():
        await user(functions.phone.StartScheduledGroupCallRequest(call))


async def mute_newcomers(user: TelegramClient, call: types.InputGroupCall) -> None:
    """Let whoever joins from now on be muted, until an administrator lets them speak."""
    with contextlib.suppress(AlreadyDone), translated():
        await user(functions.phone.ToggleGroupCallSettingsRequest(call, join_muted=True))


async def record(
    user: TelegramClient, call: types.InputGroupCall, title: str, *, is_video: bool
) -> None:
    """Have Telegram record the call, into the account's Saved Messages; it may do so already."""
    # the schema has a shape exactly where there is a picture
    shape = False if is_video else None
    with contextlib.suppress(AlreadyDone), translated():
        await user(
            functions.phone.ToggleGroupCallRecordRequest(
                call, start=True, video=is_video or None, title=title, video_portrait=shape
            )
        )


async def discard(user: TelegramClient, call: types.InputGroupCall) -> None:
    """End a call; one that is over already is done."""
    try:
        with translated():
            await user(functions.phone.DiscardGroupCallRequest(call))
    except AlreadyDone:
        return


async def probe(user: TelegramClient, call: Any) -> Probe:
    """A cheap look. Raises TelegramError."""
    return _probe_of((await _first_page(user, call, limit=1)).call)


async def look(user: TelegramClient, call: Any) -> Look:
    """Read the whole list, page by page. Raises TelegramError."""
    page = await _first_page(user, call, limit=_PAGE)
    before = _probe_of(page.call)
    offset, last_version = page.participants_next_offset, before.version
    found: dict[PeerKey, Participant] = {}
    people: dict[PeerKey, Person] = {}
    for _ in range(_MOST_PAGES):
        for one in page.participants:
            participant = participant_from_tl(one)
            found[participant.key] = participant
        people.update({("user", one.id): Person.from_tl(one) for one in page.users})
        people.update({("channel", one.id): Person.from_tl(one) for one in page.chats})
        # an empty offset would start again from the beginning
        if not offset or not page.participants:
            break
        with translated():
            page = await user(
                functions.phone.GetGroupParticipantsRequest(
                    call=call, ids=[], sources=[], offset=offset, limit=_PAGE
                )
            )
        offset, last_version = page.next_offset, page.version
    listing = Listing(
        version=before.version, last_version=last_version, participants=tuple(found.values())
    )
    return Look(listing=listing, listeners_hidden=before.listeners_hidden, people=people)


async def _first_page(user: TelegramClient, call: Any, *, limit: int) -> types.phone.GroupCall:
    with translated():
        answer = await user(functions.phone.GetGroupCallRequest(call, limit=limit))
    if not isinstance(answer.call, types.GroupCall):
        raise AlreadyDone("GROUPCALL_ALREADY_DISCARDED")
    return answer


def _probe_of(call: types.GroupCall) -> Probe:
    return Probe(
        version=call.version,
        count=call.participants_count,
        listeners_hidden=bool(call.listeners_hidden),
    )


def id_of(call: types.InputGroupCall) -> TgCallId:
    """The call's id."""
    return TgCallId(call.id)
