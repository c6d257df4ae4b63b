"""Title changed by an admin: classroom renamed, if the policy allows; else changed back."""

from __future__ import annotations

from .scene import Scene


async def test_title_changed_by_an_admin__classroom_renamed(scene: Scene) -> None:
    room = await scene.room("Titre Pris", students=0)
    [teacher] = room.teachers.values()
    await scene.stands(room, teacher, "admin")
    await teacher.edit_title("Titre Pris, deuxième")

    async def renamed() -> bool:
        return await scene.school.classroom_name(room.id) == "Titre Pris, troisième"

    # once more at once, whatever Odoo has made of the first
    await teacher.edit_title("Titre Pris, troisième")
    await scene.until("the classroom has the newest title", renamed)
    await scene.quiet()
    assert len(await scene.chats("Titre Pris, troisième")) == 1
    assert await renamed()


async def test_title_changed_by_an_admin__changed_back_with_a_word(scene: Scene) -> None:
    room = await scene.room("Titre Gardé", students=0)
    await scene.policy(room, title="restore")
    [teacher] = room.teachers.values()
    await scene.stands(room, teacher, "admin")
    await teacher.edit_title("Foot")
    await teacher.wait_text("a été rétabli")
    assert len(await scene.chats(room.name)) == 1
    assert await scene.school.classroom_name(room.id) == room.name


async def test_title_changed_on_both_sides_at_once__the_schools_holds(scene: Scene) -> None:
    room = await scene.room("Titre Double", students=0)
    [teacher] = room.teachers.values()
    await scene.stands(room, teacher, "admin")
    async with scene.gateway_away():
        await teacher.edit_title("Le nôtre")
        name = {"name": "Titre Double, école"}
        await scene.call("classroom.classroom", "write", [room.id], name)
    await scene.until("the school's title", lambda: scene.chats("Titre Double, école"))
    await scene.quiet()
    assert await scene.school.classroom_name(room.id) == "Titre Double, école"
    assert len(await scene.chats("Titre Double, école")) == 1


async def test_title_changed_while_the_gateway_was_away__taken_over(scene: Scene) -> None:
    room = await scene.room("Titre Absent", students=0)
    [teacher] = room.teachers.values()
    await scene.stands(room, teacher, "admin")
    async with scene.gateway_away():
        await teacher.edit_title("Titre Absent, nouveau")

    async def renamed() -> bool:
        return await scene.school.classroom_name(room.id) == "Titre Absent, nouveau"

    await scene.until("renamed", renamed)
