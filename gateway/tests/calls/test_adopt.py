"""A call that somebody began is adopted; one that somebody ended is opened again, if it is
needed."""

from __future__ import annotations

from telegram_sandbox.world import calling

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line


async def ready_chat(line: Line) -> Chat:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    return chat


async def test_begun_by_hand__adopted_by_the_lesson_that_comes(line: Line) -> None:
    chat = await ready_chat(line)
    teacher = await line.person("Émile", chat, role="supervisor")
    await teacher.come_in(chat)
    await line.until(lambda: chat.is_admin(teacher))
    await teacher.start_call()
    [fact] = await line.until(lambda: line.facts("call_opened"))
    assert fact.payload["adopted"] and fact.payload["open_key"] is None
    opened = await line.done(line.open_call(chat))
    call = chat.call
    assert call is not None
    assert opened["result"] == {"tg_call_id": call.id, "adopted": True}
    assert line.facts("call_opened")[-1].payload["open_key"] == "lesson:open"
    assert not line.asked("phone.createGroupCall", "user")


async def test_ended_by_somebody__opened_again_as_often_as_is_wished(line: Line) -> None:
    chat = await ready_chat(line)
    line.close_call(chat, due_in_s=3600)
    await line.done(line.open_call(chat, payload={"reopen": 1}))
    first = chat.call
    assert first is not None
    calling.discard(line.world, first, None)
    await line.until(lambda: len(line.facts("call_opened")) == 2)
    second = chat.call
    assert second is not None and second is not first
    reopened = line.facts("call_opened")[1].payload
    assert (reopened["reopened"], reopened["tg_call_id"]) == (1, second.id)
    assert not line.facts("call_closed")[0].payload["by_us"]

    calling.discard(line.world, second, None)
    [given_up] = await line.until(lambda: line.facts("call_given_up"))
    assert given_up.payload["reopened"] == 1 and chat.call is None


async def test_ended_by_somebody_who_begins_another_one__that_one_is_the_lessons(
    line: Line,
) -> None:
    chat = await ready_chat(line)
    line.close_call(chat, due_in_s=3600)
    await line.done(line.open_call(chat, payload={"reopen": 3}))
    assert chat.group is not None
    theirs = calling.create(line.world, chat.group, line.account, None)
    await line.until(lambda: chat.state["tg_call_id"] == theirs.id)
    taken = await line.until(
        lambda: [
            fact.payload
            for fact in line.facts("call_opened")
            if fact.payload["tg_call_id"] == theirs.id
        ]
    )
    assert taken[0]["open_key"] == "lesson:open"
    assert chat.call is theirs
