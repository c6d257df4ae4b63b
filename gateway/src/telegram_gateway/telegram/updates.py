"""Updates of both clients become values (seen.py), and are forwarded to one listener.

From the bot come updates about members, join requests and private messages. From the user account
come updates about calls and deleted messages, and about requests and titles if the bot may have
missed theirs. The group's own messages show the beginning and the end of a call, too; they are
numbered, so they are replayed, which updates about calls are not. Names are taken from either
client.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from telethon import events, types, utils

from telegram_gateway.core import text
from telegram_gateway.core.model import Cause, SeenStatus, TgCallId, TgChatId, TgUserId
from telegram_gateway.telegram.gate import GatedClient
from telegram_gateway.telegram.liveness import COVERAGE
from telegram_gateway.telegram.seen import (
    BotMessage,
    ButtonPressed,
    CallMessageSeen,
    CallSeen,
    GroupGone,
    MemberSeen,
    MessagesGone,
    ParticipantsSeen,
    Person,
    PersonSeen,
    RequestsSeen,
    Seen,
    TitleSeen,
    TitleSeenByUser,
    participant_from_tl,
    person_from_tl,
    status_from_tl,
)

Listener = Callable[[Seen], None]
#: A standby, which has no listener for long, keeps updates for so many seconds: longer than an
#: owner that stands still keeps its lease.
KEPT_S = 180.0
_MOST_KEPT = 50_000


class UpdateBuffer:
    """Forwards updates to a listener; as long as there is none it keeps them, for KEPT_S."""

    def __init__(self) -> None:
        self._kept: deque[tuple[float, Seen]] = deque(maxlen=_MOST_KEPT)
        self._listener: Listener | None = None

    def __call__(self, seen: Seen) -> None:
        if self._listener is not None:
            self._listener(seen)
            return
        now = time.monotonic()
        while self._kept and self._kept[0][0] < now - KEPT_S:
            self._kept.popleft()
        self._kept.append((now, seen))

    def forward_to(self, listener: Listener) -> list[Seen]:
        """Forward to `listener` from now on; gives the updates that were kept until now, oldest
        first."""
        self._listener = listener
        kept = [seen for _, seen in self._kept]
        self._kept.clear()
        return kept


def forward_updates(client: GatedClient, listener: Listener) -> None:
    """Forward the updates of a client that matter to `listener`, in the order in which they
    come."""
    translate = bot_update if client.is_of_bot else user_update

    async def on_update(update: Any) -> None:
        seen = translate(update)
        if seen is not None:
            listener(seen)

    client.add_event_handler(on_update, events.Raw)


def _people(update: Any) -> dict[int, Any]:
    return getattr(update, "_entities", None) or {}


def bot_update(update: Any) -> Seen | None:
    """Give the value of a TL update of the bot's; None for one that does not matter."""
    if isinstance(update, types.UpdateChannelParticipant):
        return _member(update)
    if isinstance(update, types.UpdateBotChatInviteRequester):
        if not isinstance(update.peer, types.PeerChannel):
            return None
        return MemberSeen(
            tg_chat_id=TgChatId(update.peer.channel_id),
            tg_user_id=TgUserId(update.user_id),
            status=SeenStatus.REQUESTED,
            role=None,
            person=person_from_tl(_people(update).get(update.user_id)),
            at=update.date,
            cause=Cause(link=getattr(update.invite, "link", None)),
            before=(SeenStatus.OUT, None),
        )
    if isinstance(update, types.UpdateNewMessage):
        return private_message(update.message, _people(update))
    if isinstance(update, types.UpdateBotCallbackQuery):
        return _pressed(update)
    if isinstance(update, types.UpdateNewChannelMessage):
        return _title(update.message)
    if isinstance(update, types.UpdateChannel):
        chat = _people(update).get(utils.get_peer_id(types.PeerChannel(update.channel_id)))
        if isinstance(chat, types.ChannelForbidden) or getattr(chat, "left", False):
            return GroupGone(tg_chat_id=TgChatId(update.channel_id))
    return _person(update)


def user_update(update: Any) -> Seen | None:
    """Return the value of a TL update of the user account; None for one that does not matter."""
    if isinstance(update, types.UpdateGroupCall):
        call = update.call
        peer = update.peer
        is_over = isinstance(call, types.GroupCallDiscarded)
        says_all = not is_over and not getattr(call, "min", False)
        return CallSeen(
            tg_call_id=TgCallId(call.id),
            tg_chat_id=TgChatId(peer.channel_id) if isinstance(peer, types.PeerChannel) else None,
            is_over=is_over,
            is_scheduled=getattr(call, "schedule_date", None) is not None,
            version=call.version if says_all else None,
            listeners_hidden=bool(call.listeners_hidden) if says_all else None,
            call=types.InputGroupCall(call.id, call.access_hash),
            is_live_story=bool(update.live_story),
            coverage=getattr(update, COVERAGE, None),
        )
    if isinstance(update, types.UpdateGroupCallParticipants):
        people = _people(update)
        participants = [(participant_from_tl(tl), tl.peer) for tl in update.participants]
        return ParticipantsSeen(
            tg_call_id=TgCallId(update.call.id),
            version=update.version,
            participants=tuple(participant for participant, _ in participants),
            people={
                participant.key: person_from_tl(people.get(utils.get_peer_id(peer)))
                for participant, peer in participants
            },
            coverage=getattr(update, COVERAGE, None),
        )
    if isinstance(update, types.UpdateDeleteChannelMessages):
        return MessagesGone(
            tg_chat_id=TgChatId(update.channel_id), message_ids=frozenset(update.messages)
        )
    if isinstance(update, types.UpdateNewChannelMessage):
        return _call_message(update.message) or _title_told(update.message)
    if isinstance(update, types.UpdatePendingJoinRequests):
        if not (isinstance(update.peer, types.PeerChannel) and update.recent_requesters):
            return None
        return RequestsSeen(
            tg_chat_id=TgChatId(update.peer.channel_id),
            tg_user_ids=frozenset(map(TgUserId, update.recent_requesters)),
        )
    return _person(update)


