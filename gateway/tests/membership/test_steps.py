"""The steps of a plan: no refusal and no wait holds up anybody else, and a removal counts once
seen."""

from __future__ import annotations

import pytest
from telegram_sandbox.world import membership

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person


async def _class(line: Line, *names: str) -> tuple[Chat, list[Person]]:
    """A class in which these students are."""
    chat = line.chat("3e A")
    students = [await line.person(name) for name in names]
    line.set_roster(chat, students)
    await line.until(lambda: chat.is_ready)
    for student in students:
        await student.come_in(chat)
    for student in students:
        await line.until(lambda student=student: chat.is_known_as(student, "in"))
    return chat, students


def _traces(line: Line, chat: Chat) -> list[tuple[int, str]]:
    rows = line.school.all(
        "SELECT tg_user_id, kind FROM telegram_removal WHERE chat_id = %s ORDER BY id", chat.id
    )
    return [(row["tg_user_id"], row["kind"]) for row in rows]


def _begun(line: Line) -> list[dict]:
    return line.school.all("SELECT * FROM telegram_intent WHERE kind = 'remove'")


@pytest.mark.parametrize(
    ("code", "error", "is_over"),
    [
        (400, "FRESH_CHANGE_ADMINS_FORBIDDEN", False),
        (403, "RIGHT_FORBIDDEN", True),
        (400, "CHAT_ADMIN_REQUIRED", True),
        (400, "SOMETHING_NOBODY_KNOWS", True),
        (420, "FLOOD_WAIT_60", False),
        (500, "INTERNAL", False),
    ],
)
async def test_role_refused__everybody_else_is_let_in_banned_and_removed(
    line: Line, code: int, error: str, is_over: bool
) -> None:
    """`is_over`: somebody has to do something about the teacher, who is in all the same."""
    chat, (leaves, blocked) = await _class(line, "Radiée", "Bloqué")
    amina, teacher = await line.person("Amina"), await line.person("Émile")
    line.pause()
    line.refuse("channels.editAdmin", error, code, by="bot")
    line.set_roster(chat, [amina])
    line.set_roster(chat, teacher, role="teacher")
    assert await teacher.ask_to_join(chat.link) and await amina.ask_to_join(chat.link)
    line.set_roster(chat, leaves, status="out")
    line.set_roster(chat, blocked, status="banned")
    line.resume()
    await line.until(lambda: chat.has(amina) and chat.has(teacher))
    await line.until(lambda: not chat.has(leaves) and chat.is_banned(blocked))
    await line.until(lambda: chat.is_known_as(leaves, "removed"))
    if is_over:
        await line.until(lambda: chat.is_known_as(teacher, "failed"))
    assert chat.is_ready and not chat.is_admin(teacher)
    # what comes later is not held up either
    late = await line.person("Tard", chat)
    await late.come_in(chat)
    await line.until(lambda: chat.is_known_as(late, "in"))


async def test_wait__a_role_is_given_once_it_is_over(line: Line) -> None:
    chat, _ = await _class(line, "Amina")
    teacher = await line.person("Émile", chat, role="teacher")
    line.refuse("channels.editAdmin", "FLOOD_WAIT_2", 420, by="bot", times=1)
    await teacher.come_in(chat)
    await line.until(lambda: chat.is_admin(teacher))
    assert not line.logged("lane_rests")


@pytest.mark.parametrize("method", ["channels.editBanned", "messages.hideChatJoinRequest"])
@pytest.mark.parametrize(
    "error", [(420, "FLOOD_WAIT_2"), pytest.param((500, "INTERNAL"), marks=pytest.mark.slow)]
)
async def test_wait__holds_up_steps_of_its_own_kind_alone(
    line: Line, method: str, error: tuple[int, str]
) -> None:
    chat, (leaves,) = await _class(line, "Radiée")
    amina = await line.person("Amina")
    teacher = await line.person("Émile", chat, role="teacher")
    await teacher.come_in(chat)
    await line.until(lambda: chat.is_admin(teacher))
    line.pause()
    fault = line.refuse(method, error[1], error[0], by="bot")
    line.set_roster(chat, amina)
    assert await amina.ask_to_join(chat.link)
    line.set_roster(chat, leaves, status="out")
    line.set_roster(chat, teacher, role="student")
    line.resume()
    if method == "channels.editBanned":
        await line.until(lambda: chat.has(amina))
    else:
        await line.until(lambda: not chat.has(leaves))
    await line.until(lambda: not chat.is_admin(teacher))
    line.allow(fault)
    await line.until(lambda: chat.has(amina) and not chat.has(leaves))
    await line.until(lambda: chat.is_known_as(leaves, "removed"))
    assert _traces(line, chat) == [(leaves.id, "remove")]


