"""Killed between a change on Telegram and its record: the next process ends in the same state."""

from __future__ import annotations

import pytest

from gateway.tests.harness.line import Line

pytestmark = pytest.mark.slow


async def revive(line: Line) -> None:
    """Wait until the gateway has died at its checkpoint, and start the next one."""
    await line.until(lambda: not line.is_running)
    await line.kill()
    await line.start()


async def test_bot_promoted__one_group_with_the_bot_as_its_admin(line: Line) -> None:
    await line.stop()
    await line.start(process=True, crash_at="bot_promoted")
    chat = line.chat("3e A")
    await revive(line)
    await line.until(lambda: chat.is_ready)
    assert chat.group is not None and chat.group.is_admin(line.bot.id)
    assert len(line.world.channels) == len(line.facts("chat_ready")) == 1


async def test_member_removed__removed_once_and_recorded(line: Line) -> None:
    chat = line.chat("3e A")
    stays, goes = [await line.person(name, chat) for name in ("Amina", "Bilal")]
    await line.until(lambda: chat.is_ready)
    for person in (stays, goes):
        await person.come_in(chat)
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    await line.stop()
    await line.start(process=True, crash_at="member_removed")
    line.set_roster(chat, goes, status="out")
    await revive(line)
    await line.until(lambda: chat.is_known_as(goes, "removed"))
    assert not chat.has(goes) and chat.has(stays)
    assert not chat.is_banned(goes)