def _person(update: Any) -> PersonSeen | None:
    """The new name in a TL `updateUserName` or `updateUser`; else None."""
    if not isinstance(update, types.UpdateUserName | types.UpdateUser):
        return None
    person = person_from_tl(_people(update).get(update.user_id))
    if isinstance(update, types.UpdateUserName):
        usernames = [username.username for username in update.usernames if username.active]
        person = Person(
            name=text.line(" ".join(filter(None, (update.first_name, update.last_name)))),
            username=text.line(usernames[0] if usernames else ""),
            is_bot=person.is_bot,
            is_deleted=person.is_deleted,
        )
    if person == Person():
        return None
    return PersonSeen(tg_user_id=TgUserId(update.user_id), person=person, at=datetime.now(UTC))


def members_of(answer: Any) -> list[MemberSeen]:
    """The members in the TL answer to a request of the bot's: these updates come in the answer
    only, and reach no listener."""
    return [
        _member(update)
        for update in getattr(answer, "updates", None) or ()
        if isinstance(update, types.UpdateChannelParticipant)
    ]


def _member(update: types.UpdateChannelParticipant) -> MemberSeen:
    status, role = status_from_tl(update.new_participant)
    before = status_from_tl(update.prev_participant)
    via = "unknown"
    if status is SeenStatus.IN and before[0] is not SeenStatus.IN:
        new = update.new_participant
        inviter = getattr(new, "inviter_id", None)
        if getattr(new, "via_request", False):
            via = "request"
        elif update.invite is not None:
            via = "link"
        elif inviter or update.actor_id != update.user_id:
            via = "added"
    return MemberSeen(
        tg_chat_id=TgChatId(update.channel_id),
        tg_user_id=TgUserId(update.user_id),
        status=status,
        role=role,
        person=person_from_tl(_people(update).get(update.user_id)),
        at=update.date,
        cause=Cause(by=TgUserId(update.actor_id) if update.actor_id else None, via=via),
        before=before,
    )


def private_message(message: Any, people: dict[int, Any]) -> BotMessage | None:
    """A message that somebody wrote to the bot, or None; `people` are TL users by id."""
    if not isinstance(message, types.Message) or message.out:
        return None
    if not isinstance(message.peer_id, types.PeerUser):
        return None
    user = people.get(message.peer_id.user_id)
    return BotMessage(
        tg_user_id=TgUserId(message.peer_id.user_id),
        message_id=message.id,
        text=text.clean(message.message),
        lang_code=text.line(getattr(user, "lang_code", None)),
        person=person_from_tl(user),
        at=message.date,
    )


def _pressed(update: types.UpdateBotCallbackQuery) -> ButtonPressed | None:
    if not isinstance(update.peer, types.PeerUser) or update.data is None:
        return None
    user = _people(update).get(update.user_id)
    return ButtonPressed(
        tg_user_id=TgUserId(update.user_id),
        query_id=update.query_id,
        message_id=update.msg_id,
        data=text.clean(update.data.decode(errors="replace")),
        lang_code=text.line(getattr(user, "lang_code", None)),
        person=person_from_tl(user),
        at=datetime.now(UTC),
    )


def _call_message(message: Any) -> CallMessageSeen | None:
    action = getattr(message, "action", None)
    if not isinstance(action, types.MessageActionGroupCall):
        return None
    return CallMessageSeen(
        tg_chat_id=TgChatId(utils.get_peer_id(message.peer_id, add_mark=False)),
        tg_call_id=TgCallId(action.call.id),
        is_over=action.duration is not None,
    )


def _title_told(message: Any) -> TitleSeenByUser | None:
    seen = _title(message)
    return TitleSeenByUser(tg_chat_id=seen.tg_chat_id, title=seen.title) if seen else None


def _title(message: Any) -> TitleSeen | None:
    if not isinstance(message, types.MessageService):
        return None
    if not isinstance(message.action, types.MessageActionChatEditTitle):
        return None
    by = message.from_id.user_id if isinstance(message.from_id, types.PeerUser) else None
    return TitleSeen(
        tg_chat_id=TgChatId(utils.get_peer_id(message.peer_id, add_mark=False)),
        title=text.line(message.action.title),
        by=TgUserId(by) if by else None,
        at=message.date,
    )
