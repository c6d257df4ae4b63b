"""The group of an archived class: left as it is, except for what the school still wants of people.

Read-only, and closed again once restored: test_rights.py."""

from __future__ import annotations

from telegram_sandbox.world.channels import bans_of

from gateway.tests.harness.line import Line


async def test_left_as_it_is__people_who_are_blocked_or_out_still_leave(line: Line) -> None:
    chat = line.chat("3e A", archive_policy="leave")
    blocked, unenrolled, stays = [
        await line.person(name, chat) for name in ("Bloquée", "Radiée", "Reste")
    ]
    await line.until(lambda: chat.is_ready)
    for person in (blocked, unenrolled, stays):
        await person.come_in(chat)
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    before = bans_of(chat.group.default_bans)
    line.school.all("UPDATE telegram_chat SET active = false WHERE id = %s", chat.id)
    await line.done(line.reconcile(chat))
    assert bans_of(chat.group.default_bans) == before and chat.has(stays)
    line.set_roster(chat, blocked, status="banned")
    line.set_roster(chat, unenrolled, status="out")
    await line.until(lambda: chat.is_banned(blocked) and not chat.has(unenrolled))
    # restored: in by a request of one's own
    line.school.all("UPDATE telegram_chat SET active = true WHERE id = %s", chat.id)
    line.set_roster(chat, unenrolled)
    await line.until(lambda: chat.is_known_as(unenrolled, "welcome"))
    await unenrolled.ask_to_join(chat.link)
    await line.until(lambda: chat.is_known_as(unenrolled, "in"))
    assert chat.has(stays) and chat.is_banned(blocked)
