"""What is known of a group although a part of the look failed, and when it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.group_parts import (
    UNKNOWN,
    Part,
    after_failure,
    as_facts,
    due,
    is_gone,
    is_unknown,
    next_try,
    since_of,
    whom_to_ask,
)
from telegram_gateway.core.model import SeenStatus, TgUserId

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
parts = st.sampled_from(Part)
users = st.integers(1, 9).map(TgUserId)


def failing(times, wait_s=0, part=Part.REQUESTS):
    gap, now = None, T0
    for _ in range(times):
        gap = after_failure(gap, part, "BOT_METHOD_INVALID", now, wait_s)
        now = gap.again_at
    return gap


def test_pauses__double_up_to_half_an_hour():
    gap, now, pauses = None, T0, []
    for _ in range(12):
        gap = after_failure(gap, Part.LOG, "INTERNAL", now)
        pauses.append((gap.again_at - now).total_seconds())
        now = gap.again_at
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800]
    assert gap.since == T0


@given(st.integers(1, 30), st.integers(0, 100_000))
def test_pause_is_never_shorter_than_telegram_wants(times, wait_s):
    gap = failing(times)
    after = after_failure(gap, Part.REQUESTS, "FLOOD_WAIT", T0, wait_s)
    assert after.again_at >= T0 + timedelta(seconds=wait_s)
    assert (after.since, after.tries) == (gap.since, gap.tries + 1)


def test_due__those_whose_pause_is_over():
    gaps = {Part.LOG: failing(1, part=Part.LOG), Part.REQUESTS: failing(3)}
    assert due(gaps, T0) == frozenset()
    assert due(gaps, T0 + timedelta(seconds=5)) == {Part.LOG}
    assert next_try(gaps) == T0 + timedelta(seconds=5)
    assert next_try({}) is None


def test_kept__and_read_again():
    [fact] = as_facts([failing(2)])
    assert fact == {
        "part": "requests",
        "since": "2026-03-02T09:00:00Z",
        "error_code": "BOT_METHOD_INVALID",
    }
    assert since_of([fact], Part.REQUESTS) == T0
    assert since_of([fact], Part.LOG) is None


statuses = st.dictionaries(users, st.none() | st.sampled_from(SeenStatus))


@given(statuses, st.frozensets(users), st.frozensets(parts))
def test_nobody_is_missing_from_a_list_that_was_not_read(known, seen, read):
    shown_in = {
        SeenStatus.IN: Part.MEMBERS,
        SeenStatus.BANNED: Part.BANNED,
        SeenStatus.REQUESTED: Part.REQUESTS,
    }
    asked = whom_to_ask(known, seen, read)
    for user, status in known.items():
        expected = user not in seen and status in shown_in and shown_in[status] in read
        assert (user in asked) == expected


@pytest.mark.parametrize(
    ("failed", "read", "gone"),
    [
        pytest.param({Part.FULL: "CHANNEL_PRIVATE", Part.MEMBERS: "CHANNEL_PRIVATE"}, set(),
                     "CHANNEL_PRIVATE", id="every read says so"),
        pytest.param({Part.FULL: "CHANNEL_PRIVATE"}, {Part.MEMBERS}, None, id="another was read"),
        pytest.param({Part.FULL: "CHANNEL_PRIVATE"}, set(), None, id="one read alone"),
        pytest.param({Part.FULL: "CHANNEL_PRIVATE", Part.MEMBERS: "INTERNAL"}, set(), None,
                     id="another fault"),
        pytest.param({Part.REQUESTS: "CHANNEL_PRIVATE", Part.LOG: "CHANNEL_PRIVATE"}, set(), None,
                     id="the account's reads say nothing of the bot"),
        pytest.param({Part.BANNED: "CHAT_ADMIN_REQUIRED", Part.FULL: "CHAT_ADMIN_REQUIRED"}, set(),
                     None, id="a right that a read lacks"),
    ],
)  # fmt: skip
def test_gone(failed, read, gone):
    assert is_gone(failed, read) == gone


@pytest.mark.parametrize(
    ("failed", "read", "unknown"),
    [
        pytest.param({Part.FULL: UNKNOWN, Part.MEMBERS: UNKNOWN}, set(), True, id="all of it"),
        pytest.param({Part.FULL: UNKNOWN}, {Part.MEMBERS}, False, id="another was read"),
        pytest.param({Part.FULL: UNKNOWN, Part.MEMBERS: "NETWORK"}, set(), False, id="a fault"),
        pytest.param({Part.REQUESTS: UNKNOWN}, set(), False, id="the account's alone"),
        pytest.param({}, set(), False, id="nothing was asked"),
    ],
)
def test_unknown(failed, read, unknown):
    assert is_unknown(failed, read) is unknown
