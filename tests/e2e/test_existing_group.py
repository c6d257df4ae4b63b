"""A group that was there before the product: bound by link or from the list, reviewed by a
person."""

from __future__ import annotations

import asyncio

from telethon import functions

from .existing import bind, classroom, old_group, review
from .scene import Scene


async def test_existing_group_by_its_link__nobody_is_removed_before_the_review(
    scene: Scene,
) -> None:
    _, owner = await scene.linked("Fondatrice Ancienne")
    _, link = await old_group(scene, owner, "Les anciens")
    room = await classroom(scene, "Reprise")
    student_id, student = await scene.linked("Élève Présent")
    known_id, known = await scene.linked("Connu Présent")
    former_id, former = await scene.linked("Ancien Élève")
    absent_id, absent = await scene.linked("Élève Absent")
    _, number = await scene.partner("Passant")
    guest = await scene.phone("Passant", number)
    for phone in (student, known, former, guest):
        await phone.client(functions.messages.ImportChatInviteRequest(link.rpartition("+")[2]))
    await scene.enrol(room, student_id)
    await scene.enrol(room, absent_id)
    ended = await scene.enrol(room, former_id)
    await scene.call("small_school.enrolment", "action_unenrol", [ended])

    chat_id = await bind(scene, room, way="link", link=link)
    wizard, there, here = await review(scene, chat_id)
    names = {person["name"]: person for person in there}
    assert set(names) == {"Fondatrice Ancienne", "Connu Présent", "Ancien Élève", "Passant"}
    assert [person["partner_id"][0] for person in here] == [absent_id]
    [chat] = await scene.chats("Les anciens")
    assert len(chat["people"]) == 7  # the five, the school's account and its bot
    choices = {
        "Fondatrice Ancienne": "keep",
        "Connu Présent": "enrol",
        "Ancien Élève": "remove",
        "Passant": "keep",
    }
    for name, choice in choices.items():
        values = {"choice_there": choice}
        await scene.call("telegram.review.line", "write", [names[name]["id"]], values)
    await scene.call("telegram.review.wizard", "action_done", [wizard])

    async def is_gone() -> bool:
        found = await scene.chats(room.name)  # the title is the classroom's now
        return bool(found) and former.user_id not in {one["id"] for one in found[0]["people"]}

    await scene.until("who was to be removed is out", is_gone)
    # the founder, as the group's creator, is not counted; the account is no person
    wanted = {"in": 2, "guest": 1, "removed": 1, "welcome": 1, False: 1}
    await scene.until(
        "Odoo shows everybody as decided",
        lambda: scene._is(lambda: scene.school.member_states(room.id), wanted),
    )
    assert not await scene.school.is_unenrolled(room.id, known_id)
    [removal] = await scene.school.find(
        "telegram.removal", [("chat_id", "=", chat_id)], ["tg_user_id", "evidence", "decided_uid"]
    )
    assert (removal["tg_user_id"], removal["evidence"]) == (former.user_id, "guest")
    assert removal["decided_uid"]
    # who was only on the roster was sent the link, and comes in by it
    await absent.ask_to_join(await absent.invite_from_bot())
    await absent.find_group(room.name)


async def test_existing_group_picked_from_the_list__says_what_is_missing(scene: Scene) -> None:
    _, owner = await scene.linked("Fondatrice Liste")
    tg_chat_id, _ = await old_group(scene, owner, "À reprendre")
    room = await classroom(scene, "Liste")
    own = {"res_model": "small_school.classroom", "res_id": room.id, "way": "list"}
    wizard = await scene.call("telegram.bind.wizard", "create", own)

    async def listed() -> list[dict]:
        await scene.call("telegram.bind.wizard", "action_list", [wizard])
        return await scene.school.find(
            "telegram.bind.group",
            [("wizard_id", "=", wizard), ("tg_chat_id", "=", str(tg_chat_id))],
            ["title", "error_code"],
        )

    [group] = await scene.until("the group is listed", listed)
    assert (group["title"], group["error_code"]) == ("À reprendre", False)
    await scene.call("telegram.bind.wizard", "write", [wizard], {"group_id": group["id"]})
    await scene.call("telegram.bind.wizard", "action_bind", [wizard])
    await scene.ready(room)


async def test_existing_group_of_300_people_with_hidden_members__read_to_its_end(
    scene: Scene,
) -> None:
    """Two pages. Members are hidden from each other there; the school's bot is an admin, and sees
    everybody. For all at once: they may stay; nobody is removed, and one more is let in."""
    _, owner = await scene.linked("Fondatrice Grande")
    tg_chat_id, link = await old_group(scene, owner, "Grande ancienne")
    await asyncio.to_thread(scene.stack.sandbox.post, f"/chats/{tg_chat_id}/crowd", people=300)
    hide = functions.channels.ToggleParticipantsHiddenRequest(owner.group, enabled=True)
    await owner.client(hide)
    room = await classroom(scene, "Grande Classe")
    student_id, student = await scene.linked("Élève Grande")
    await student.client(functions.messages.ImportChatInviteRequest(link.rpartition("+")[2]))
    await scene.enrol(room, student_id)
    absent_id, _ = await scene.linked("Absent Grande")
    await scene.enrol(room, absent_id)
    chat_id = await bind(scene, room, way="link", link=link)
    wizard, there, here = await review(scene, chat_id)
    names = {person["name"] for person in there}
    assert names == {"Fondatrice Grande", *(f"Passant {number}" for number in range(1, 301))}
    assert [person["partner_id"][0] for person in here] == [absent_id]
    await scene.call(
        "telegram.review.line",
        "write",
        [person["id"] for person in there],
        {"choice_there": "keep"},
    )
    await scene.call("telegram.review.wizard", "action_done", [wizard])
    await scene.until("the group has the classroom's title", lambda: scene.chats(room.name))
    await scene.quiet()
    assert len(await scene.in_group(room)) == 304  # with the student, the account and its bot
    assert (await scene.school.member_states(room.id))["guest"] == 300  # the owner is none
    # unchanged, and compared as at night: two pages, no more
    before = await scene.requests("channels.getParticipants", room)
    await scene.compare(room)
    await scene.quiet()
    assert await scene.requests("channels.getParticipants", room) == before + 2
