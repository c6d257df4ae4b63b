"""What would happen is shown before it happens; so many removals at once wait for a person."""

from __future__ import annotations

from telegram_sandbox.world.people import User

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.crowd import ask, enrol, newcomers, states
from gateway.tests.harness.line import Line


def _are(line: Line, chat: Chat, people: list[User], state: str) -> bool:
    found = states(line, chat)
    return all(found.get(one.id) == state for one in people)


async def test_removal_limit__held_shown_and_done_once_confirmed(line: Line) -> None:
    line.expect_errors("removals_held_back")
    chat = line.chat("3e A")
    people = newcomers(line, 6)
    enrol(line, chat, people)
    await line.until(lambda: chat.is_ready)
    ask(line.world, chat.group, chat.link, people)
    await line.until(lambda: _are(line, chat, people, "in"))
    line.school.all("UPDATE telegram_roster SET status = 'out' WHERE chat_id = %s", chat.id)
    line.reconcile(chat)
    await line.until(lambda: _are(line, chat, people, "held"))
    [fact] = line.facts("removals_held")
    assert fact.payload["tg_user_ids"] == sorted(person.id for person in people)
    assert all(chat.group.is_member(person.id) for person in people)
    for order in (line.order("plan", chat), line.order("plan")):  # of one class, and of all
        planned = (await line.done(order))["result"]["lines"]
        assert [(step["what"], step["held"]) for step in planned] == [("remove", True)] * 6
    await line.done(line.reconcile(chat))
    assert len(line.facts("removals_held")) == 1
    line.reconcile(chat, allow_removals="all")
    await line.until(lambda: _are(line, chat, people, "removed"))
    assert (await line.done(line.order("plan", chat)))["result"]["lines"] == []
