"""What keeps the gateway from keeping a group, as the user account sees it; and the bot's
return."""

from __future__ import annotations

from telegram_gateway.core.model import TgChatId
from telegram_gateway.telegram.own_membership import bring_bot_back, what_is_wrong
from telegram_sandbox.world import membership
from telethon import types

from gateway.tests.telegram.conftest import School


async def test_the_bot__demoted_removed_banned_and_brought_back(school: School) -> None:
    group = await school.group()
    tg_chat_id = TgChatId(group.id)

    async def wrong() -> str | None:
        return await what_is_wrong(school.user, tg_chat_id, "ecole_bot")

    assert await wrong() is None
    some = types.ChatAdminRights(change_info=True)
    membership.promote(school.world, group, school.account, school.bot_user, some, None)
    assert await wrong() == "bot_demoted"
    forever = types.ChatBannedRights(until_date=None, view_messages=True)
    membership.restrict(school.world, group, school.account, school.bot_user, forever)
    assert await wrong() == "bot_removed"
    await bring_bot_back(school.user, tg_chat_id, "ecole_bot")
    assert await wrong() is None


async def test_the_account__no_owner_any_more_or_gone(school: School) -> None:
    group = await school.group()
    tg_chat_id = TgChatId(group.id)
    own = group.members[school.account.id]
    own.is_creator, own.admin_rights = False, types.ChatAdminRights(change_info=True)
    assert await what_is_wrong(school.user, tg_chat_id, "ecole_bot") == "account_demoted"
    membership.leave(school.world, group, school.account)
    assert await what_is_wrong(school.user, tg_chat_id, "ecole_bot") == "account_removed"
