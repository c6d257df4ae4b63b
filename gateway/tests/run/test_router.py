"""Each update goes to the lane in which it is handled; what comes from elsewhere goes nowhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from telegram_gateway.core.model import ChatId, SeenStatus, TgCallId, TgChatId, TgUserId
from telegram_gateway.run.lanes import Key
from telegram_gateway.run.router import Router
from telegram_gateway.telegram.seen import (
    BotMessage,
    CallMessageSeen,
    CallSeen,
    MemberSeen,
    MessagesGone,
    ParticipantsSeen,
    Person,
    PersonSeen,
    Seen,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
OURS, OTHER = TgChatId(1_600_000_001), TgChatId(1_600_000_002)
CALL, USER = TgCallId(7), TgUserId(70)


class Rooms:
    """Notes who was given what: `given`, by the name of the method or of the lane."""

    def __init__(self) -> None:
        self.given: list[Any] = []
        note = self._note
        self.pool: Any = SimpleNamespace(chat_ids={OURS: ChatId(3)})
        watch = SimpleNamespace(tg_call_id=CALL)
        self.calls = SimpleNamespace(watches={3: watch}, is_over=note("is over"))
        self.calls.watches[3].on_participants = note("participants")
        self.router = Router(
            self.pool,
            SimpleNamespace(add=self._add),  # type: ignore[arg-type]
            membership=SimpleNamespace(  # type: ignore[arg-type]
                reconcile_soon=note("reconcile"), on_update=note("member")
            ),
            call_checks=SimpleNamespace(check_soon=note("check call"), calls=self.calls),  # type: ignore[arg-type]
            messages=SimpleNamespace(  # type: ignore[arg-type]
                on_message=note("message"),
                on_button=note("button"),
                on_messages_deleted=note("deleted"),
            ),
            wake=note("wake"),
        )

    def _note(self, name: str) -> Callable[..., None]:
        return lambda *_arguments: self.given.append(name)

    def _add(self, key: Key, work: object, name: str = "") -> None:
        self.given.append(key)


def call(group: TgChatId) -> CallSeen:
    return CallSeen(
        tg_chat_id=group,
        tg_call_id=CALL,
        is_over=False,
        is_scheduled=False,
        version=1,
        listeners_hidden=None,
        call=None,
    )


def participants(tg_call_id: TgCallId) -> ParticipantsSeen:
    return ParticipantsSeen(tg_call_id=tg_call_id, version=2, participants=(), people={})


def member(group: TgChatId) -> MemberSeen:
    return MemberSeen(
        tg_chat_id=group,
        tg_user_id=USER,
        status=SeenStatus.IN,
        role="member",
        person=Person(),
        at=AT,
    )


MESSAGE = BotMessage(
    tg_user_id=USER, message_id=1, text="/start", lang_code="fr", person=Person(), at=AT
)
PERSON = PersonSeen(tg_user_id=USER, person=Person(name="Amina"), at=AT)


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


@pytest.mark.parametrize(
    ("seen", "given"),
    [
        (MESSAGE, ["message"]),
        (PERSON, [("inbox", 0)]),
        (call(OURS), [("call", 3)]),
        (participants(CALL), [("presence", CALL)]),
        (participants(TgCallId(8)), []),
        (member(OURS), ["member"]),
        (member(OTHER), []),
        (call(OTHER), []),
        (MessagesGone(tg_chat_id=OURS, message_ids=frozenset({1})), ["deleted"]),
        (MessagesGone(tg_chat_id=OTHER, message_ids=frozenset({1})), []),
    ],
)
def test_update__goes_to_its_lane(rooms: Rooms, seen: Seen, given: list[Any]) -> None:
    rooms.router.on_update(seen)
    assert rooms.given == given


def test_updates_from_before__of_calls_are_not_believed(rooms: Rooms) -> None:
    told = CallMessageSeen(tg_chat_id=OURS, tg_call_id=CALL, is_over=True)
    rooms.router.on_updates_before(
        [call(OURS), call(OTHER), told, participants(CALL), member(OURS), MESSAGE]
    )
    assert rooms.given == ["check call", "check call", "member", "message"]
