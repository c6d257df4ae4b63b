"""A group from its making on: who is let in, who leaves, and what becomes of it in between."""

from __future__ import annotations

import pytest

from gateway.tests.harness.line import Line


async def test_a_group_is_made_and_people_are_let_in(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    teacher = await line.person("Émile", chat, role="teacher")
    stranger = await line.person("Inconnu", is_known=False)
    await line.until(lambda: chat.is_ready)
    assert chat.title == "3e A"
    for person in (amina, teacher):
        await person.come_in(chat)
    assert await stranger.ask_to_join(chat.link)
    await line.until(lambda: chat.is_admin(teacher))
    for person in (amina, teacher):
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    [fact] = await line.until(lambda: line.facts("request_waiting"))
    assert fact.payload["tg_user_id"] == stranger.id
    assert not chat.has(stranger) and chat.is_waiting(stranger)
    assert [health_line["code"] for health_line in line.health("account_well")] == [
        "account_well"
    ] * 2


async def test_somebody_leaves__the_school_is_told_and_decides(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    await amina.leave_group()
    [fact] = await line.until(lambda: line.facts("member_left"))
    assert fact.payload["tg_user_id"] == amina.id
    assert fact.payload["partner_ids"] == [amina.partner_id]
    line.set_roster(chat, amina, status="out")
    line.answer("member_left")
    await line.until(lambda: chat.is_known_as(amina, "left"))


async def test_the_school_unenrols_somebody__they_are_removed(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    line.set_roster(chat, amina, status="out")
    await line.until(lambda: chat.is_known_as(amina, "removed"))
    assert not chat.has(amina) and not chat.is_banned(amina)


@pytest.mark.parametrize("process", [False, True], ids=["stopped", "killed"])
async def test_the_gateway_is_away_in_the_middle(line: Line, process: bool) -> None:
    """What happens meanwhile is found in the group at its start."""
    chat = line.chat("3e A")
    stays, leaves, comes, unenrolled = [
        await line.person(name, chat) for name in ("Reste", "Part", "Vient", "Radiée")
    ]
    await line.until(lambda: chat.is_ready)
    for person in (stays, leaves, unenrolled):
        await person.come_in(chat)
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    if process:
        await line.stop()
        await line.start(process=True)
        await line.kill()
    else:
        await line.stop()
    await leaves.leave_group()
    assert await comes.ask_to_join(chat.link)
    line.set_roster(chat, unenrolled, status="out")
    await line.start(process=process)
    [fact] = await line.until(lambda: line.facts("member_left"))
    assert fact.payload["tg_user_id"] == leaves.id
    await line.until(lambda: chat.is_known_as(comes, "in") and chat.has(comes))
    await line.until(lambda: chat.is_known_as(unenrolled, "removed"))
    assert chat.has(stays)


async def test_the_line_breaks__it_goes_on(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    assert line.cut("bot") and line.cut("user")
    await amina.ask_to_join(chat.link)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    assert line.is_running and not line.logged("lane_failed")


async def test_the_school_pauses__nothing_is_changed_before_it_resumes(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    line.pause()
    before = line.so_far
    line.set_roster(chat, amina, status="out")
    plan = line.order("plan", chat)
    [removal] = (await line.done(plan))["result"]["lines"]
    assert removal["what"] == "remove" and chat.has(amina)
    assert not line.asked("channels.editBanned", after=before)
    assert line.health("gateway_paused")
    line.resume()
    await line.until(lambda: chat.is_known_as(amina, "removed"))
