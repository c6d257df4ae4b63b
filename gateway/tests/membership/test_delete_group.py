"""A group is deleted for good because a person asked for it, once, and never while it is in use."""

from __future__ import annotations

import pytest

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line


def _delete(line: Line, chat: Chat, tg_chat_id: int) -> int:
    return line.order("delete_group", chat, payload={"tg_chat_id": tg_chat_id})


def _archive(line: Line, chat: Chat) -> None:
    line.school.all(
        "UPDATE telegram_chat SET active = false, archive_policy = 'leave' WHERE id = %s", chat.id
    )


async def test_deleted__and_a_restored_class_gets_a_new_one(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    tg_chat_id = chat.state["tg_chat_id"]
    refused = await line.done(_delete(line, chat, tg_chat_id))
    assert refused["error_code"] == "chat_in_use" and chat.has(amina)
    _archive(line, chat)
    other = await line.done(_delete(line, chat, tg_chat_id + 1))
    assert other["error_code"] == "bad_payload"
    done = await line.done(_delete(line, chat, tg_chat_id))
    assert (done["state"], done["result"]) == ("done", {"tg_chat_id": tg_chat_id})
    assert chat.state["state"] == "deleted" and chat.link is None
    assert line.world.channels[tg_chat_id].deleted
    assert not line.facts("chat_broken", "member_left", "member_removed")
    line.school.all("UPDATE telegram_chat SET active = true WHERE id = %s", chat.id)
    line.reconcile(chat)
    await line.until(lambda: chat.is_ready)
    assert chat.state["tg_chat_id"] != tg_chat_id
    await line.until(lambda: chat.is_known_as(amina, "welcome"))


@pytest.mark.slow
async def test_killed_after_it_was_deleted__done_all_the_same(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    tg_chat_id = chat.state["tg_chat_id"]
    _archive(line, chat)
    await line.stop()
    await line.start(process=True, crash_at="group_deleted")
    command = _delete(line, chat, tg_chat_id)
    await line.until(lambda: not line.is_running)
    await line.kill()
    await line.start()
    assert (await line.done(command))["state"] == "done"
    assert chat.state["state"] == "deleted"
