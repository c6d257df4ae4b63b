"""Groups that were there before the product, and what a person does to have one used."""

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


async def old_group(scene: Scene, owner: Phone, title: str) -> tuple[int, str]:
    """A group of somebody's own, with the school's account as its admin: id and link."""
    answer = await owner.client(
        functions.channels.CreateChannelRequest(title=title, about="", megagroup=True)
    )
    group = answer.chats[0]
    [account] = await scene.school.find("telegram.account", [("kind", "=", "user")], ["tg_user_id"])
    peer = await known(scene, owner, account["tg_user_id"])
    await owner.client(functions.channels.InviteToChannelRequest(group, [peer]))
    await owner.client(functions.channels.EditAdminRequest(group, peer, _RIGHTS, rank=""))
    link = await owner.client(functions.messages.ExportChatInviteRequest(group))
    owner.group = types.InputChannel(group.id, group.access_hash)
    return group.id, link.link


async def known(scene: Scene, phone: Phone, tg_user_id: int) -> types.TypeInputPeer:
    """The school's account by its telephone number, as a phone's address book finds it."""
    users = await asyncio.to_thread(scene.stack.sandbox.get, "/users")
    [number] = [user["phone"] for user in users if user["id"] == tg_user_id]
    contact = types.InputPhoneContact(client_id=1, phone=number, first_name="École", last_name="")
    answer = await phone.client(functions.contacts.ImportContactsRequest([contact]))
    return types.InputPeerUser(answer.users[0].id, answer.users[0].access_hash)


async def classroom(scene: Scene, name: str) -> Room:
    values = {"name": name, "telegram_enabled": False}
    return Room(int(await scene.call("small_school.classroom", "create", values)), name)


async def bind(scene: Scene, room: Room, **values: Any) -> int:
    own = {"res_model": "small_school.classroom", "res_id": room.id}
    wizard = await scene.call("telegram.bind.wizard", "create", {**own, **values})
    await scene.call("telegram.bind.wizard", "action_bind", [wizard])
    [row] = await scene.school.find(
        "small_school.classroom", [("id", "=", room.id)], ["telegram_chat_id"]
    )
    return int(row["telegram_chat_id"][0])


async def review(scene: Scene, chat_id: int) -> tuple[int, list[dict], list[dict]]:
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
        [row for row in lines if row["side"] == "there"],
        [row for row in lines if row["side"] == "here"],
    )


async def bound_group(scene: Scene, name: str) -> tuple[Phone, Room, types.TypeInputPeer]:
    """A classroom whose group belongs to somebody else: that person's phone, the classroom, and the
    school's account as the person addresses it. Reviewed; its owner is a guest."""
    _, owner = await scene.linked(f"Fondatrice {name}")
    _, link = await old_group(scene, owner, f"Ancien {name}")
    room = await classroom(scene, name)
    await scene.supervisor_of(room)
    chat_id = await bind(scene, room, way="link", link=link)
    wizard, there, _ = await review(scene, chat_id)
    for line in there:
        await scene.call("telegram.review.line", "write", [line["id"]], {"choice_there": "keep"})
    await scene.call("telegram.review.wizard", "action_done", [wizard])
    await scene.until("the group has the classroom's title", lambda: scene.chats(name))
    [account] = await scene.school.find("telegram.account", [("kind", "=", "user")], ["tg_user_id"])
    return owner, room, await known(scene, owner, account["tg_user_id"])
