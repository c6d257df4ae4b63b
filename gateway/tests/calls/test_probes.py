"""Running calls are probed seldom while updates keep step, often where they do not; and while
Telegram wants one method left alone, lessons are still observed by updates. With the settings of
production.

Nobody knows whether updates of calls reach a login that never says that it is online: here they do,
or `withheld` keeps all of them back.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from telegram_sandbox.faults import Fault
from telegram_sandbox.world.calls import GroupCall

from gateway.tests.calls.test_late_updates import agrees, come_and_go, lesson
from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person
from gateway.tests.harness.sheets import blind_s

LOOK, PAGE = "phone.getGroupCall", "phone.getGroupParticipants"
UPDATE = "updateGroupCallParticipants"


def withheld(line: Line, call: GroupCall | None = None, **when: int) -> Fault:
    """From now on (`times`: so many) updates of participants are lost: in that call, or in all."""
    return line.faults.lose_push(UPDATE, user=line.account, chat=call, **{"times": None, **when})


def looks(line: Line, call: GroupCall | None = None, *, after: int = 0) -> int:
    """How often a call was probed or read."""
    found = line.asked(LOOK, "user", after=after)
    return sum(call is None or one.chat_id == call.id for one in found)


async def lesson_of_one(line: Line, name: str) -> tuple[Chat, Person]:
    """A call with one person in it, seen by an update."""
    chat = line.chat(name)
    student = await line.person(f"Amina {name}", chat)
    await line.until(lambda: chat.is_ready)
    await student.come_in(chat)
    assert (await line.done(line.open_call(chat, key=name)))["state"] == "done"
    await student.join_call()
    await line.until(lambda: line.facts("participant_joined", chat=chat))
    return chat, student


# --- how often -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_probed_often_only_where_updates_do_not_come(line: Line) -> None:
    with_updates, _ = await lesson_of_one(line, "3e A")
    without_updates, who = await lesson_of_one(line, "3e B")
    assert with_updates.call is not None and without_updates.call is not None
    withheld(line, without_updates.call)
    before = line.so_far
    for kind in ("left", "joined", "left", "joined", "left"):
        await (who.leave_call() if kind == "left" else who.join_call())
        known = len(line.facts(f"participant_{kind}", chat=without_updates))
        await line.until(
            lambda kind=kind, known=known: (
                len(line.facts(f"participant_{kind}", chat=without_updates)) > known
            )
        )
    often = looks(line, without_updates.call, after=before)
    seldom = looks(line, with_updates.call, after=before)
    assert often >= 5 and seldom <= 3, (often, seldom)
    assert not line.facts("observation_lost", chat=with_updates)


# --- updates that do not come --------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_no_update_ever_comes__joins_and_leaves_are_found(line: Line) -> None:
    withheld(line)
    async with lesson(line) as truth:
        await come_and_go(line, truth, 7 * 9)  # all of it longer than looks are apart by then
        await agrees(line, truth)
        await truth.goes(line.people[3])
        await agrees(line, truth)
    truth.check()
    # nothing was relied on that did not come
    assert not line.facts("observation_lost")
    assert all(fact.payload["precision_s"] <= 20 for fact in line.facts("participant_left"))


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_some_updates_are_lost__the_time_since_is_not_observed(line: Line) -> None:
    """Emma comes and goes, and Amina goes, without an update; somebody else's update comes."""
    async with lesson(line) as truth:
        amina, *_, emma, farid = line.people
        lost = withheld(line, times=3)
        began = datetime.now(UTC)
        await truth.comes(emma)
        await truth.goes(emma)
        await truth.goes(amina)
        assert lost.fired == 3
        await truth.comes(farid)
        await agrees(line, truth)
        assert line.facts("observation_lost"), "nobody knows who else was there"
        await agrees(line, truth)
        over = datetime.now(UTC)
    truth.check((began, over))


