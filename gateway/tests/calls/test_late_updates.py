"""Late updates are not dated by their arrival: whatever the connection or the process does while
people come and go, no reported interval, and no line of a sheet, excludes the truth. With the
settings of production."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.tests.harness.gateway import InProcess
from gateway.tests.harness.line import Line
from gateway.tests.harness.sheets import Truth, blind_s

_NAMES = ("Amina", "Bilal", "Chloé", "Driss", "Emma", "Farid")
_BACK_S = 90.0  # within which a connection that works again must have been noticed
Trouble = Callable[[Line, float], Any]


# --- trouble with the connection ------------------------------------------------------------------


@asynccontextmanager
async def frozen(line: Line, _length_s: float, *directions: str) -> AsyncIterator[None]:
    line.proxy.freeze(*directions)
    yield
    await line.proxy.heal()


@asynccontextmanager
async def frozen_up(line: Line, length_s: float) -> AsyncIterator[None]:
    async with frozen(line, length_s, "up"):
        yield


@asynccontextmanager
async def frozen_down(line: Line, length_s: float) -> AsyncIterator[None]:
    async with frozen(line, length_s, "down"):
        yield


@asynccontextmanager
async def delayed(line: Line, length_s: float) -> AsyncIterator[None]:
    """Each thing by a third of it, so that some of it comes while it lasts."""
    line.proxy.delay(length_s / 3)
    yield
    await line.proxy.heal()


@asynccontextmanager
async def swallowed(line: Line, _length_s: float) -> AsyncIterator[None]:
    """As a router that has forgotten the connections; then it says so."""
    line.proxy.swallow()
    yield
    await line.proxy.heal()
    line.proxy.reset()


@asynccontextmanager
async def swallowed_down(line: Line, _length_s: float) -> AsyncIterator[None]:
    line.proxy.swallow("down")
    yield
    await line.proxy.heal()
    line.proxy.reset()


@asynccontextmanager
async def refused(line: Line, _length_s: float) -> AsyncIterator[None]:
    """The connections break, and new ones are refused."""
    line.proxy.refuse()
    line.proxy.reset()
    yield
    await line.proxy.heal()


@asynccontextmanager
async def reset(line: Line, _length_s: float) -> AsyncIterator[None]:
    """The connections break; new ones bring what they can."""
    line.proxy.reset()
    yield
    line.proxy.reset()


@asynccontextmanager
async def broken(line: Line, _length_s: float) -> AsyncIterator[None]:
    """The connections break, and new ones say nothing at first."""
    line.proxy.freeze()
    line.proxy.reset()
    yield
    await line.proxy.heal()


@asynccontextmanager
async def stopped(line: Line, _length_s: float) -> AsyncIterator[None]:
    """The gateway's process stands still."""
    gateway = line._gateway
    assert isinstance(gateway, InProcess)
    gateway.freeze()
    yield
    gateway.thaw()


# --- the lesson ----------------------------------------------------------------------------------


@asynccontextmanager
async def lesson(line: Line) -> AsyncIterator[Truth]:
    """A call with Amina, Bilal, Chloé and Driss in it, as the gateway knows; it is closed at the
    end, and compared with the reports of it."""
    chat = line.chat("3e A")
    people = [await line.person(name, chat) for name in _NAMES]
    await line.until(lambda: chat.is_ready)
    for person in people:
        await person.come_in(chat)
    assert (await line.done(line.open_call(chat)))["state"] == "done"
    truth = Truth(line, chat)
    for person in people[:4]:
        await truth.comes(person)
    await agrees(line, truth)
    yield truth
    await truth.ends()
    await line.until(lambda: line.facts("call_closed", chat=chat), within_s=_BACK_S)


async def agrees(line: Line, truth: Truth) -> None:
    """Wait until the call is observed, and exactly the people in it are reported to be there."""
    await line.until(
        lambda: truth.is_observed and truth.told_there == truth.there,
        within_s=_BACK_S,
        what="the reports are true",
    )


async def passes(line: Line, seconds: float) -> None:
    ends = asyncio.get_running_loop().time() + seconds
    await line.until(
        lambda: asyncio.get_running_loop().time() >= ends, within_s=seconds + 30, what="time"
    )


