"""Every error that is documented for a method, and names that nobody knows with every number, put
to one running gateway: what follows is what core/consequences.py decides, for that group alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from telegram_gateway.core.consequences import Consequence, consequence, plain
from telegram_sandbox.facts import any_method, methods

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person

pytestmark = pytest.mark.slow

C = Consequence
_INVENTED = [
    (number, f"NEVER_HEARD_OF_{word}")
    for number in (-503, -500, 303, 400, 401, 403, 404, 405, 406, 500, 501, 503)
    for word in ("A", "B")
]
# What concerns the whole account is met one by one, elsewhere.
_OF_THE_ACCOUNT = (C.LOST, C.FROZEN, C.WAIT)
_SET_ASIDE = (C.LIMITED, C.PERSON, C.LASTING, C.COMMAND, C.LOGIN)


def errors_of(method: str, *, is_bot: bool) -> list[tuple[int, str, Consequence]]:
    """number, name, what follows; but for what concerns the whole account."""
    documented = {*methods()[method].errors, *any_method(), *_INVENTED}
    errors = []
    for number, name in sorted(documented):
        name = name.replace("%d", "X").replace("_X", "_7")
        decided = consequence(name, number, method, is_bot=is_bot)
        if decided not in _OF_THE_ACCOUNT:
            errors.append((number, name, decided))
    return errors


async def groups(line: Line, count: int) -> list[Chat]:
    """So many groups, and the gateway that may make them in a day."""
    await line.stop()
    line.world.profile = line.world.profile.but(
        group_creations_per_day=None, bot_messages_per_second=None
    )
    await line.start(groups_a_day=2000)
    chats = [line.chat(f"Classe {number}") for number in range(count)]
    await line.until(lambda: all(chat.is_ready for chat in chats), within_s=120)
    return chats


def row_of(line: Line, number: int) -> dict:
    return line.school.one("SELECT * FROM telegram_outbox WHERE id = %s", number)


def is_settled(line: Line, number: int) -> bool:
    row = row_of(line, number)
    return row["state"] in ("done", "failed") or row["again_at"] is not None


def outcome(row: dict) -> tuple[str, str | None]:
    code = row["error_code"]
    return row["state"], "internal" if code == "internal" else code and plain(code)


def expected(name: str, decided: Consequence) -> set[tuple[str, str | None]]:
    name = plain(name)
    if decided in _SET_ASIDE:
        return {("failed", name)}
    if decided is C.OURS:
        return {("failed", "internal")}
    if decided is C.DONE:
        return {("done", None)}
    if decided is C.GROUP:
        return {("failed", name)}
    return {("pending", name)}  # it is tried again


def assert_well(line: Line) -> None:
    assert line.is_running
    assert not line.logged("account_lost") and not line.logged("telegram_unreachable")
    assert [line.account_row(kind)["state"] for kind in ("bot", "user")] == ["connected"] * 2
    assert len(line.logged("serving")) == 2  # the fixture's, and the one of `groups`


async def test_a_message__each_error_is_that_messages_alone(line: Line) -> None:
    line.expect_errors("faulty_request", "lane_failed", "lane_rests")
    errors = errors_of("messages.sendMessage", is_bot=True)
    healthy, *chats = await groups(line, len(errors) + 1)
    sent = []
    for chat, (number, name, _) in zip(chats, errors, strict=True):
        line.refuse("messages.sendMessage", name, number, chat=chat)
        sent.append(line.send(chat, "Bonjour"))
    await line.until(lambda: all(is_settled(line, one) for one in sent), within_s=180)
    wrong = [
        (name, number, decided, outcome(row_of(line, command)))
        for command, (number, name, decided) in zip(sent, errors, strict=True)
        if outcome(row_of(line, command)) not in expected(name, decided)
    ]
    assert wrong == []
    other = line.send(healthy, "Bonjour")
    await line.until(lambda: row_of(line, other)["state"] == "done")
    assert_well(line)


async def test_a_link__each_error_is_that_commands_alone(line: Line) -> None:
    line.expect_errors("faulty_request", "lane_failed", "lane_rests")
    errors = errors_of("messages.exportChatInvite", is_bot=True)
    healthy, *chats = await groups(line, len(errors) + 1)
    asked = []
    for number, (chat, (code, name, _)) in enumerate(zip(chats, errors, strict=True)):
        line.refuse("messages.exportChatInvite", name, code, chat=chat)
        asked.append(line.order("make_link", chat, payload={"invite_id": number + 1}))
    await line.until(lambda: all(is_settled(line, one) for one in asked), within_s=180)
    wrong = [
        (name, number, decided, outcome(row_of(line, command)))
        for command, (number, name, decided) in zip(asked, errors, strict=True)
        if outcome(row_of(line, command)) not in expected(name, decided)
    ]
    assert wrong == []
    other = line.order("make_link", healthy, payload={"invite_id": len(errors) + 1})
    await line.until(lambda: row_of(line, other)["state"] == "done")
    assert_well(line)


async def test_a_call__each_error_is_that_groups_alone(line: Line) -> None:
    line.expect_errors("faulty_request", "lane_failed", "lane_rests")
    errors = errors_of("phone.createGroupCall", is_bot=False)
    healthy, *chats = await groups(line, len(errors) + 1)
    opened = []
    for number, (chat, (code, name, _)) in enumerate(zip(chats, errors, strict=True)):
        line.refuse("phone.createGroupCall", name, code, chat=chat)
        opened.append(line.open_call(chat, key=f"lesson-{number}"))
    await line.until(lambda: all(is_settled(line, one) for one in opened), within_s=180)
    wrong = [
        (name, number, decided, outcome(row_of(line, command)))
        for command, (number, name, decided) in zip(opened, errors, strict=True)
        if outcome(row_of(line, command)) not in expected(name, decided)
    ]
    assert wrong == []
    other = line.open_call(healthy, key="healthy")
    await line.until(lambda: row_of(line, other)["state"] == "done")
    assert_well(line)


async def test_the_end_of_a_call__each_error_is_that_groups_alone(line: Line) -> None:
    line.expect_errors("faulty_request", "lane_failed", "lane_rests")
    errors = errors_of("phone.discardGroupCall", is_bot=False)
    healthy, *chats = await groups(line, len(errors) + 1)
    everywhere = [healthy, *chats]
    keys = [f"lesson-{number}" for number in range(len(everywhere))]
    for chat, key in zip(everywhere, keys, strict=True):
        line.open_call(chat, key=key)
    await line.until(lambda: all(chat.call for chat in everywhere), within_s=120)
    for chat, (code, name, _) in zip(chats, errors, strict=True):
        line.refuse("phone.discardGroupCall", name, code, call=chat.call)
    other, *closed = [
        line.close_call(chat, key=key) for chat, key in zip(everywhere, keys, strict=True)
    ]
    await line.until(lambda: row_of(line, other)["state"] == "done")
    await line.until(lambda: all(is_settled(line, one) for one in closed), within_s=180)
    wrong = [
        (name, number, decided, outcome(row_of(line, command)))
        for command, (number, name, decided) in zip(closed, errors, strict=True)
        # "over", of a call that goes on when it is asked about: it may not be ended
        if outcome(row_of(line, command))
        not in ({("failed", name)} if decided is C.OVER else expected(name, decided))
    ]
    assert wrong == []
    assert healthy.call is None
    assert_well(line)


async def test_a_look__each_error_is_that_groups_alone_and_goes_on_by_itself(line: Line) -> None:
    """After a refused look the group is looked at again without being asked."""
    line.expect_errors("faulty_request", "lane_failed", "lane_rests")
    errors = errors_of("channels.getParticipants", is_bot=True)
    healthy, *chats = await groups(line, len(errors) + 1)
    for chat, (number, name, _) in zip(chats, errors, strict=True):
        line.refuse("channels.getParticipants", name, number, chat=chat)
        line.reconcile(chat, check=True)
    await line.until(
        lambda: len({fault.chat_id for fault in line.faults.used}) == len(errors), within_s=180
    )
    line.allow()
    other = line.reconcile(healthy, check=True)
    await line.until(lambda: row_of(line, other)["state"] == "done")
    unbroken = [
        chat for chat, (_, _, decided) in zip(chats, errors, strict=True) if decided is not C.GROUP
    ]
    query = (
        "SELECT count(*) AS n FROM telegram_outbox WHERE kind = 'reconcile' AND state <> 'done'"
        " AND chat_id = ANY(%s)"
    )
    ids = [one.id for one in unbroken]
    await line.until(lambda: line.school.one(query, ids)["n"] == 0, within_s=90)
    assert_well(line)


@dataclass(frozen=True)
class Step:
    """A step of the bot's in a group: how it comes to be due, and whether it was done."""

    make_due: Callable[[Line, Chat, Person], Awaitable[None] | None]
    is_done: Callable[[Chat, Person], bool]
    is_inside: bool = True  # whether the person is in the group before


