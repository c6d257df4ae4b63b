"""Changes of a classroom in Odoo, and their effects on its group in Telegram.

Row by row: created, archived, restored, deleted; renamed.
"""

from __future__ import annotations

import pytest
from telethon import functions

from demo.play.phones import Phone
from demo.stack.errors import StackError

from .scene import Room, Scene


async def _may_write(phone: Phone) -> bool:
    answer = await phone.client(functions.channels.GetChannelsRequest([phone.group]))
    rights = answer.chats[0].default_banned_rights
    return not (rights and rights.send_messages)


async def _archive(scene: Scene, room: Room, policy: str) -> None:
    await scene.call("classroom.classroom", "write", [room.id], {"telegram_archive_policy": policy})
    await scene.call("classroom.classroom", "write", [room.id], {"active": False})


async def test_classroom_created__one_group_of_its_name(scene: Scene) -> None:
    room = await scene.room("Création", students=1)
    [group] = await scene.chats(room.name)
    people = {one["id"]: one["kind"] for one in group["people"]}
    [student] = room.students.values()
    [teacher] = room.teachers.values()
    assert people[student.user_id] == "member"
    await scene.stands(room, teacher, "admin")
    assert group["links"]


async def test_classroom_archived__members_only_read_until_it_is_restored(scene: Scene) -> None:
    room = await scene.room("Fermeture", students=1)
    student = next(iter(room.students.values()))

    async def reads_only() -> bool:
        return not await _may_write(student)

    assert await _may_write(student)
    await _archive(scene, room, "read_only")
    await scene.until("members only read", reads_only)
    await student.wait_text("reste, en lecture seule")
    await scene.call("classroom.classroom", "write", [room.id], {"active": True})
    await scene.until("members write again", lambda: _may_write(student))
    await scene.all_in(room)


async def test_classroom_archived__its_group_left_in_peace(scene: Scene) -> None:
    room = await scene.room("En Paix", students=1)
    student = next(iter(room.students.values()))
    await scene.settled(room)
    before = await scene.group(room)
    await _archive(scene, room, "leave")
    await scene.settled(room)
    assert await scene.group(room) == before
    assert await _may_write(student)


async def test_classroom_archived__its_group_emptied_and_filled_again(scene: Scene) -> None:
    # more people than may leave at once without a word: choosing the policy is that word
    room = await scene.room("Table Rase", students=6)
    await _archive(scene, room, "empty")
    for phone in room.phones.values():
        await scene.stands(room, phone, "")
    assert await scene.notices(room, "Cette classe a été fermée")
    await scene.call("classroom.classroom", "write", [room.id], {"active": True})
    link = (await scene.group(room))["links"][-1]
    for phone in room.phones.values():
        await scene.sent_again(phone, link)
        await phone.ask_to_join(link)
    await scene.all_in(room)


async def test_classroom_archived__who_is_blocked_then_is_banned(scene: Scene) -> None:
    room = await scene.room("Ancienne Classe", students=2)
    (blocked_id, blocked), (_, other) = room.students.items()
    await _archive(scene, room, "read_only")
    await scene.call("res.partner", "write", [blocked_id], {"student_blocked": True})
    await scene.stands(room, blocked, "banned")
    assert await scene.standing(room, other) == "member"


