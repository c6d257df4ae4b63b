"""Enrolled, unenrolled, transferred, many at once, from and until a date; blocked and archived.

Each as it happens in Odoo, and what the group in Telegram does then.
"""

from __future__ import annotations

import base64

from demo.play.phones import Phone

from .scene import Room, Scene

# 24 hours apart, in summer and winter: always on days that follow each other.
EAST, WEST = "Pacific/Kiritimati", "Pacific/Honolulu"


async def _enrolment(scene: Scene, room: Room, partner_id: int) -> int:
    own = [("classroom_id", "=", room.id), ("partner_id", "=", partner_id)]
    [found] = await scene.school.find(
        "small_school.enrolment", [*own, ("state", "!=", "ended")], ["id"]
    )
    return int(found["id"])


async def _comes_by_link(scene: Scene, room: Room, phone: Phone) -> None:
    """Asks by the group's link, and is in."""
    await phone.ask_to_join((await scene.group(room))["links"][-1])
    await scene.stands(room, phone, "member")


async def _one_notice(scene: Scene, room: Room, name: str, words: str) -> None:
    """Waits until the group was told of somebody, once."""

    async def told() -> bool:
        return bool(await scene.notices(room, words, name))

    await scene.until(f"{room.name} hears of {name}", told)
    await scene.settled(room)
    assert len(await scene.notices(room, words, name)) == 1


# --- enrolled, unenrolled, transferred ------------------------------------------------------------


async def test_transferred__out_and_in_with_one_notice_in_each_group(scene: Scene) -> None:
    left, entered = await scene.room("Départ"), await scene.room("Arrivée")
    await scene.settled(left)
    (partner_id, phone), *_ = left.students.items()
    enrolment_id = await _enrolment(scene, left, partner_id)
    await scene.call(
        "small_school.enrolment", "write", [enrolment_id], {"classroom_id": entered.id}
    )
    await scene.stands(left, phone, "")
    link = (await scene.group(entered))["links"][-1]
    await scene.sent(phone, link)
    await _comes_by_link(scene, entered, phone)
    await _one_notice(scene, left, phone.name, "Désinscription")
    await _one_notice(scene, entered, phone.name, "Inscription")


# --- many at once ---------------------------------------------------------------------------------


async def test_enrolled_in_twenty_classrooms_at_once__in_all_with_one_notice_each(
    scene: Scene,
) -> None:
    names = [f"Vingt {number:02}" for number in range(1, 21)]
    ids = await scene.call("small_school.classroom", "create", [{"name": name} for name in names])
    rooms = [Room(int(one), name) for one, name in zip(ids, names, strict=True)]
    for room in rooms:
        await scene.ready(room, within_s=90)
    people = [await scene.partner(f"Partout {letter}") for letter in "ABC"]
    phones = [await scene.phone(f"Partout {number}", number) for _, number in people]
    for (partner_id, _), phone in zip(people, phones, strict=True):
        await scene.link(partner_id, phone)
    # two by one call, one by the import of a file
    values = [
        {"classroom_id": room.id, "partner_id": partner_id}
        for partner_id, _ in people[:2]
        for room in rooms
    ]
    imported_id, number = people[2]
    await scene.call("res.partner", "write", [imported_id], {"student_number": "VINGT-C"})
    lines = ["Classe;Matricule;Nom;Téléphone"]
    lines += [f"{name};VINGT-C;Partout C;{number}" for name in names]
    content = base64.b64encode("\n".join(lines).encode()).decode()
    async with scene.waiting_notices(10):
        await scene.call("small_school.enrolment", "create", values)
        done = await scene.school.import_roster(content, "vingt.csv")
    assert (len(done.good), done.refused) == (20, [])
    for room in rooms:
        link = (await scene.group(room))["links"][-1]
        for phone in phones:
            await scene.sent(phone, link)
            await phone.ask_to_join(link)
    for room in rooms:
        for phone in phones:
            await scene.stands(room, phone, "member")
        await _one_notice(scene, room, "Partout A", "Inscription")
        counts = [text.count("Partout") for text in (await scene.group(room))["texts"]]
        assert [count for count in counts if count] == [3]


# --- from and until a date ------------------------------------------------------------------------


# --- blocked, archived ----------------------------------------------------------------------------
