"""Updates become values, and are kept for a standby until it has a listener."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from telegram_gateway.core.liveness import Coverage
from telegram_gateway.core.model import TgChatId, TgUserId
from telegram_gateway.telegram.liveness import COVERAGE
from telegram_gateway.telegram.seen import GroupGone, ParticipantsSeen, TitleSeen
from telegram_gateway.telegram.updates import KEPT_S, UpdateBuffer, bot_update, user_update
from telethon import types

AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def gone(number: int) -> GroupGone:
    return GroupGone(tg_chat_id=TgChatId(number))


def test_buffer__keeps_in_order_until_there_is_a_listener(monkeypatch) -> None:
    buffer, forwarded = UpdateBuffer(), []
    buffer(gone(1))
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + KEPT_S + 1)
    buffer(gone(2))  # by now the first one is too old
    buffer(gone(3))
    assert buffer.forward_to(forwarded.append) == [gone(2), gone(3)]
    buffer(gone(4))
    assert forwarded == [gone(4)]
    assert buffer.forward_to(forwarded.append) == []


def test_participants__with_the_coverage_of_their_coming() -> None:
    participant = types.GroupCallParticipant(
        peer=types.PeerUser(7), date=AT, source=3, left=True, versioned=True
    )
    update = types.UpdateGroupCallParticipants(types.InputGroupCall(5, 1), [participant], version=9)
    seen = user_update(update)
    assert isinstance(seen, ParticipantsSeen) and seen.coverage is None
    assert (seen.tg_call_id, seen.version) == (5, 9)
    [joined] = seen.participants
    assert (joined.key, joined.left, joined.date) == (("user", 7), True, AT)
    setattr(update, COVERAGE, Coverage(connection=2))
    marked = user_update(update)
    assert isinstance(marked, ParticipantsSeen) and marked.coverage == Coverage(connection=2)


def test_title__the_bot_sees_who_gave_it() -> None:
    message = types.MessageService(
        id=3,
        peer_id=types.PeerChannel(11),
        from_id=types.PeerUser(7),
        date=AT,
        action=types.MessageActionChatEditTitle("3e\u0000 A"),
    )
    seen = bot_update(types.UpdateNewChannelMessage(message, pts=1, pts_count=1))
    assert seen == TitleSeen(tg_chat_id=TgChatId(11), title="3e A", by=TgUserId(7), at=AT)
