"""Many ask to come in at the same moment."""

from __future__ import annotations

from collections import Counter

import pytest
from telegram_gateway.database.process_name import ProcessName
from telegram_sandbox.world.people import User

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.crowd import ask, enrol, newcomers, states
from gateway.tests.harness.line import Line

MANY = 50
ANSWER = "messages.hideChatJoinRequest"


async def _expected(line: Line, count: int = MANY) -> tuple[Chat, list[User]]:
    """A group with its people on the roster, none of whom has asked."""
    chat = line.chat()
    people = newcomers(line, count)
    enrol(line, chat, people)
    await line.until(lambda: chat.is_ready)
    await line.until(lambda: _are(line, chat, people, "welcome"))
    return chat, people


def _are(line: Line, chat: Chat, people: list[User], state: str) -> bool:
    found = states(line, chat)
    return all(found.get(one.id) == state for one in people)


def _all_ask(line: Line, chat: Chat, people: list[User]) -> None:
    assert chat.group is not None and chat.link is not None
    ask(line.world, chat.group, chat.link, people)


async def test_all_are_let_in__each_asked_for_once(line: Line) -> None:
    chat, people = await _expected(line)
    _all_ask(line, chat, people)
    await line.until(lambda: _are(line, chat, people, "in"))
    assert chat.group is not None and not chat.group.requests
    assert all(chat.group.is_member(person.id) for person in people)
    assert len(line.asked(ANSWER)) == MANY
    assert not line.facts("request_waiting", "member_joined")


async def test_one_is_refused_in_the_middle__the_others_come_in(line: Line) -> None:
    chat, people = await _expected(line)
    line.refuse(ANSWER, "CHANNELS_TOO_MUCH", times=1, skip=20)
    _all_ask(line, chat, people)
    await line.until(lambda: line.logged("step_refused"))
    [refused] = line.logged("step_refused")
    assert refused["code"] == "CHANNELS_TOO_MUCH"
    others = [person for person in people if str(person.id) not in refused["step"]]
    assert len(others) == MANY - 1
    await line.until(lambda: _are(line, chat, others, "in"))
    [left_out] = [person for person in people if person not in others]
    # it may have passed by itself: a look that comes later tries again
    assert states(line, chat)[left_out.id] in ("failed", "in")


async def test_whom_nobody_knows__is_told_once_each_and_let_in_once_decided(line: Line) -> None:
    chat, known = await _expected(line, 5)
    strangers = newcomers(line, MANY, "Stranger")
    _all_ask(
        line, chat, [person for pair in zip(strangers, known * 10, strict=True) for person in pair]
    )
    await line.until(lambda: _are(line, chat, strangers, "requested"))
    await line.until(lambda: _are(line, chat, known, "in"))
    facts = line.facts("request_waiting")
    assert Counter(fact.payload["tg_user_id"] for fact in facts) == Counter(
        stranger.id for stranger in strangers
    )
    # each row remembers its own fact
    rows = line.school.all(
        "SELECT m.tg_user_id, i.payload::json ->> 'tg_user_id' AS told FROM telegram_member m"
        " JOIN telegram_inbox i ON i.id = m.told_inbox_id WHERE m.chat_id = %s",
        chat.id,
    )
    assert len(rows) == MANY and all(str(row["tg_user_id"]) == row["told"] for row in rows)
    line.school.all(
        "INSERT INTO telegram_guest (chat_id, tg_user_id, decision, decided_at)"
        " SELECT %s, id, 'in', now() AT TIME ZONE 'utc' FROM unnest(%s::bigint[]) AS u (id)",
        chat.id,
        [stranger.id for stranger in strangers],
    )
    line.answer("request_waiting")
    await line.until(lambda: _are(line, chat, strangers, "guest"))
    assert len(line.facts("request_waiting")) == MANY


async def test_a_banned_one_among_them__is_turned_down_first(line: Line) -> None:
    chat, people = await _expected(line)
    await line.stop()  # they ask while nobody looks, so that one look has them all
    blocked = people[MANY // 2]
    line.school.all(
        "UPDATE telegram_roster SET status = 'banned' WHERE chat_id = %s AND partner_id ="
        " (SELECT partner_id FROM telegram_contact WHERE tg_user_id = %s)",
        chat.id,
        blocked.id,
    )
    _all_ask(line, chat, people)
    before = line.so_far
    await line.start()
    others = [person for person in people if person is not blocked]
    await line.until(lambda: _are(line, chat, others, "in"))
    await line.until(lambda: states(line, chat)[blocked.id] == "banned")
    changed = [
        request.method
        for request in line.asked(by="bot", after=before)
        if request.method in (ANSWER, "channels.editBanned")
    ]
    assert changed == [ANSWER, "channels.editBanned", *(MANY - 1) * [ANSWER]]


@pytest.mark.slow
async def test_the_gateway_dies_in_between__nobody_is_lost_nor_told_of_twice(line: Line) -> None:
    chat, people = await _expected(line, 10)
    strangers = newcomers(line, 5, "Stranger")
    await line.stop()
    await line.start(process=True, crash_at="request_approved")
    _all_ask(line, chat, [*strangers, *people])
    await line.until(lambda: not line.is_running, what="it dies after the first approval")
    await line.kill()
    await line.start()
    await line.until(lambda: _are(line, chat, people, "in"))
    await line.until(lambda: _are(line, chat, strangers, "requested"))
    assert len(line.facts("request_waiting")) == len(strangers)
    assert not line.facts("member_joined")


async def test_the_bot_is_not_told__the_group_is_read_once(line: Line) -> None:
    chat, people = await _expected(line)
    line.faults.lose_push("updateBotChatInviteRequester", times=None)
    _all_ask(line, chat, people)
    await line.until(lambda: _are(line, chat, people, "in"))
    assert len(line.logged("join_request_missed")) == 1
    assert not line.facts("request_waiting", "member_joined")


async def _in_the_middle(line: Line) -> tuple[Chat, list[User]]:
    """Some of many were let in just now."""
    chat, people = await _expected(line, 300)
    _all_ask(line, chat, people)
    await line.until(lambda: len(line.asked(ANSWER)) >= 20)
    return chat, people


async def test_the_school_pauses_in_the_middle__the_rest_wait_until_it_resumes(line: Line) -> None:
    chat, people = await _in_the_middle(line)
    line.pause()
    reconcile = line.reconcile(chat)
    await line.until(lambda: line.health("gateway_paused"))
    so_many = await _at_rest(line)
    assert chat.group is not None and len(chat.group.requests) == len(people) - so_many > 0
    assert line.outcome(reconcile)["state"] == "pending"
    line.resume()
    await line.until(lambda: _are(line, chat, people, "in"))


async def test_another_process_takes_the_pool_in_the_middle__the_rest_are_its_affair(
    line: Line,
) -> None:
    chat, people = await _in_the_middle(line)
    async with ProcessName(line.school.gateway_url, "main", "gateway-2") as name:
        assert await name.take()
        line.school.all(
            "UPDATE telegram_lease SET process = 'gateway-2', generation = generation + 1,"
            " expires_at = expires_at + interval '1 hour'"
        )
        await line.until(lambda: line.logged("lease_lost"))
        assert chat.group is not None and chat.group.requests
        await line.stop()


async def _at_rest(line: Line) -> int:
    """How many were let in, once nobody else is while it answers something else."""
    so_many = -1
    while so_many != len(line.asked(ANSWER)):
        so_many = len(line.asked(ANSWER))
        await line.done(line.order("plan"))
    return so_many
