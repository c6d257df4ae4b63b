"""The visits of all running calls, at one rate: begun, cancelled, waiting for a connection."""

from __future__ import annotations

import asyncio

import pytest
from telegram_gateway.calls.probes import Prober

from gateway.tests.harness.school import until


class Calls:
    """Calls that are visited; `seen`: which were, in order. connection: as `Prober` wants it."""

    def __init__(self, a_second=1000.0):
        self.connection = 1
        self.prober = Prober(a_second, lambda: self.connection)
        self.seen, self.again_s, self.further = [], {}, {}
        self.held = asyncio.Event()
        self.held.set()

    def begin(self, call, again_s=None, further=0):
        self.again_s[call], self.further[call] = again_s, further

        async def visit(turn):
            for _ in range(1 + self.further[call]):
                async with turn():
                    self.seen.append(call)
                    await self.held.wait()
            return self.again_s[call]

        self.prober.begin(call, visit)


@pytest.fixture
async def calls():
    calls = Calls()
    yield calls
    await calls.prober.stop()


async def test_each_is_visited_until_it_says_never(calls):
    calls.begin("a", again_s=0.0, further=2)
    calls.begin("b")
    await until(lambda: calls.seen.count("a") >= 9)
    calls.again_s["a"] = None
    await until(lambda: not calls.prober._visits)
    assert calls.seen.count("b") == 1 and calls.seen.count("a") % 3 == 0


async def test_wanted_soon__visited_soon(calls):
    calls.begin("a", again_s=3600.0)
    await until(lambda: calls.seen == ["a"])
    calls.held.clear()
    calls.prober.visit_soon("a")
    await until(lambda: calls.seen == ["a", "a"])
    calls.prober.visit_soon("a")  # while it is being visited
    calls.held.set()
    await until(lambda: calls.seen == ["a", "a", "a"])
    calls.prober.visit_soon("unknown")


async def test_a_failing_visit_ends_alone(calls):
    async def fails(turn):
        async with turn():
            raise RuntimeError

    calls.prober.begin("broken", fails)
    calls.begin("a", again_s=0.0)
    await until(lambda: calls.seen.count("a") >= 5)
    assert list(calls.prober._visits) == ["a"]


async def test_ended_during_its_visit__its_request_is_not_counted_any_more(calls):
    calls.held.clear()
    for number in range(3):
        calls.begin(number, further=1)
    await until(lambda: len(calls.seen) == 3)
    for number in range(3):
        await calls.prober.end(number)
    assert calls.prober._agenda.unanswered == 0 and not calls.prober._under_way
    calls.held.set()
    calls.begin("a")
    await until(lambda: calls.seen[3:] == ["a"])


async def test_ended_before_it_could_begin__likewise(calls):
    calls.begin("a")
    prober = calls.prober
    prober._grant(*prober._agenda.take(1e9))
    await prober.end("a")
    await until(lambda: prober._agenda.unanswered == 0)
    assert not calls.seen


async def test_no_connection_answers__nothing_is_asked(calls):
    calls.connection = None
    calls.begin("a", again_s=0.0, further=1)
    calls.prober.visit_soon("a")
    for _ in range(20):
        await asyncio.sleep(0)
    assert not calls.seen
    calls.connection = 2
    await until(lambda: len(calls.seen) >= 4)


async def test_a_command_does_not_wait_for_its_turn():
    calls = Calls(a_second=0.001)
    calls.begin("a")
    calls.begin("b")
    await until(lambda: calls.seen == ["a"])
    async with calls.prober.immediate_turn():
        calls.seen.append("immediate")
    assert calls.seen == ["a", "immediate"]
    await calls.prober.stop()
