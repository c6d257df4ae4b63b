"""A school in the middle of its lessons, and what must hold there whoever has come to serve it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person


@dataclass(kw_only=True)
class Lesson:
    """A group whose call runs. `present` is in the call, `late` and `leaver` are in the group,
    `newcomer` is on the roster and was never there; none of them has done anything else yet."""

    chat: Chat
    present: Person
    late: Person
    leaver: Person
    newcomer: Person

    @property
    def everybody(self) -> list[Person]:
        return [self.present, self.late, self.leaver, self.newcomer]


async def begin(line: Line, count: int) -> list[Lesson]:
    """So many groups in the middle of a lesson, kept by the gateway that serves now. `present` and
    `newcomer` have begun a conversation with the bot."""
    lessons = []
    for number in range(1, count + 1):
        chat = line.chat(f"{number}e A")
        names = [f"{name} {number}" for name in ("Amina", "Léo", "Inès", "Noé")]
        people = [await line.person(name, chat) for name in names]
        present, late, leaver, newcomer = people
        lessons.append(
            Lesson(chat=chat, present=present, late=late, leaver=leaver, newcomer=newcomer)
        )
    await line.until(lambda: all(lesson.chat.is_ready for lesson in lessons))
    await asyncio.gather(*(_meet(line, lesson) for lesson in lessons))
    for lesson in lessons:
        assert (await line.done(line.open_call(lesson.chat, key=f"{lesson.chat.id}")))[
            "state"
        ] == "done"
    for lesson in lessons:
        await lesson.present.join_call()
    await _all(
        line, lessons, lambda lesson: told(line, "participant_joined", lesson, lesson.present)
    )
    line.world.clock.advance(5)  # a login that is made now is told of none of that
    return lessons


async def _meet(line: Line, lesson: Lesson) -> None:
    for one in (lesson.present, lesson.late, lesson.leaver):
        await one.come_in(lesson.chat)
        await line.until(lambda one=one: lesson.chat.is_known_as(one, "in"))
    for one in (lesson.present, lesson.newcomer):
        await one.client.send_message(line.bot.username, "Bonjour")


def told(line: Line, kind: str, lesson: Lesson, who: Person) -> bool:
    """Whether Odoo was told this of them, in that group."""
    facts = line.facts(kind, chat=lesson.chat)
    return any(fact.payload.get("tg_user_id") == who.id for fact in facts)


async def _all(line: Line, lessons: list[Lesson], holds: Callable[[Lesson], bool]) -> None:
    await line.until(lambda: all(holds(one) for one in lessons))


def order(line: Line, lessons: Iterable[Lesson], text: str) -> list[int]:
    """A message to each group."""
    return [line.send(one.chat, text) for one in lessons]


async def are_done(line: Line, orders: list[int], *, within_s: float) -> None:
    """Wait until each of these commands is done."""
    await line.until(
        lambda: all(line.outcome(command)["state"] == "done" for command in orders),
        within_s=within_s,
        what="the first commands, in every group",
    )


async def go_on(line: Line, lessons: list[Lesson]) -> None:
    """Everything that a lesson's group may need is done in each of them, once; then its call is
    over. Raises AssertionError."""
    texts = [f"À {lesson.present.name}, en privé" for lesson in lessons]
    private = [line.send(lesson.present, text) for lesson, text in zip(lessons, texts, strict=True)]
    never_met = [line.send(lesson.newcomer, "Bienvenue") for lesson in lessons]
    for lesson in lessons:
        assert await lesson.newcomer.ask_to_join(lesson.chat.link)
        line.set_roster(lesson.chat, lesson.leaver, status="out")
        await lesson.late.join_call()
        await lesson.present.leave_call()
    await are_done(line, [*private, *never_met], within_s=30)
    await _all(line, lessons, lambda lesson: lesson.chat.is_known_as(lesson.newcomer, "in"))
    await _all(line, lessons, lambda lesson: not lesson.chat.has(lesson.leaver))
    await _all(line, lessons, lambda lesson: told(line, "participant_joined", lesson, lesson.late))
    await _all(line, lessons, lambda lesson: told(line, "participant_left", lesson, lesson.present))
    for lesson, text in zip(lessons, texts, strict=True):
        await line.until(lambda lesson=lesson, text=text: lesson.present.texts.count(text) == 1)
        assert not told(line, "participant_left", lesson, lesson.late)
    closed = [line.close_call(lesson.chat, key=f"{lesson.chat.id}") for lesson in lessons]
    await are_done(line, closed, within_s=30)
    assert all(lesson.chat.call is None for lesson in lessons)
    assert len(line.world.calls) == len(lessons), "a second call would end the first"
    await line.until(lambda: not line.health("chats_unknown", "chats_unseen", "chat_broken"))
