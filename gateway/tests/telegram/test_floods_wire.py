"""A method that Telegram wants left alone is not asked for, and then by one at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from telegram_gateway.core.method_pauses import MethodPauses, pause_until
from telegram_gateway.telegram.errors import Wait
from telegram_sandbox import Sandbox
from telethon import functions

from gateway.tests.harness.clients import client_of

METHOD = ("user", "help.getNearestDc")
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Pauses:
    """The pure decisions, with a clock that the test sets."""

    def __init__(self):
        self.known, self.now = MethodPauses(), T0
        self._turn = asyncio.Lock()

    def is_known(self, method):
        return self.known.is_known(("user", method))

    @asynccontextmanager
    async def turn(self, method):
        async with self._turn:
            rest_s = self.known.rest_s(("user", method), self.now)
            yield rest_s
            if not rest_s:
                self.known.accepted(("user", method))

    async def note_pause(self, method, code, seconds):
        self.known.pause(("user", method), pause_until(self.now, seconds))


async def test_pause__holds_for_everybody_and_then_one_finds_out() -> None:
    async with Sandbox() as sandbox, client_of(sandbox) as client:
        client.pauses = pauses = Pauses()

        async def ask(times=1):
            asked = [client(functions.help.GetNearestDcRequest()) for _ in range(times)]
            found = await asyncio.gather(*asked, return_exceptions=True)
            return [one.seconds if isinstance(one, Wait) else type(one) for one in found]

        def arrived():
            return sum(one.method == "help.getNearestDc" for one in sandbox.server.journal)

        [fine] = await ask()
        before = arrived()
        sandbox.faults.error("help.getNearestDc", 420, "FLOOD_WAIT_30", times=2)
        assert await ask() == [30]
        assert await ask(40) == [31] * 40
        assert arrived() == before + 1
        # over, and Telegram wants another one: one has asked, and the others are told
        pauses.now += timedelta(seconds=31)
        client._flood_waited_requests.clear()  # Telethon's own, by the real clock
        assert sorted(await ask(40)) == [30] + [31] * 39
        assert arrived() == before + 2
        pauses.now += timedelta(seconds=31)
        client._flood_waited_requests.clear()
        assert await ask(40) == [fine] * 40
        assert not pauses.is_known("help.getNearestDc")
        with pytest.raises(Wait):
            sandbox.faults.error("help.getNearestDc", 420, "FLOOD_WAIT_5")
            await client(functions.help.GetNearestDcRequest())
