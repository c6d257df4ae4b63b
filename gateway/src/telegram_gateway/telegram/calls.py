"""Group calls, by the user account: opened, closed, probed, and their lists of participants
read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from telethon import TelegramClient, functions, types

from telegram_gateway.core.calls import says_over
from telegram_gateway.core.model import TgCallId, TgChatId
from telegram_gateway.core.presence import Participant, ParticipantList, PeerKey
from telegram_gateway.core.titles import cut_call_title
from telegram_gateway.telegram.errors import AlreadyDone, Refused, TelegramError, Wait, translated
from telegram_gateway.telegram.peers import channel_for
from telegram_gateway.telegram.seen import Person, participant_from_tl, person_from_tl

#: A call as Telegram is asked about it: a TL InputGroupCall (its id, an access hash).
InputCall: TypeAlias = types.InputGroupCall
#: Entered before each request of a probe or a read: it may be made now; left when it was answered.
Turn = Callable[[], AbstractAsyncContextManager[None]]
#: So many people the first page of a list has at most.
PAGE = 100
_MOST_PAGES = 200


class CallOver(AlreadyDone):
    """The call that was addressed has ended."""


class PagesWait(Wait):
    """Telegram wants the further pages of lists left alone for a while; first pages may be asked
    for."""


@contextlib.contextmanager
def _of_call() -> Iterator[None]:
    """Let only TelegramError out of a request about one call: CallOver where it has ended."""
    try:
        with translated():
            yield
    except TelegramError as error:
        if says_over(error.code):
            raise CallOver(error.code) from error
        raise


@dataclass(frozen=True, kw_only=True)
class Probe:
    """The answer to a probe: a call without its list. `count` includes hidden listeners."""

    version: int
    count: int
    listeners_hidden: bool


@dataclass(frozen=True, kw_only=True)
class ListRead:
    """The participants of a call, as far as Telegram shows them, and how they are called."""

    listing: ParticipantList
    listeners_hidden: bool
    people: dict[PeerKey, Person]


async def running(user: TelegramClient, tg_chat_id: TgChatId) -> InputCall | None:
    """The call that the group has, announced or running; None: none. It may be over. Raises
    TelegramError."""
    channel = await channel_for(user, tg_chat_id)
    with translated():
        full = await user(functions.channels.GetFullChannelRequest(channel))
    call = full.full_chat.call
    return call if isinstance(call, types.InputGroupCall) else None


async def is_scheduled(user: TelegramClient, call: InputCall) -> bool:
    """Return whether the call is only announced for later. Raises TelegramError, CallOver among
    them."""
    answer = await _first_page(user, call, limit=1)
    return answer.call.schedule_date is not None


async def is_over(user: TelegramClient, call: InputCall) -> bool:
    """Return whether the call has ended, as a request about it shows. Raises TelegramError."""
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
) -> InputCall:
    """Start a call, or announce one for `schedule_date` (aware). Only where there is none: creating
    one ends the one that is there. Raises TelegramError; after Passing it may exist."""
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
        # the answer has the end of a call that somebody started a moment ago, too
        if isinstance(update, types.UpdateGroupCall) and isinstance(update.call, types.GroupCall):
            return types.InputGroupCall(update.call.id, update.call.access_hash)
    found = await running(user, tg_chat_id)
    if found is None:
        raise CallOver("GROUPCALL_ALREADY_DISCARDED")
    return found


async def start(user: TelegramClient, call: InputCall) -> None:
    """Start a call that was announced; one that runs already counts as done. Raises TelegramError,
    CallOver among them."""
    await _change(user, call, functions.phone.StartScheduledGroupCallRequest(call))


async def mute_newcomers(user: TelegramClient, call: InputCall) -> None:
    """Mute everybody who joins from now on, until an admin lets them speak. Raises TelegramError,
    CallOver among them."""
    request = functions.phone.ToggleGroupCallSettingsRequest(call, join_muted=True)
    await _change(user, call, request)


async def record(user: TelegramClient, call: InputCall, title: str, *, is_video: bool) -> None:
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


async def discard(user: TelegramClient, call: InputCall) -> None:
    """End a call; one that is over already counts as done. Raises TelegramError."""
    with contextlib.suppress(CallOver):
        await _change(user, call, functions.phone.DiscardGroupCallRequest(call))


async def _change(user: TelegramClient, call: InputCall, request: Any) -> None:
    """Change something about a call; "already so" counts as done.

    Raises TelegramError, and CallOver if the call has ended. Telegram's error may be the same for
    an ended call and for one that we may not change; so the call itself is then read.
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


