"""Username or name changed, account deleted: contact brought up to date; history kept."""

from __future__ import annotations

from typing import Any

import pytest

from .scene import Scene


async def _contact(scene: Scene, partner_id: int) -> dict[str, Any]:
    fields = ["name", "username", "state", "is_deleted"]
    [contact] = await scene.school.find(
        "telegram.contact", [("partner_id", "=", partner_id)], fields
    )
    return contact


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "compared"])
async def test_name_and_username_changed__contact_brought_up_to_date(
    scene: Scene, is_told: bool
) -> None:
    """By Telegram's update, and where none comes by the nightly comparison."""
    room = await scene.room(f"Noms {is_told}", students=1)
    [(student_id, student)] = room.students.items()
    async with scene.profile(name_updates=is_told):
        await scene.change_user(student, last_name="Autrement", username=f"autre_{is_told}")
        if not is_told:
            await scene.compare(room)

        async def is_known() -> bool:
            contact = await _contact(scene, student_id)
            return contact["username"] == f"autre_{is_told}" and "Autrement" in contact["name"]

        await scene.until("the contact has the new name", is_known)
    member = await scene.shown(room, student, "in")
    assert member["username"] == f"autre_{is_told}"
    assert await scene.enrolments(room, student_id) == ["active"]


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "compared"])
async def test_account_deleted__counts_as_not_linked_and_history_is_kept(
    scene: Scene, is_told: bool
) -> None:
    room = await scene.room(f"Supprimé {is_told}", students=1)
    [(student_id, student)] = room.students.items()
    await scene.supervisor(room)
    before = await _contact(scene, student_id)
    async with scene.profile(name_updates=is_told):
        await scene.change_user(student, deleted=True)
        if not is_told:
            await scene.compare(room)

        async def is_unlinked() -> bool:
            contact = await _contact(scene, student_id)
            return (contact["state"], contact["is_deleted"]) == ("revoked", True)

        await scene.until("the account counts as unlinked", is_unlinked)
    contact = await _contact(scene, student_id)
    assert (contact["name"], contact["username"]) == (before["name"], before["username"])
    await scene.says(scene.activities, room, student.name, "nouveau lien")
    own = [("partner_id", "=", student_id), ("state", "=", "waiting_link")]
    [row] = await scene.until(
        "the student is shown as not linked",
        lambda: scene.school.find("telegram.member", own, ["state_text"]),
    )
    assert "nouveau lien" in row["state_text"]
    assert await scene.enrolments(room, student_id) == ["active"]
    if is_told:  # the deleted account is nobody, once the group is looked at
        await scene.compare(room)
    gone = await scene.shown(room, student, False)
    assert "supprimé" in gone["state_text"]
    # with a new account, everything is as before
    _, number = await scene.partner("Nouveau Numéro")
    again = await scene.phone(student.name, number)
    await scene.join(room, student_id, again)
    await scene.shown(room, again, "in")
