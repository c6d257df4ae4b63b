"""The account's groups are listed for whoever binds a chat to one."""

from __future__ import annotations

from telegram_gateway.membership import list_groups

from gateway.tests.harness.line import Line


async def test_list__has_the_groups_that_the_account_owns(line: Line) -> None:
    assert list_groups.list_groups
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    outcome = await line.done(line.order("list_groups"))
    assert outcome["state"] == "done"
    [group] = outcome["result"]["groups"]
    assert group["title"] == "3e A" and group["tg_chat_id"] == chat.state["tg_chat_id"]
