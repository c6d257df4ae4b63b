"""The consequence of each of Telegram's errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.consequences import (
    LONGEST_WAIT_S,
    UNTOLD_WAIT_S,
    Consequence,
    consequence,
    is_known,
    plain,
    wait_s,
)

C = Consequence


@pytest.mark.parametrize(
    ("name", "number", "method", "expected"),
    [
        ("AUTH_KEY_UNREGISTERED", 401, "messages.sendMessage", C.LOST),
        ("AUTH_KEY_DUPLICATED", 406, "updates.getState", C.LOST),
        ("SESSION_REVOKED", 401, "", C.LOST),
        ("USER_DEACTIVATED_BAN", 401, "", C.LOST),
        ("SESSION_PASSWORD_NEEDED", 401, "users.getUsers", C.PASSING),
        ("SESSION_PASSWORD_NEEDED", 401, "auth.signIn", C.LOGIN),
        ("AUTH_KEY_PERM_EMPTY", 401, "users.getUsers", C.PASSING),
        ("FROZEN_METHOD_INVALID", 420, "channels.createChannel", C.FROZEN),
        ("FROZEN_METHOD_INVALID", 406, "channels.createChannel", C.FROZEN),
        ("PEER_FLOOD", 400, "channels.inviteToChannel", C.LIMITED),
        ("USER_RESTRICTED", 403, "channels.createChannel", C.LIMITED),
        ("FRESH_CHANGE_ADMINS_FORBIDDEN", 406, "channels.editAdmin", C.FRESH),
        ("FRESH_CHANGE_ADMINS_FORBIDDEN", 400, "channels.editAdmin", C.FRESH),
        ("FLOOD_WAIT_31", 420, "messages.sendMessage", C.WAIT),
        ("SLOWMODE_WAIT_X", 420, "messages.sendMessage", C.WAIT),
        ("INTERDC_3_CALL_ERROR", 500, "users.getUsers", C.PASSING),
        ("TIMEOUT", -503, "users.getUsers", C.PASSING),
        ("GROUPCALL_FORBIDDEN", 400, "phone.getGroupCall", C.OVER),
        ("GROUPCALL_FORBIDDEN", 403, "phone.discardGroupCall", C.OVER),
        ("RIGHT_FORBIDDEN", 403, "channels.editAdmin", C.LASTING),
        ("USER_PRIVACY_RESTRICTED", 403, "channels.inviteToChannel", C.PERSON),
        ("CHANNEL_PRIVATE", 400, "channels.getParticipants", C.GROUP),
        ("CHANNEL_PRIVATE", 400, "users.getUsers", C.COMMAND),
        ("BOT_METHOD_INVALID", 400, "messages.getChatInviteImporters", C.OURS),
        # nobody knows these: only 420 is a wait, only 5xx and its like may pass
        ("NEVER_HEARD_OF", 401, "messages.sendMessage", C.COMMAND),
        ("NEVER_HEARD_OF", 406, "messages.sendMessage", C.COMMAND),
        ("TOPIC_CLOSED", 406, "messages.sendMessage", C.COMMAND),
        ("NEVER_HEARD_OF", 420, "messages.sendMessage", C.WAIT),
        ("NEVER_HEARD_OF", 500, "messages.sendMessage", C.PASSING),
        ("NEVER_HEARD_OF", -500, "messages.sendMessage", C.PASSING),
        ("NEVER_HEARD_OF_4", 303, "messages.sendMessage", C.PASSING),
        ("FROZEN_SOMETHING_NEW", 400, "messages.sendMessage", C.FROZEN),
    ],
)
def test_consequence(name, number, method, expected):
    assert consequence(name, number, method) is expected


def test_access_token_expired__is_the_end_of_a_bots_login_alone():
    assert consequence("ACCESS_TOKEN_EXPIRED", 400, "messages.sendMessage", is_bot=True) is C.LOST
    assert consequence("ACCESS_TOKEN_EXPIRED", 400, "messages.sendMessage") is C.COMMAND
    assert (
        consequence("ACCESS_TOKEN_EXPIRED", 400, "auth.importBotAuthorization", is_bot=True)
        is C.LOGIN
    )


def test_done__only_where_it_answers_what_was_asked():
    """A message is not sent because Telegram says that somebody is no participant."""
    assert consequence("USER_NOT_PARTICIPANT", 400, "channels.editBanned") is C.DONE
    assert consequence("USER_NOT_PARTICIPANT", 400, "messages.sendMessage") is C.PERSON
    assert consequence("RANDOM_ID_DUPLICATE", 500, "messages.sendMessage") is C.DONE
    assert consequence("RANDOM_ID_DUPLICATE", 500, "updates.getDifference") is C.COMMAND


_NUMBERS = st.one_of(st.integers(-1000, 1000), st.sampled_from([303, 400, 401, 403, 406, 420, 500]))
_METHODS = st.sampled_from(["messages.sendMessage", "channels.editAdmin", "users.getUsers", ""])


@given(st.from_regex(r"[A-Z][A-Z_]{0,20}(_[0-9]{1,12})?", fullmatch=True), _NUMBERS, _METHODS)
def test_a_name_that_nobody_knows_never_ends_a_login(name, number, method):
    if not is_known(name):
        assert consequence(name, number, method, is_bot=True) is not C.LOST


@given(st.sampled_from(["FLOOD_WAIT", "AUTH_KEY_DUPLICATED", "PEER_FLOOD"]), _NUMBERS, _NUMBERS)
def test_a_known_name_is_decided_whatever_its_number(name, one, other):
    assert consequence(name, one) is consequence(name, other)


@given(st.from_regex(r"[A-Z_]{1,20}(_[0-9]{1,30})?", fullmatch=True), st.none() | st.integers())
def test_a_wait_is_bounded(name, seconds):
    assert 1 <= wait_s(name, seconds) <= LONGEST_WAIT_S


def test_wait__what_telegram_says_counts():
    assert (wait_s("FLOOD_WAIT_31"), wait_s("FLOOD_WAIT", 7), wait_s("SOME_WAIT")) == (
        31,
        7,
        UNTOLD_WAIT_S,
    )


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("FLOOD_WAIT_X", "FLOOD_WAIT"),
        ("SLOWMODE_WAIT_%d", "SLOWMODE_WAIT"),
        ("INTERDC_2_CALL_ERROR", "INTERDC_CALL_ERROR"),
        ("MD5_CHECKSUM_INVALID", "MD5_CHECKSUM_INVALID"),
        ("AUTH_TOKEN_INVALIDX", "AUTH_TOKEN_INVALIDX"),
        ("Timeout", "TIMEOUT"),
    ],
)
def test_plain(name, bare):
    assert plain(name) == bare
