"""Groups are created, found again after a crash, and named by people who want to keep theirs."""

from __future__ import annotations

import pytest
from telegram_gateway.core.model import TgChatId
from telegram_gateway.telegram import groups
from telegram_gateway.telegram.errors import Refused
from telegram_gateway.telegram.peers import channel_for, is_known
from telegram_sandbox.world import membership

from gateway.tests.harness.clients import client_of
from gateway.tests.telegram.conftest import School


async def test_created__found_by_its_mark_and_promoted_twice(school: School) -> None:
    group = await school.group(mark="k7")
    tg_chat_id = TgChatId(group.id)
    assert await groups.find(school.user, "k7", frozenset()) == tg_chat_id
    assert await groups.find(school.user, "k7", frozenset({tg_chat_id})) is None
    assert await groups.find(school.user, "another", frozenset()) is None
    await groups.promote_bot(school.user, tg_chat_id, "ecole_bot")
    assert group.is_admin(school.bot_user.id)
    link = await groups.request_link(school.bot, tg_chat_id, "Une classe")
    assert link.startswith("https://t.me/+")


async def test_default_rights_and_history__already_so_is_done(school: School) -> None:
    group = await school.group()
    channel = await channel_for(school.bot, TgChatId(group.id))
    wanted = {"send_media": True, "invite_users": True}
    for _ in range(2):
        await groups.set_default_rights(school.bot, channel, wanted)
        await groups.set_history(school.user, TgChatId(group.id), "hidden")
    assert wanted.items() <= (await groups.default_rights(school.bot, channel)).items()
    assert group.history_hidden


async def test_another_login_of_the_account__learns_of_its_groups(school: School) -> None:
    group = await school.group()
    async with client_of(school.sandbox, user=school.account) as other:
        # as if no update had shown it
        other._mb_entity_cache.hash_map.clear()
        other.stored_session._known.clear()
        assert not is_known(other, TgChatId(group.id))
        await groups.refresh_dialogs(other)
        assert is_known(other, TgChatId(group.id))


async def test_named_by_a_person__or_not_to_be_used(school: School) -> None:
    group = await school.group()
    theirs = membership.create(school.world, school.world.add_user("Émile"), "4e B", "", True)
    membership.enter(school.world, theirs, school.account)
    assert await groups.resolve(school.user, str(group.id)) == group.id
    for name, code in ((str(theirs.id), "bind_no_rights"), ("+nothing", "bind_unknown")):
        with pytest.raises(Refused, match=code):
            await groups.resolve(school.user, name)
    listed = {row["tg_chat_id"]: row["error_code"] for row in await groups.list_own(school.user)}
    assert listed == {group.id: None, theirs.id: "bind_no_rights"}
    with pytest.raises(Refused, match="not_creator"):
        await groups.delete(school.user, TgChatId(theirs.id))
    await groups.delete(school.user, TgChatId(group.id))
