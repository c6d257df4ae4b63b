"""A start and a broken line: groups in which nothing happened cost nothing where Telegram tells
what was missed, else one glance each; those in which something happened get in step, whatever
Telegram tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from telegram_sandbox.world import calling, membership
from telegram_sandbox.world.admin_log import note
from telegram_sandbox.world.messaging import post_service
from telethon import types

from gateway.tests.harness.line import Line
from gateway.tests.harness.many import ABOUT_GROUPS, Many, many
from gateway.tests.harness.telegram import killed

GLANCE = "channels.getFullChannel"
SOON = {"spread_s": 2.0}


# --- what was asked --------------------------------------------------------------------------


def asked_about(line: Line, groups: list[Many], *, after: int = 0) -> dict[int, Counter[str]]:
    """What was asked about each group: by chat, how often which method."""
    chats = {group.channel.id: group.chat.id for group in groups}
    methods: dict[int, Counter[str]] = {group.chat.id: Counter() for group in groups}
    for request in line.asked(after=after):
        if request.method in ABOUT_GROUPS and request.chat_id in chats:
            methods[chats[request.chat_id]][request.method] += 1
    return methods


def nothing(line: Line, groups: list[Many], *, after: int = 0) -> None:
    found = {chat: dict(asked) for chat, asked in asked_about(line, groups, after=after).items()}
    assert not any(found.values()), found


def one_glance_each(line: Line, groups: list[Many], *, after: int = 0) -> None:
    found = asked_about(line, groups, after=after)
    assert {chat: dict(asked) for chat, asked in found.items()} == {
        one.chat.id: {GLANCE: 1} for one in groups
    }


def doubts(line: Line) -> int:
    """How often the bot was not told all that it had missed. A gap in the numbers of its updates
    may be found seconds after the rest, and is a doubt of its own."""
    return len(line.logged("caught_up", account="bot", proven=False))


def one_glance_for_each_doubt(
    line: Line, groups: list[Many], *, after: int, earlier_doubts: int
) -> None:
    methods_asked = asked_about(line, groups, after=after)
    assert all(set(asked) == {GLANCE} for asked in methods_asked.values()), methods_asked
    most = max(1, doubts(line) - earlier_doubts)  # a killed owner is a doubt without a word
    assert max(asked[GLANCE] for asked in methods_asked.values()) <= most, methods_asked


async def caught_up(line: Line, count: int = 2) -> None:
    """Both clients know whether they were told what they had missed."""
    await line.until(lambda: len(line.logged("caught_up")) >= count)


async def all_looked_at(line: Line, groups: list[Many], *, after: int = 0) -> None:
    await line.until(lambda: all(asked_about(line, groups, after=after).values()))


# --- what happens while nobody looks ---------------------------------------------------------


def leaves(line: Line, one: Many) -> Callable[[], object]:
    membership.leave(line.world, one.channel, one.people[0])
    return lambda: (
        one.is_known_as(one.people[0], "out") and line.facts("member_left", chat=one.chat)
    )


def is_banned(line: Line, one: Many) -> Callable[[], object]:
    banned = types.ChatBannedRights(until_date=None, view_messages=True)
    membership.restrict(line.world, one.channel, line.account, one.people[0], banned)
    return lambda: one.is_known_as(one.people[0], "banned")


def asks(line: Line, group: Many) -> Callable[[], object]:
    """Somebody of the school, who is let in."""
    partner_id = line.school.partner("Vient")
    user = line.world.add_user("Vient", phone=f"+3371{group.chat.id:08}", lang_code="fr")
    line.school.contact(partner_id, user.id)
    line.school.insert(
        "telegram_roster", chat_id=group.chat.id, partner_id=partner_id, role="student", status="in"
    )
    link = next(i for i in group.channel.invites.values() if i.link == group.chat.link)
    membership.ask(line.world, group.channel, user, link)
    return lambda: group.channel.is_member(user.id) and group.is_known_as(user, "in")


def is_renamed(line: Line, group: Many) -> Callable[[], object]:
    title, before = f"Renommée {group.chat.id}", group.channel.title
    group.channel.title = title
    action = types.MessageActionChatEditTitle(title)
    post_service(line.world, group.channel, line.account.id, action)
    entry = types.ChannelAdminLogEventActionChangeTitle(before, title)
    note(line.world, group.channel, line.account.id, lambda _viewer: entry)
    return lambda: group.chat.state["title_seen"] == title


def begins_a_call(line: Line, one: Many) -> Callable[[], object]:
    call = calling.create(line.world, one.channel, line.account, "À la main")
    return lambda: one.chat.state["tg_call_id"] == call.id


def changes_place(line: Line, one: Many) -> Callable[[], object]:
    """One leaves and another one comes: as many as before."""
    gone, stranger = one.people[0], line.world.add_user("Nouvelle", phone=f"+3372{one.chat.id:08}")
    membership.leave(line.world, one.channel, gone)
    membership.enter(line.world, one.channel, stranger, inviter=line.account)
    return lambda: one.is_known_as(gone, "out") and one.is_known_as(stranger, "in")


HAPPENS = [leaves, is_banned, asks, is_renamed, begins_a_call, changes_place]


def happen(line: Line, groups: list[Many]) -> list[Callable[[], object]]:
    """Each of it in a group of its own, the first ones; what then must be known."""
    return [what(line, one) for what, one in zip(HAPPENS, groups, strict=False)]


async def are_known(line: Line, known: list[Callable[[], object]]) -> None:
    for what, holds in zip(HAPPENS, known, strict=True):
        await line.until(holds, what=what.__name__)


# --- why it is not known whether all was told -------------------------------------------------


def told_nothing(line: Line) -> None:
    line.world.hub.forget()


def too_long(line: Line) -> None:
    line.world.hub.forget(is_told=True)


def refused(line: Line) -> None:
    line.refuse("updates.getDifference", "PERSISTENT_TIMESTAMP_OUTDATED", 500)


DOUBTS = [
    told_nothing,
    too_long,
    pytest.param(refused, marks=pytest.mark.slow),
    pytest.param(killed, marks=pytest.mark.slow),
]


# --- starts -----------------------------------------------------------------------------------


async def test_a_start__all_is_told__unchanged_groups_cost_nothing(line: Line) -> None:
    await line.stop()
    groups = await many(line, 12)
    changed, same = groups[:6], groups[6:]
    known = happen(line, changed)
    before = line.so_far
    await line.start()
    await are_known(line, known)
    nothing(line, same, after=before)
    assert len(line.logged("caught_up", proven=True)) == 2
    before = line.so_far
    await line.restart()  # by what the gateway itself has kept
    sent = await line.done(line.send(same[0].chat, "Bonjour"))
    assert sent["state"] == "done"
    await caught_up(line, 4)
    nothing(line, same, after=before)


@pytest.mark.parametrize("doubt", DOUBTS)
async def test_a_start__not_all_is_told__one_glance_each(
    line: Line, doubt: Callable[[Line], None]
) -> None:
    await line.stop()
    groups = await many(line, 12)
    changed, same = groups[:6], groups[6:]
    known = happen(line, changed)
    doubt(line)
    before, earlier = line.so_far, doubts(line)
    await line.start(**SOON)
    await are_known(line, known)
    await all_looked_at(line, same, after=before)
    one_glance_for_each_doubt(line, same, after=before, earlier_doubts=earlier)


async def test_a_start__something_was_written__the_log_says_that_it_was_nothing_else(
    line: Line,
) -> None:
    await line.stop()
    [group, other] = await many(line, 2)
    line.school.all("UPDATE telegram_chat_state SET number = number - 1")
    line.school.all(
        "UPDATE telegram_lease SET unfinished = NULL, renewed_at = renewed_at + interval '1 hour'"
    )
    before = line.so_far
    await line.start(**SOON)
    await all_looked_at(line, [group, other], after=before)
    both = {GLANCE: 1, "channels.getAdminLog": 1}
    await line.until(
        lambda: all(
            methods == both for methods in asked_about(line, [group, other], after=before).values()
        )
    )


async def test_a_start__the_log_does_not_reach_back__the_group_is_read(line: Line) -> None:
    await line.stop()
    [group] = await many(line, 1)
    known = changes_place(line, group)
    group.channel.admin_log.clear()
    line.school.all(
        "UPDATE telegram_lease SET unfinished = NULL, renewed_at = renewed_at - interval '3 days'"
    )
    await line.start(**SOON)
    await line.until(known)


async def test_a_start__never_listed_or_with_gaps__read_as_a_whole(line: Line) -> None:
    await line.stop()
    [fresh, gap, same] = await many(line, 3)
    line.school.all(
        "UPDATE telegram_chat_state SET listed_at = NULL WHERE chat_id = %s", fresh.chat.id
    )
    line.school.all(
        "UPDATE telegram_chat_state SET missing = %s WHERE chat_id = %s",
        '[{"part": "members", "since": "2026-01-01T00:00:00Z", "error_code": "INTERNAL"}]',
        gap.chat.id,
    )
    before = line.so_far
    await line.start()
    await line.until(lambda: fresh.chat.state["listed_at"] and gap.chat.state["missing"] is None)
    nothing(line, [same], after=before)


async def test_a_start__commands_first__then_the_groups_of_the_next_lessons(line: Line) -> None:
    await line.stop()
    groups = await many(line, 60)
    killed(line)
    waiting = line.send(groups[40].chat, "En attente")
    for number, hours in ((50, 3), (30, 1), (20, 2)):
        line.open_call(groups[number].chat, key=f"{number}", due_in_s=3600 * hours)
    before = line.so_far
    await line.start(spread_s=6.0)
    assert (await line.done(waiting))["state"] == "done"
    await all_looked_at(line, groups, after=before)
    [sent] = line.asked("messages.sendMessage", "bot", after=before)
    glances = line.asked(GLANCE, "user", after=before)
    assert sum(glance.number < sent.number for glance in glances) < 10
    order = [groups[number].channel.id for number in (40, 30, 20, 50)]
    assert [glance.chat_id for glance in glances[:4]] == order
    assert len(glances) == len(groups)


async def test_a_command_for_a_group__does_not_wait_for_its_turn(line: Line) -> None:
    await line.stop()
    groups = await many(line, 30)
    killed(line)
    late = groups[-1]
    known = leaves(line, late)
    before = line.so_far
    await line.start(spread_s=600.0)
    looked = line.reconcile(late.chat)
    assert (await line.done(looked))["state"] == "done"
    await line.until(known)
    assert len(line.asked(GLANCE, "user", after=before)) < 20
    assert asked_about(line, [late], after=before)[late.chat.id]["channels.getParticipants"]


# --- broken lines -----------------------------------------------------------------------------


async def test_a_cut__all_is_told__it_costs_nothing(line: Line) -> None:
    await line.stop()
    groups = await many(line, 12)
    await line.start()
    await caught_up(line)
    known = [what(line, group) for what, group in zip(HAPPENS, groups, strict=False)]
    await are_known(line, known)
    before = line.so_far
    line.cut("bot")
    line.cut("user")
    await caught_up(line, 4)
    nothing(line, groups, after=before)
    assert len(line.asked(after=before)) <= 8, line.asked(after=before)


@pytest.mark.parametrize("doubt", [told_nothing, too_long])
async def test_a_cut__not_all_is_told__one_glance_each(
    line: Line, doubt: Callable[[Line], None]
) -> None:
    await line.stop()
    groups = await many(line, 12)
    await line.start(**SOON)
    await caught_up(line)
    line.faults.lose_push(times=None)
    before = line.so_far
    known = happen(line, groups[:6])
    earlier = doubts(line)
    doubt(line)
    line.allow()
    line.cut()
    await are_known(line, known)
    await all_looked_at(line, groups[6:], after=before)
    one_glance_for_each_doubt(line, groups[6:], after=before, earlier_doubts=earlier)


async def test_two_logins_come_back_one_after_the_other__asked_once(line: Line) -> None:
    await line.stop()
    groups = await many(line, 8)
    await line.start(**SOON)
    await caught_up(line)
    before = line.so_far
    too_long(line)
    line.faults.delay("updates.getDifference", 2.0, user=line.account)
    line.cut("bot")
    line.cut("user")
    await caught_up(line, 4)
    await all_looked_at(line, groups, after=before)
    for kind in ("bot", "user"):
        assert any(entry["waiting"] for entry in line.logged("catching_up", cause=kind))
    one_glance_each(line, groups, after=before)


async def test_refused_and_answered_soon_after__it_costs_nothing(line: Line) -> None:
    await line.stop()
    groups = await many(line, 6)
    await line.start(**SOON)
    await caught_up(line)
    before = line.so_far
    known = leaves(line, groups[0])
    fault = line.refuse("updates.getDifference", "FLOOD_WAIT_1", 420, times=2)
    line.cut()
    await line.until(lambda: fault.fired == 2)
    await line.until(known)
    await line.until(lambda: len(line.logged("caught_up", proven=True)) >= 4)
    nothing(line, groups[1:], after=before)


async def test_a_glance_is_not_wanted_now__it_is_asked_for_later(line: Line) -> None:
    await line.stop()
    groups = await many(line, 6)
    killed(line)
    before = line.so_far
    line.refuse(GLANCE, "FLOOD_WAIT_2", 420, by="user", times=1)
    await line.start(**SOON)
    await all_looked_at(line, groups, after=before)
    await line.until(lambda: len(line.asked(GLANCE, "user", after=before)) == len(groups) + 1)
    assert not line.asked("channels.getParticipants", after=before)


# --- taken over -------------------------------------------------------------------------------


@pytest.mark.slow
async def test_taken_over__what_came_in_between_is_known__one_glance_each(line: Line) -> None:
    """The standby was told while nobody was there to do it."""
    await line.stop()
    groups = await many(line, 10)
    for kind in ("bot", "user"):
        await line.log_in(kind, "gateway-2")
    await line.start(process=True, **SOON)
    await line.start_beside("gateway-2", **SOON)
    await line.until(lambda: line.process_row("gateway-2").get("state") == "standby")
    before = line.so_far
    waiting = line.order("send", groups[9].chat, due_in_s=1, payload={"text": "En attente"})
    await line.kill()
    known = happen(line, groups[:6])
    assert (await line.done(waiting, within_s=5))["state"] == "done"
    await are_known(line, known)
    # beside these a login that was never used asks how a group is addressed; in the last group
    # something was written
    same = groups[6:9]
    await line.until(
        lambda: all(asked[GLANCE] for asked in asked_about(line, same, after=before).values())
    )
    methods_asked = asked_about(line, same, after=before)
    assert all(asked[GLANCE] == 1 for asked in methods_asked.values())
    assert not any(asked["channels.getParticipants"] for asked in methods_asked.values())
