"""A broken group: nothing is done in it before a person has mended it; then it is in step again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telegram_gateway.core.model import ChatId
from telegram_gateway.database import outbox
from telegram_gateway.membership.lane import MembershipLanes
from telegram_gateway.telegram.seen import ChatSeen, GroupGone, MemberSeen
from telegram_sandbox.world import membership
from telegram_sandbox.world.people import User
from telethon import functions, types

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.existing import ALL_RIGHTS, bound_group
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person

_BAN = types.ChatBannedRights(until_date=None, view_messages=True)


def _put_out(line: Line, chat: Chat, owner: User, who: User, what: str) -> None:
    """The group's owner removes or demotes an account of the school's."""
    if what == "removed":
        membership.restrict(line.world, chat.group, owner, who, _BAN)
    else:
        membership.promote(line.world, chat.group, owner, who, types.ChatAdminRights(), None)


async def _broken(line: Line, chat: Chat, code: str) -> None:
    [fact] = await line.until(lambda: line.facts("chat_broken"))
    assert (chat.state["state"], chat.state["error_code"]) == ("broken", code)
    assert fact.payload["error_code"] == code


async def _with_two(line: Line, chat: Chat) -> tuple[Person, Person]:
    """Two students who are in."""
    people = await line.person("Part", chat), await line.person("Reste", chat)
    await line.until(lambda: chat.is_ready)
    for person in people:
        await person.come_in(chat)
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    return people


@pytest.mark.parametrize("what", ["removed", "demoted"])
async def test_bot__nothing_is_done_before_a_person_mends_it(line: Line, what: str) -> None:
    chat = line.chat("3e A")
    leaves, stays = await _with_two(line, chat)
    _put_out(line, chat, line.account, line.bot, what)
    await _broken(line, chat, f"bot_{what}")
    await leaves.leave_group()
    line.set_roster(chat, stays, status="out")
    looked = await line.done(line.reconcile(chat))
    assert (looked["state"], looked["error_code"]) == ("failed", "chat_broken")
    [planned] = (await line.done(line.order("plan", chat)))["result"]["lines"]
    assert planned["what"] == "broken"
    assert chat.has(stays) and not line.facts("member_left")
    if what == "removed":
        line.reconcile(chat, retry=True)  # the account brings it back
    else:
        membership.promote(line.world, chat.group, line.account, line.bot, ALL_RIGHTS, None)
    await line.until(lambda: chat.is_ready)
    await line.until(lambda: line.facts("member_left"))
    await line.until(lambda: chat.is_known_as(stays, "removed") and not chat.has(stays))
    assert len(line.facts("chat_broken")) == 1


async def test_bot_removed__said_so_also_if_all_updates_come_at_once(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram tells the bot, too, that it can see the group no more: as of one that was
    deleted."""
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    group = chat.group
    seen, on_update = [], MembershipLanes.on_update

    def noted(lanes: MembershipLanes, chat_id: ChatId, update: ChatSeen) -> None:
        on_update(lanes, chat_id, update)
        seen.append(type(update))

    monkeypatch.setattr(MembershipLanes, "on_update", noted)
    with line.school.connect(autocommit=False) as odoo:
        odoo.execute("LOCK TABLE telegram_chat_state")
        line.reconcile(chat)
        await line.school.until_blocked()
        membership.restrict(line.world, group, line.account, line.bot, _BAN)
        await line.until(lambda: GroupGone in seen and MemberSeen in seen)
    await _broken(line, chat, "bot_removed")


async def test_bot_promoted_while_a_reconciliation_fails__the_update_is_not_lost(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    _put_out(line, chat, line.account, line.bot, "demoted")
    await _broken(line, chat, "bot_demoted")
    arrived = asyncio.Event()
    fail, on_update = outbox.fail, MembershipLanes.on_update

    def noted(lanes: MembershipLanes, chat_id: ChatId, seen: ChatSeen) -> None:
        on_update(lanes, chat_id, seen)
        arrived.set()

    async def promoted_meanwhile(*arguments: Any) -> None:
        """The update comes between the refusal and what follows from it."""
        await fail(*arguments)
        if not arrived.is_set():
            membership.promote(line.world, chat.group, line.account, line.bot, ALL_RIGHTS, None)
            await line.until(arrived.is_set)

    monkeypatch.setattr(MembershipLanes, "on_update", noted)
    monkeypatch.setattr(outbox, "fail", promoted_meanwhile)
    line.reconcile(chat)
    await line.until(lambda: chat.is_ready)


@pytest.mark.parametrize("what", ["removed", "demoted"])
async def test_account__in_a_group_of_somebody_else_s(line: Line, what: str) -> None:
    chat, owner = await bound_group(line)
    _put_out(line, chat, owner.user, line.account, what)
    await _broken(line, chat, f"account_{what}")
    if what == "removed":
        lifted = types.ChatBannedRights(until_date=None)
        membership.restrict(line.world, chat.group, owner.user, line.account, lifted)
        membership.enter(line.world, chat.group, line.account, inviter=owner.user)
    membership.promote(line.world, chat.group, owner.user, line.account, ALL_RIGHTS, None)
    line.reconcile(chat, retry=True)
    await line.until(lambda: chat.is_ready)


async def test_bot_removed_while_the_gateway_was_away__found_at_its_start(line: Line) -> None:
    chat = line.chat("3e A")
    leaves, _ = await _with_two(line, chat)
    await line.stop()
    _put_out(line, chat, line.account, line.bot, "removed")
    await leaves.leave_group()
    await line.start()
    await line.until(lambda: chat.state["state"] == "broken")
    assert not line.facts("member_left")


async def test_deleted_on_telegram__made_anew_only_when_a_person_says_so(line: Line) -> None:
    chat = line.chat("3e A")
    leaves, _ = await _with_two(line, chat)
    before = chat.state["tg_chat_id"]
    account = line.sandbox.client(line.account)
    await account.connect()
    group = await account.get_input_entity(types.PeerChannel(before))
    await account(functions.channels.DeleteChannelRequest(group))
    await account.disconnect()
    await _broken(line, chat, "CHANNEL_PRIVATE")
    looked = await line.done(line.reconcile(chat, retry=True))
    assert looked["state"] == "failed" and chat.state["tg_chat_id"] == before
    line.reconcile(chat, new_group=True)
    await line.until(lambda: chat.is_ready and chat.state["tg_chat_id"] != before)
    await line.until(lambda: chat.is_known_as(leaves, "welcome"))
    assert not line.facts("member_left", "member_removed")
    await leaves.come_in(chat)
    await line.until(lambda: chat.is_known_as(leaves, "in"))
