"""A group's title, which the school and the people in the group may both change."""

from __future__ import annotations

import pytest

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person


async def _class(line: Line) -> tuple[Chat, Person]:
    """A class in step, and a supervisor of it, who may change its title."""
    chat = line.chat("3e A")
    supervisor = await line.person("Nora", chat, role="supervisor")
    await line.until(lambda: chat.is_ready)
    await supervisor.come_in(chat)
    await line.until(lambda: chat.is_admin(supervisor))
    await line.until(lambda: chat.is_known_as(supervisor, "in"))
    return chat, supervisor


def _rename(line: Line, chat: Chat, name: str) -> None:
    line.school.all("UPDATE telegram_chat SET name = %s WHERE id = %s", name, chat.id)
    line.reconcile(chat)


async def test_changed_on_telegram__the_school_is_told_who_did_it(line: Line) -> None:
    chat, supervisor = await _class(line)
    await supervisor.edit_title("Les 3e A")
    [fact] = await line.until(lambda: line.facts("title_changed"))
    assert (fact.payload["title"], fact.payload["by"]) == ("Les 3e A", supervisor.id)
    _rename(line, chat, "Les 3e A")  # as Odoo answers
    line.answer("title_changed")
    await line.until(lambda: chat.state["title_base"] == "Les 3e A")


@pytest.mark.parametrize("is_read", [True, False], ids=["readable", "unreadable at first"])
async def test_changed_on_telegram_before_our_change_arrives__is_no_news(
    line: Line, is_read: bool
) -> None:
    """Its update comes while our change is under way, and is looked at after that."""
    chat, supervisor = await _class(line)
    delay = line.faults.delay("channels.editTitle", 1.0, user=line.bot)
    _rename(line, chat, "3e A bis")
    await line.until(lambda: delay.fired)
    if not is_read:
        line.refuse("channels.getFullChannel", "INTERNAL", 500, by="bot", chat=chat, times=2)
    await supervisor.edit_title("Les 3e A")
    await line.until(lambda: chat.title == "3e A bis")
    await line.done(line.reconcile(chat, check=True))
    if not is_read:
        await line.until(
            lambda: not chat.state["missing"] and line.asked("channels.getFullChannel")
        )
    assert not line.facts("title_changed")
    assert chat.title == "3e A bis"


async def test_changed_on_telegram__put_back_by_policy_and_reported(line: Line) -> None:
    chat, supervisor = await _class(line)
    line.school.all("UPDATE telegram_chat SET title_policy = 'restore' WHERE id = %s", chat.id)
    await supervisor.edit_title("Foot")
    [fact] = await line.until(lambda: line.facts("title_changed"))
    assert fact.payload["restored"] and fact.payload["by"] == supervisor.id
    await line.until(lambda: chat.title == "3e A")


async def test_changed_on_both_sides_while_nobody_is_connected__the_schools_holds(
    line: Line,
) -> None:
    chat, supervisor = await _class(line)
    await line.stop()
    await supervisor.edit_title("Le nôtre")
    _rename(line, chat, "3e A, école")
    await line.start()
    await line.until(lambda: chat.title == "3e A, école")
    await line.until(lambda: line.logged("title_lost"))
    assert not line.facts("title_changed")
