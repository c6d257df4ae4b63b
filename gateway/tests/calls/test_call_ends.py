"""How a lesson's call ends, or does not: by itself, by Telegram's answers, beside a live story.

Nobody documents that an empty call ends by itself, nor that it goes on; nor which of its words for
"over" Telegram uses for which question.
"""

from __future__ import annotations

from typing import Any

import pytest
from telegram_sandbox.world import calling

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line
from gateway.tests.harness.telegram import killed

OVER = [
    (400, "GROUPCALL_ALREADY_DISCARDED"),
    pytest.param(400, "GROUPCALL_FORBIDDEN", marks=pytest.mark.slow),
    pytest.param(403, "GROUPCALL_FORBIDDEN", marks=pytest.mark.slow),
    pytest.param(400, "GROUPCALL_INVALID", marks=pytest.mark.slow),
]


async def ready_chat(line: Line) -> Chat:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    return chat


def opened(line: Line) -> list[int]:
    """The calls that Odoo was told of, oldest first."""
    return [one.payload["tg_call_id"] for one in line.facts("call_opened")]


async def open_call(line: Line, chat: Chat, **payload: Any) -> int:
    """Open the lesson's call, which is to be closed in an hour; its id."""
    line.close_call(chat, due_in_s=3600)
    done = await line.done(line.open_call(chat, payload=payload))
    assert done["state"] == "done"
    return int(done["result"]["tg_call_id"])


async def test_empty__goes_on_until_it_is_closed(line: Line) -> None:
    line.world.profile = line.world.profile.but(call_ends_when_empty_s=None)
    chat = await ready_chat(line)
    call_id = await open_call(line, chat, reopen=3)
    amina = await line.person("Amina", chat)
    await amina.come_in(chat)
    await amina.join_call()
    await line.until(lambda: line.facts("participant_joined"))
    await amina.leave_call()
    await line.until(lambda: line.facts("participant_left"))
    line.world.clock.advance(3500)
    assert chat.call is not None and chat.call.id == call_id
    line.school.all("UPDATE telegram_outbox SET due_at = now() WHERE kind = 'close_call'")
    await line.until(lambda: line.facts("call_closed"))
    assert opened(line) == [call_id] and chat.call is None


async def test_empty__ends_by_itself_and_is_opened_again(line: Line) -> None:
    line.world.profile = line.world.profile.but(call_ends_when_empty_s=600)
    chat = await ready_chat(line)
    first = await open_call(line, chat, reopen=3)
    line.world.clock.advance(601)
    await line.until(lambda: len(opened(line)) == 2)
    [closed] = line.facts("call_closed")
    assert closed.payload["tg_call_id"] == first and not closed.payload["by_us"]
    assert line.facts("call_opened")[1].payload["reopened"] == 1
    assert chat.call is not None and chat.call.id == opened(line)[1]


async def test_empty__ends_by_itself_and_nobody_wants_it_again(line: Line) -> None:
    line.world.profile = line.world.profile.but(call_ends_when_empty_s=600)
    chat = await ready_chat(line)
    call_id = await open_call(line, chat)
    line.world.clock.advance(601)
    [closed] = await line.until(lambda: line.facts("call_closed"))
    assert closed.payload["tg_call_id"] == call_id
    line.school.all("UPDATE telegram_outbox SET due_at = now() WHERE kind = 'close_call'")
    row = line.school.one("SELECT id FROM telegram_outbox WHERE kind = 'close_call'")
    assert (await line.done(row["id"]))["state"] == "done"


@pytest.mark.parametrize(("number", "name"), OVER)
async def test_over__the_group_names_the_call_still(line: Line, number: int, name: str) -> None:
    """Nobody was told of its end, and each question about it is answered by "over"."""
    chat = await ready_chat(line)
    first = await open_call(line, chat, reopen=3)
    group = chat.group
    assert group is not None
    line.faults.lose_push("updateGroupCall", times=None)
    line.refuse("phone.getGroupCall", name, number, times=1)
    calling.discard(line.world, line.world.calls[first], None)
    group.call_id = first
    await line.until(lambda: len(opened(line)) == 2)
    [closed] = line.facts("call_closed")
    assert closed.payload["tg_call_id"] == first
    assert chat.call is not None and chat.call.id == opened(line)[1] != first


@pytest.mark.parametrize(("number", "name"), OVER)
async def test_over__when_it_is_to_be_closed(line: Line, number: int, name: str) -> None:
    chat = await ready_chat(line)
    call_id = await open_call(line, chat)
    line.refuse("phone.discardGroupCall", name, number, times=1)
    line.refuse("phone.getGroupCall", name, number)
    line.school.all("UPDATE telegram_outbox SET due_at = now() WHERE kind = 'close_call'")
    # a look may learn of it first; the command that comes after it then finds no call
    [closed, *_later] = await line.until(lambda: line.facts("call_closed"))
    assert closed.payload["tg_call_id"] == call_id
    row = line.school.one("SELECT id FROM telegram_outbox WHERE kind = 'close_call'")
    assert (await line.done(row["id"]))["state"] == "done"


@pytest.mark.parametrize("is_the_call", [False, True])
async def test_live_story__is_no_lessons_call(line: Line, is_the_call: bool) -> None:
    """Neither taken for a call that somebody began, nor for the lesson's."""
    line.world.profile = line.world.profile.but(live_story_is_the_call=is_the_call)
    chat = await ready_chat(line)
    group = chat.group
    assert group is not None
    story = calling.live_story(line.world, group, line.account)
    call_id = await open_call(line, chat)
    assert call_id != story.id
    line.school.all("UPDATE telegram_outbox SET due_at = now() WHERE kind = 'close_call'")
    [closed] = await line.until(lambda: line.facts("call_closed"))
    assert closed.payload["tg_call_id"] == call_id
    assert opened(line) == [call_id]
    if not is_the_call:  # else nobody knows whether the lesson's call ends it
        assert line.world.calls[story.id].ended_at is None


async def test_live_story__that_was_taken_for_the_call_before_it_was_known(line: Line) -> None:
    """The gateway was not told of it: it learns with the next update."""
    line.world.profile = line.world.profile.but(live_story_is_the_call=True)
    chat = await ready_chat(line)
    assert chat.group is not None
    lost = line.faults.lose_push("updateGroupCall", times=None)
    story = calling.live_story(line.world, chat.group, line.account)
    await line.stop()
    killed(line)  # else nobody would ask about a group in which nothing has happened
    await line.start()
    await line.until(lambda: opened(line) == [story.id])
    line.allow(lost)
    calling.settings_changed(line.world, story)
    [closed] = await line.until(lambda: line.facts("call_closed"))
    assert closed.payload["tg_call_id"] == story.id
    await line.until(lambda: chat.state["tg_call_id"] is None)
    assert await open_call(line, chat) != story.id


@pytest.mark.parametrize("is_strict", [False, True])
async def test_title__of_any_length(line: Line, is_strict: bool) -> None:
    line.world.profile = line.world.profile.but(call_title_refused=is_strict)
    chat = await ready_chat(line)
    title = "Les équations du premier degré à deux inconnues, et leurs applications en physique"
    await line.done(line.open_call(chat, title=title, payload={"record": "audio"}))
    call = chat.call
    assert call is not None and call.recording is not None
    cut = "Les équations du premier degré à deux inconnues, et leurs appli…"
    assert call.title == call.recording.title == cut
