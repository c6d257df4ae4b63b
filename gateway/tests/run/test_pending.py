"""The commands that wait are read again once something changed, and no more often."""

from __future__ import annotations

import asyncio

import pytest
from telegram_gateway.database import outbox
from telegram_gateway.run import pending as module
from telegram_gateway.run.pending import PendingCommands


@pytest.fixture
def for_ever(monkeypatch):
    """What was read stays new: time tells nothing here."""
    monkeypatch.setattr(module, "_OLDEST_S", float("inf"))


async def ids_of(waiting: PendingCommands) -> list[int]:
    return sorted(one.id for one in await waiting.rows())


async def read_anew(waiting: PendingCommands) -> list[int]:
    """What is read once that may be."""
    while (again_s := waiting.read_again_in_s) is not None:
        await asyncio.sleep(again_s)
        found = await ids_of(waiting)
    return found


async def test_read_once_until_something_changes(school, database, for_ever):
    first = school.command()
    waiting = PendingCommands(database, "main", 60)
    assert waiting.read_again_in_s is not None
    assert await read_anew(waiting) == [first]
    second = school.command()
    assert await ids_of(waiting) == [first] and waiting.read_again_in_s is None
    waiting.changed()
    assert await read_anew(waiting) == [first, second]


async def test_what_was_taken_waits_no_more_and_what_is_put_back_does_again(
    school, database, for_ever
):
    command = school.command()
    waiting = PendingCommands(database, "main", 60)
    assert await read_anew(waiting) == [command]
    await outbox.claim(database, [command], "w")
    waiting.remove([command, 12345])
    assert await ids_of(waiting) == []
    await outbox.put_back(database, [command])
    waiting.changed()
    assert await read_anew(waiting) == [command]


async def test_read_again_after_a_while_whatever_was_heard(school, database, monkeypatch):
    monkeypatch.setattr(module, "_OLDEST_S", 0.0)
    waiting = PendingCommands(database, "main", 60)
    assert await ids_of(waiting) == []
    command = school.command()
    assert await ids_of(waiting) == [command]
