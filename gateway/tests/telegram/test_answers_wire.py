"""Requests that Telegram never answers."""

from __future__ import annotations

import pytest
from telegram_gateway.telegram.errors import Passing, translated
from telegram_sandbox import Sandbox
from telethon import functions

from gateway.tests.harness.clients import client_of


async def test_no_answer__counts_as_lost_and_the_next_request_is_answered() -> None:
    async with Sandbox() as sandbox, client_of(sandbox, answer_s=0.5) as client:
        sandbox.faults.delay("help.getNearestDc", 60)
        with pytest.raises(Passing), translated():
            await client(functions.help.GetNearestDcRequest())
        assert await client(functions.help.GetConfigRequest())


async def test_no_answer__not_sent_again_after_a_lost_connection() -> None:
    async with Sandbox() as sandbox, client_of(sandbox, answer_s=0.5) as client:
        sandbox.faults.delay("messages.sendMessage", 60)
        request = functions.messages.SendMessageRequest("me", "…", random_id=1)
        with pytest.raises(Passing), translated():
            await client(request)
        client.answer_s = 60
        sandbox.server.drop()
        assert await client(functions.help.GetConfigRequest())
        asked = [one.method for one in sandbox.server.journal]
        assert "messages.sendMessage" not in asked
        assert sandbox.server.world.sent == {}


async def test_connection_lost__a_group_that_may_exist_is_not_created_again() -> None:
    async with Sandbox() as sandbox, client_of(sandbox) as client:
        sandbox.faults.lose_answer("channels.createChannel")
        with pytest.raises(Passing), translated():
            await client(functions.channels.CreateChannelRequest("3e A", "", megagroup=True))
        assert await client(functions.help.GetConfigRequest())
        assert len(sandbox.world.channels) == 1