async def probe(
    user: TelegramClient, call: InputCall, turn: Turn = contextlib.nullcontext
) -> Probe:
    """Ask for the call without its list: one request. Raises TelegramError, CallOver among them."""
    async with turn():
        return _probe_of((await _first_page(user, call, limit=1)).call)


async def read_list(
    user: TelegramClient, call: InputCall, turn: Turn = contextlib.nullcontext
) -> ListRead:
    """Read the whole list, page by page. Raises TelegramError, PagesWait and CallOver among
    them."""
    async with turn():
        page = await _first_page(user, call, limit=PAGE)
    before = _probe_of(page.call)
    offset = page.participants_next_offset
    return await _rest(
        user, call, turn, page, offset, before.version, are_hidden=before.listeners_hidden
    )


async def read_list_by_pages(
    user: TelegramClient,
    call: InputCall,
    *,
    are_hidden: bool,
    turn: Turn = contextlib.nullcontext,
) -> ListRead:
    """Read the whole list without asking for the call itself, for when Telegram wants that method
    left alone. are_hidden: whether listeners are hidden, as far as is known; the pages do not say.
    Raises TelegramError, PagesWait and CallOver among them."""
    async with turn():
        page = await _further_page(user, call, "")
    return await _rest(
        user, call, turn, page, page.next_offset, page.version, are_hidden=are_hidden
    )


async def _rest(
    user: TelegramClient,
    call: InputCall,
    turn: Turn,
    page: Any,
    offset: str,
    version: int,
    *,
    are_hidden: bool,
) -> ListRead:
    """The list that begins with this page, read to its end."""
    last_version = version
    participants: dict[PeerKey, Participant] = {}
    people: dict[PeerKey, Person] = {}
    for _ in range(_MOST_PAGES):
        for listed in page.participants:
            participant = participant_from_tl(listed)
            participants[participant.key] = participant
        people.update({("user", user.id): person_from_tl(user) for user in page.users})
        people.update({("channel", chat.id): person_from_tl(chat) for chat in page.chats})
        # an empty offset would start again from the beginning
        if not offset or not page.participants:
            break
        async with turn():
            page = await _further_page(user, call, offset)
        offset, last_version = page.next_offset, page.version
    listing = ParticipantList(
        version=version, last_version=last_version, participants=tuple(participants.values())
    )
    return ListRead(listing=listing, listeners_hidden=are_hidden, people=people)


async def _first_page(
    user: TelegramClient, call: InputCall, *, limit: int
) -> types.phone.GroupCall:
    """The call and the beginning of its list. Raises TelegramError, CallOver among them."""
    with _of_call():
        answer = await user(functions.phone.GetGroupCallRequest(call, limit=limit))
    if not isinstance(answer.call, types.GroupCall):
        raise CallOver("GROUPCALL_ALREADY_DISCARDED")
    return answer


async def _further_page(
    user: TelegramClient, call: InputCall, offset: str
) -> types.phone.GroupParticipants:
    """The page that begins at `offset`. Raises TelegramError, PagesWait and CallOver among them."""
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


def id_of(call: InputCall) -> TgCallId:
    """The call's id."""
    return TgCallId(call.id)


def by_id(tg_call_id: TgCallId) -> InputCall:
    """A call of which only the id is known. Telegram cannot be asked about such a call."""
    return types.InputGroupCall(tg_call_id, 0)
