"""A group that was there before the product: bound by link or from the list, reviewed by a person."""

from __future__ import annotations

import asyncio
from typing import Any

from telethon import functions, types

from demo.play.phones import Phone

from .scene import Room, Scene

_RIGHTS = types.ChatAdminRights(
    change_info=True,
    ban_users=True,
    invite_users=True,
    add_admins=True,
    manage_call=True,
    pin_messages=True,
    delete_messages=True,
)


async def _old_group(scene: Scene, owner: Phone, title: str) -> tuple[int, str]:
    """A group of somebody's own, with the school's account as its admin: id and link."""
    answer = await owner.client(
        functions.channels.CreateChannelRequest(title=title, about="", megagroup=True)
    )
    group = answer.chats[0]
    [account] = await scene.school.find("telegram.account", [("kind", "=", "user")], ["tg_user_id"])
    peer = await _known(scene, owner, account["tg_user_id"])
    await owner.client(functions.channels.InviteToChannelRequest(group, [peer]))
    await owner.client(functions.channels.EditAdminRequest(group, peer, _RIGHTS, rank=""))
    link = await owner.client(functions.messages.ExportChatInviteRequest(group))
    return group.id, link.link


async def _known(scene: Scene, phone: Phone, tg_user_id: int) -> types.TypeInputPeer:
    """The school's account by its telephone number, as a phone's address book finds it."""
    users = await asyncio.to_thread(scene.stack.sandbox.get, "/users")
    [number] = [one["phone"] for one in users if one["id"] == tg_user_id]
    contact = types.InputPhoneContact(client_id=1, phone=number, first_name="École", last_name="")
    answer = await phone.client(functions.contacts.ImportContactsRequest([contact]))
    return types.InputPeerUser(answer.users[0].id, answer.users[0].access_hash)


async def _classroom(scene: Scene, name: str) -> Room:
    values = {"name": name, "telegram_enabled": False}
    return Room(int(await scene.call("classroom.classroom", "create", values)), name)


async def _linked(scene: Scene, name: str) -> tuple[int, Phone]:
    partner_id, number = await scene.partner(name)
    phone = await scene.phone(name, number)
    await scene.link(partner_id, phone)
    domain = [("partner_id", "=", partner_id), ("state", "=", "confirmed")]
    await scene.until(
        f"{name} is linked", lambda: scene.school.find("telegram.contact", domain, ["id"])
    )
    return partner_id, phone


async def _bind(scene: Scene, room: Room, **values: Any) -> int:
    own = {"res_model": "classroom.classroom", "res_id": room.id}
    wizard = await scene.call("telegram.bind.wizard", "create", {**own, **values})
    await scene.call("telegram.bind.wizard", "action_bind", [wizard])
    [found] = await scene.school.find(
        "classroom.classroom", [("id", "=", room.id)], ["telegram_chat_id"]
    )
    return int(found["telegram_chat_id"][0])


async def _review(scene: Scene, chat_id: int) -> tuple[int, list[dict], list[dict]]:
    """Open the review; its id, the rows only there, the rows only here."""

    async def is_due() -> bool:
        [chat] = await scene.school.find("telegram.chat", [("id", "=", chat_id)], ["is_review_due"])
        return bool(chat["is_review_due"])

    await scene.until("the group was read", is_due)
    context = {"context": {"default_chat_id": chat_id}}
    fields = ["chat_id", "title", "title_seen", "agreed_count", "there_ids", "here_ids"]
    values = await scene.call("telegram.review.wizard", "default_get", fields, **context)
    wizard = await scene.call("telegram.review.wizard", "create", values, **context)
    own = [("wizard_id", "=", wizard)]
    names = ["side", "name", "partner_id", "tg_user_id", "choice_there", "choice_here"]
    lines = await scene.school.find("telegram.review.line", own, names)
    return (
        wizard,
        [one for one in lines if one["side"] == "there"],
        [one for one in lines if one["side"] == "here"],
    )


async def test_existing_group_by_its_link__nobody_is_removed_before_the_review(
    scene: Scene,
) -> None:
    _, owner = await _linked(scene, "Fondatrice Ancienne")
    _, link = await _old_group(scene, owner, "Les anciens")
    room = await _classroom(scene, "Reprise")
    student_id, student = await _linked(scene, "Élève Présent")
    known_id, known = await _linked(scene, "Connu Présent")
    former_id, former = await _linked(scene, "Ancien Élève")
    absent_id, absent = await _linked(scene, "Élève Absent")
    _, number = await scene.partner("Passant")
    guest = await scene.phone("Passant", number)
    for phone in (student, known, former, guest):
        await phone.client(functions.messages.ImportChatInviteRequest(link.rpartition("+")[2]))
    await scene.enrol(room, student_id)
    await scene.enrol(room, absent_id)
    ended = await scene.enrol(room, former_id)
    await scene.call("classroom.enrolment", "action_unenrol", [ended])

    chat_id = await _bind(scene, room, way="link", link=link)
    wizard, there, here = await _review(scene, chat_id)
    names = {one["name"]: one for one in there}
    assert set(names) == {"Fondatrice Ancienne", "Connu Présent", "Ancien Élève", "Passant"}
    assert [one["partner_id"][0] for one in here] == [absent_id]
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
    _, owner = await _linked(scene, "Fondatrice Liste")
    tg_chat_id, _ = await _old_group(scene, owner, "À reprendre")
    room = await _classroom(scene, "Liste")
    own = {"res_model": "classroom.classroom", "res_id": room.id, "way": "list"}
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


async def test_existing_group_not_found__broken_with_what_to_do(scene: Scene) -> None:
    room = await _classroom(scene, "Sans Droits")
    await _bind(scene, room, way="link", link="https://t.me/+doesNotExist99")

    async def text() -> bool:
        [found] = await scene.school.find(
            "classroom.classroom", [("id", "=", room.id)], ["telegram_state_text"]
        )
        return "was not found" in (found["telegram_state_text"] or "") or "pas été trouvé" in (
            found["telegram_state_text"] or ""
        )

    await scene.until("the form says what to do", text)
