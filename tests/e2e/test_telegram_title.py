"""Title changed by an admin: classroom renamed, if the policy allows; else changed back."""

from __future__ import annotations

import pytest
from telethon import errors

from .scene import Scene


async def test_title_changed_by_an_admin__classroom_renamed(scene: Scene) -> None:
    room = await scene.room("Titre Pris", students=0)
    supervisor = await scene.supervisor(room)
    await scene.stands(room, supervisor, "admin")
    await supervisor.edit_title("Titre Pris, deuxième")

    async def renamed() -> bool:
        return await scene.school.classroom_name(room.id) == "Titre Pris, troisième"

    # once more at once, whatever Odoo has made of the first
    await supervisor.edit_title("Titre Pris, troisième")
    await scene.until("the classroom has the newest title", renamed)
    await scene.quiet()
    assert len(await scene.chats("Titre Pris, troisième")) == 1
    assert await renamed()


async def test_title_changed_by_an_admin__changed_back_with_a_word(scene: Scene) -> None:
    room = await scene.room("Titre Gardé", students=0)
    await scene.policy(room, title="restore")
    supervisor = await scene.supervisor(room)
    await scene.stands(room, supervisor, "admin")
    await supervisor.edit_title("Foot")
    await supervisor.wait_text("a été rétabli")
    assert len(await scene.chats(room.name)) == 1
    assert await scene.school.classroom_name(room.id) == room.name


async def test_title_changed_on_both_sides_at_once__the_schools_holds(scene: Scene) -> None:
    room = await scene.room("Titre Double", students=0)
    supervisor = await scene.supervisor(room)
    await scene.stands(room, supervisor, "admin")
    async with scene.gateway_away():
        await supervisor.edit_title("Le nôtre")
        name = {"name": "Titre Double, école"}
        await scene.call("classroom.classroom", "write", [room.id], name)
    await scene.until("the school's title", lambda: scene.chats("Titre Double, école"))
    await scene.quiet()
    assert await scene.school.classroom_name(room.id) == "Titre Double, école"
    assert len(await scene.chats("Titre Double, école")) == 1


async def test_title_changed_while_the_gateway_was_away__taken_over(scene: Scene) -> None:
    room = await scene.room("Titre Absent", students=0)
    supervisor = await scene.supervisor(room)
    await scene.stands(room, supervisor, "admin")
    async with scene.gateway_away():
        await supervisor.edit_title("Titre Absent, nouveau")

    async def renamed() -> bool:
        return await scene.school.classroom_name(room.id) == "Titre Absent, nouveau"

    await scene.until("renamed", renamed)


async def test_title__not_a_teachers_affair(scene: Scene) -> None:
    room = await scene.room("Titre Refusé", students=0)
    [teacher] = room.teachers.values()
    await scene.stands(room, teacher, "admin")
    with pytest.raises(errors.ChatAdminRequiredError):
        await teacher.edit_title("Le mien")
