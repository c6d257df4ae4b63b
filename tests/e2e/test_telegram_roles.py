"""Someone is promoted or demoted: reported; put back or accepted, by policy."""

from __future__ import annotations

from .existing import bound_group
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


async def test_promoted_by_the_schools_account__reported_and_put_back(scene: Scene) -> None:
    """What the owner gave, the owner's account takes back."""
    room = await scene.room("Rôle Repris", students=1)
    [(student_id, student)] = room.students.items()
    owner = await scene.account(room)
    await owner.promote(student, pin_messages=True)
    await scene.says(scene.history, room, student.name, "a été nommé administrateur", "École Démo")
    await scene.stands(room, student, "member")
    await scene.shown(room, student, "in")
    assert await scene.enrolments(room, student_id) == ["active"]


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


async def test_promoted_by_another_owner__said_and_not_tried_for_ever(scene: Scene) -> None:
    """In a group of somebody else's, neither the bot nor the school's account may change whom the
    owner made an admin."""
    owner, room, _ = await bound_group(scene, "Rôle Interdit")
    student_id, student = await scene.linked("Élève Interdit")
    await scene.enrol(room, student_id)
    await student.ask_to_join(await scene.link_of(room))
    await scene.shown(room, student, "in")
    await owner.promote(student, pin_messages=True)
    await scene.says(scene.history, room, student.name, owner.name)
    member = await scene.shown(room, student, "failed")
    assert member["error_code"] == "RIGHT_FORBIDDEN"
    assert "propriétaire" in member["state_text"]
    await scene.quiet()
    before = await scene.requests("channels.editAdmin")
    for name in ("Rôle Interdit 2", "Rôle Interdit"):
        await scene.call("classroom.classroom", "write", [room.id], {"name": name})
        await scene.until("renamed", lambda name=name: scene.chats(name))
    await scene.quiet()
    assert await scene.requests("channels.editAdmin") == before
    await scene.compare(room)  # a person asks: tried again
    await scene.quiet()
    assert await scene.requests("channels.editAdmin") > before
    await scene.shown(room, student, "failed")
    await owner.promote(student)
    await scene.shown(room, student, "in")
    assert await scene.enrolments(room, student_id) == ["active"]
