"""Failures of a lane count as in a row only where they follow each other, and each waits for
longer."""

from __future__ import annotations

import asyncio

import pytest
from telegram_gateway.core.account_standing import FROZEN
from telegram_gateway.core.connection import FAILURES_WITHIN_S
from telegram_gateway.errors import LeaseLost
from telegram_gateway.run import failures
from telegram_gateway.run.failures import LaneFailures
from telegram_gateway.run.lanes import Key
from telegram_gateway.telegram.errors import Frozen, Ours, Passing, Refused, Wait

KEY: Key = ("membership", 3)


async def test_rest__grows_until_the_lane_succeeds() -> None:
    lanes = LaneFailures()
    rests = [lanes.rest_after(KEY, Passing("INTERNAL")) for _ in range(3)]
    assert rests == [5, 10, 20] and lanes.count(KEY) == 3
    assert lanes.rest_after(("call", 3), Passing("INTERNAL")) == 5
    assert lanes.clear(KEY) and not lanes.clear(KEY)
    assert lanes.rest_after(KEY, Passing("INTERNAL")) == 5


async def test_rest__is_what_telegram_asks_for() -> None:
    assert LaneFailures().rest_after(KEY, Wait("FLOOD_WAIT_7", 7)) == 8


async def test_rest__begins_anew_where_the_failure_before_is_long_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lanes, loop = LaneFailures(), asyncio.get_running_loop()
    for _ in range(3):
        lanes.rest_after(KEY, RuntimeError())
    later = loop.time() + 20 + FAILURES_WITHIN_S + 1
    monkeypatch.setattr(loop, "time", lambda: later)
    assert lanes.rest_after(KEY, RuntimeError()) == 5


def test_chats__are_those_of_groups_and_calls() -> None:
    lanes = LaneFailures()
    for key in (KEY, ("call", 4), ("inbox", 0), ("messages", 5)):
        lanes.add(key)
    assert lanes.chats == {3, 4}


def test_what_an_error_means_for_its_lane() -> None:
    assert failures.rest_ends_with(Frozen(FROZEN)) == FROZEN
    assert failures.rest_ends_with(Passing("NETWORK")) == "NETWORK"
    assert failures.rest_ends_with(Refused("CHANNEL_PRIVATE")) == ""
    assert failures.is_own_fault(KeyError()) and not failures.is_own_fault(LeaseLost())
    assert not failures.is_own_fault(asyncio.CancelledError())
    assert failures.recorded(Refused("CHANNEL_PRIVATE")) == ("CHANNEL_PRIVATE", "")
    assert failures.recorded(Ours("PEER_INVALID")) == ("internal", "PEER_INVALID")
