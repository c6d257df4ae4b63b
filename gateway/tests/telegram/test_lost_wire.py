"""The end of a login, as the client sees it, and answers that only look like it."""

from __future__ import annotations

import asyncio

import pytest
from telegram_gateway.telegram.errors import AccountLost, Passing, Refused, translated
from telegram_sandbox import Sandbox
from telethon import functions

from gateway.tests.harness.clients import client_of

NEAREST = functions.help.GetNearestDcRequest


async def test_lost__reported_by_its_name_at_once() -> None:
    async with Sandbox() as sandbox, client_of(sandbox) as client:
        reasons = []
        client.kind, client.on_lost = "user", reasons.append
        sandbox.faults.error("help.getNearestDc", 401, "NEVER_HEARD_OF")
        with pytest.raises(Refused), translated():
            await client(NEAREST())
        sandbox.faults.error("help.getNearestDc", 400, "ACCESS_TOKEN_EXPIRED")
        with pytest.raises(Refused), translated():
            await client(NEAREST())
        assert reasons == []
        sandbox.faults.error("help.getNearestDc", 401, "SESSION_REVOKED")
        with pytest.raises(AccountLost), translated():
            await client(NEAREST())
        assert reasons == ["SESSION_REVOKED"]


async def test_lost__a_bots_token_has_expired() -> None:
    async with Sandbox() as sandbox, client_of(sandbox) as client:
        reasons = []
        client.kind, client.on_lost = "bot", reasons.append
        sandbox.faults.error("help.getNearestDc", 400, "ACCESS_TOKEN_EXPIRED")
        with pytest.raises(AccountLost), translated():
            await client(NEAREST())
        assert reasons == ["ACCESS_TOKEN_EXPIRED"]


@pytest.mark.parametrize("number", [401, 406])
async def test_who_am_i__tells_errors_apart(number) -> None:
    async with Sandbox() as sandbox, client_of(sandbox) as client:
        sandbox.faults.error("users.getUsers", number, "NEVER_HEARD_OF")
        with pytest.raises(Refused):
            await client.who_am_i()
        assert (await client.who_am_i()).first_name == "École"


async def test_hung_up__pending_requests_fail_and_are_not_cancelled() -> None:
    """Whoever is cancelled ends, and with it everything that its lane still has to do."""
    async with Sandbox() as sandbox, client_of(sandbox) as client:
        sandbox.faults.delay("help.getNearestDc", 60)

        async def ask() -> None:
            with translated():
                await client(NEAREST())

        task = asyncio.create_task(ask())
        while not sandbox.faults.used:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await client.disconnect()
        with pytest.raises(Passing):
            await task


async def test_hung_up__a_cancelled_task_stays_cancelled() -> None:
    async with Sandbox() as sandbox, client_of(sandbox) as client:
        sandbox.faults.delay("help.getNearestDc", 60)
        task = asyncio.create_task(client(NEAREST()))
        while not sandbox.faults.used:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
