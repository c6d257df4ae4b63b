"""The client's line: noticed when it is dead, connected anew at a pace, and given up in time. With
the time-outs of production."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from telegram_gateway.telegram.client import Client
from telegram_gateway.telegram.errors import AlreadyDone, translated
from telegram_sandbox import Sandbox
from telegram_sandbox.world.people import User
from telethon import events, functions, types
from telethon._updates import MessageBox

from gateway.tests.harness.clients import client_of
from gateway.tests.harness.proxy import Proxy

slow = pytest.mark.slow
NEAREST = functions.help.GetNearestDcRequest


@dataclass
class OnALine:
    """A client that is connected through a proxy. `back`: how often Telegram answered on a new
    connection."""

    sandbox: Sandbox
    proxy: Proxy
    client: Client
    user: User
    back: int = 0
    updates: list = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[OnALine]:
        async with Sandbox() as sandbox:
            user = sandbox.world.add_user("École")
            async with (
                Proxy(sandbox.host, sandbox.port, lambda _key: None) as proxy,
                client_of(sandbox, 30, proxy.port, user) as client,
            ):
                line = cls(sandbox, proxy, client, user)
                client.kind, client.on_reconnected = "user", line.is_back
                client.add_event_handler(line.heard, events.Raw)
                await client.who_am_i()
                yield line

    def is_back(self) -> None:
        self.back += 1

    async def heard(self, update: object) -> None:
        self.updates.append(update)

    def rename(self, name: str) -> None:
        """Something that the client is told."""
        update = types.UpdateUserName(self.user.id, name, "", [])
        short = types.Updates([update], [], [], self.sandbox.world.clock.now(), 0)
        self.sandbox.server.push(self.user.id, short)

    @property
    def answers(self) -> bool:
        return self.client.is_answering


@pytest.fixture
async def line() -> AsyncIterator[OnALine]:
    async with OnALine.open() as line:
        yield line


async def until(condition: Callable[[], object], within_s: float) -> float:
    """Wait until it holds; after how many seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + within_s, f"waited {within_s:g} s in vain"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


# --- noticed -------------------------------------------------------------------------------------


@slow
@pytest.mark.parametrize("direction", ["up", "down"])
async def test_swallowed__a_connection_dead_in_one_direction_is_replaced(line, direction) -> None:
    """Updates that still come are no sign that what we send arrives."""
    await until(lambda: line.answers, 5)
    line.proxy.swallow(direction)
    line.rename("Lost")  # in one direction
    asked = asyncio.create_task(line.client(NEAREST()))
    await asyncio.sleep(0)
    await until(lambda: line.proxy.links[0].dead, 5)
    await line.proxy.heal()
    await until(lambda: line.back, 10)
    assert (await asked) is not None, "what waited for its answer is asked again"
    assert line.proxy.count() == 2


@slow
async def test_swallowed__updates_alone_are_no_sign_of_life(line) -> None:
    line.proxy.swallow("up")
    began = line.proxy.count()

    async def chatter() -> None:
        while True:
            line.rename("Noise")
            await asyncio.sleep(1)

    noise = asyncio.create_task(chatter())
    try:
        await until(lambda: line.proxy.count() > began, 15)
        assert line.updates
    finally:
        noise.cancel()


@slow
async def test_frozen__for_less_than_a_ping__nothing_happens(line) -> None:
    await until(lambda: line.answers, 5)
    line.proxy.freeze()
    line.rename("Late")
    asked = asyncio.create_task(line.client(NEAREST()))
    await asyncio.sleep(3)  # is no wait for something: it is how long the line is frozen
    await line.proxy.heal()
    await asked
    await until(lambda: line.updates, 5)
    assert line.proxy.count() == 1 and not line.back


@slow
async def test_delayed__a_slow_connection_is_not_dead(line) -> None:
    """Two seconds in each direction."""
    line.proxy.delay(2)
    for _ in range(4):
        await line.client(NEAREST())
    assert line.proxy.count() == 1


# --- given up ------------------------------------------------------------------------------------


@slow
async def test_frozen__given_up_after_two_connections_in_vain(line) -> None:
    await until(lambda: line.answers, 5)
    asked = asyncio.create_task(line.client(NEAREST()))
    await asked
    line.proxy.freeze()
    asked = asyncio.create_task(line.client(NEAREST()))
    await until(lambda: not line.client.is_connected(), 60)
    assert line.proxy.count() == 3
    with pytest.raises(ConnectionError):  # whoever waits is told
        await asked
    await until(lambda: line.client.disconnected.done(), 5)


@slow
async def test_refused__given_up_after_two_attempts(line) -> None:
    line.proxy.refuse()
    line.proxy.reset()
    await until(lambda: line.client.disconnected.done(), 20)
    assert line.client.history.attempts.count == 3
    with pytest.raises(ConnectionError):
        await line.client(NEAREST())


