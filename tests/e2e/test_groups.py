"""What happens to a classroom's group when the school closes it, empties it, or keeps its title."""

from __future__ import annotations

import asyncio
import json

from telethon import errors, functions

from .scene import Scene
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
