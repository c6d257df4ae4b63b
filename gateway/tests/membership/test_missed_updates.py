"""The account is told of something that no other update reports. Join requests: test_crowd.py."""

from __future__ import annotations

from gateway.tests.harness.line import Line


async def test_title__that_the_bot_was_not_told_of(line: Line) -> None:
    chat = line.chat("3e A")
    supervisor = await line.person("Nora", chat, role="supervisor")
    await line.until(lambda: chat.is_ready)
    await supervisor.come_in(chat)
    await line.until(lambda: chat.is_admin(supervisor))
    await line.until(lambda: chat.is_known_as(supervisor, "in"))
    line.faults.lose_push("updateNewChannelMessage", user=line.bot, times=None)
    await supervisor.edit_title("Les 3e A")
    [fact] = await line.until(lambda: line.facts("title_changed"))
    assert (fact.payload["title"], fact.payload["by"]) == ("Les 3e A", supervisor.id)
    assert line.logged("title_change_missed")
