"""A group that was there before: bound, and nobody is removed before a person has reviewed it."""

from __future__ import annotations

from telethon import functions

from gateway.tests.harness.existing import old_group
from gateway.tests.harness.line import Line


async def test_bound_by_its_link__read_and_changed_only_once_reviewed(line: Line) -> None:
    owner, link = await old_group(line)
    student, former = [await line.person(name) for name in ("Élève", "Ancien")]
    guest = await line.person("Passant", is_known=False)
    for person in (student, former, guest):
        await person.client(functions.messages.ImportChatInviteRequest(link.rpartition("+")[2]))
    bind = "+" + link.rpartition("+")[2]
    chat = line.chat("3e A", bind=bind, is_reviewed=False, is_closed=False)
    line.set_roster(chat, student)
    line.set_roster(chat, former, status="out")
    await line.until(lambda: chat.is_ready and chat.state["listed_at"])
    await line.done(line.reconcile(chat))
    assert chat.state["tg_chat_id"] == owner.group.channel_id
    assert chat.title == "Les anciens" and chat.has(former)
    assert not line.facts("member_joined", "title_changed") and not line.rows("telegram_removal")
    # a person reviews it: the guest may stay, somebody who is not enrolled leaves
    line.school.all("UPDATE telegram_chat SET is_reviewed = true WHERE id = %s", chat.id)
    line.decide_guest(chat, guest, "in")
    line.decide_guest(chat, former, "out")
    await line.until(lambda: chat.is_known_as(former, "removed") and not chat.has(former))
    await line.until(lambda: chat.title == "3e A")
    assert chat.is_known_as(student, "in") and chat.is_known_as(guest, "guest")
    assert chat.has(owner) and chat.link


async def test_not_found__broken_with_the_reason(line: Line) -> None:
    chat = line.chat("3e A", bind="+doesNotExist99")
    [fact] = await line.until(lambda: line.facts("chat_broken"))
    assert (chat.state["state"], chat.state["error_code"]) == ("broken", "bind_unknown")
    assert fact.payload["error_code"] == "bind_unknown"
