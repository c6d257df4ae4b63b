"""When a chat is to be reconciled again, and when for removals that no update has shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from telegram_gateway.core.model import ChatId
from telegram_gateway.membership.memory import MembershipMemory

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER, LATEST = NOW + timedelta(seconds=3), NOW + timedelta(seconds=9)
CHAT = ChatId(3)


def test_look_again__at_the_earliest_instant() -> None:
    memory = MembershipMemory()
    for at in (LATEST, LATER, LATEST):
        memory.look_again(CHAT, at)
    assert memory.look_at == {CHAT: LATER}


def test_removals__are_looked_for_once_when_it_is_time() -> None:
    memory = MembershipMemory()
    assert not memory.look_for_removals(CHAT, NOW)
    memory.removals_asked(CHAT, LATER)
    memory.look_at.clear()  # something else had the chat reconciled
    assert not memory.look_for_removals(CHAT, NOW)
    assert memory.look_at == {CHAT: LATER}, "it is not forgotten for that"
    assert memory.look_for_removals(CHAT, LATER) and not memory.look_for_removals(CHAT, LATER)
