"""Changes of a classroom in Odoo, and their effects on its group in Telegram.

Row by row: created, archived, restored, deleted; renamed.
"""

from __future__ import annotations

import pytest

from demo.stack.errors import StackError

from .scene import Room, Scene


async def _archive(scene: Scene, room: Room, policy: str) -> None:
    await scene.call(
        "small_school.classroom", "write", [room.id], {"telegram_archive_policy": policy}
    )
    await scene.call("small_school.classroom", "write", [room.id], {"active": False})


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
    await scene.call("small_school.classroom", "write", [room.id], {"active": True})
    await scene.ready(room)
    link = (await scene.group(room))["links"][-1]
    assert room.tg_chat_id != before
    await scene.sent(student, link)
    await student.ask_to_join(link)
    await scene.stands(room, student, "member")
    assert not await scene.school.is_unenrolled(room.id, student_id)


async def test_classroom_renamed__trimmed_cut_with_an_ellipsis_and_told(scene: Scene) -> None:
    room = await scene.room("Renommée", students=1)
    await scene.group(room)  # known by its id from now on

    async def renamed(name: str, title: str) -> None:
        await scene.call("small_school.classroom", "write", [room.id], {"name": name})

        async def has_title() -> bool:
            return (await scene.group(room))["title"] == title

        await scene.until(f"called {title}", has_title)
        assert await scene.school.classroom_name(room.id) == name

    async def cut() -> str:
        own = [("id", "=", await scene.chat_id(room))]
        [found] = await scene.school.find("telegram.chat", own, ["title_cut"])
        return str(found["title_cut"] or "")

    await renamed("  Physique   2de B ", "Physique 2de B")
    assert not await cut()
    # an emoji is one character, for Telegram too
    await renamed("📚" * 128, "📚" * 128)
    assert not await cut()
    await renamed("📚" * 129, "📚" * 127 + "…")
    await renamed("Histoire " * 20, ("Histoire " * 20)[:127] + "…")
    # whoever renames sees it on the form, and it is kept in the classroom's history
    assert await cut() == ("Histoire " * 20)[:127] + "…"
    own = [("model", "=", "small_school.classroom"), ("res_id", "=", room.id)]
    history = await scene.school.find("mail.message", own, ["body"])
    assert any("128" in message["body"] and "Histoire" in message["body"] for message in history)
