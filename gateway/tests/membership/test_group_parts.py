"""A look at a group of which one part fails: the rest is used, and nothing waits for it for
good."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person
from gateway.tests.harness.telegram import read_all_after_a_cut

# Every read of a look: who asks, and which knowledge is missing where it fails.
READS = {
    "channels.getFullChannel": ("bot", {"full"}),
    "channels.getParticipants": ("bot", {"members", "banned"}),
    "messages.getChatInviteImporters": ("user", {"requests"}),
    "channels.getParticipant": ("bot", {"people"}),
    "channels.getAdminLog": ("user", {"log"}),
}
ERRORS = {
    "refused": (400, "BOT_METHOD_INVALID"),
    "right missing": (400, "CHAT_ADMIN_REQUIRED"),
    "gone for this read alone": (400, "CHANNEL_PRIVATE"),
    "wait": (420, "FLOOD_WAIT_2"),
    "passing": (500, "INTERNAL"),
    "unknown name": (400, "SOMETHING_NOBODY_KNOWS"),
}
RESTART = {"groups_a_day": 100}


@dataclass(frozen=True)
class Class:
    """A class that is in step; then the gateway goes away, and this happens meanwhile."""

    chat: Chat
    leaves: Person
    unenrolled: Person
    comes: Person
    stays: Person
    teacher: Person


async def _in_step(line: Line, *names: str) -> list[Class]:
    """Classes with the same people, all but one of whom are in."""
    chats = [line.chat(name) for name in names]
    stays, leaves, unenrolled, comes = [
        await line.person(name) for name in ("Reste", "Part", "Radiée", "Vient")
    ]
    teacher = await line.person("Émile")
    for chat in chats:
        line.set_roster(chat, [stays, leaves, unenrolled])
        await line.until(lambda chat=chat: chat.is_ready)
        for person in (stays, leaves, unenrolled):
            await person.come_in(chat)
    for chat in chats:
        for person in (stays, leaves, unenrolled):
            await line.until(lambda chat=chat, person=person: chat.is_known_as(person, "in"))
        line.set_roster(chat, comes)
        line.set_roster(chat, teacher, role="teacher")
        await line.until(lambda chat=chat: chat.is_known_as(comes, "welcome"))
    return [Class(chat, leaves, unenrolled, comes, stays, teacher) for chat in chats]


async def _happens(line: Line, school_class: Class) -> None:
    """While nobody looks: somebody leaves, two ask to be let in, one is unenrolled, the class is
    renamed."""
    await school_class.leaves.find_group(school_class.chat.title)
    await school_class.leaves.leave_group()
    assert await school_class.comes.ask_to_join(school_class.chat.link)
    assert await school_class.teacher.ask_to_join(school_class.chat.link)
    line.set_roster(school_class.chat, school_class.unenrolled, status="out")
    line.school.all(
        "UPDATE telegram_chat SET name = %s WHERE id = %s",
        _renamed(school_class.chat),
        school_class.chat.id,
    )


def _renamed(chat: Chat) -> str:
    return f"Classe {chat.id}"


def _missing(line: Line, chat: Chat) -> set[str]:
    """The parts that are missing in this group; Health must say so of each of them."""
    while True:
        missing = _missing_now(line, chat)
        shown = {health_line["facts"]["part"] for health_line in line.health("chats_unseen")}
        if missing == _missing_now(line, chat):  # it may change while Health is read
            assert missing <= shown
            return missing


def _missing_now(line: Line, chat: Chat) -> set[str]:
    rows = line.school.all(
        "SELECT g.value ->> 'part' AS part FROM telegram_chat_state s,"
        " json_array_elements(s.missing::json) g WHERE s.chat_id = %s",
        chat.id,
    )
    return {row["part"] for row in rows}


def _left(line: Line, one: Class) -> bool:
    return any(
        fact.payload["tg_user_id"] == one.leaves.id
        for fact in line.facts("member_left", chat=one.chat)
    )


@pytest_asyncio.fixture
async def line(line: Line) -> AsyncIterator[Line]:
    await line.stop()
    line.world.profile = line.world.profile.but(group_creations_per_day=None)
    await line.start(**RESTART)
    return line


@pytest.mark.parametrize(
    "error",
    [pytest.param(error, marks=() if error == "refused" else pytest.mark.slow) for error in ERRORS],
)
async def test_each_read_refused__what_updates_told_is_done(line: Line, error: str) -> None:
    """One class for each read: Telegram refuses that read there, after a broken line."""
    line.expect_errors("faulty_request")  # some are refused as what the account may not ask
    code, message = ERRORS[error]
    classes = dict(zip(READS, await _in_step(line, *READS), strict=True))
    faults = [
        line.refuse(method, message, code, by=READS[method][0], chat=school_class.chat)
        for method, school_class in classes.items()
    ]
    read_all_after_a_cut(line)
    line.cut("bot")
    line.cut("user")
    for method in ("channels.getFullChannel", "channels.getParticipants"):
        await line.until(
            lambda method=method: _missing(line, classes[method].chat) >= READS[method][1]
        )
    for school_class in classes.values():
        await _happens(line, school_class)
    for method, school_class in classes.items():
        chat = school_class.chat
        await line.until(
            lambda school_class=school_class: _left(line, school_class),
            what=f"{method}: who left is told of",
        )
        for who in (school_class.comes, school_class.teacher):
            await line.until(
                lambda chat=chat, who=who: chat.is_known_as(who, "in") and chat.has(who),
                what=f"{method}: {who.user.name} is let in",
            )
        await line.until(
            lambda chat=chat, school_class=school_class: not chat.has(school_class.unenrolled)
        )
        await line.until(lambda chat=chat: chat.title == _renamed(chat))
        await line.until(
            lambda chat=chat, school_class=school_class: chat.is_admin(school_class.teacher)
        )
        assert chat.is_ready and chat.has(school_class.stays)
    for fault in faults:
        line.allow(fault)
    for school_class in classes.values():
        await line.until(
            lambda school_class=school_class: not _missing(line, school_class.chat), within_s=60
        )
    assert not line.health("chats_unseen")


@pytest.mark.slow
@pytest.mark.parametrize("error", ["refused", "passing"])
async def test_each_read_refused__nothing_was_told(line: Line, error: str) -> None:
    """Telegram replays no update: what is known comes from those reads that it answers; the rest
    is made up for once it answers."""
    line.expect_errors("faulty_request")
    code, message = ERRORS[error]
    classes = dict(zip(READS, await _in_step(line, *READS), strict=True))
    await line.stop()
    for school_class in classes.values():
        await _happens(line, school_class)
    line.world.hub.forget()
    faults = {
        method: line.refuse(method, message, code, by=READS[method][0], chat=school_class.chat)
        for method, school_class in classes.items()
    }
    await line.start(**RESTART)
    for method, school_class in classes.items():
        chat = school_class.chat
        await line.until(
            lambda chat=chat, school_class=school_class: not chat.has(school_class.unenrolled)
        )
        await line.until(lambda chat=chat: chat.title == _renamed(chat))
        await line.until(lambda chat=chat, method=method: _missing(line, chat) == READS[method][1])
        if method != "messages.getChatInviteImporters":
            await line.until(
                lambda chat=chat, school_class=school_class: chat.is_admin(school_class.teacher)
            )
        if method != "channels.getParticipants":
            await line.until(
                lambda school_class=school_class: _left(line, school_class),
                what=f"{method}: who left",
            )
    unread = classes["messages.getChatInviteImporters"]
    assert not unread.chat.has(unread.comes)
    assert not _left(line, classes["channels.getParticipants"])
    for school_class in classes.values():
        assert not [
            fact for fact in line.facts("member_left", chat=school_class.chat)
            if fact.payload["tg_user_id"] != school_class.leaves.id
        ]  # fmt: skip
    for fault in faults.values():
        line.allow(fault)
    for school_class in classes.values():
        chat = school_class.chat
        await line.until(
            lambda school_class=school_class: not _missing(line, school_class.chat), within_s=60
        )
        await line.until(lambda school_class=school_class: _left(line, school_class))
        await line.until(lambda chat=chat, school_class=school_class: chat.has(school_class.comes))
    assert not line.health("chats_unseen")


async def test_account_knows_no_group__the_bots_part_goes_on(line: Line) -> None:
    """A login made anew, whose list of chats Telegram does not show."""
    [school_class] = await _in_step(line, "3e A")
    await line.stop()
    # what a login misses is reckoned by the second: the group changed in none of its own
    made_at = line.world.clock.now()
    await line.until(lambda: line.world.clock.now() > made_at)
    await line.log_in("user")
    fault = line.refuse("messages.getDialogs", "SOMETHING_NOBODY_KNOWS", by="user")
    await line.start(**RESTART)
    [shown] = await line.until(lambda: line.health("chats_unknown"))
    assert (shown["level"], shown["facts"]["names"]) == ("note", "3e A")
    assert shown["facts"]["kind"] == "user" and not line.health("chats_unseen")
    report = await line.health_report()
    assert "3e A" in report.text and "SOMETHING" not in report.text
    await _happens(line, school_class)
    await line.until(
        lambda: _left(line, school_class) and school_class.chat.has(school_class.comes)
    )
    await line.until(lambda: not school_class.chat.has(school_class.unenrolled))
    await line.until(lambda: school_class.chat.title == _renamed(school_class.chat))
    line.allow(fault)


async def test_bot_never_heard_of_who_asks__the_account_lets_them_in(line: Line) -> None:
    """Nobody documents whether a bot may address somebody whose request it was not told of."""
    [school_class] = await _in_step(line, "3e A")
    line.refuse("messages.hideChatJoinRequest", "USER_ID_INVALID", by="bot")
    assert await school_class.comes.ask_to_join(school_class.chat.link)
    await line.until(
        lambda: (
            school_class.chat.is_known_as(school_class.comes, "in")
            and school_class.chat.has(school_class.comes)
        )
    )
    assert line.asked("messages.hideChatJoinRequest", by="user")