@slow
async def test_refused__a_first_connection_is_tried_once(line) -> None:
    line.proxy.freeze()
    began = time.monotonic()
    with pytest.raises(OSError):
        async with client_of(line.sandbox, 30, line.proxy.port):
            pass
    assert time.monotonic() < began + 15


# --- at a pace -----------------------------------------------------------------------------------


@slow
async def test_closed_at_once__connections_are_paced_and_requests_are_not_piled_up(line) -> None:
    """A firewall that accepts and closes; and then it is well again."""
    waiting = [asyncio.create_task(line.client(NEAREST())) for _ in range(3)]
    await asyncio.gather(*waiting)
    line.proxy.close_at_once()
    await until(lambda: line.client.disconnected.done(), 30)
    assert line.proxy.count() <= 3


@slow
async def test_broken_after_each_answer__connections_are_paced(line) -> None:
    """What answers once and is cut then is a line that works, and is not given up."""
    began = time.monotonic()
    before = line.proxy.count()
    while time.monotonic() < began + 20:
        back = line.back
        line.proxy.reset()
        await until(lambda back=back: line.back > back, 15)
    made = line.proxy.count() - before
    assert 4 <= made <= 9, f"{made} connections in 20 s"
    assert len(asyncio.all_tasks()) < 40
    sender = line.client._sender
    assert len(sender._pending_state) + len(sender._send_queue._deque) < 10


async def test_sent_before__is_no_server_error(line) -> None:
    """After a broken line messages are sent again; the library would ask twice more, and sleep."""
    line.sandbox.faults.error("messages.sendMessage", 500, "RANDOM_ID_DUPLICATE", times=None)
    request = functions.messages.SendMessageRequest(types.InputPeerSelf(), "Bonjour")
    with pytest.raises(AlreadyDone), translated():
        await line.client(request)
    asked = [one for one in line.sandbox.server.journal if one.method == "messages.sendMessage"]
    assert len(asked) == 1


# --- the loop for updates ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        (420, "FLOOD_WAIT_30"),
        (420, "FLOOD_PREMIUM_WAIT_30"),
        (420, "FROZEN_METHOD_INVALID"),
        (406, "NEVER_HEARD_OF"),
        (500, "INTERNAL"),
        (-503, "Timeout"),
    ],
    ids=lambda error: error[1],
)
async def test_difference_refused__the_loop_goes_on(line, error) -> None:
    fault = line.sandbox.faults.error("updates.getDifference", *error, times=None)
    await line.client.catch_up()
    await until(lambda: fault.fired, 10)
    line.sandbox.faults.clear()
    line.rename("Alice")
    await until(lambda: line.updates, 10)
    assert line.client.is_connected() and not line.client.updates_ended


@pytest.mark.slow
@pytest.mark.parametrize("error", [(420, "FLOOD_WAIT_2"), (500, "INTERNAL")], ids=lambda e: e[1])
async def test_difference_refused__asked_for_again_by_itself(line, error) -> None:
    """Nothing else is missed, or heard, meanwhile."""

    def asked() -> list[str | None]:
        journal = line.sandbox.server.journal
        return [one.error for one in journal if one.method == "updates.getDifference"]

    await until(lambda: asked() and line.client.is_answering, 5)  # as it does when it connects
    # a server's error is met twice: the library asks once more by itself
    line.sandbox.faults.error("updates.getDifference", *error, times=2 if error[0] == 500 else 1)
    await line.client.catch_up()
    await until(lambda: asked()[-1] is not None, 5)
    await until(lambda: asked()[-1] is None, 20)


class Refusing:
    """Pauses under which everything waits."""

    def is_known(self, _method: str) -> bool:
        return True

    @asynccontextmanager
    async def turn(self, _method: str) -> AsyncIterator[int]:
        yield 60

    async def told(self, *_what: object) -> None:
        pass


async def test_the_loops_requests__see_only_telegrams_own_errors(line) -> None:
    """Also what it asks beside `updates.*`: who the account is, where that is not known."""
    line.client.pauses = Refusing()
    line.client._mb_entity_cache.self_id = None
    line.rename("Alice")
    await until(lambda: line.updates, 10)
    assert not line.client.updates_ended


async def test_loop_ended__the_client_hangs_up(line, monkeypatch) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("cannot cope with this")

    with monkeypatch.context() as patch:
        patch.setattr(MessageBox, "process_updates", fail)
        line.rename("Poison")
        await until(lambda: line.client.disconnected.done(), 10)
    assert line.client.updates_ended


async def test_loop_cancelled__the_client_hangs_up(line) -> None:
    """The library's loop ends without a word where it is cancelled."""
    line.client._updates_handle.cancel()
    await until(lambda: line.client.disconnected.done(), 10)
    assert line.client.updates_ended


async def test_hung_up_by_us__is_no_end_of_the_loop(line) -> None:
    await line.client.disconnect()
    assert not line.client.updates_ended
