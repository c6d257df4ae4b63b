"""A chat as a value: what is left to change in its group."""

from __future__ import annotations

from dataclasses import replace

import pytest
from telegram_gateway.core.model import ChatId, Policy, Title
from telegram_gateway.core.rights import CLOSED, READ_ONLY
from telegram_gateway.database.chats import Chat

TITLE = Title(wanted="3e A", base="3e A", seen="3e A")
CHAT = Chat(id=ChatId(1), title=TITLE, mark="m", is_active=True, policy=Policy())
IN_ORDER = replace(CHAT, default_rights=CLOSED)
ARCHIVED = replace(IN_ORDER, is_active=False)
# what a new supergroup forbids its members: everybody may add people
NEW = {"change_info": True, "pin_messages": True}


@pytest.mark.parametrize(
    ("banned", "expected"),
    [(None, True), ({}, True), (NEW, True), (CLOSED, False), (READ_ONLY, False)],
)
def test_is_open(banned, expected):
    assert replace(CHAT, default_rights=banned).is_open is expected


@pytest.mark.parametrize(
    ("chat", "is_settled"),
    [
        (IN_ORDER, True),
        (replace(IN_ORDER, default_rights=NEW), False),
        (replace(IN_ORDER, default_rights=NEW, is_to_be_closed=False), True),
        (replace(IN_ORDER, history_wanted="hidden", history="visible"), False),
        (replace(IN_ORDER, history_wanted="hidden", history="hidden"), True),
        (replace(IN_ORDER, history_wanted="hidden", history_refused="hidden"), True),
        (replace(IN_ORDER, rights_before=NEW), False),  # restored: they get back what they may
        (ARCHIVED, False),
        (replace(ARCHIVED, is_read_only=True, rights_before=NEW), True),
        (replace(ARCHIVED, archive_policy="leave", default_rights=NEW), True),
    ],
)
def test_has_wanted_rights(chat, is_settled):
    assert chat.has_wanted_rights(retry=False) is is_settled


def test_has_wanted_rights__a_person_asks_to_retry_what_was_refused():
    chat = replace(IN_ORDER, history_wanted="hidden", history_refused="hidden")
    assert not chat.has_wanted_rights(retry=True)
