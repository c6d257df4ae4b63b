"""L1: updates of both clients become values, and are handed on to one listener.

The bot tells of members, requests and private messages; the user account of calls. Titles come
to both, the bot's are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from telethon import TelegramClient, events, types, utils

from telegram_gateway.core.model import Cause, SeenStatus, TgCallId, TgChatId, TgUserId

from .seen import (
    BotMessage,
    CallSeen,
    MemberSeen,
    ParticipantsSeen,
    Person,
    Seen,
    TitleSeen,
    participant_from_tl,
    status_from_tl,
)

Listener = Callable[[Seen], None]


def listen(bot: TelegramClient, user: TelegramClient, listener: Listener) -> None:
    """Hand every update that matters to `listener`, in the order in which it came."""

    async def from_bot(update: Any) -> None:
        seen = bot_update(update)
        if seen is not None:
            listener(seen)

    async def from_user(update: Any) -> None:
        seen = user_update(update)
        if seen is not None:
            listener(seen)

    bot.add_event_handler(from_bot, events.Raw)
    user.add_event_handler(from_user, events.Raw)


def _people(update: Any) -> dict[int, Any]:
    return getattr(update, "_entities", None) or {}


def bot_update(update: Any) -> Seen | None:
    """What an update of the bot says, or None."""
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
            person=Person.from_tl(_people(update).get(update.user_id)),
            at=update.date,
            before=(SeenStatus.OUT, None),
        )
    if isinstance(update, types.UpdateNewMessage):
        return private_message(update.message, _people(update))
    if isinstance(update, types.UpdateNewChannelMessage):
        return _title(update.message)
    return None


def user_update(update: Any) -> Seen | None:
    """What an update of the user account says of calls, or None."""
    if isinstance(update, types.UpdateGroupCall):
        call = update.call
        peer = update.peer
        is_over = isinstance(call, types.GroupCallDiscarded)
        return CallSeen(
            tg_call_id=TgCallId(call.id),
            tg_chat_id=TgChatId(peer.channel_id) if isinstance(peer, types.PeerChannel) else None,
            is_over=is_over,
            version=None if is_over or getattr(call, "min", False) else call.version,
            call=types.InputGroupCall(call.id, call.access_hash),
        )
    if isinstance(update, types.UpdateGroupCallParticipants):
        people = _people(update)
        return ParticipantsSeen(
            tg_call_id=TgCallId(update.call.id),
            version=update.version,
            participants=tuple(participant_from_tl(one) for one in update.participants),
            people={
                one.peer.user_id: Person.from_tl(people.get(one.peer.user_id))
                for one in update.participants
                if isinstance(one.peer, types.PeerUser)
            },
        )
    return None


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
        person=Person.from_tl(_people(update).get(update.user_id)),
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
        text=message.message or "",
        lang_code=getattr(user, "lang_code", None) or "",
        person=Person.from_tl(user),
        at=message.date,
    )


def _title(message: Any) -> TitleSeen | None:
    if not isinstance(message, types.MessageService):
        return None
    if not isinstance(message.action, types.MessageActionChatEditTitle):
        return None
    by = message.from_id.user_id if isinstance(message.from_id, types.PeerUser) else None
    return TitleSeen(
        tg_chat_id=TgChatId(utils.get_peer_id(message.peer_id, add_mark=False)),
        title=message.action.title,
        by=TgUserId(by) if by else None,
        at=message.date,
    )
