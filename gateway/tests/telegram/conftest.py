"""The school's two clients on a Telegram server of the test, without a gateway and without
tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from telegram_gateway.telegram import groups
from telegram_gateway.telegram.client import Client
from telegram_sandbox import Sandbox
from telegram_sandbox.world import membership
from telegram_sandbox.world.channels import Channel
from telegram_sandbox.world.people import User
from telegram_sandbox.world.world import World

from gateway.tests.harness.clients import client_of


@dataclass
class School:
    """`user` and `bot` are the gateway's clients of `account` and `bot_user`."""

    sandbox: Sandbox
    user: Client
    bot: Client
    account: User
    bot_user: User

    @property
    def world(self) -> World:
        """What the server knows."""
        return self.sandbox.world

    async def group(self, *people: User, title: str = "3e A", mark: str = "mark") -> Channel:
        """A group as the gateway creates it, with the bot as its admin, and these people in it."""
        created = await groups.create(self.user, title, mark)
        await groups.promote_bot(self.user, created.tg_chat_id, self.bot_user.username or "")
        group = self.world.channels[created.tg_chat_id]
        for person in people:
            membership.enter(self.world, group, person)
        return group


@pytest_asyncio.fixture
async def school() -> AsyncIterator[School]:
    async with Sandbox() as sandbox:
        account = sandbox.world.add_user("École", phone="+33639980100")
        bot = sandbox.world.add_bot("École", username="ecole_bot")
        async with (
            client_of(sandbox, user=account) as user_client,
            client_of(sandbox, user=bot) as bot_client,
        ):
            user_client.kind, bot_client.kind = "user", "bot"
            yield School(sandbox, user_client, bot_client, account, bot)
        sandbox.check()
