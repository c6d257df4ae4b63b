"""A full read: how people stand is found although no update said so."""

from __future__ import annotations

from gateway.tests.harness.line import Line


async def test_all_changes_unseen__one_full_read_finds_them(line: Line) -> None:
    chat = line.chat("3e A")
    names = ("Reste", "Part", "Exclue", "Demande")
    stays, leaves, unenrolled, asks = [await line.person(name, chat) for name in names]
    await line.until(lambda: chat.is_ready)
    for person in (stays, leaves, unenrolled):
        await person.come_in(chat)
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    await line.stop()
    await leaves.leave_group()
    await asks.ask_to_join(chat.link)
    line.set_roster(chat, unenrolled, status="out")
    line.world.hub.forget()  # Telegram replays no update of it
    before = line.so_far
    await line.start()
    await line.until(lambda: chat.is_known_as(leaves, "left"))
    await line.until(lambda: chat.is_known_as(asks, "in"))
    await line.until(lambda: chat.is_known_as(unenrolled, "removed"))
    assert chat.is_known_as(stays, "in")
    reported = {fact.payload["tg_user_id"] for fact in line.facts("member_left", "member_removed")}
    assert reported == {leaves.id}
    lists = line.asked("channels.getParticipants", by="bot", after=before)
    assert len(lists) <= 4, "members and bans, once, and once more after the removal at most"


async def test_read_again__nothing_is_changed_or_reported(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    facts, before = line.facts(), line.so_far
    await line.done(line.reconcile(chat, check=True))
    assert line.facts() == facts
    changing = ("channels.edit", "messages.edit", "messages.hide")
    assert not [
        request for request in line.asked(after=before) if request.method.startswith(changing)
    ]
