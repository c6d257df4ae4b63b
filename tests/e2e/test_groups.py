"""What happens to a classroom's group when the school closes it, empties it, or keeps its title."""

from __future__ import annotations

import asyncio
import json

from telethon import errors, functions, types

from demo.play.phones import Phone

from .scene import Room, Scene
from .test_cli import run


async def test_classroom_archived__members_only_read_until_it_is_restored(scene: Scene) -> None:
    room = await scene.room("Fermeture", students=1)
    student = next(iter(room.students.values()))

    async def may_write() -> str:
        answer = await student.client(functions.channels.GetChannelsRequest([student.group]))
        rights = answer.chats[0].default_banned_rights
        return "no" if rights and rights.send_messages else "yes"

    assert await may_write() == "yes"
    await scene.call("classroom.classroom", "write", [room.id], {"active": False})
    await scene.until("members only read", lambda: scene._is(may_write, "no"))
    await student.wait_text("reste, en lecture seule")
    await scene.call("classroom.classroom", "write", [room.id], {"active": True})
    await scene.until("members write again", lambda: scene._is(may_write, "yes"))
    await scene.all_in(room)


async def test_many_unenrolled_at_once__nobody_is_removed_before_a_person_agreed(
    scene: Scene,
) -> None:
    room = await scene.room("Vidage", students=6)
    before = (await scene.chats(room.name))[0]["people"]
    own = [("classroom_id", "=", room.id)]
    found = await scene.school.find("classroom.enrolment", own, ["id"])
    await scene.call("classroom.enrolment", "action_unenrol", [one["id"] for one in found])
    held = {"in": 1, "held": 6}
    await scene.until(
        "Odoo shows the six as held back",
        lambda: scene._is(lambda: scene.school.member_states(room.id), held),
    )
    assert (await scene.chats(room.name))[0]["people"] == before
    classroom = await scene.school.find(
        "classroom.classroom", [("id", "=", room.id)], ["telegram_chat_id"]
    )
    chat_id = classroom[0]["telegram_chat_id"][0]
    planned = await asyncio.to_thread(run, scene.stack, "plan", "--chat", str(chat_id), "--json")
    lines = json.loads(planned.stdout)
    assert [(one["what"], one["held"]) for one in lines] == [("remove", True)] * 6
    in_french = await asyncio.to_thread(
        run, scene.stack, "plan", "--chat", str(chat_id), lang="fr_FR.UTF-8"
    )
    assert "Vidage : Élève" in in_french.stdout or "Vidage: Élève" in in_french.stdout
    assert "attend que quelqu'un le confirme" in in_french.stdout
    await scene.call("telegram.chat", "action_allow_removals", [chat_id])
    gone = {"in": 1, "removed": 6}
    await scene.until(
        "the six are out",
        lambda: scene._is(lambda: scene.school.member_states(room.id), gone),
    )
    planned = await asyncio.to_thread(run, scene.stack, "plan", "--chat", str(chat_id), "--json")
    assert json.loads(planned.stdout) == []


async def test_title_changed_on_telegram__changed_back_with_a_word(scene: Scene) -> None:
    room = await scene.room("Titre Gardé", students=1)
    values = {"telegram_title_policy": "restore"}
    await scene.call("classroom.classroom", "write", [room.id], values)
    teacher = next(iter(room.teachers.values()))

    async def changed() -> bool:
        try:
            await teacher.client(functions.channels.EditTitleRequest(teacher.group, "Foot"))
        except errors.ChatAdminRequiredError:
            return False  # the teacher's rights are on their way
        return True

    await scene.until("the teacher changes the title", changed)
    await teacher.wait_text("a été rétabli")
    await scene.until("the title is ours again", lambda: scene.chats(room.name))
    assert await scene.school.classroom_name(room.id) == room.name


async def _asking(scene: Scene, room: Room, name: str) -> tuple[Phone, int]:
    """A stranger whose request waits; their phone, and their telegram.member."""
    _, number = await scene.partner(name)
    stranger = await scene.phone(name, number)
    await stranger.ask_to_join((await scene.chats(room.name))[0]["links"][-1])
    domain = [("tg_user_id", "=", stranger.user_id), ("state", "=", "requested")]
    [member] = await scene.until(
        "Odoo shows the request", lambda: scene.school.find("telegram.member", domain, ["id"])
    )
    return stranger, int(member["id"])


