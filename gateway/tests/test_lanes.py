"""Lanes tell when they have nothing left to do."""

from __future__ import annotations

import asyncio

from telegram_gateway.lanes import Key, Lanes


async def test_idle__once_all_its_work_is_done_and_the_lane_is_free() -> None:
    done: list[str] = []
    idle = asyncio.Event()
    lanes: Lanes

    def is_idle() -> None:
        done.append("busy" if lanes.is_busy(("call", 1)) else "idle")
        idle.set()

    async def work() -> None:
        done.append("work")

    def failed(key: Key, error: BaseException) -> None:
        raise error

    lanes = Lanes(failed, is_idle)
    lanes.add(("call", 1), work)
    lanes.add(("call", 1), work)
    await idle.wait()
    assert done == ["work", "work", "idle"]
