"""People of a test: a partner in the tables, and a phone that is an unmodified Telethon client."""

from __future__ import annotations

from dataclasses import dataclass, field

from telegram_sandbox import Sandbox
from telegram_sandbox.world.people import User
from telethon import events, functions, types

from demo.play.phones import Device, Phone, Server


async def _no_code(number: str) -> str:
    raise AssertionError(f"{number} is logged in already")


@dataclass
class Person(Phone):
    """A `Phone` (its docstrings say what a hand can do with it) and who holds it.

    `partner_id`: None for somebody whom the school does not know. `user`: the account as the
    sandbox keeps it, to be changed freely (`amina.user.invitable = False`).
    """

    partner_id: int | None = None
    sandbox: Sandbox = field(kw_only=True)
    user: User = field(kw_only=True)

    @property
    def id(self) -> int:
        """The Telegram id."""
        return self.user.id

    async def switch_on(self) -> Device:
        """Connect a further device, which is logged in already."""
        client = self.sandbox.client(self.user)
        await client.connect()
        self.user_id = self.user.id
        if not self.devices:
            client.add_event_handler(self._keep, events.NewMessage())
            client.add_event_handler(self._replace, events.MessageEdited())
        device = Device(client)
        self.devices.append(device)
        return device

    async def come_in(self, chat) -> None:
        """Ask by the group's link, and wait until the phone shows the group."""
        await self.ask_to_join(chat.link)
        await self.find_group(chat.title)

    async def make_group(self, title: str) -> str:
        """Make a group of one's own, as somebody does without the school; its link."""
        request = functions.channels.CreateChannelRequest(title, about="", megagroup=True)
        [group] = (await self.client(request)).chats
        self.group = types.InputChannel(group.id, group.access_hash)
        return await self.new_link()

    @property
    def username(self) -> str:
        """Without "@"; by it others can add this person (`teacher.add(amina.username)`)."""
        return self.user.username or ""

    @property
    def texts(self) -> list[str]:
        """What this phone was written, oldest first."""
        return [message.raw_text for message in self.messages]


def person(
    sandbox: Sandbox, name: str, number: str, *, username: str, partner_id: int | None
) -> Person:
    """Somebody with an account of this name; the phone is not switched on yet."""
    user = sandbox.world.add_user(name, phone=number, username=username, lang_code="fr")
    server = Server(sandbox.host, sandbox.port, sandbox.public_key_pem)
    return Person(name, number, server, _no_code, partner_id=partner_id, sandbox=sandbox, user=user)
