"""Observations as values: what an update, a list, or an answer of Telegram's showed. Nothing here
decides.

The functions at the end turn TL objects into values; what they are given is what Telethon gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telethon import types, utils

from telegram_gateway.core import text
from telegram_gateway.core.liveness import Coverage
from telegram_gateway.core.model import Cause, SeenStatus, TgCallId, TgChatId, TgUserId
from telegram_gateway.core.model import Person as Person
from telegram_gateway.core.presence import Participant, PeerKey


@dataclass(frozen=True, kw_only=True)
class MemberSeen:
    """A person's standing in a group at `at`, and who made it so, where that is known."""

    tg_chat_id: TgChatId
    tg_user_id: TgUserId
    status: SeenStatus
    role: str | None
    person: Person
    at: datetime
    cause: Cause = Cause()
    before: tuple[SeenStatus, str | None] | None = None  # how they stood, where an update says so
    rights: frozenset[str] | None = None  # of an admin whom the reader may change


@dataclass(frozen=True, kw_only=True)
class TitleSeen:
    """The group's title was changed."""

    tg_chat_id: TgChatId
    title: str
    by: TgUserId | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class GroupGone:
    """The bot can no longer see the group: it was deleted, or the bot was removed."""

    tg_chat_id: TgChatId


@dataclass(frozen=True, kw_only=True)
class MessagesGone:
    """Messages of a group were deleted."""

    tg_chat_id: TgChatId
    message_ids: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class RequestsSeen:
    """The newest few join requests, as the user account sees them. The bot gets an update for each,
    with the link that was used."""

    tg_chat_id: TgChatId
    tg_user_ids: frozenset[TgUserId]


@dataclass(frozen=True, kw_only=True)
class TitleSeenByUser:
    """The group was given this title, as the user account sees it; the bot sees who gave it."""

    tg_chat_id: TgChatId
    title: str


@dataclass(frozen=True, kw_only=True)
class CallMessageSeen:
    """A message in the group that its call has begun, or is over. It comes beside a CallSeen, but
    is replayed where that is lost, so it may be old."""

    tg_chat_id: TgChatId
    tg_call_id: TgCallId
    is_over: bool


@dataclass(frozen=True, kw_only=True)
class PersonSeen:
    """Somebody has another name now, or has deleted their account."""

    tg_user_id: TgUserId
    person: Person
    at: datetime


@dataclass(frozen=True, kw_only=True)
class BotMessage:
    """A private message to the bot."""

    tg_user_id: TgUserId
    message_id: int
    text: str
    lang_code: str
    person: Person
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ButtonPressed:
    """Somebody pressed a button under a private message of the bot's; `data` is the button's
    own."""

    tg_user_id: TgUserId
    query_id: int  # to be answered within seconds
    message_id: int  # of the bot's message
    data: str
    lang_code: str
    person: Person
    at: datetime


@dataclass(frozen=True, kw_only=True)
class CallSeen:
    """A group's call runs (then with its version) or is over; or the call is that of a live story,
    which does not concern us."""

    tg_call_id: TgCallId
    tg_chat_id: TgChatId | None
    is_over: bool
    is_scheduled: bool  # announced for later: nobody can join it yet
    version: int | None
    listeners_hidden: bool | None  # None: not said
    call: Any  # the TL InputGroupCall to ask about it
    is_live_story: bool = False
    coverage: Coverage | None = None  # of the connection when it came


@dataclass(frozen=True, kw_only=True)
class ParticipantsSeen:
    """An updateGroupCallParticipants."""

    tg_call_id: TgCallId
    version: int
    participants: tuple[Participant, ...]
    people: dict[PeerKey, Person]
    coverage: Coverage | None = None  # of the connection when it came


ChatSeen = MemberSeen | TitleSeen | GroupGone  # these go to the membership lane
Seen = (
    ChatSeen
    | MessagesGone
    | RequestsSeen
    | TitleSeenByUser
    | CallMessageSeen
    | PersonSeen
    | BotMessage
    | ButtonPressed
    | CallSeen
    | ParticipantsSeen
)


def person_from_tl(user: Any) -> Person:
    """A TL `user`, or the `chat` of a channel, as a value; None and an unknown one give an empty
    person."""
    if isinstance(user, types.Channel | types.ChannelForbidden):
        username = getattr(user, "username", None)
        return Person(name=text.line(user.title), username=text.line(username))
    if not isinstance(user, types.User):
        return Person()
    return Person(
        name=text.line(utils.get_display_name(user)),
        username=text.line(user.username),
        is_bot=bool(user.bot),
        is_deleted=bool(user.deleted),
    )


def status_from_tl(participant: Any) -> tuple[SeenStatus, str | None]:
    """A TL channelParticipant as (status, "member" | "admin" | "creator" | None)."""
    if participant is None or isinstance(participant, types.ChannelParticipantLeft):
        return SeenStatus.OUT, None
    if isinstance(participant, types.ChannelParticipantBanned):
        if participant.banned_rights.view_messages:
            return SeenStatus.BANNED, None
        return (SeenStatus.OUT, None) if participant.left else (SeenStatus.IN, "member")
    if isinstance(participant, types.ChannelParticipantCreator):
        return SeenStatus.IN, "creator"
    if isinstance(participant, types.ChannelParticipantAdmin):
        return SeenStatus.IN, "admin"
    return SeenStatus.IN, "member"


def rights_from_tl(participant: Any) -> frozenset[str] | None:
    """The rights of an admin, if the reading account appointed them or may change them; else
    None."""
    if isinstance(participant, types.ChannelParticipantAdmin) and participant.can_edit:
        return frozenset(flags_from_tl(participant.admin_rights))
    return None


def flags_from_tl(rights: Any) -> dict[str, bool]:
    """The flags that are set in a TL chatAdminRights or chatBannedRights; empty for None."""
    return {name: True for name, flag in rights.to_dict().items() if flag is True} if rights else {}


def user_id_of(participant: Any) -> TgUserId | None:
    """The user behind a TL channelParticipant; None where it is a channel."""
    peer = getattr(participant, "peer", None)
    if peer is not None:
        return TgUserId(peer.user_id) if isinstance(peer, types.PeerUser) else None
    return TgUserId(participant.user_id)


def participant_from_tl(participant: types.GroupCallParticipant) -> Participant:
    """A TL groupCallParticipant as a value."""
    is_user = isinstance(participant.peer, types.PeerUser)
    return Participant(
        peer_kind="user" if is_user else "channel",
        peer_id=participant.peer.user_id
        if is_user
        else utils.get_peer_id(participant.peer, add_mark=False),
        date=participant.date,
        source=participant.source,
        left=bool(participant.left),
        just_joined=bool(participant.just_joined),
        versioned=bool(participant.versioned),
    )
