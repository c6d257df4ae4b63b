"""The phones of the play: one unmodified Telethon client per person, and what a hand does with it.

A phone knows nothing of Odoo or of the server's state: it logs in with its number and the code
that it was sent, reads its own messages, opens links, asks to join, joins and leaves calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from telethon import TelegramClient, events, functions, types
from telethon.crypto import rsa
from telethon.errors import InviteRequestSentError, UserAlreadyParticipantError
from telethon.sessions import MemorySession

API_ID, API_HASH = 1, "demo"
_Found = TypeVar("_Found")
_SOURCES = count(1001)  # every device that joins a call has a source of its own


class PlayError(Exception):
    """Something that the play waited for did not come. The message says what."""


@dataclass(frozen=True)
class Server:
    """Where the Telegram server listens, and the key it proves itself with."""

    host: str
    port: int
    public_key: str
    dc_id: int = 2

    def client(self) -> TelegramClient:
        """A plain client pointed at this server; not connected yet."""
        rsa.add_key(self.public_key, old=False)
        session = MemorySession()
        session.set_dc(self.dc_id, self.host, self.port)
        return TelegramClient(session, API_ID, API_HASH, receive_updates=True)


async def until(
    what: str, look: Callable[[], Awaitable[_Found | None]], *, within_s: float = 40.0
) -> _Found:
    """Look again and again until `look` gives something; PlayError names what never came."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + within_s
    while True:
        answer = await look()
        if answer:
            return answer
        if loop.time() > ends:
            raise PlayError(f"waited {within_s:.0f} s in vain: {what}")
        await asyncio.sleep(0.05)


@dataclass
class Act:
    """A person's act in the call, by the phone's own clock (UTC)."""

    kind: str  # "join" | "leave"
    at: datetime


@dataclass
class Device:
    """One logged-in client of a person."""

    client: TelegramClient
    source: int = 0  # of the call joined last; 0: in no call


