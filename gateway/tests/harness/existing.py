"""A group that was there before the product, of somebody else's."""

from __future__ import annotations

from telegram_sandbox.world import membership
from telethon import types

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person

#: What an account or a bot needs there.
ALL_RIGHTS = types.ChatAdminRights(
    change_info=True,
    ban_users=True,
    invite_users=True,
    pin_messages=True,
    add_admins=True,
    manage_call=True,
    delete_messages=True,
)


async def old_group(line: Line, title: str = "Les anciens") -> tuple[Person, str]:
    """Its owner, and a link; the school's account is an admin there."""
    owner = await line.person("Fondatrice", is_known=False)
    link = await owner.make_group(title)
    group = line.world.channels[owner.group.channel_id]
    membership.enter(line.world, group, line.account, inviter=owner.user)
    membership.promote(line.world, group, owner.user, line.account, ALL_RIGHTS, None)
    return owner, link


async def bound_group(line: Line, **columns: object) -> tuple[Chat, Person]:
    """A class that stands for such a group, reviewed and read; and the group's owner."""
    owner, link = await old_group(line)
    bind = "+" + link.rpartition("+")[2]
    chat = line.chat("3e A", bind=bind, **columns)
    await line.until(lambda: chat.is_ready and chat.state["listed_at"])
    return chat, owner
