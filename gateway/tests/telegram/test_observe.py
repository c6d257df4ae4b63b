"""The parts of a group as they are read: the steps on members, and what the lists show of them."""

from __future__ import annotations

from datetime import UTC, datetime

from telegram_gateway.core.model import (
    Approve,
    Ban,
    EditTitle,
    LiftBan,
    RemoveMember,
    SeenStatus,
    SetRole,
    TgChatId,
    TgUserId,
)
from telegram_gateway.telegram.apply import do_step
from telegram_gateway.telegram.groups import request_link
from telegram_gateway.telegram.observe import (
    ask_about,
    full,
    list_banned,
    list_members,
    list_requests,
)
from telegram_gateway.telegram.peers import channel_for
from telegram_gateway.telegram.quick_check import quick_check
from telegram_sandbox.world import membership

from gateway.tests.telegram.conftest import School

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


async def test_steps__are_seen_in_the_lists_and_by_the_quick_check(school: School) -> None:
    amina, bilal, chloe = [school.world.add_user(name) for name in ("Amina", "Bilal", "Chloé")]
    group = await school.group(amina, bilal)
    tg_chat_id = TgChatId(group.id)
    channel = await channel_for(school.bot, tg_chat_id)
    link = await request_link(school.bot, tg_chat_id)
    invite = next(known for known in group.invites.values() if known.link == link)
    membership.ask(school.world, group, chloe, invite)

    own = await channel_for(school.user, tg_chat_id)
    [asked] = await list_requests(school.user, own, tg_chat_id, NOW)
    assert (asked.tg_user_id, asked.status) == (chloe.id, SeenStatus.REQUESTED)
    before = await quick_check(school.user, own, tg_chat_id)
    assert (before.members, before.waiting, before.banned) == (4, 1, 0)

    seen = []
    for step in (
        Approve(tg_user_id=TgUserId(chloe.id)),
        SetRole(tg_user_id=TgUserId(chloe.id), role="supervisor"),
        Ban(tg_user_id=TgUserId(amina.id)),
        RemoveMember(tg_user_id=TgUserId(bilal.id)),
        EditTitle(title="3e A (Maths)"),
        EditTitle(title="3e A (Maths)"),  # already so
    ):
        seen += await do_step(school.bot, channel, step)
    assert {member.tg_user_id for member in seen} <= {amina.id, bilal.id, chloe.id}

    observation = await list_members(school.bot, channel, tg_chat_id, NOW)
    assert observation.is_trusted and observation.count == 3
    roles = {member.tg_user_id: member.role for member in observation.members}
    assert roles[TgUserId(chloe.id)] == "admin" and TgUserId(bilal.id) not in roles
    [banned] = await list_banned(school.bot, channel, tg_chat_id, NOW)
    assert banned.tg_user_id == amina.id
    card = await full(school.bot, channel, tg_chat_id)
    assert (card.title, card.member_count) == ("3e A (Maths)", 3)
    after = await quick_check(school.user, own, tg_chat_id)
    assert (after.members, after.waiting, after.banned, after.admins) == (3, 0, 1, 3)

    await do_step(school.bot, channel, LiftBan(tg_user_id=TgUserId(amina.id)))
    people = [TgUserId(person.id) for person in (amina, chloe)]
    stand = await ask_about(school.bot, channel, tg_chat_id, people, NOW)
    assert [member.status for member in stand] == [SeenStatus.OUT, SeenStatus.IN]
