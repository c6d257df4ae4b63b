"""The state of this Telegram as data; nothing here finds or changes things in it."""

from __future__ import annotations

import asyncio

from telethon.tl import TLObject

from .calls import GroupCall
from .channels import Channel
from .clock import Clock
from .files import Files
from .messages import Mailbox
from .people import People
from .profile import PROFILES, Profile
from .quotas import Quotas
from .updates import UpdateHub

_FIRST_CHANNEL = 1_600_000_001
_FIRST_CALL = 7_000_000_000_000_001


class State(People):
    """`seed` makes access hashes the same in each run. `profile`: how strict this Telegram is."""

    hub: UpdateHub

    def __init__(self, seed: bytes | None = None, *, profile: Profile | None = None) -> None:
        super().__init__(seed)
        self.clock = Clock()
        self.profile = profile or PROFILES["default"]
        self.quotas = Quotas(self.clock)
        self.channels: dict[int, Channel] = {}
        self.calls: dict[int, GroupCall] = {}
        self.files = Files()
        self.mailboxes: dict[int, Mailbox] = {}
        # (account, random_id) -> (channel id or 0, message id, instant): what was sent already
        self.sent: dict[tuple[int, int], tuple[int, int, float]] = {}
        # buttons whose bot has not answered yet: query -> bot, and its answer
        self.pressed: dict[int, tuple[int, asyncio.Future[TLObject]]] = {}

    def new_channel_id(self) -> int:
        return _FIRST_CHANNEL + len(self.channels)

    def new_call_id(self) -> int:
        return _FIRST_CALL + len(self.calls)

    def mailbox(self, user_id: int) -> Mailbox:
        return self.mailboxes.setdefault(user_id, Mailbox())
