"""People who are merged or deleted, who teach or supervise, who link their Telegram.

Each as it happens in Odoo, and what the group in Telegram does then.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from demo.play.phones import Phone
from demo.play.story import SUPERVISOR_RIGHTS, TEACHER_RIGHTS
from demo.stack.errors import StackError

from .scene import Room, Scene

RIGHTS = {"teacher": set(TEACHER_RIGHTS), "supervisor": set(SUPERVISOR_RIGHTS)}


async def _linked(scene: Scene, name: str) -> tuple[int, Phone]:
    """A person who has linked their Telegram."""
    partner_id, number = await scene.partner(name)
    phone = await scene.phone(name, number)
    await scene.link(partner_id, phone)
    return partner_id, phone


# --- merged, deleted ------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", ["linked", "duplicate"])
async def test_partners_merged__all_is_united_and_nobody_comes_or_goes(
    scene: Scene, kept: str
) -> None:
    room = await scene.room(f"Fusion {kept}", students=1)
    other = await scene.room(f"Fusion autre {kept}", students=0)
    [(linked_id, phone)] = room.students.items()
    duplicate_id, _ = await scene.partner(f"Doublon {kept}")
    # both are enrolled here, only the one who has no Telegram there; both have a line of the sheet
    await scene.enrol(room, duplicate_id)
    await scene.enrol(other, duplicate_id)
    lesson_id, _ = await scene.lesson(room, ahead_s=3600, length_s=600)
    await scene.call("classroom.lesson", "action_prepare_sheet", [lesson_id])
    assert {linked_id, duplicate_id} <= set(await scene.school.sheet(lesson_id))
    for one in (room, other):
        await scene.settled(one)
    texts = {one.id: (await scene.group(one))["texts"] for one in (room, other)}

    pair = [linked_id, duplicate_id]
    target_id, source_id = pair if kept == "linked" else pair[::-1]
    wizard = await scene.call(
        "base.partner.merge.automatic.wizard",
        "create",
        {"dst_partner_id": target_id, "partner_ids": [(6, 0, [target_id, source_id])]},
    )
    await scene.call("base.partner.merge.automatic.wizard", "action_merge", [wizard])

    assert not await scene.school.find("res.partner", [("id", "=", source_id)], ["id"])
    enrolments = await scene.school.find(
        "classroom.enrolment", [("partner_id", "=", target_id)], ["classroom_id", "state"]
    )
    current = sorted(one["classroom_id"][0] for one in enrolments if one["state"] == "active")
    assert current == [room.id, other.id]
    assert target_id in await scene.school.sheet(lesson_id)
    contacts = await scene.school.find(
        "telegram.contact", [("partner_id", "=", target_id)], ["tg_user_id", "state"]
    )
    assert [(one["tg_user_id"], one["state"]) for one in contacts] == [(phone.user_id, "confirmed")]
    # one identity in the group, where it was; and the way into the other one
    for one in (room, other):
        await scene.settled(one)
    assert await scene.standing(room, phone) == "member"
    wanted = {"in": len(room.phones)}
    await scene.until(
        "one row in Odoo", lambda: scene._is(lambda: scene.school.member_states(room.id), wanted)
    )
    await phone.ask_to_join((await scene.group(other))["links"][-1])
    await scene.stands(other, phone, "member")
    for one in (room, other):
        assert (await scene.group(one))["texts"] == texts[one.id]


async def test_partner_deleted__refused_with_what_to_do_and_the_history_is_kept(
    scene: Scene,
) -> None:
    room = await scene.room("Suppression", students=1)
    [(partner_id, phone)] = room.students.items()
    for _ in range(2):
        with pytest.raises(StackError, match="Archive this person"):
            await scene.call("res.partner", "unlink", [partner_id])
        assert await scene.standing(room, phone) == "member"
        # what is over is history, and kept as well
        await scene.school.unenrol(room.id, partner_id)
        await scene.stands(room, phone, "")
        await scene.call(
            "classroom.enrolment",
            "create",
            {"classroom_id": room.id, "partner_id": partner_id},
        )
        await phone.ask_to_join((await scene.group(room))["links"][-1])
        await scene.stands(room, phone, "member")


# --- teachers and supervisors ---------------------------------------------------------------------


async def _assign(scene: Scene, room: Room, partner_id: int, role: str, **dates: str) -> int:
    values = {"classroom_id": room.id, "partner_id": partner_id, "role": role, **dates}
    return int(await scene.call("classroom.assignment", "create", values))


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
    await scene.call("classroom.assignment", "write", [first_assignment], {"partner_id": second_id})
    await scene.stands(room, first, "")
    await second.ask_to_join((await scene.group(room))["links"][-1])
    await _has_rights(scene, room, second, RIGHTS[role])
    # the other role, then a student like others
    other = "teacher" if role == "supervisor" else "supervisor"
    await scene.call("classroom.assignment", "write", [first_assignment], {"role": other})
    await _has_rights(scene, room, second, RIGHTS[other])
    await scene.enrol(room, second_id)
    await scene.call("classroom.assignment", "unlink", [first_assignment])
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
            f"UPDATE classroom_assignment SET date_from = '{first}', date_to = '{last}'"
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


async def test_linked_late__into_every_group_where_they_belong(scene: Scene) -> None:
    rooms = [await scene.room(f"Tardif {number}", students=0) for number in (1, 2, 3)]
    partner_id, number = await scene.partner("Retardataire")
    for room in rooms[:2]:
        await scene.enrol(room, partner_id)
    phone = await scene.phone("Retardataire", number)
    await scene.link(partner_id, phone)
    for room in rooms[:2]:
        link = (await scene.group(room))["links"][-1]
        await scene.sent(phone, link)
        await phone.ask_to_join(link)
        await scene.stands(room, phone, "member")
    assert await scene.standing(rooms[2], phone) == ""


async def test_linked_to_another_account__that_one_in_and_the_old_one_out(scene: Scene) -> None:
    rooms = [await scene.room(f"Compte {number}", students=1) for number in (1, 2)]
    [(partner_id, old)] = rooms[0].students.items()
    await scene.enrol(rooms[1], partner_id)
    await scene.sent(old, (await scene.group(rooms[1]))["links"][-1])
    await old.ask_to_join((await scene.group(rooms[1]))["links"][-1])
    await scene.stands(rooms[1], old, "member")
    _, number = await scene.partner("Son autre numéro")
    new = await scene.phone("Élève au nouveau téléphone", number)
    await scene.link(partner_id, new)
    for room in rooms:
        link = (await scene.group(room))["links"][-1]
        await scene.sent(new, link)
        await new.ask_to_join(link)
        await scene.stands(room, new, "member")
        await scene.stands(room, old, "")
        own = [("tg_user_id", "=", old.user_id), ("chat_id", "=", await scene.chat_id(room))]
        [removal] = await scene.school.find("telegram.removal", own, ["evidence", "kind"])
        assert (removal["evidence"], removal["kind"]) == ("old_identity", "remove")

    async def warned() -> bool:
        return any("Another Telegram account" in one.raw_text for one in old.messages)

    await scene.until("the old account is told", warned)
    assert not await scene.school.is_unenrolled(rooms[0].id, partner_id)
