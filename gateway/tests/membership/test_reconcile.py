"""People come and go in all ways: let in or reported, with who did it, also if nobody was
connected."""

from __future__ import annotations

import pytest

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person


async def _class(line: Line, *names: str) -> tuple[Chat, Person, list[Person]]:
    """A class with a supervisor and these students in it."""
    chat = line.chat("3e A")
    supervisor = await line.person("Nora", chat, role="supervisor")
    students = [await line.person(name, chat) for name in names]
    await line.until(lambda: chat.is_ready)
    for person in (supervisor, *students):
        await person.come_in(chat)
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    await line.until(lambda: chat.is_admin(supervisor))
    return chat, supervisor, students


async def _three_come(line: Line, chat: Chat, supervisor: Person, people: list[Person]) -> None:
    """One asks to join, one comes by a supervisor's own link, one is added."""
    asks, by_link, added = people
    await asks.ask_to_join(chat.link)
    assert not await by_link.ask_to_join(await supervisor.new_link())
    await supervisor.add(added.username)


async def test_on_the_roster__let_in_whichever_way_they_come(line: Line) -> None:
    chat, supervisor, _ = await _class(line)
    people = [await line.person(name, chat) for name in ("Demande", "Lien", "Ajout")]
    await line.until(lambda: all(chat.is_known_as(person, "welcome") for person in people))
    await _three_come(line, chat, supervisor, people)
    await line.until(lambda: all(chat.is_known_as(person, "in") for person in people))
    assert not line.facts("member_joined", "request_waiting")


async def test_not_on_the_roster__reported_with_the_way_and_then_as_odoo_decides(
    line: Line,
) -> None:
    chat, supervisor, _ = await _class(line)
    people = [await line.person(name) for name in ("Demande", "Lien", "Ajout")]
    await _three_come(line, chat, supervisor, people)
    await line.until(lambda: len(line.facts("member_joined", "request_waiting")) == 3)
    [request] = line.facts("request_waiting")
    assert (request.payload["tg_user_id"], request.payload["link"]) == (people[0].id, chat.link)
    ways = {fact.payload["tg_user_id"]: fact.payload["via"] for fact in line.facts("member_joined")}
    assert ways == {people[1].id: "link", people[2].id: "added"}
    line.set_roster(chat, people[0])
    line.set_roster(chat, people[1], status="out")
    line.set_roster(chat, people[2], status="banned")
    line.answer()
    await line.until(lambda: chat.is_known_as(people[0], "in"))
    await line.until(lambda: chat.is_known_as(people[1], "removed") and not chat.has(people[1]))
    await line.until(lambda: chat.is_known_as(people[2], "banned") and chat.is_banned(people[2]))


@pytest.mark.parametrize("is_away", [False, True], ids=["seen", "away"])
async def test_somebody_goes__reported_with_who_did_it(line: Line, is_away: bool) -> None:
    """If the updates are lost, the admin log has it."""
    chat, supervisor, students = await _class(line, "Part", "Retirée", "Bannie")
    leaves, removed, banned = students
    if is_away:
        await line.stop()
    await leaves.leave_group()
    await supervisor.remove(removed)
    await supervisor.remove(banned, banned=True)
    if is_away:
        line.world.hub.forget()
        await line.start()
    await line.until(lambda: len(line.facts("member_left", "member_removed")) == 3)
    [left] = line.facts("member_left")
    assert (left.payload["tg_user_id"], left.payload["is_witnessed"]) == (leaves.id, True)
    by = {
        fact.payload["tg_user_id"]: (fact.payload["by"], fact.payload["by_us"])
        for fact in line.facts("member_removed")
    }
    assert by == dict.fromkeys((removed.id, banned.id), (supervisor.id, False))
    # the school wants all of them back, each by a request of their own
    line.set_roster(chat, students, status="out")
    line.answer()
    await line.until(lambda: chat.is_known_as(leaves, "left"))
    line.set_roster(chat, students)
    for student in students:
        await line.until(lambda student=student: chat.is_known_as(student, "welcome"))
        await student.ask_to_join(chat.link)
        await line.until(lambda student=student: chat.is_known_as(student, "in"))


async def test_blocked__no_link_lets_them_in_before_they_are_unblocked(line: Line) -> None:
    chat, _, [blocked] = await _class(line, "Bloquée")
    line.set_roster(chat, blocked, status="banned")
    await line.until(lambda: chat.is_known_as(blocked, "banned") and chat.is_banned(blocked))
    with pytest.raises(Exception, match="expired"):
        await blocked.ask_to_join(chat.link)
    line.set_roster(chat, blocked, status="in")
    await line.until(lambda: not chat.is_banned(blocked))
    await line.until(lambda: chat.is_known_as(blocked, "welcome"))
    await blocked.ask_to_join(chat.link)
    await line.until(lambda: chat.is_known_as(blocked, "in"))


async def test_linked_to_another_account__that_one_in_and_the_old_one_out(line: Line) -> None:
    chat, _, [student] = await _class(line, "Amina")
    new = await line.person("Amina bis", is_known=False)
    line.school.all(
        "UPDATE telegram_contact SET tg_user_id = %s WHERE partner_id = %s",
        new.id,
        student.partner_id,
    )
    line.reconcile(chat)
    await line.until(lambda: not chat.has(student))
    await line.until(lambda: line.rows("telegram_removal"))
    [trace] = line.rows("telegram_removal")
    assert (trace["tg_user_id"], trace["evidence"]) == (student.id, "old_identity")
    await new.ask_to_join(chat.link)
    await line.until(lambda: chat.is_known_as(new, "in"))
    assert not chat.is_banned(student) and not line.facts("member_left", "member_removed")


async def test_role_changed_by_the_school__given_and_taken(line: Line) -> None:
    chat, _, [student] = await _class(line, "Émile")
    line.set_roster(chat, student, role="teacher")
    await line.until(lambda: chat.is_admin(student))
    line.set_roster(chat, student, role="student")
    await line.until(lambda: not chat.is_admin(student))
    await line.until(lambda: chat.is_known_as(student, "in") and chat.has(student))
    assert not line.facts("member_promoted", "member_demoted")


async def test_the_list_is_cut_off__nobody_is_taken_for_gone(line: Line) -> None:
    """Telegram shows only some of the members, and says nothing of it."""
    chat, _, students = await _class(line, "Une", "Deux", "Trois")
    line.world.profile = line.world.profile.but(list_cut=3)
    await line.stop()
    line.world.hub.forget()
    line.school.all("UPDATE telegram_chat_state SET is_list_whole = false")
    await line.start()
    await line.until(lambda: line.logged("list_not_trusted"))
    await line.done(line.reconcile(chat, check=True))
    assert all(chat.is_known_as(student, "in") for student in students)
    assert not line.facts("member_left", "member_removed")
    assert chat.state["is_list_whole"] is False