async def test_unknown_person_asks__let_in_as_a_guest_then_removed(scene: Scene) -> None:
    room = await scene.room("Visites", students=1)
    visitor, member_id = await _asking(scene, room, "Visiteuse Attendue")
    await scene.call("telegram.member", "action_let_in", [member_id])
    await visitor.find_group(room.name)
    wanted = {"in": len(room.phones), "guest": 1}
    await scene.until(
        "Odoo shows the guest",
        lambda: scene._is(lambda: scene.school.member_states(room.id), wanted),
    )
    await scene.call("telegram.member", "action_turn_away", [member_id])

    async def is_out() -> bool:
        return not await visitor.is_in_group()

    await scene.until("the guest is out", is_out)
    domain = [("tg_user_id", "=", visitor.user_id)]
    fields = ["kind", "evidence", "decided_uid"]
    [removal] = await scene.until(
        "the removal can be traced", lambda: scene.school.find("telegram.removal", domain, fields)
    )
    assert (removal["kind"], removal["evidence"]) == ("remove", "guest")
    assert removal["decided_uid"]


async def test_banned_by_the_supervisor__unenrolled_and_undone_with_one_click(
    scene: Scene,
) -> None:
    room = await scene.room("Annulation", students=1)
    [(student_id, student)] = room.students.items()
    partner_id, number = await scene.partner("Surveillante Annulation")
    values = {"classroom_id": room.id, "partner_id": partner_id, "role": "supervisor"}
    await scene.call("classroom.assignment", "create", values)
    supervisor = await scene.phone("Surveillante Annulation", number)
    await scene.join(room, partner_id, supervisor)

    async def banned() -> bool:
        people = await supervisor.people()
        if student.user_id not in people:
            return True
        peer = await supervisor.client.get_input_entity(student.user_id)
        rights = types.ChatBannedRights(until_date=None, view_messages=True)
        try:
            await supervisor.client(
                functions.channels.EditBannedRequest(supervisor.group, peer, rights)
            )
        except errors.ChatAdminRequiredError:
            pass  # the supervisor's rights are on their way
        return False

    await scene.until("the supervisor bans", banned)
    await scene.until("unenrolled", lambda: scene.school.is_unenrolled(room.id, student_id))
    own = [("classroom_id", "=", room.id), ("partner_id", "=", student_id)]
    [ended] = await scene.school.find("classroom.enrolment", own, ["reason", "ended_at"])
    assert "Surveillante Annulation" in ended["reason"] and ended["ended_at"]
    await scene.call("classroom.enrolment", "action_enrol_again", [ended["id"]])

    async def may_come_back() -> bool:
        try:
            await student.ask_to_join((await scene.chats(room.name))[0]["links"][-1])
        except (errors.InviteHashExpiredError, errors.UserBannedInChannelError):
            return False  # the ban is being lifted
        return True

    await scene.until("the ban is lifted", may_come_back)
    await scene.until("back in the group", student.is_in_group)


async def test_unknown_person_asks__let_in_once_somebody_has_said_who_it_is(scene: Scene) -> None:
    room = await scene.room("Invités", students=1)
    partner_id, number = await scene.partner("Inconnu Venu")
    stranger = await scene.phone("Inconnu Venu", number)
    await stranger.ask_to_join((await scene.chats(room.name))[0]["links"][-1])

    async def waiting() -> list[dict]:
        domain = [("tg_user_id", "=", stranger.user_id), ("state", "=", "requested")]
        return await scene.school.find("telegram.member", domain, ["id"])

    [member] = await scene.until("Odoo shows the request", waiting)
    values = {"member_id": member["id"], "partner_id": partner_id}
    wizard_id = await scene.call("telegram.guest.wizard", "create", values)
    await scene.call("telegram.guest.wizard", "action_link", [wizard_id])
    await stranger.find_group(room.name)
    room.students[partner_id] = stranger
    await scene.all_in(room)
