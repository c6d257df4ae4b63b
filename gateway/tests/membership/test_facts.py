"""Facts of membership: an id says what happened, to whom and when, so that reporting twice changes
nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from telegram_gateway.core.direct_add import after_peer_flood
from telegram_gateway.core.model import (
    ChatId,
    PartnerId,
    Role,
    RosterEntry,
    RosterStatus,
    TgChatId,
    TgUserId,
)
from telegram_gateway.database.accounts import Account
from telegram_gateway.membership import facts

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
CHAT, GROUP = ChatId(1), TgChatId(1_600_000_001)


def test_held_and_broken__another_time_is_another_fact():
    users = {TgUserId(9), TgUserId(7)}
    held = facts.removals_held(CHAT, users, NOW)
    assert held.payload == {"tg_user_ids": [7, 9]}
    assert held.fact == facts.removals_held(CHAT, users, NOW).fact
    assert held.fact != facts.removals_held(CHAT, users, LATER).fact
    broken = facts.chat_broken(CHAT, "bot_removed", NOW)
    assert broken.payload["error_code"] == "bot_removed"
    assert broken.fact != facts.chat_broken(CHAT, "bot_removed", LATER).fact


def test_ready__once_for_each_group():
    ready = facts.chat_ready(CHAT, GROUP, "https://t.me/+a", "3e A", NOW)
    assert ready.fact == facts.chat_ready(CHAT, GROUP, "https://t.me/+b", "3e B", LATER).fact
    other = TgChatId(GROUP + 1)
    assert ready.fact != facts.chat_ready(CHAT, other, "https://t.me/+a", "3e A", NOW).fact


def test_limited__says_until_when():
    account = Account(id=3, pool="main", kind="user", tg_user_id=TgUserId(5))
    fact = facts.account_limited(account, after_peer_flood([], NOW))
    assert (fact.payload["account_id"], fact.payload["level"]) == (3, 1)
    assert fact.payload["until"] == "2026-03-03T09:00:00Z"


def test_entry_by_account__the_first_of_several_partners():
    first, second = (
        RosterEntry(
            partner_id=PartnerId(number),
            role=Role.STUDENT,
            status=RosterStatus.IN,
            tg_user_ids=frozenset({TgUserId(7)}),
        )
        for number in (1, 2)
    )
    assert facts.entry_by_account([first, second]) == {TgUserId(7): first}
