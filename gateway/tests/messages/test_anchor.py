"""Links into a group name a message of the bot's that stands there."""

from __future__ import annotations

from telegram_sandbox.world import messaging

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line


def anchor(chat: Chat) -> int | None:
    found: int | None = chat.state.get("anchor_message_id")
    return found


async def said(line: Line, chat: Chat, *texts: str) -> list[int]:
    """Send these into the group; their ids."""
    return [(await line.done(line.send(chat, one)))["result"]["message_id"] for one in texts]


def delete(line: Line, chat: Chat, *message_ids: int) -> None:
    assert chat.group is not None
    assert messaging.delete(line.world, chat.group, message_ids) == len(message_ids)


async def test_first_message__until_it_is_deleted(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    assert anchor(chat) is None
    welcome, reminder, report = await said(line, chat, "Bienvenue", "Rappel", "Bilan")
    assert anchor(chat) == welcome
    delete(line, chat, welcome, reminder)
    await line.until(lambda: anchor(chat) == report)
    delete(line, chat, report)
    await line.until(lambda: anchor(chat) is None)
    [later] = await said(line, chat, "Rappel")
    assert anchor(chat) == later


async def test_deleted__while_the_gateway_is_away(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    welcome, reminder = await said(line, chat, "Bienvenue", "Rappel")
    await line.stop()
    delete(line, chat, welcome)
    line.world.hub.forget()
    await line.start()
    line.reconcile(chat, check=True)
    await line.until(lambda: anchor(chat) == reminder)


async def test_another_group__has_another_message(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    await said(line, chat, "Bienvenue", "Rappel")
    assert chat.group is not None
    first = chat.group
    first.deleted = True
    line.expect_errors("lane_failed")  # the call is looked for there, too
    line.cut()
    await line.until(lambda: chat.state.get("state") == "broken")
    line.order("reconcile", chat, payload={"new_group": True, "retry": True})
    await line.until(lambda: chat.is_ready and chat.group is not first)
    # messages of the former group, though somebody's has the same id here
    for number in range(3):
        messaging.post(line.world, chat.group, line.account, f"Bonjour {number}")
    await line.done(line.reconcile(chat, check=True))
    assert anchor(chat) is None
    [welcome] = await said(line, chat, "Bienvenue")
    await line.until(lambda: anchor(chat) == welcome)