async def come_and_go(line: Line, truth: Truth, length_s: float) -> None:
    """Amina goes, Bilal goes and returns, Chloé does so twice, Emma comes, Farid comes and goes;
    Driss stays."""
    amina, bilal, chloe, _, emma, farid = line.people
    part = length_s / 7
    await passes(line, part)
    await truth.goes(amina)
    await truth.goes(bilal)
    await truth.comes(farid)
    await passes(line, part)
    await truth.comes(bilal)
    await truth.goes(chloe)
    await passes(line, part)
    await truth.goes(farid)
    await truth.comes(chloe)
    await passes(line, part)
    await truth.comes(emma)
    await truth.goes(chloe)
    await passes(line, part)
    await truth.comes(chloe)
    await passes(line, 2 * part)


async def play(line: Line, trouble: Trouble, length_s: float) -> Truth:
    """A lesson with that trouble in it; the reports of it are true."""
    async with lesson(line) as truth:
        began = datetime.now(UTC)
        async with trouble(line, length_s):
            await come_and_go(line, truth, length_s)
        over = datetime.now(UTC)
        await agrees(line, truth)
        after = datetime.now(UTC)
        await truth.goes(line.people[3])
        await agrees(line, truth)
    truth.check((began, over), (began, after), (over, after))
    return truth


async def test_connection_works__all_is_known_to_some_seconds(proxied: Line) -> None:
    async with lesson(proxied) as truth:
        await come_and_go(proxied, truth, 7)
        await agrees(proxied, truth)
    truth.check()
    left = proxied.facts("participant_left")
    assert all(fact.payload["precision_s"] <= 5 for fact in left), left
    assert not proxied.facts("observation_lost"), "nothing was missed"


async def test_a_short_hiccup__a_leave_and_a_return_stay_in_order(proxied: Line) -> None:
    """Two seconds, as any connection has them: it counts as observed."""
    await play(proxied, frozen, 2)
    assert not proxied.facts("observation_lost")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("trouble", "length_s"),
    [
        (frozen, 10),
        (frozen, 45),
        (frozen_up, 20),
        (frozen_down, 30),
        (delayed, 15),
        (swallowed, 8),
        (swallowed_down, 25),
        (broken, 4),
        (refused, 12),
        (reset, 1),
    ],
)
async def test_hiccups_of_the_connection(proxied: Line, trouble: Trouble, length_s: float) -> None:
    truth = await play(proxied, trouble, length_s)
    # and not for ever
    assert blind_s(truth) <= length_s + 60


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("length_s", [8, 30])
async def test_the_process_stands_still(line: Line, length_s: float) -> None:
    await line.stop()
    await line.start(process=True)
    truth = await play(line, stopped, length_s)
    assert blind_s(truth) >= length_s - 2


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_process_stands_still__another_one_takes_over(line: Line) -> None:
    """It wakes once the other one has reported what it saw: it reports nothing of it any more."""
    await line.stop()
    await line.start(process=True)
    for kind in ("bot", "user"):
        await line.log_in(kind, "gateway-2")
    await line.start_beside("gateway-2")
    await line.until(lambda: line.process_row("gateway-2").get("state") == "standby")
    truth = await play(line, stopped, 35)
    assert line.process_row("gateway-2")["state"] == "serving"
    assert blind_s(truth) <= 35 + 10


# --- with `script/test --long` ------------------------------------------------------------------

_ALL = [frozen, frozen_up, frozen_down, delayed, swallowed, swallowed_down, refused, reset, broken]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("trouble", _ALL)
@pytest.mark.parametrize("length_s", [5, 45, 75, 120])
async def test_long_hiccups_of_the_connection(
    proxied: Line, trouble: Trouble, length_s: float
) -> None:
    await play(proxied, trouble, length_s)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("length_s", [12, 60, 120])
async def test_the_process_stands_still_for_long(line: Line, length_s: float) -> None:
    await line.stop()
    await line.start(process=True)
    await play(line, stopped, length_s)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(6))
async def test_one_random_trouble_after_the_other(proxied: Line, seed: int) -> None:
    chance = random.Random(seed)
    async with lesson(proxied) as truth:
        parts = []
        for _ in range(4):
            began, length_s = datetime.now(UTC), chance.choice([1, 3, 8, 15, 30])
            async with chance.choice(_ALL)(proxied, length_s):
                await come_and_go(proxied, truth, length_s)
            parts.append((began, datetime.now(UTC)))
            # the next one may come before this one is over
            if chance.random() < 0.5:
                await agrees(proxied, truth)
            amina, *_, emma, _ = proxied.people
            await truth.comes(amina)
            await truth.goes(emma)
        await agrees(proxied, truth)
    truth.check(*parts)
