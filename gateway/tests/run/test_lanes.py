"""Lanes tell when they have nothing left to do, keep nothing twice, and rest."""

from __future__ import annotations

import asyncio

from telegram_gateway.run.lanes import Key, Lanes


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


KEY = ("call", 1)


def raising(key: Key, error: BaseException) -> None:
    raise error


async def test_named_work__waits_once_and_is_done_again_once_it_has_begun() -> None:
    done: list[str] = []
    goes_on, idle = asyncio.Event(), asyncio.Event()
    lanes = Lanes(raising, idle.set)

    async def look() -> None:
        done.append("look")
        await goes_on.wait()

    async def other() -> None:
        done.append("other")

    lanes.add(KEY, look, "look")
    while not done:  # noqa: ASYNC110
        await asyncio.sleep(0)
    for _ in range(1000):  # what has begun may have seen what was before
        lanes.add(KEY, look, "look")
        lanes.add(("call", 2), other, "look")
    lanes.add(KEY, other)
    lanes.add(KEY, other)
    goes_on.set()
    while lanes.is_busy(KEY):  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert done.count("look") == 2
    assert done.count("other") == 3


async def test_rest__ends_where_its_reason_does() -> None:
    done: list[str] = []
    idle = asyncio.Event()
    lanes = Lanes(raising, idle.set)

    async def work() -> None:
        done.append("work")

    lanes.rest(KEY, 3600, "NETWORK")
    lanes.add(KEY, work)
    lanes.resume("FROZEN")
    for _ in range(5):
        await asyncio.sleep(0)
    assert not done and lanes.is_busy(KEY)
    lanes.resume("NETWORK")
    await asyncio.wait_for(idle.wait(), 5)
    assert done == ["work"] and not lanes.is_busy(KEY)


async def test_drain__nothing_is_begun_any_more() -> None:
    """A timer may still ask for what was to be done later."""
    done: list[str] = []
    goes_on = asyncio.Event()
    lanes = Lanes(raising)

    async def work() -> None:
        await goes_on.wait()
        lanes.add(KEY, work)
        done.append("work")

    lanes.add(KEY, work)
    await asyncio.sleep(0)
    drained = asyncio.create_task(lanes.drain(within_s=5))
    await asyncio.sleep(0)
    goes_on.set()
    await drained
    lanes.add(KEY, work)
    await asyncio.sleep(0)
    assert done == ["work"] and not lanes.is_busy(KEY)


async def test_drain__does_not_wait_for_who_rests() -> None:
    lanes = Lanes(raising)

    async def work() -> None:
        raise AssertionError("it rests")

    lanes.rest(KEY, 3600)
    lanes.add(KEY, work)
    await asyncio.sleep(0)
    await asyncio.wait_for(lanes.drain(within_s=3600), 5)
    assert not lanes.is_busy(KEY)