async def _ask(line: Line, chat: Chat, amina: Person) -> None:
    await amina.ask_to_join(chat.link)


def _rename(line: Line, chat: Chat, _amina: Person) -> None:
    line.school.all("UPDATE telegram_chat SET name = name || ' B' WHERE id = %s", chat.id)
    line.reconcile(chat)


_STEPS = {
    "messages.hideChatJoinRequest": Step(_ask, Chat.has, is_inside=False),
    "channels.editBanned": Step(
        lambda line, chat, amina: line.set_roster(chat, amina, status="out"),
        lambda chat, amina: not chat.has(amina),
    ),
    "channels.editAdmin": Step(
        lambda line, chat, amina: line.set_roster(chat, amina, role="teacher"), Chat.is_admin
    ),
    "channels.editTitle": Step(_rename, lambda chat, _amina: chat.title.endswith(" B")),
}


@pytest.mark.parametrize("method", sorted(_STEPS))
async def test_a_step__each_error_is_that_groups_alone_and_nothing_is_lost(
    line: Line, method: str
) -> None:
    """Other groups' commands are done meanwhile; and once Telegram refuses no more and a person
    asks to try again, everything is."""
    line.expect_errors("faulty_request", "lane_failed", "lane_rests")
    step = _STEPS[method]
    errors = errors_of(method, is_bot=True)
    healthy, *chats = await groups(line, len(errors) + 1)
    amina = await line.person("Amina")
    for chat in (healthy, *chats):
        line.set_roster(chat, amina)
        if step.is_inside:
            await amina.ask_to_join(chat.link)
    if step.is_inside:
        everywhere = [healthy, *chats]
        await line.until(
            lambda: all(one.is_known_as(amina, "in") for one in everywhere), within_s=120
        )
    for chat, (number, name, _) in zip(chats, errors, strict=True):
        line.refuse(method, name, number, chat=chat)
    for chat in (*chats, healthy):
        due = step.make_due(line, chat, amina)
        if due is not None:
            await due
    await line.until(
        lambda: len({fault.chat_id for fault in line.faults.used}) == len(errors), within_s=180
    )
    await line.until(lambda: step.is_done(healthy, amina))
    assert_well(line)
    line.allow()
    for chat in chats:
        line.reconcile(chat, retry=True, check=True)
    # what Telegram says to be so already is so
    left = {
        chat: error for chat, error in zip(chats, errors, strict=True) if error[2] is not C.DONE
    }

    def undone() -> list[tuple[tuple[int, str, Consequence], dict]]:
        return [(left[one], one.state) for one in left if not step.is_done(one, amina)]

    await line.until(lambda: not undone(), within_s=90)
    assert_well(line)


@pytest.mark.parametrize("number", [401, 406], ids=str)
async def test_the_client_library__hangs_up_for_no_error_that_nobody_knows(
    line: Line, number: int
) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    for method in ("updates.getDifference", "updates.getChannelDifference", "users.getUsers"):
        line.refuse(method, "NEVER_HEARD_OF", number, times=3)
    line.cut("bot")
    line.cut("user")
    await amina.ask_to_join(chat.link)
    await line.until(lambda: chat.is_known_as(amina, "in"))
    assert line.is_running and len(line.logged("serving")) == 1
    assert not line.logged("account_lost")
