"""Waiting for one of several events ends with the first of them, or in time."""

from __future__ import annotations

import asyncio

from telegram_gateway.run.waiting import first_of


async def test_first_of__ends_with_any_of_them_and_leaves_nothing_behind() -> None:
    one, other = asyncio.Event(), asyncio.Event()
    waiting = asyncio.create_task(first_of(one, other))
    await asyncio.sleep(0)
    other.set()
    await asyncio.wait_for(waiting, 5)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_first_of__ends_in_time() -> None:
    await asyncio.wait_for(first_of(asyncio.Event(), within_s=0.001), 5)
