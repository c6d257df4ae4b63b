"""How a new login addresses groups and people: a bot asks by the id, the account cannot."""

from __future__ import annotations

import pytest
from telegram_gateway.core.model import TgChatId, TgUserId
from telegram_gateway.telegram.errors import Passing, Refused
from telegram_gateway.telegram.peers import channel_for, is_known, person_for

from gateway.tests.harness.clients import client_of
from gateway.tests.telegram.conftest import School


async def test_a_bot__asks_by_the_id_alone(school: School) -> None:
    amina = school.world.add_user("Amina")
    group = await school.group(amina)
    async with client_of(school.sandbox, user=school.bot_user) as bot:
        bot.kind = "bot"
        channel = await channel_for(bot, TgChatId(group.id))
        person = await person_for(bot, TgUserId(amina.id))
        assert (channel.channel_id, person.user_id) == (group.id, amina.id)
        assert channel.access_hash and is_known(bot, TgChatId(group.id))
        with pytest.raises(Passing, match="CHANNEL_UNKNOWN"):
            await channel_for(bot, TgChatId(group.id + 1))


async def test_the_account__addresses_only_what_it_was_shown(school: School) -> None:
    amina = school.world.add_user("Amina")
    group = await school.group()
    async with client_of(school.sandbox, user=school.world.add_user("Autre")) as user:
        user.kind = "user"
        with pytest.raises(Passing, match="CHANNEL_UNKNOWN"):
            await channel_for(user, TgChatId(group.id))
        with pytest.raises(Refused, match="PEER_ID_INVALID"):
            await person_for(user, TgUserId(amina.id))
