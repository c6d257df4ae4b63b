"""Somebody is promoted or demoted on Telegram: reported; put back or accepted, by policy."""

from __future__ import annotations

from telegram_sandbox.world import membership
from telethon import types

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.existing import bound_group
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person

_PIN = types.ChatAdminRights(pin_messages=True)
_NONE = types.ChatAdminRights()


async def _class(line: Line, **columns: object) -> tuple[Chat, Person, Person]:
    """A class with a student and a teacher in it."""
    chat = line.chat("3e A", **columns)
    student = await line.person("Amina", chat)
    teacher = await line.person("Émile", chat, role="teacher")
    await line.until(lambda: chat.is_ready)
    for person in (student, teacher):
        await person.come_in(chat)
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    await line.until(lambda: chat.is_admin(teacher))
    return chat, student, teacher


def _by_owner(line: Line, chat: Chat, who: Person, rights: types.ChatAdminRights) -> None:
    """The account, which owns the group, does it by hand."""
    membership.promote(line.world, chat.group, line.account, who.user, rights, None)


async def test_changed_by_the_owner__reported_and_put_back(line: Line) -> None:
    chat, student, teacher = await _class(line)
    _by_owner(line, chat, teacher, _NONE)
    _by_owner(line, chat, student, _PIN)
    await line.until(lambda: line.facts("member_demoted") and line.facts("member_promoted"))
    line.answer()
    await line.until(lambda: chat.is_admin(teacher) and not chat.is_admin(student))
    for kind, who in (("member_demoted", teacher), ("member_promoted", student)):
        [fact] = line.facts(kind)
        assert (fact.payload["tg_user_id"], fact.payload["by"]) == (who.id, line.account.id)
        await line.until(lambda who=who: chat.is_known_as(who, "in"))


async def test_changed_by_the_owner__reported_and_accepted(line: Line) -> None:
    chat, student, teacher = await _class(line, promotion_policy="accept")
    _by_owner(line, chat, teacher, _NONE)
    _by_owner(line, chat, student, _PIN)
    await line.until(lambda: line.facts("member_demoted") and line.facts("member_promoted"))
    line.answer()
    await line.done(line.reconcile(chat))
    assert chat.is_admin(student) and not chat.is_admin(teacher)


async def test_promoted_by_another_owner__said_and_not_tried_for_ever(line: Line) -> None:
    """In a group of somebody else's neither the bot nor the account may change their admins."""
    chat, owner = await bound_group(line)
    student = await line.person("Amina", chat)
    await student.come_in(chat)
    await line.until(lambda: chat.is_known_as(student, "in"))
    await owner.promote(student, pin_messages=True)
    await line.until(lambda: line.facts("member_promoted"))
    line.answer()
    await line.until(lambda: chat.is_known_as(student, "failed"))
    assert chat.member(student)["error_code"] == "RIGHT_FORBIDDEN"
    asked = len(line.asked("channels.editAdmin"))
    await line.done(line.reconcile(chat))
    assert len(line.asked("channels.editAdmin")) == asked
    await line.done(line.reconcile(chat, retry=True))  # a person asks
    assert len(line.asked("channels.editAdmin")) > asked
    await owner.promote(student)
    await line.until(lambda: chat.is_known_as(student, "in"))
