"""Group deleted, bot or account removed or demoted: marked broken with what to do; nothing is
recreated, nobody unenrolled because of it; mended by a person, the people are in step again."""

from __future__ import annotations

import asyncio
import json

import pytest
from telethon import functions, types

from demo.play.phones import Phone

from .commands import run
from .scene import Room, Scene


async def _broken(scene: Scene, room: Room, *words: str) -> None:
    """Wait until the form says that the group stands still, and what to do."""

    async def look() -> bool:
        text = await scene.state_text(room)
        return all(word in text for word in words)

    await scene.until(f"the form says {words}", look)
    await scene.says(scene.activities, room, *words)
    await scene.quiet()


async def _ready(scene: Scene, room: Room) -> None:
    async def look() -> bool:
        return await scene.state_text(room) == "Prêt"

    await scene.until("the group is ready again", look)


async def _told(scene: Scene, room: Room) -> int:
    own = [("chat_id", "=", await scene.chat_id(room)), ("kind", "=", "chat_broken")]
    return int(await scene.call("telegram.inbox", "search_count", own))


async def _bot(scene: Scene, owner: Phone) -> types.TypeInputPeer:
    [bot] = await scene.school.find("telegram.account", [("kind", "=", "bot")], ["username"])
    return await owner.client.get_input_entity(bot["username"])


_BAN = types.ChatBannedRights(until_date=None, view_messages=True)
_ALL = types.ChatAdminRights(
    change_info=True, ban_users=True, invite_users=True, pin_messages=True, add_admins=True,
    manage_call=True, delete_messages=True,
)  # fmt: skip


@pytest.mark.parametrize("what", ["removed", "demoted"])
async def test_bot_removed_or_demoted__broken_until_a_person_mends_it(
    scene: Scene, what: str
) -> None:
    room = await scene.room(f"Bot {what}", students=2)
    (leaves_id, leaves), (stays_id, stays) = room.students.items()
    await scene.supervisor(room)
    owner = await scene.account(room)
    bot = await _bot(scene, owner)
    if what == "removed":
        await owner.client(functions.channels.EditBannedRequest(owner.group, bot, _BAN))
    else:
        none = types.ChatAdminRights()
        await owner.client(functions.channels.EditAdminRequest(owner.group, bot, none, rank=""))
    await _broken(scene, room, "bot", "Comparer")
    # meanwhile: somebody leaves, somebody is enrolled; neither makes anything happen
    await leaves.leave_group()
    new_id, newcomer = await scene.linked(f"Arrivée {room.name}")
    await scene.enrol(room, new_id)
    await scene.quiet()
    assert await scene.enrolments(room, leaves_id) == ["active"]
    chat_id = await scene.chat_id(room)
    planned = await asyncio.to_thread(run, scene.stack, "plan", "--chat", str(chat_id), "--json")
    assert [step["what"] for step in json.loads(planned.stdout)] == ["broken"]
    assert await _told(scene, room) == 1
    assert len(await scene.chats(room.name)) == 1
    if what == "removed":
        await scene.compare(room)  # the button: the school's account brings the bot back
    else:
        await owner.client(functions.channels.EditAdminRequest(owner.group, bot, _ALL, rank=""))
    await _ready(scene, room)
    await scene.until("in step", lambda: scene.school.is_unenrolled(room.id, leaves_id))
    await newcomer.ask_to_join(await scene.link_of(room))
    await scene.stands(room, newcomer, "member")
    await scene.shown(room, stays, "in")
    assert await scene.enrolments(room, stays_id) == ["active"]
