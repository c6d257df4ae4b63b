"""A process waits for what may come, and ends at once where a person has to act on its machine."""

from __future__ import annotations

import asyncio
import base64
import os

import pytest
from pydantic import SecretStr
from telegram_gateway.errors import GatewayError
from telegram_gateway.run import process

from gateway.tests.harness.line import Line


async def test_wrong_key__ends_it_at_once(line: Line) -> None:
    await line.stop()
    key = SecretStr(base64.b64encode(os.urandom(32)).decode())
    settings = line.settings.model_copy(update={"session_key": key})
    with pytest.raises(GatewayError) as failure:
        await asyncio.wait_for(process.serve(settings, asyncio.Event()), 10)
    assert failure.value.code == "wrong_session_key"


async def test_without_accounts__it_waits_and_can_be_stopped(line: Line) -> None:
    await line.stop()
    line.school.all("DELETE FROM telegram_session_known")
    line.school.all("DELETE FROM telegram_session")
    await line.start(is_ready=False)
    await line.until(lambda: line.process_row().get("state") == "waiting")
    await line.stop()
    assert line.process_row() == {}, "it ended in good order"


async def test_its_name_is_taken__it_waits_and_says_so(line: Line) -> None:
    line.expect_errors("name_taken")
    stop = asyncio.Event()
    second = asyncio.create_task(process.serve(line.settings, stop))
    await line.until(lambda: line.process_row()["second_seen_at"])
    stop.set()
    await asyncio.wait_for(second, 10)
    assert line.is_running
