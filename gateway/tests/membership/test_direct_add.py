"""Direct adds: mutual contacts of the account come in without a link, within a budget."""

from __future__ import annotations

import pytest

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person

_ADD = "channels.inviteToChannel"


async def _expected(
    line: Line, *people: Person, settings: dict | None = None, **columns: object
) -> Chat:
    """A class with these people on its roster; the account's address book is read at the start."""
    await line.stop()
    await line.start(**(settings or {}))
    chat = line.chat("3e A", **columns)
    await line.until(lambda: chat.is_ready)
    line.set_roster(chat, people)
    return chat


async def _contact(line: Line, name: str) -> Person:
    return await line.person(name, is_contact=True)


def _tries(line: Line, who: Person) -> list[str | None]:
    """The outcome of each try with that person."""
    rows = [row for row in line.rows("telegram_spend") if row["tg_user_id"] == who.id]
    return [row["outcome"] for row in rows]


async def test_mutual_contact__added_once_and_never_again(line: Line) -> None:
    known, unknown = await _contact(line, "Connue"), await line.person("Inconnue")
    chat = await _expected(line, known, unknown)
    await line.until(lambda: chat.is_known_as(known, "in") and chat.has(known))
    await line.until(lambda: chat.is_known_as(unknown, "welcome"))
    assert _tries(line, known) == ["done"] and _tries(line, unknown) == []
    assert not line.facts("member_joined")
    await known.find_group(chat.title)
    await known.leave_group()
    await line.until(lambda: line.facts("member_left"))
    line.set_roster(chat, known, status="out")
    line.answer("member_left")
    await line.until(lambda: chat.is_known_as(known, "left"))
    line.set_roster(chat, known)
    await line.until(lambda: chat.is_known_as(known, "welcome"))
    await line.done(line.reconcile(chat))
    assert not chat.has(known) and len(line.asked(_ADD)) == 1


async def test_group_that_does_not_want_it__nobody_is_added(line: Line) -> None:
    known = await _contact(line, "Connue")
    chat = await _expected(line, known, add_contacts=False)
    await line.until(lambda: chat.is_known_as(known, "welcome"))
    await line.done(line.reconcile(chat))
    assert not line.asked(_ADD)


async def test_budget_spent__the_others_come_by_the_link(line: Line) -> None:
    first, second = await _contact(line, "Première"), await _contact(line, "Deuxième")
    chat = await _expected(line, first, settings={"direct_adds_a_day": 1})
    await line.until(lambda: chat.is_known_as(first, "in"))
    line.set_roster(chat, second)
    await line.until(lambda: chat.is_known_as(second, "welcome"))
    await second.come_in(chat)
    await line.until(lambda: chat.is_known_as(second, "in"))
    assert _tries(line, second) == []


async def test_refused__welcome_by_the_link_with_the_reason(line: Line) -> None:
    silent = await _contact(line, "Absente de la liste")
    silent.user.invitable_by_contacts = False
    chat = await _expected(line, silent)
    await line.until(lambda: chat.member(silent).get("error_code") == "missing_invitee")
    assert chat.is_known_as(silent, "welcome")
    await silent.come_in(chat)
    await line.until(lambda: chat.is_known_as(silent, "in"))
    assert chat.member(silent)["error_code"] is None
    assert _tries(line, silent) == ["missing_invitee"]


@pytest.mark.parametrize(
    ("code", "error", "kind", "is_reported"),
    [(420, "FLOOD_WAIT_600", "direct_add", False), (400, "PEER_FLOOD", "cold", True)],
)
async def test_account_limited__direct_adds_rest_and_nothing_else(
    line: Line, code: int, error: str, kind: str, is_reported: bool
) -> None:
    line.expect_errors("account_limited")
    first, second = await _contact(line, "Première"), await _contact(line, "Deuxième")
    line.refuse(_ADD, error, code)
    chat = await _expected(line, first)
    [limit] = await line.until(lambda: line.rows("telegram_limit"))
    assert limit["kind"] == kind
    assert bool(line.facts("account_limited")) is is_reported
    await line.restart()  # which does not forget it
    line.set_roster(chat, second)
    for person in (first, second):
        await line.until(lambda person=person: chat.is_known_as(person, "welcome"))
        await person.come_in(chat)
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    assert _tries(line, second) == []


@pytest.mark.slow
@pytest.mark.parametrize("point", ["add_reserved", "contact_added"])
async def test_killed__the_budget_is_wasted_and_never_exceeded(line: Line, point: str) -> None:
    known = await _contact(line, "Connue")
    chat = await _expected(line, known, settings={"process": True, "crash_at": point})
    await line.until(lambda: not line.is_running)
    await line.kill()
    await line.start()
    if point == "add_reserved":
        await line.until(lambda: chat.is_known_as(known, "welcome"))
        await known.come_in(chat)
    await line.until(lambda: chat.is_known_as(known, "in"))
    assert _tries(line, known) == [None]
