"""Group calls, by the user account: opening, closing, and looking who is in one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telethon import TelegramClient, functions, types

from telegram_gateway.core.calls import says_over
from telegram_gateway.core.model import TgCallId, TgChatId
from telegram_gateway.core.presence import Listing, Participant, PeerKey
from telegram_gateway.core.titles import cut_call_title
from telegram_gateway.telegram.errors import AlreadyDone, Refused, TelegramError, Wait, translated
from telegram_gateway.telegram.peers import channel_for
from telegram_gateway.telegram.seen import Person, participant_from_tl

#: Entered before each request of a look: it may be made now; left when it was answered.
Turn = Callable[[], AbstractAsyncContextManager[None]]
#: So many people the first page of a list has at most.
PAGE = 100
_MOST_PAGES = 200


class CallOver(AlreadyDone):
    """The call that was addressed has ended."""


class PagesWait(Wait):
    """Telegram wants the further pages of lists left alone for a while; what else there is may be
    asked for."""


@contextlib.contextmanager
def _of_call() -> Iterator[None]:
    """Let only TelegramError out of a question about one call: CallOver where it has ended."""
    try:
        with translated():
            yield
    except TelegramError as error:
        if says_over(error.code):
            raise CallOver(error.code) from error
        raise


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
    """Whether the call is only announced for later. Raises TelegramError, CallOver among them."""
    answer = await _first_page(user, call, limit=1)
    return answer.call.schedule_date is not None


async def is_over(user: TelegramClient, call: types.InputGroupCall) -> bool:
    """Whether the call has ended, as a question about it says. Raises TelegramError."""
    try:
        await _first_page(user, call, limit=1)
    except CallOver:
        return True
    return False


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
                title=cut_call_title(title) or None,
                schedule_date=schedule_date,
            )
        )
    for update in answer.updates:
        # the end of a call that somebody started a moment ago is told of, too
        if isinstance(update, types.UpdateGroupCall) and isinstance(update.call, types.GroupCall):
            return types.InputGroupCall(update.call.id, update.call.access_hash)
    found = await running(user, tg_chat_id)
    if found is None:
        raise CallOver("GROUPCALL_ALREADY_DISCARDED")
    return found


async def start(user: TelegramClient, call: types.InputGroupCall) -> None:
    """Begin a call that was announced; one that has begun is done. Raises TelegramError, CallOver
    among them."""
    await _change(user, call, functions.phone.StartScheduledGroupCallRequest(call))


async def mute_newcomers(user: TelegramClient, call: types.InputGroupCall) -> None:
    """Let whoever joins from now on be muted, until an administrator lets them speak. Raises
    TelegramError, CallOver among them."""
    request = functions.phone.ToggleGroupCallSettingsRequest(call, join_muted=True)
    await _change(user, call, request)


async def record(
    user: TelegramClient, call: types.InputGroupCall, title: str, *, is_video: bool
) -> None:
    """Have Telegram record the call, into the account's Saved Messages; it may do so already.
    Raises TelegramError, CallOver among them."""
    request = functions.phone.ToggleGroupCallRecordRequest(
        call,
        start=True,
        video=is_video or None,
        title=cut_call_title(title),
        # the schema has a shape exactly where there is a picture
        video_portrait=False if is_video else None,
    )
    await _change(user, call, request)


async def discard(user: TelegramClient, call: types.InputGroupCall) -> None:
    """End a call; one that is over already is done. Raises TelegramError."""
    with contextlib.suppress(CallOver):
        await _change(user, call, functions.phone.DiscardGroupCallRequest(call))


async def _change(user: TelegramClient, call: types.InputGroupCall, request: Any) -> None:
    """Change something about a call; what is so already is done.

    Raises TelegramError, and CallOver where it has ended: what Telegram says of an ended call it
    may say as well of one that we may not change, so the call itself is asked about.
    """
    try:
        with _of_call():
            await user(request)
    except CallOver as error:
        if not await is_over(user, call):
            raise Refused(error.code) from error
        raise
    except AlreadyDone:
        return


async def probe(user: TelegramClient, call: Any, turn: Turn = contextlib.nullcontext) -> Probe:
    """A cheap look. Raises TelegramError."""
    async with turn():
        return _probe_of((await _first_page(user, call, limit=1)).call)


async def look(user: TelegramClient, call: Any, turn: Turn = contextlib.nullcontext) -> Look:
    """Read the whole list, page by page. Raises TelegramError, PagesWait and CallOver among them."""
    async with turn():
        page = await _first_page(user, call, limit=PAGE)
    before = _probe_of(page.call)
    offset = page.participants_next_offset
    return await _rest(
        user, call, turn, page, offset, before.version, are_hidden=before.listeners_hidden
    )


async def look_by_pages(
    user: TelegramClient,
    call: Any,
    *,
    are_hidden: bool,
    turn: Turn = contextlib.nullcontext,
) -> Look:
    """The same without asking for the call itself; so whether listeners are hidden is not asked, but
    taken as it was known. Raises TelegramError, PagesWait and CallOver among them."""
    async with turn():
        page = await _further_page(user, call, "")
    return await _rest(
        user, call, turn, page, page.next_offset, page.version, are_hidden=are_hidden
    )


async def _rest(
    user: TelegramClient,
    call: Any,
    turn: Turn,
    page: Any,
    offset: str,
    version: int,
    *,
    are_hidden: bool,
) -> Look:
    """The list that begins with a page, read to its end."""
    last_version = version
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
        async with turn():
            page = await _further_page(user, call, offset)
        offset, last_version = page.next_offset, page.version
    participants = tuple(found.values())
    listing = Listing(version=version, last_version=last_version, participants=participants)
    return Look(listing=listing, listeners_hidden=are_hidden, people=people)


async def _first_page(user: TelegramClient, call: Any, *, limit: int) -> types.phone.GroupCall:
    """Raises TelegramError, CallOver among them."""
    with _of_call():
        answer = await user(functions.phone.GetGroupCallRequest(call, limit=limit))
    if not isinstance(answer.call, types.GroupCall):
        raise CallOver("GROUPCALL_ALREADY_DISCARDED")
    return answer


async def _further_page(
    user: TelegramClient, call: Any, offset: str
) -> types.phone.GroupParticipants:
    """Raises TelegramError, PagesWait and CallOver among them."""
    request = functions.phone.GetGroupParticipantsRequest(
        call=call, ids=[], sources=[], offset=offset, limit=PAGE
    )
    try:
        with _of_call():
            return await user(request)
    except Wait as error:
        raise PagesWait(error.code, error.seconds) from error


def _probe_of(call: types.GroupCall) -> Probe:
    return Probe(
        version=call.version,
        count=call.participants_count,
        listeners_hidden=bool(call.listeners_hidden),
    )


def id_of(call: types.InputGroupCall) -> TgCallId:
    """The call's id."""
    return TgCallId(call.id)
