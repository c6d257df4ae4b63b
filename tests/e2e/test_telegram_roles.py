"""Someone is promoted or demoted: reported; put back or accepted, by policy."""

from __future__ import annotations

from .scene import Scene


async def test_demoted__reported_and_put_back(scene: Scene) -> None:
    room = await scene.room("Rôle Rendu", students=0)
    [teacher] = room.teachers.values()
    await scene.stands(room, teacher, "admin")
    owner = await scene.account(room)
    await owner.promote(teacher)  # without any right: demoted
    await scene.says(scene.history, room, teacher.name, "n’est plus administrateur", "École Démo")
    await scene.stands(room, teacher, "admin")
    await scene.shown(room, teacher, "in")


async def test_promoted_or_demoted__reported_and_accepted(scene: Scene) -> None:
    room = await scene.room("Rôle Accepté", students=1)
    [teacher], [student] = room.teachers.values(), room.students.values()
    await scene.stands(room, teacher, "admin")
    await scene.policy(room, promotion="accept")
    owner = await scene.account(room)
    await owner.promote(teacher)
    await owner.promote(student, pin_messages=True)
    await scene.says(scene.history, room, teacher.name, "n’est plus administrateur")
    await scene.says(scene.history, room, student.name, "a été nommé administrateur")
    await scene.quiet()
    await scene.stands(room, teacher, "member")
    await scene.stands(room, student, "admin")