# --- removals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", ["answer", "pushed", "missed"])
async def test_removals__count_once_they_were_seen(line: Line, own: str) -> None:
    """Wherever the bot finds the update of what it did itself, it may come late or never."""
    chat, people = await _class(line, "Un", "Deux", "Trois")
    *removed, blocked = people
    line.world.profile = line.world.profile.but(own_members=own)
    before = len(line.asked("channels.getParticipants", by="bot"))
    by_name = len(line.asked("channels.getParticipant", by="bot"))
    line.pause()
    line.set_roster(chat, removed, status="out")
    line.set_roster(chat, blocked, status="banned")
    line.resume()
    for person in removed:
        await line.until(lambda person=person: chat.is_known_as(person, "removed"))
    await line.until(lambda: chat.is_known_as(blocked, "banned"))
    assert sorted(_traces(line, chat)) == sorted(
        [(person.id, "remove") for person in removed] + [(blocked.id, "ban")]
    )
    await line.until(lambda: not _begun(line))
    assert not line.facts("member_left", "member_removed")
    # several share one look
    assert len(line.asked("channels.getParticipants", by="bot")) - before <= (own == "missed")
    assert len(line.asked("channels.getParticipant", by="bot")) - by_name <= (own == "missed")
    assert len(line.asked("channels.editBanned", by="bot")) == 2 * len(removed) + 1


@pytest.mark.slow
async def test_removal__whose_answer_was_lost_is_done_once(line: Line) -> None:
    chat, (leaves,) = await _class(line, "Radiée")
    line.faults.lose_answer("channels.editBanned", user=line.bot)
    line.set_roster(chat, leaves, status="out")
    await line.until(lambda: chat.is_known_as(leaves, "removed"), within_s=60)
    await line.until(lambda: not _begun(line), within_s=60)
    assert not chat.has(leaves)
    assert _traces(line, chat) == [(leaves.id, "remove")]
    assert not line.facts("member_left", "member_removed")


async def test_removal__telegram_says_yes_and_does_nothing__it_is_done_anew(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, (leaves,) = await _class(line, "Radiée")
    with monkeypatch.context() as patch:
        patch.setattr(membership, "restrict", lambda *_: None)
        line.set_roster(chat, leaves, status="out")
        await line.until(lambda: chat.is_known_as(leaves, "removing"))
        assert chat.has(leaves) and not _traces(line, chat)
    await line.until(lambda: chat.is_known_as(leaves, "removed") and not chat.has(leaves))
    assert _traces(line, chat) == [(leaves.id, "remove")]


async def test_removal__enrolled_again_before_it_was_seen__they_are_welcome(line: Line) -> None:
    chat, (amina,) = await _class(line, "Amina")
    line.world.profile = line.world.profile.but(own_members="missed")
    line.set_roster(chat, amina, status="out")
    await line.until(lambda: not chat.has(amina))
    line.set_roster(chat, amina, status="in")
    await line.until(lambda: chat.is_known_as(amina, "welcome"))
    assert not line.facts("member_left", "member_removed")
    await amina.come_in(chat)
    await line.until(lambda: chat.is_known_as(amina, "in"))


async def test_enrolled_again_while_the_gateway_is_away__welcome_anew(line: Line) -> None:
    """Odoo unenrols who left, and they are enrolled again, before the roster is read in between."""
    chat, (student,) = await _class(line, "Partie une fois")
    await student.leave_group()
    await line.until(lambda: chat.is_known_as(student, "left"))
    await line.stop()
    line.set_roster(chat, student, status="out")
    line.answer("member_left")
    line.set_roster(chat, student)
    await line.start()
    await line.until(lambda: chat.is_known_as(student, "welcome"))
    await student.come_in(chat)
    await line.until(lambda: chat.is_known_as(student, "in"))
