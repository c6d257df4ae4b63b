"""Many questions at the same moment, one answer each."""

from __future__ import annotations

import asyncio

import pytest
from telegram_gateway.database.batcher import Batcher


async def test_asked_at_once__one_run_each_with_its_own_answer() -> None:
    runs: list[list[int]] = []

    async def double(numbers: list[int]) -> list[int]:
        runs.append(numbers)
        return [2 * number for number in numbers]

    batcher = Batcher(double)
    assert await asyncio.gather(*map(batcher.ask, range(5))) == [0, 2, 4, 6, 8]
    assert await batcher.ask(7) == 14
    assert runs == [[0, 1, 2, 3, 4], [7]]


async def test_asked_meanwhile__the_answer_is_not_older_than_the_question() -> None:
    clock, started, go_on = [1], asyncio.Event(), asyncio.Event()

    async def read(asked: list[None]) -> list[int]:
        now = clock[0]
        started.set()
        await go_on.wait()
        return [now] * len(asked)

    batcher = Batcher(read)
    first = asyncio.create_task(batcher.ask(None))
    await started.wait()
    clock[0] = 2
    second = asyncio.create_task(batcher.ask(None))
    await asyncio.sleep(0)
    go_on.set()
    assert (await first, await second) == (1, 2)


async def test_error__goes_to_all_who_asked_and_to_nobody_later() -> None:
    errors = [ValueError("no")]

    async def read(asked: list[int]) -> list[int]:
        if errors:
            raise errors.pop()
        return asked

    batcher = Batcher(read)
    raised = await asyncio.gather(batcher.ask(1), batcher.ask(2), return_exceptions=True)
    assert [type(error) for error in raised] == [ValueError, ValueError]
    assert await batcher.ask(3) == 3


async def test_cancelled__the_others_are_answered() -> None:
    go_on = asyncio.Event()

    async def read(asked: list[int]) -> list[int]:
        await go_on.wait()
        return asked

    batcher = Batcher(read)
    gone, stays = (asyncio.create_task(batcher.ask(number)) for number in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    go_on.set()
    assert await stays == 2
    with pytest.raises(asyncio.CancelledError):
        await gone
