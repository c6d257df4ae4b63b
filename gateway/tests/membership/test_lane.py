"""A membership lane takes work between two reconciliations, and hands on what that raises."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from telegram_gateway.core.model import ChatId
from telegram_gateway.membership.lane import MembershipLanes
from telegram_gateway.run.failures import LaneFailures
from telegram_gateway.run.lanes import Key, Lanes

CHAT = ChatId(3)


def nothing(*_arguments: object) -> None:
    pass


@pytest.fixture
def lanes() -> Lanes:
    def failed(key: Key, error: BaseException) -> None:
        raise error

    return Lanes(failed)


@pytest.fixture
def membership(lanes: Lanes) -> MembershipLanes:
    pool: Any = SimpleNamespace(settings=SimpleNamespace(spread_s=60))
    return MembershipLanes(
        pool,
        lanes,
        LaneFailures(),
        wake=nothing,
        check_call=nothing,
        check_anchor=nothing,
        read_messages=nothing,
    )


async def test_run_in_lane__waits_for_its_turn(lanes: Lanes, membership: MembershipLanes) -> None:
    done: list[str] = []
    go_on = asyncio.Event()

    async def reconciliation() -> None:
        await go_on.wait()
        done.append("reconciled")

    async def work() -> None:
        done.append("worked")

    lanes.add(("membership", CHAT), reconciliation)
    waiting = asyncio.create_task(membership.run_in_lane(CHAT, work))
    await membership.run_in_lane(ChatId(4), work)
    go_on.set()
    await waiting
    assert done == ["worked", "reconciled", "worked"]


async def test_run_in_lane__hands_on_what_the_work_raises(membership: MembershipLanes) -> None:
    async def work() -> None:
        raise KeyError("roster")

    with pytest.raises(KeyError, match="roster"):
        await membership.run_in_lane(CHAT, work)