@dataclass
class Phone:
    """A person's phone. `number` is E.164; `devices` are the clients logged in with it."""

    name: str
    number: str
    server: Server
    read_code: Callable[[str], Awaitable[str]]
    devices: list[Device] = field(default_factory=list)
    messages: list[types.Message] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    user_id: int = 0
    group: types.InputChannel | None = None

    @property
    def client(self) -> TelegramClient:
        """The first device's client."""
        return self.devices[0].client

    async def switch_on(self) -> Device:
        """Log a further device in with the code that the number was sent."""
        client = self.server.client()
        await client.connect()
        await client.send_code_request(self.number)
        me = await client.sign_in(self.number, await self.read_code(self.number))
        self.user_id = me.id
        if not self.devices:
            client.add_event_handler(self._keep, events.NewMessage())
            client.add_event_handler(self._replace, events.MessageEdited())
        device = Device(client)
        self.devices.append(device)
        return device

    async def switch_off(self) -> None:
        """Disconnect every device; the account stays."""
        for device in self.devices:
            with contextlib.suppress(ConnectionError):
                await device.client.disconnect()

    async def _keep(self, event: events.NewMessage.Event) -> None:
        self.messages.append(event.message)

    async def _replace(self, event: events.MessageEdited.Event) -> None:
        for place, one in enumerate(self.messages):
            if (one.id, one.peer_id) == (event.message.id, event.message.peer_id):
                self.messages[place] = event.message

    async def press(self, words: str) -> None:
        """Press the button with these words, of the newest message that has one."""

        async def look() -> bool:
            for message in reversed(self.messages):
                for button in [one for row in message.buttons or [] for one in row]:
                    if words in button.text:
                        await button.click()
                        return True
            return False

        await until(f"{self.name}: a button “{words}”", look)

    # --- chats -------------------------------------------------------------------------------

    async def start_bot(self, link: str) -> None:
        """Open a deep link https://t.me/<bot>?start=<token> and press START."""
        match = re.fullmatch(r"https://t\.me/(\w+)\?start=([\w-]+)", link)
        if not match:
            raise PlayError(f"not a deep link: {link}")
        await self.client.send_message(match[1], f"/start {match[2]}")

    async def invite_from_bot(self) -> str:
        """The first group link (https://t.me/+…) that the bot sent, in a button or in the text."""

        async def look() -> str | None:
            for message in self.messages:
                buttons = [b for row in message.buttons or [] for b in row if b.url]
                for url in [b.url for b in buttons] + re.findall(r"https://\S+", message.raw_text):
                    if "/+" in url:
                        return url
            return None

        return await until(f"{self.name}: the group's link from the bot", look)

    async def ask_to_join(self, link: str) -> bool:
        """Open an invite link; True when the request waits for an admin's word."""
        try:
            await self.client(functions.messages.ImportChatInviteRequest(link.rpartition("+")[2]))
        except InviteRequestSentError:
            return True
        except UserAlreadyParticipantError:
            return False
        return False

    async def find_group(self, title: str | None = None) -> types.InputChannel:
        """Wait until a group (of that title) is among the person's chats."""

        async def look() -> types.InputChannel | None:
            async for dialog in self.client.iter_dialogs():
                if dialog.is_channel and title in (None, dialog.title):
                    entity = dialog.entity
                    return types.InputChannel(entity.id, entity.access_hash)
            return None

        self.group = await until(f"{self.name}: in the group", look)
        return self.group

    async def is_in_group(self) -> bool:
        """Return whether the group is still among the person's chats."""
        async for dialog in self.client.iter_dialogs():
            if dialog.is_channel and self.group and dialog.entity.id == self.group.channel_id:
                return not dialog.entity.left
        return False

    async def leave_group(self) -> None:
        """Leave as a person does: by themselves."""
        await self.client(functions.channels.LeaveChannelRequest(self.group))

    async def edit_title(self, title: str) -> None:
        """Change the group's title (an admin with change_info may)."""
        await self.client(functions.channels.EditTitleRequest(self.group, title))

    async def add(self, username: str) -> None:
        """Add somebody to the group directly, as an admin."""
        user = await self.client.get_input_entity(username)
        await self.client(functions.channels.InviteToChannelRequest(self.group, [user]))

    async def remove(self, other: Phone, *, banned: bool = False) -> None:
        """Put somebody out of the group, as official clients do: by a ban of a minute that is
        lifted at once; `banned`: for good."""
        peer = await self._member(other)
        until = None if banned else datetime.now(UTC) + timedelta(seconds=60)
        await self._edit_banned(peer, types.ChatBannedRights(until, view_messages=True))
        if not banned:
            await self._edit_banned(peer, types.ChatBannedRights(None))

    async def _edit_banned(self, peer: types.TypeInputPeer, rights: types.ChatBannedRights) -> None:
        await self.client(functions.channels.EditBannedRequest(self.group, peer, rights))

    async def promote(self, other: Phone, **rights: bool) -> None:
        """Make a member an admin with these rights; without any, an ordinary member again."""
        peer = await self._member(other)
        wanted = types.ChatAdminRights(**rights)
        await self.client(functions.channels.EditAdminRequest(self.group, peer, wanted, rank=""))

    async def _member(self, other: Phone) -> types.TypeInputPeer:
        await self.people()  # the client addresses whom it has been shown
        return await self.client.get_input_entity(other.user_id)

    async def new_link(self, *, asks: bool = False) -> str:
        """Make an invite link. `asks`: whoever opens it waits until an admin lets them in."""
        request = functions.messages.ExportChatInviteRequest(
            self.group, request_needed=asks or None
        )
        return str((await self.client(request)).link)

    async def people(self) -> dict[int, types.TypeChannelParticipant]:
        """The group's members by user id, as this phone is shown them."""
        return {
            user.id: user.participant async for user in self.client.iter_participants(self.group)
        }

    async def group_texts(self) -> list[str]:
        """The texts of the group's messages, oldest first."""
        texts = [
            message.raw_text
            async for message in self.client.iter_messages(self.group, limit=200)
            if isinstance(message, types.Message) and message.raw_text
        ]
        return texts[::-1]

    async def wait_text(self, needle: str, *, within_s: float = 40.0) -> str:
        """Wait until a message of the group contains the words."""

        async def look() -> str | None:
            return next((t for t in await self.group_texts() if needle in t), None)

        return await until(f"in the group: “{needle}”", look, within_s=within_s)

    # --- the call ----------------------------------------------------------------------------

    async def running_call(self) -> types.InputGroupCall | None:
        """The group's call, or None."""
        full = await self.client(functions.channels.GetFullChannelRequest(self.group))
        return full.full_chat.call

    async def start_call(self) -> None:
        """Begin a call by hand, as an admin may."""
        request = functions.phone.CreateGroupCallRequest(self.group, random_id=next(_SOURCES))
        await self.client(request)

    async def own_channel(self, title: str) -> types.InputPeerChannel:
        """A new channel of the person's own, as which they may join calls."""
        request = functions.channels.CreateChannelRequest(title, about="", broadcast=True)
        [channel] = (await self.client(request)).chats
        return types.InputPeerChannel(channel.id, channel.access_hash)

    async def join_call(
        self, device: int = 0, *, join_as: types.TypeInputPeer | None = None
    ) -> None:
        """Join the group's call with one of the devices. `join_as`: as one of the person's own
        channels."""
        with_ = self.devices[device]
        call = await self.running_call()
        if call is None:
            raise PlayError(f"{self.name}: no call to join")
        if device:  # a call's access hash belongs to the account, an entity's to the device's cache
            await with_.client.get_dialogs()
        with_.source = next(_SOURCES)
        await with_.client(
            functions.phone.JoinGroupCallRequest(
                call=call,
                join_as=join_as or types.InputPeerSelf(),
                params=types.DataJSON(json.dumps({"ssrc": with_.source})),
                muted=True,
            )
        )
        self.acts.append(Act("join", datetime.now(UTC)))

    async def leave_call(self, device: int = 0) -> None:
        """Leave the call with that device."""
        call = await self.running_call()
        if call is None:
            return
        with_ = self.devices[device]
        await with_.client(functions.phone.LeaveGroupCallRequest(call, with_.source))
        with_.source = 0
        self.acts.append(Act("leave", datetime.now(UTC)))
