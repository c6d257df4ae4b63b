"""The looks at all running calls, at one pace: begun, broken off, waiting for a line."""

from __future__ import annotations

import asyncio

import pytest
from telegram_gateway.calls.probes import Prober

from gateway.tests.harness.school import until


class Calls:
    """Calls that are looked at; `seen`: which were, in order. line: as `Prober` wants it."""

    def __init__(self, a_second=1000.0):
        self.line = 1
        self.prober = Prober(a_second, lambda: self.line)
        self.seen, self.again_s, self.further = [], {}, {}
        self.held = asyncio.Event()
        self.held.set()

    def begin(self, call, again_s=None, further=0):
        self.again_s[call], self.further[call] = again_s, further

        async def look(turn):
            for _ in range(1 + self.further[call]):
                async with turn():
                    self.seen.append(call)
                    await self.held.wait()
            return self.again_s[call]

        self.prober.begin(call, look)


@pytest.fixture
async def calls():
    calls = Calls()
    yield calls
    await calls.prober.stop()


async def test_each_is_looked_at_until_it_says_never(calls):
    calls.begin("a", again_s=0.0, further=2)
    calls.begin("b")
    await until(lambda: calls.seen.count("a") >= 9)
    calls.again_s["a"] = None
    await until(lambda: not calls.prober._visits)
    assert calls.seen.count("b") == 1 and calls.seen.count("a") % 3 == 0


async def test_what_is_wanted_soon_is_looked_at_soon(calls):
    calls.begin("a", again_s=3600.0)
    await until(lambda: calls.seen == ["a"])
    calls.held.clear()
    calls.prober.visit_soon("a")
    await until(lambda: calls.seen == ["a", "a"])
    calls.prober.visit_soon("a")  # while it is being looked at
    calls.held.set()
    await until(lambda: calls.seen == ["a", "a", "a"])
    calls.prober.visit_soon("unknown")


async def test_one_that_fails_ends_alone(calls):
    async def fails(turn):
        async with turn():
            raise RuntimeError

    calls.prober.begin("broken", fails)
    calls.begin("a", again_s=0.0)
    await until(lambda: calls.seen.count("a") >= 5)
    assert list(calls.prober._visits) == ["a"]


async def test_ended_while_it_is_looked_at__its_request_counts_no_more(calls):
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
    probing = calls.prober
    probing._grant(*probing._agenda.take(1e9))
    await probing.end("a")
    await until(lambda: probing._agenda.unanswered == 0)
    assert not calls.seen


async def test_nothing_is_asked_while_no_line_answers(calls):
    calls.line = None
    calls.begin("a", again_s=0.0, further=1)
    calls.prober.visit_soon("a")
    for _ in range(20):
        await asyncio.sleep(0)
    assert not calls.seen
    calls.line = 2
    await until(lambda: len(calls.seen) >= 4)


async def test_what_a_command_needs_does_not_wait():
    calls = Calls(a_second=0.001)
    calls.begin("a")
    calls.begin("b")
    await until(lambda: calls.seen == ["a"])
    async with calls.prober.immediate_turn():
        calls.seen.append("hurried")
    assert calls.seen == ["a", "hurried"]
    await calls.prober.stop()
