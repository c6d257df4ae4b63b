"""Requests that Telegram never answers."""

from __future__ import annotations

import pytest
from telegram_gateway.telegram.errors import Passing, translated
from telegram_sandbox import Sandbox
from telethon import functions

from .clients import client_of


async def test_no_answer__counts_as_lost_and_the_next_request_is_answered() -> None:
    async with Sandbox() as sandbox, client_of(sandbox, answer_s=0.5) as client:
        sandbox.faults.delay("help.getNearestDc", 60)
        with pytest.raises(Passing), translated():
            await client(functions.help.GetNearestDcRequest())
        assert await client(functions.help.GetConfigRequest())
