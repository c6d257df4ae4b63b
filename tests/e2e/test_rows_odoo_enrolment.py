"""Enrolled, unenrolled, transferred, many at once, from and until a date; blocked and archived.

Each as it happens in Odoo, and what the group in Telegram does then.
"""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from telethon import errors

from demo.play.phones import Phone

from .scene import Room, Scene

# At any moment these two are on different days.
EAST, WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"


async def _enrolment(scene: Scene, room: Room, partner_id: int) -> int:
    own = [("classroom_id", "=", room.id), ("partner_id", "=", partner_id)]
    [found] = await scene.school.find(
        "classroom.enrolment", [*own, ("state", "!=", "ended")], ["id"]
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


async def test_enrolled__in_and_unenrolled__out_without_a_ban(scene: Scene) -> None:
    room = await scene.room("Va-et-vient", students=1)
    partner_id, number = await scene.partner("Nouvelle Inscrite")
    phone = await scene.phone("Nouvelle Inscrite", number)
    await scene.enrol(room, partner_id)
    await scene.join(room, partner_id, phone)
    await scene.stands(room, phone, "member")
    await _one_notice(scene, room, "Nouvelle Inscrite", "Inscription")
    await scene.school.unenrol(room.id, partner_id)
    await scene.stands(room, phone, "")
    # not banned: they may ask by the link, and are in once the school has enrolled them again
    link = (await scene.group(room))["links"][-1]
    assert await phone.ask_to_join(link)
    await scene.shown(room, phone, "undecided")
    assert await scene.school.is_unenrolled(room.id, partner_id)
    await scene.enrol(room, partner_id)
    await scene.stands(room, phone, "member")


async def test_transferred__out_and_in_with_one_notice_in_each_group(scene: Scene) -> None:
    left, entered = await scene.room("Départ"), await scene.room("Arrivée")
    await scene.settled(left)
    (partner_id, phone), *_ = left.students.items()
    enrolment_id = await _enrolment(scene, left, partner_id)
    await scene.call("classroom.enrolment", "write", [enrolment_id], {"classroom_id": entered.id})
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
    ids = await scene.call("classroom.classroom", "create", [{"name": name} for name in names])
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
        await scene.call("classroom.enrolment", "create", values)
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


async def test_thirty_enrolled_by_thirty_calls__one_notice(scene: Scene) -> None:
    room = await scene.room("Boucle", students=0)
    people = [await scene.partner(f"Appel {number:02}") for number in range(30)]
    async with scene.waiting_notices(8):
        for partner_id, _ in people:
            await scene.enrol(room, partner_id)
    await _one_notice(scene, room, "Appel 00", "Inscription")
    [line] = await scene.notices(room, "Inscription")
    assert line.count("Appel") == 30


# --- from and until a date ------------------------------------------------------------------------


async def test_enrolment_from_and_until_a_date__by_the_classroom_s_own_day(scene: Scene) -> None:
    room = await scene.room("Calendrier", students=2)
    await scene.settled(room)
    (ends_id, ends), (starts_id, starts) = room.students.items()
    now = datetime.now(UTC)
    today, tomorrow = (now.astimezone(ZoneInfo(zone)).date() for zone in (WEST, EAST))
    assert tomorrow == today + timedelta(days=1)

    def dates_come(partner_id: int, **dates: object) -> None:
        """The dates are as if they had been set long ago: no hook of Odoo sees them come."""
        values = ", ".join(f"{name} = '{value}'" for name, value in dates.items())
        scene.stack.cluster.sql(
            f"UPDATE classroom_enrolment SET {values} WHERE classroom_id = {room.id}"
            f" AND partner_id = {partner_id}",
            "school",
        )

    long_ago = today - timedelta(days=30)
    for partner_id in room.students:  # the day on which they were enrolled has not come in the west
        await asyncio.to_thread(dates_come, partner_id, date_from=long_ago)
    await scene.call("classroom.classroom", "write", [room.id], {"tz": WEST})
    await asyncio.to_thread(dates_come, ends_id, date_from=long_ago, date_to=today)
    await asyncio.to_thread(dates_come, starts_id, date_from=tomorrow)
    await scene.compare_rosters()
    # the last day counts; the first one has not come yet on this classroom's side of the world
    await scene.stands(room, starts, "")
    assert await scene.standing(room, ends) == "member"
    await _one_notice(scene, room, starts.name, "Désinscription")
    # the day turns: in the east it is tomorrow already
    turn = f"UPDATE classroom_classroom SET tz = '{EAST}' WHERE id = {room.id}"
    await asyncio.to_thread(scene.stack.cluster.sql, turn, "school")
    await scene.compare_rosters()
    await scene.stands(room, ends, "")
    await scene.sent_again(starts, (await scene.group(room))["links"][-1])
    await _comes_by_link(scene, room, starts)
    await _one_notice(scene, room, ends.name, "Désinscription")


# --- blocked, archived ----------------------------------------------------------------------------


async def _cannot_come(scene: Scene, room: Room, phone: Phone) -> None:
    await scene.stands(room, phone, "banned")
    for link in (await scene.group(room))["links"]:
        with pytest.raises(errors.InviteHashExpiredError):
            await phone.ask_to_join(link)


async def test_blocked_everywhere__no_link_lets_them_in_until_unblocked(scene: Scene) -> None:
    rooms = [await scene.room("Bloc Un", students=1), await scene.room("Bloc Deux", students=1)]
    [(partner_id, phone)] = rooms[0].students.items()
    await scene.enrol(rooms[1], partner_id)
    links = [(await scene.group(room))["links"][-1] for room in rooms]
    await scene.sent(phone, links[1])
    await _comes_by_link(scene, rooms[1], phone)
    await scene.call("res.partner", "write", [partner_id], {"student_blocked": True})
    for room in rooms:
        await _cannot_come(scene, room, phone)
    # unenrolled meanwhile in one of them
    await scene.school.unenrol(rooms[1].id, partner_id)
    await scene.settled(rooms[1])
    await _cannot_come(scene, rooms[1], phone)
    await scene.call("res.partner", "write", [partner_id], {"student_blocked": False})
    for room in rooms:
        await scene.stands(room, phone, "")
    # invited again where still enrolled, and there only
    await scene.sent_again(phone, links[0])
    await _comes_by_link(scene, rooms[0], phone)
    await scene.sent(phone, links[1], times=1)


async def test_blocked_in_one_enrolment__stays_in_the_other_groups(scene: Scene) -> None:
    blocked, other = await scene.room("Ici", students=1), await scene.room("Ailleurs", students=1)
    [(partner_id, phone)] = blocked.students.items()
    await scene.enrol(other, partner_id)
    await scene.sent(phone, (await scene.group(other))["links"][-1])
    await _comes_by_link(scene, other, phone)
    await scene.school.block(blocked.id, partner_id)
    await _cannot_come(scene, blocked, phone)
    assert await scene.standing(other, phone) == "member"
    enrolment_id = await _enrolment(scene, blocked, partner_id)
    await scene.call("classroom.enrolment", "action_unblock", [enrolment_id])
    await scene.stands(blocked, phone, "")
    await scene.sent_again(phone, (await scene.group(blocked))["links"][-1])
    await _comes_by_link(scene, blocked, phone)


async def test_login_archived__nothing_contact_archived__out_until_restored(scene: Scene) -> None:
    room = await scene.room("Anciens", students=2)
    (user_partner_id, by_user), (partner_id, by_partner) = room.students.items()
    values = {"login": "ancien-eleve", "name": by_user.name, "partner_id": user_partner_id}
    quietly = {"no_reset_password": True}
    user_id = await scene.call("res.users", "create", values, context=quietly)
    await scene.call("res.users", "write", [user_id], {"active": False})
    await scene.call("res.partner", "write", [partner_id], {"active": False})
    await scene.settled(room)
    for phone in (by_user, by_partner):
        assert await scene.standing(room, phone) == "member"
    hour_ago = (datetime.now(UTC) - timedelta(hours=1, minutes=1)).strftime("%F %T")
    await scene.call("res.partner", "write", [partner_id], {"telegram_archived_at": hour_ago})
    await scene.cron("cron_archived")
    await scene.stands(room, by_partner, "")  # out, not banned
    assert await scene.standing(room, by_user) == "member"
    await scene.call("res.partner", "write", [partner_id], {"active": True})
    link = (await scene.group(room))["links"][-1]
    await scene.sent_again(by_partner, link)
    await _comes_by_link(scene, room, by_partner)
    assert not await scene.school.is_unenrolled(room.id, partner_id)
