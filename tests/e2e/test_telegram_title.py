"""Title changed by an admin: classroom renamed, if the policy allows; else changed back."""

from __future__ import annotations

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
