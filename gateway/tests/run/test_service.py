"""What a service leaves behind when it ends says truly whether something is left to do."""

from __future__ import annotations

import json

import pytest
from telegram_gateway.errors import LeaseLost
from telegram_gateway.run import process
from telegram_gateway.run.service import Service

from gateway.tests.harness.line import Line


def unfinished(line: Line) -> list[int] | None:
    [lease] = line.rows("telegram_lease")
    return json.loads(lease["unfinished"]) if lease["unfinished"] else None


async def test_end__nothing_is_left_to_do(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    await line.stop()
    assert unfinished(line) == []


async def test_end__a_chat_that_failed_is_left_to_do(line: Line) -> None:
    well, ill = line.chat("3e A"), line.chat("3e B")
    amina = await line.person("Amina", ill)
    await line.until(lambda: well.is_ready and ill.is_ready)
    await amina.come_in(ill)
    await line.until(lambda: ill.is_known_as(amina, "in"))
    line.refuse("channels.editBanned", "INTERNAL", 500, chat=ill)
    line.set_roster(ill, amina, status="out")
    await line.until(lambda: line.asked("channels.editBanned"))
    await line.stop()
    assert unfinished(line) == [ill.id]


async def test_helper_that_fails__ends_the_service_and_the_process_begins_anew(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    await line.stop()
    monkeypatch.setattr(process, "_AGAIN_S", 0.1)
    renew = Service._renew

    async def lose(_service: Service) -> None:
        monkeypatch.setattr(Service, "_renew", renew)
        raise LeaseLost

    monkeypatch.setattr(Service, "_renew", lose)
    await line.start(connect_every_s=0.1)
    await line.until(lambda: len(line.logged("serving")) == 3)
    assert len(line.logged("lease_lost")) == 1
    assert (await line.done(line.order("list_groups")))["state"] == "done"
