"""Whose doing something was, found in the admin log if no update said so."""

from __future__ import annotations

from gateway.tests.harness.line import Line


async def test_removed_while_the_gateway_was_away__the_log_says_by_whom(line: Line) -> None:
    chat = line.chat("3e A")
    supervisor = await line.person("Nora", chat, role="supervisor")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    for person in (supervisor, amina):
        await person.come_in(chat)
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    await line.until(lambda: chat.is_admin(supervisor))
    await line.stop()
    await supervisor.remove(amina)
    line.world.hub.forget()  # Telegram replays no update of it
    await line.start()
    [fact] = await line.until(lambda: line.facts("member_removed", chat=chat))
    assert (fact.payload["tg_user_id"], fact.payload["by"]) == (amina.id, supervisor.id)


async def test_log_refused__reported_all_the_same_without_a_cause(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    await line.stop()
    await amina.leave_group()
    line.world.hub.forget()
    line.refuse("channels.getAdminLog", "CHAT_ADMIN_REQUIRED", by="user", chat=chat)
    await line.start()
    [fact] = await line.until(lambda: line.facts("member_left", chat=chat))
    assert (fact.payload["tg_user_id"], fact.payload["is_witnessed"]) == (amina.id, False)