async def test_classroom_deleted__its_group_stays_until_a_person_closes_it_for_good(
    scene: Scene,
) -> None:
    room = await scene.room("Effacée", students=1)
    student = next(iter(room.students.values()))
    chat_id = await scene.chat_id(room)
    people = (await scene.group(room))["people"]
    await scene.call("classroom.classroom", "unlink", [room.id])

    async def reads_only() -> bool:
        return not await _may_write(student)

    await scene.until("members only read", reads_only)
    group = await scene.group(room)
    assert group["people"] == people and not group["deleted"]
    fields = ["name", "owner_name", "active", "roster_ids", "member_ids"]
    orphans = [("is_orphan", "=", True), ("id", "=", chat_id)]
    [chat] = await scene.school.find("telegram.chat", orphans, fields)
    assert (chat["name"], chat["owner_name"], chat["active"]) == ("Effacée", False, False)

    # the word
    await scene.call("telegram.chat", "action_close_for_good", [chat_id])

    async def is_deleted() -> bool:
        return bool((await scene.group(room))["deleted"])

    await scene.until("the group is deleted", is_deleted)
    own = [("id", "=", chat_id), ("state", "=", "deleted")]
    kept = await scene.until(
        "Odoo shows it as deleted", lambda: scene.school.find("telegram.chat", own, fields)
    )
    failed = [("chat_id", "=", chat_id), ("state", "=", "failed")]
    assert not await scene.school.find("telegram.outbox", failed, ["kind", "error_code"])
    assert kept[0]["roster_ids"] == chat["roster_ids"]
    assert kept[0]["member_ids"] == chat["member_ids"]


async def test_classroom_restored_after_its_group_was_closed_for_good__gets_a_new_one(
    scene: Scene,
) -> None:
    room = await scene.room("Renaissance", students=1)
    [(student_id, student)] = room.students.items()
    chat_id = await scene.chat_id(room)
    with pytest.raises(StackError, match="is in use"):
        await scene.call("telegram.chat", "action_close_for_good", [chat_id])
    await _archive(scene, room, "leave")
    await scene.call("telegram.chat", "action_close_for_good", [chat_id])
    own = [("id", "=", chat_id), ("state", "=", "deleted")]
    await scene.until("deleted", lambda: scene.school.find("telegram.chat", own, ["id"]))
    before, room.tg_chat_id = room.tg_chat_id, 0
    await scene.call("classroom.classroom", "write", [room.id], {"active": True})
    await scene.ready(room)
    link = (await scene.group(room))["links"][-1]
    assert room.tg_chat_id != before
    await scene.sent(student, link)
    await student.ask_to_join(link)
    await scene.stands(room, student, "member")
    assert not await scene.school.is_unenrolled(room.id, student_id)


async def test_classroom_with_lessons_deleted__refused_with_what_to_do(scene: Scene) -> None:
    room = await scene.room("Avec Histoire", students=0, joined=False)
    await scene.lesson(room, ahead_s=3600, length_s=600)
    with pytest.raises(StackError, match="archive it"):
        await scene.call("classroom.classroom", "unlink", [room.id])


async def test_classroom_renamed__trimmed_cut_with_an_ellipsis_and_told(scene: Scene) -> None:
    room = await scene.room("Renommée", students=1)
    await scene.group(room)  # known by its id from now on

    async def renamed(name: str, title: str) -> None:
        await scene.call("classroom.classroom", "write", [room.id], {"name": name})

        async def has_title() -> bool:
            return (await scene.group(room))["title"] == title

        await scene.until(f"called {title}", has_title)
        assert await scene.school.classroom_name(room.id) == name

    async def cut() -> str:
        own = [("id", "=", room.id)]
        [found] = await scene.school.find("classroom.classroom", own, ["telegram_title_cut"])
        return found["telegram_title_cut"]

    await renamed("  Physique   2de B ", "Physique 2de B")
    assert not await cut()
    # an emoji is one character, for Telegram too
    await renamed("📚" * 128, "📚" * 128)
    assert not await cut()
    await renamed("📚" * 129, "📚" * 127 + "…")
    await renamed("Histoire " * 20, ("Histoire " * 20)[:127] + "…")
    # whoever renames sees it on the form, and it is kept in the classroom's history
    assert await cut() == ("Histoire " * 20)[:127] + "…"
    own = [("model", "=", "classroom.classroom"), ("res_id", "=", room.id)]
    history = await scene.school.find("mail.message", own, ["body"])
    assert any("128" in one["body"] and "Histoire" in one["body"] for one in history)
