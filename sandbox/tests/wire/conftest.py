"""A server with just as much of a world as the wire needs: accounts, and updates about them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from telethon import TelegramClient, events
from telethon.tl import TLObject, types

from telegram_sandbox import RpcError, Sandbox
from telegram_sandbox.world.clock import Clock
from telegram_sandbox.world.people import People, User
from telegram_sandbox.world.profile import PROFILES
from telegram_sandbox.world.updates import UpdateHub

CHANNEL_ID = 5_000


class SmallWorld(People):
    def __init__(self) -> None:
        super().__init__(b"seed")
        self.clock = Clock()
        self.hub = UpdateHub(self)
        self.profile = PROFILES["default"]
        self.members: set[int] = set()  # of the one channel

    def peers_for(
        self, viewer: User, update: TLObject
    ) -> tuple[list[types.User], list[types.Channel]]:
        message = getattr(update, "message", None)
        peer = getattr(message, "peer_id", None) or types.PeerUser(viewer.id)
        if isinstance(peer, types.PeerUser):
            return [self.user_for(viewer, self.users[peer.user_id])], []
        return [], [self._channel(viewer)]

    def check_may_read(self, viewer: User, channel_id: int) -> None:
        if viewer.id not in self.members:
            raise RpcError(400, "CHANNEL_PRIVATE")

    def channel_snapshot(self, viewer: User, channel_id: int) -> tuple[object, ...]:
        dialog = types.Dialog(
            peer=types.PeerChannel(channel_id),
            top_message=0,
            read_inbox_max_id=0,
            read_outbox_max_id=0,
            unread_count=0,
            unread_mentions_count=0,
            unread_reactions_count=0,
            notify_settings=types.PeerNotifySettings(),
            unread_poll_votes_count=0,
            pts=self.hub.channel_pts(channel_id),
        )
        return dialog, [], [], [self._channel(viewer)]

    def _channel(self, viewer: User) -> types.Channel:
        return types.Channel(
            id=CHANNEL_ID,
            title="Algebra",
            photo=types.ChatPhotoEmpty(),
            date=self.clock.now(),
            megagroup=True,
            access_hash=self.access_hash(viewer.id, "channel", CHANNEL_ID),
        )

    # What tests make happen

    def write_private(self, to: User, sender: User, text: str, message_id: int) -> None:
        message = {"id": message_id, "message": text, "date": self.clock.now()}
        self.hub.to_user(
            to.id,
            lambda viewer: types.UpdateNewMessage(
                types.Message(**message, peer_id=types.PeerUser(sender.id)), 0, 0
            ),
        )

    def write_in_channel(self, text: str, message_id: int) -> None:
        message = {"id": message_id, "message": text, "date": self.clock.now()}
        self.hub.to_channel(
            CHANNEL_ID,
            lambda viewer: types.UpdateNewChannelMessage(
                types.Message(**message, peer_id=types.PeerChannel(CHANNEL_ID)), 0, 0
            ),
            sorted(self.members),
        )

    def member_came(self, bot: User, who: User) -> None:
        date = self.clock.now()
        self.hub.to_bot(
            bot.id,
            lambda viewer: types.UpdateChannelParticipant(
                channel_id=CHANNEL_ID, date=date, actor_id=who.id, user_id=who.id, qts=0
            ),
        )


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(world=SmallWorld()) as sandbox:
        yield sandbox


@pytest.fixture
def world(sandbox: Sandbox) -> SmallWorld:
    return sandbox.world


@pytest.fixture
def ada(world: SmallWorld) -> User:
    return world.add_user("Ada", "Lovelace", phone="+33 6 39 98 00 01", username="ada")


@pytest.fixture
def bob(world: SmallWorld) -> User:
    return world.add_user("Bob", phone="+33 6 39 98 00 02")


@pytest.fixture
def bot(world: SmallWorld) -> User:
    return world.add_bot("Secretary", username="secretary_bot")


async def eventually(condition: Callable[[], object], timeout_s: float = 10) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - conditions of all kinds
            await asyncio.sleep(0.005)


def collect_texts(client: TelegramClient) -> list[str]:
    """The texts of all messages that the client's handlers are given from now on."""
    texts: list[str] = []

    @client.on(events.NewMessage)
    async def note(event: events.NewMessage.Event) -> None:
        texts.append(event.raw_text)

    return texts


def collect_raw(client: TelegramClient, *kinds: type[TLObject]) -> list[TLObject]:
    updates: list[TLObject] = []

    @client.on(events.Raw(kinds))
    async def note(update: TLObject) -> None:
        updates.append(update)

    return updates
