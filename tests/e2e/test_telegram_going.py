"""Someone leaves, is removed or banned by an admin: unenrolled, or only flagged, with who did it
and when, and undone with one click."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from demo.play.phones import Phone

from .scene import Room, Scene

WAYS = ("leaves", "removed", "banned")


async def _goes(way: str, student: Phone, supervisor: Phone) -> None:
    if way == "leaves":
        await student.leave_group()
    else:
        await supervisor.remove(student, banned=way == "banned")


async def _rights(scene: Scene, room: Room) -> None:
    [supervisor] = room.supervisors.values()
    await scene.stands(room, supervisor, "admin")


async def _ended(scene: Scene, room: Room, partner_id: int) -> dict:
    await scene.until("unenrolled", lambda: scene.school.is_unenrolled(room.id, partner_id))
    own = [("classroom_id", "=", room.id), ("partner_id", "=", partner_id)]
    [ended] = await scene.school.find("small_school.enrolment", own, ["reason", "ended_at"])
    return ended


@pytest.mark.parametrize("way", WAYS)
async def test_someone_goes__unenrolled_and_undone_with_one_click(scene: Scene, way: str) -> None:
    room = await scene.room(f"Départ {way}", students=1)
    [(student_id, student)] = room.students.items()
    supervisor = await scene.supervisor(room)
    await _rights(scene, room)
    before = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    await _goes(way, student, supervisor)
    ended = await _ended(scene, room, student_id)
    who = "a quitté" if way == "leaves" else supervisor.name
    assert who in ended["reason"]
    assert datetime.fromisoformat(ended["ended_at"]) >= before
    await scene.says(scene.history, room, student.name)
    await scene.quiet()

    await scene.call("small_school.enrolment", "action_enrol_again", [ended["id"]])

    async def may_come_back() -> bool:
        try:
            await student.ask_to_join(await scene.link_of(room))
        except Exception as error:
            assert "expired" in str(error)  # the ban is being lifted
            return False
        return True

    await scene.until("the link works", may_come_back)
    await scene.stands(room, student, "member")
    await scene.shown(room, student, "in")
    assert await scene.enrolments(room, student_id) == ["ended", "active"]


async def test_teacher_or_supervisor_leaves__a_person_is_told(scene: Scene) -> None:
    room = await scene.room("Départ Enseignant", students=0)
    [teacher] = room.teachers.values()
    supervisor = await scene.supervisor(room)
    await teacher.leave_group()
    await scene.says(scene.activities, room, teacher.name, "a quitté")
    await supervisor.leave_group()
    await scene.says(scene.activities, room, supervisor.name, "a quitté")
    own = [("classroom_id", "=", room.id)]
    assert len(await scene.school.find("small_school.assignment", own, ["id"])) == 2


async def test_two_accounts_of_which_one_leaves__still_enrolled(scene: Scene) -> None:
    room = await scene.room("Deux Comptes", students=1)
    [(student_id, first)] = room.students.items()
    _, number = await scene.partner("Second Téléphone")
    second = await scene.phone(f"{first.name} bis", number)
    one_more = {"keeps_others": True}
    url = await scene.call("res.partner", "telegram_link_url", [student_id], **one_more)
    await second.start_bot(url)
    await second.ask_to_join(await scene.link_of(room))
    await second.find_group(room.name)
    await first.leave_group()
    await scene.shown(room, first, "left")
    await scene.quiet()
    assert await scene.enrolments(room, student_id) == ["active"]
    await second.leave_group()
    await _ended(scene, room, student_id)


async def test_someone_goes_days_ago__only_that_they_are_gone_is_said(scene: Scene) -> None:
    """Neither an update nor the admin log has it any more; asked by name, Telegram says so."""
    room = await scene.room("Absence Longue", students=2)
    (student_id, student), (stays_id, _) = room.students.items()
    async with scene.profile(admin_log_s=0):
        async with scene.gateway_away():
            await student.leave_group()
        ended = await _ended(scene, room, student_id)
    assert "n’était plus dans le groupe" in ended["reason"]
    assert await scene.enrolments(room, stays_id) == ["active"]
