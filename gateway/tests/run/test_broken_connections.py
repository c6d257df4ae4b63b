"""The line breaks in the worst moments: what was done is found, and nothing is done twice."""

from __future__ import annotations

import pytest

from gateway.tests.harness.line import Line
from gateway.tests.harness.telegram import read_all_after_a_cut

pytestmark = pytest.mark.slow


async def test_the_answer_to_the_making_of_a_group_is_lost__it_is_made_once(line: Line) -> None:
    line.faults.lose_answer("channels.createChannel")
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready, within_s=60)
    assert len(line.world.channels) == 1


async def test_the_answer_to_the_opening_of_a_call_is_lost__it_is_opened_once(line: Line) -> None:
    """A second one would end the first, and put out who had joined it."""
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    line.faults.lose_answer("phone.createGroupCall")
    opened = await line.done(line.open_call(chat), within_s=60)
    assert opened["state"] == "done"
    assert len(line.world.calls) == 1
    assert chat.call is not None and chat.call.id == opened["result"]["tg_call_id"]


@pytest.mark.parametrize("who", ["bot", "user"])
async def test_the_line_breaks_at_every_request_once__the_lesson_is_held(
    line: Line, who: str
) -> None:
    """A cut at the first, the third, the fifth … request of one account; then it holds."""
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    teacher = await line.person("Émile", chat, role="teacher")
    await line.until(lambda: chat.is_ready)
    user = line.bot if who == "bot" else line.account
    for skip in range(0, 12, 2):
        line.faults.drop(None, user=user, skip=skip)
    for person in (teacher, amina):
        assert await person.ask_to_join(chat.link)
    for person in (teacher, amina):
        await line.until(lambda person=person: chat.is_known_as(person, "in"), within_s=60)
    await amina.find_group("3e A")
    opened = await line.done(line.open_call(chat), within_s=60)
    assert opened["state"] == "done" and chat.call is not None
    assert len(line.world.calls) == 1
    await amina.join_call()
    await line.until(lambda: line.facts("participant_joined"), within_s=60)
    closed = await line.done(line.close_call(chat), within_s=60)
    assert closed["state"] == "done" and chat.call is None
    await line.until(lambda: chat.is_admin(teacher), within_s=60)


async def test_updates_are_lost_and_come_twice__the_group_is_right_all_the_same(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    leaves = await line.person("Part", chat)
    await line.until(lambda: chat.is_ready)
    await leaves.come_in(chat)
    await line.until(lambda: chat.is_known_as(leaves, "in"))
    for user in (line.bot, line.account):
        line.faults.duplicate_push(user=user, times=3)
        line.faults.lose_push(user=user, times=3, skip=3)
    await leaves.leave_group()
    assert await amina.ask_to_join(chat.link)
    line.cut()  # only after a broken line the gateway knows that it may have missed something
    await line.until(lambda: chat.is_known_as(amina, "in"), within_s=60)
    assert len(await line.until(lambda: line.facts("member_left"), within_s=60)) == 1


async def test_the_line_breaks_while_a_group_is_read__it_is_read_once_more(line: Line) -> None:
    """The state read before the break may be outdated, and no update says so."""
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    before, full = line.so_far, "channels.getFullChannel"
    line.faults.delay("channels.getParticipants", 2.0, user=line.bot)
    read_all_after_a_cut(line)
    line.cut("bot")
    await line.until(lambda: line.asked(full, "bot", after=before))
    read_all_after_a_cut(line)
    breaks = len(line.logged("reconnected"))
    line.cut("user")
    await line.until(lambda: len(line.logged("reconnected")) > breaks)
    await line.until(lambda: len(line.asked(full, "bot", after=before)) > 1, what="read once more")