# --- a pause -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_pause_of_probes__observed_by_updates(line: Line) -> None:
    async with lesson(line) as truth:
        refused = line.refuse(LOOK, "FLOOD_WAIT_25", 420, by="user", times=1)
        await line.until(lambda: refused.fired)
        before = looks(line)
        began = datetime.now(UTC)
        await come_and_go(line, truth, 7)
        over = datetime.now(UTC)
        await agrees(line, truth)
        assert looks(line) == before, "they go on while it lasts"
        await line.until(lambda: looks(line) > before)
        await agrees(line, truth)
    truth.check((began, over))
    assert not line.facts("observation_lost")
    assert all(fact.payload["precision_s"] <= 5 for fact in line.facts("participant_left"))


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("is_told", [True, False])
async def test_a_pause_of_probes__the_lesson_ends_meanwhile(line: Line, is_told: bool) -> None:
    """The list may be had in another way, once: nobody else will say any more what was missed."""
    async with lesson(line) as truth:
        refused = line.refuse(LOOK, "FLOOD_WAIT_300", 420, by="user", times=1)
        await line.until(lambda: refused.fired)
        before = looks(line)
        if not is_told:
            withheld(line)
        await truth.goes(line.people[0])
    assert looks(line) == before
    truth.check()
    assert bool(line.facts("observation_lost")) == (not is_told)
    assert all(fact.payload["precision_s"] <= 20 for fact in line.facts("participant_left"))


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_pause_of_probes__updates_are_lost_meanwhile__a_list_tells_afterwards(
    line: Line,
) -> None:
    """Emma comes and goes again, of which nobody ever hears more."""
    async with lesson(line) as truth:
        amina, *_, emma, _ = line.people
        refused = line.refuse(LOOK, "FLOOD_WAIT_15", 420, by="user", times=1)
        await line.until(lambda: refused.fired)
        before = looks(line)
        lost = withheld(line, times=3)
        began = datetime.now(UTC)
        await truth.comes(emma)
        await truth.goes(emma)
        await truth.goes(amina)
        over = datetime.now(UTC)
        assert lost.fired == 3 and not line.facts("observation_lost")
        await line.until(lambda: looks(line) > before)
        await line.until(lambda: line.facts("observation_back"))
        await agrees(line, truth)
    truth.check((began, over))


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_pause_of_probes__an_update_is_missing__it_is_told_that_nobody_looked(
    line: Line,
) -> None:
    """What the next one shows: it need not wait for the list."""
    async with lesson(line) as truth:
        amina, *_, emma, _ = line.people
        refused = line.refuse(LOOK, "FLOOD_WAIT_30", 420, by="user", times=1)
        await line.until(lambda: refused.fired)
        before = looks(line)
        began = datetime.now(UTC)
        withheld(line, times=1)
        await truth.goes(amina)
        await truth.comes(emma)
        await line.until(lambda: line.facts("observation_lost"))
        assert looks(line) == before
        await agrees(line, truth)
        over = datetime.now(UTC)
    truth.check((began, over))


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_pause_of_probes__without_updates_it_is_told_that_nobody_looked(line: Line) -> None:
    withheld(line)
    async with lesson(line) as truth:
        line.refuse(LOOK, "FLOOD_WAIT_10", 420, by="user", times=1)
        began = datetime.now(UTC)
        await line.until(lambda: line.facts("observation_lost"))
        await come_and_go(line, truth, 3.5)
        await agrees(line, truth)
        over = datetime.now(UTC)
    truth.check((began, over))
    assert 10 <= blind_s(truth) <= 40


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_pause_of_further_pages__the_first_ones_go_on(line: Line) -> None:
    """Only who was in the call at first needs them to be known."""
    line.world.profile = line.world.profile.but(call_page=3)
    await line.stop()
    await line.start(full_look_s=5.0)
    async with lesson(line) as truth:
        refused = line.refuse(PAGE, "FLOOD_WAIT_60", 420, by="user", times=1)
        await line.until(lambda: refused.fired)
        before = looks(line)
        await come_and_go(line, truth, 3.5)
        await agrees(line, truth)
        await line.until(lambda: looks(line) > before)
        await agrees(line, truth)
        assert not line.facts("observation_lost")
    # its end came before they could be read again
    truth.check()
