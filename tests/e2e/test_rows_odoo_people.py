"""People who are merged or deleted, who teach or supervise, who link their Telegram.

Each as it happens in Odoo, and what the group in Telegram does then.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from demo.play.phones import Phone
from demo.play.story import SUPERVISOR_RIGHTS, TEACHER_RIGHTS

from .scene import Room, Scene

RIGHTS = {"teacher": set(TEACHER_RIGHTS), "supervisor": set(SUPERVISOR_RIGHTS)}


async def _linked(scene: Scene, name: str) -> tuple[int, Phone]:
    """A person who has linked their Telegram."""
    partner_id, number = await scene.partner(name)
    phone = await scene.phone(name, number)
    await scene.link(partner_id, phone)
    return partner_id, phone


# --- merged, deleted ------------------------------------------------------------------------------


# --- teachers and supervisors ---------------------------------------------------------------------


async def _assign(scene: Scene, room: Room, partner_id: int, role: str, **dates: str) -> int:
    values = {"classroom_id": room.id, "partner_id": partner_id, "role": role, **dates}
    return int(await scene.call("small_school.assignment", "create", values))


async def _has_rights(scene: Scene, room: Room, phone: Phone, wanted: set[str]) -> None:
    """Exactly these: no more, no fewer."""
    await scene.until(
        f"{phone.name} has the rights {sorted(wanted)}",
        lambda: scene._is(lambda: scene.rights(room, phone), wanted),
    )


@pytest.mark.parametrize("role", ["teacher", "supervisor"])
async def test_assigned_replaced__admin_with_the_rights_of_the_role_until_it_is_over(
    scene: Scene, role: str
) -> None:
    room = await scene.room(f"Fonction {role}", students=1)
    people = [await _linked(scene, f"{name} {role}") for name in ("Premier", "Second")]
    (first_id, first), (second_id, second) = people
    first_assignment = await _assign(scene, room, first_id, role)
    await scene.join(room, first_id, first)
    await _has_rights(scene, room, first, RIGHTS[role])
    # replaced
    await scene.call(
        "small_school.assignment", "write", [first_assignment], {"partner_id": second_id}
    )
    await scene.stands(room, first, "")
    await second.ask_to_join((await scene.group(room))["links"][-1])
    await _has_rights(scene, room, second, RIGHTS[role])
    # the other role, then a student like others
    other = "teacher" if role == "supervisor" else "supervisor"
    await scene.call("small_school.assignment", "write", [first_assignment], {"role": other})
    await _has_rights(scene, room, second, RIGHTS[other])
    await scene.enrol(room, second_id)
    await scene.call("small_school.assignment", "unlink", [first_assignment])
    await scene.stands(room, second, "member")
    assert await scene.rights(room, second) == set()


async def test_substituted_for_a_while__admin_from_the_first_day_to_the_last(scene: Scene) -> None:
    room = await scene.room("Remplacement", students=1)
    [(_, absent)] = room.teachers.items()
    substitute_id, substitute = await _linked(scene, "Remplaçante")
    today = date.today()
    first, last = (str(today + timedelta(days=days)) for days in (3, 9))
    assignment_id = await _assign(
        scene, room, substitute_id, "teacher", date_from=first, date_to=last
    )
    await scene.settled(room)
    link = (await scene.group(room))["links"][-1]
    assert await scene.rights(room, absent) == RIGHTS["teacher"]

    async def dates_are(first: date, last: date) -> None:
        """As if that many days had passed: no hook of Odoo sees a date come."""
        scene.stack.cluster.sql(
            f"UPDATE small_school_assignment SET date_from = '{first}', date_to = '{last}'"
            f" WHERE id = {assignment_id}",
            "school",
        )
        await scene.compare_rosters()

    await dates_are(today - timedelta(days=2), today + timedelta(days=4))
    await scene.sent(substitute, link)
    await substitute.ask_to_join(link)
    await _has_rights(scene, room, substitute, RIGHTS["teacher"])
    await dates_are(today - timedelta(days=12), today - timedelta(days=6))
    await scene.stands(room, substitute, "")
    assert await scene.rights(room, absent) == RIGHTS["teacher"]


# --- contacts -------------------------------------------------------------------------------------
