"""Groups of children: members add nobody, newcomers see what the school wants, strangers are put
out, and teachers hold the rights that they should."""

from __future__ import annotations

import pytest
from telegram_gateway.core.rights import CLOSED, OF_ROLE
from telegram_sandbox.world import membership
from telegram_sandbox.world.admin_log import note
from telegram_sandbox.world.channels import bans_of, rights_of
from telethon import errors, functions, types

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line
from gateway.tests.harness.people import Person

_DEFAULTS = "messages.editChatDefaultBannedRights"
_HISTORY = "channels.togglePreHistoryHidden"


def _forbidden(chat: Chat) -> set[str]:
    return bans_of(chat.group.default_bans)


def _is_closed(chat: Chat) -> bool:
    return set(CLOSED) <= _forbidden(chat)


async def _add(who: Person, chat: Chat, other: Person) -> None:
    """Somebody adds another one, as their app does."""
    channel = await who.client.get_input_entity(types.PeerChannel(chat.group.id))
    user = await who.client.get_input_entity(other.user.username)
    await who.client(functions.channels.InviteToChannelRequest(channel, [user]))


async def _open_group(line: Line, **columns) -> tuple[Chat, Person, Person]:
    """A ready group with a student and a teacher in it, and the columns of telegram_chat."""
    chat = line.chat("3e A", **columns)
    student = await line.person("Amina", chat)
    teacher = await line.person("Émile", chat, role="teacher")
    await line.until(lambda: chat.is_ready)
    for person in (student, teacher):
        await person.come_in(chat)
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    await line.until(lambda: chat.is_admin(teacher))
    return chat, student, teacher


@pytest.mark.parametrize("is_hidden", [False, True], ids=["shown", "hidden"])
async def test_new_group__closed_before_there_is_a_link(line: Line, is_hidden: bool) -> None:
    """Whatever Telegram's own default of the history is."""
    line.world.profile = line.world.profile.but(history_hidden=is_hidden)
    chat = line.chat("3e A", history="visible")
    await line.until(lambda: chat.is_ready)
    assert _is_closed(chat)
    assert not chat.group.history_hidden
    asked = [request.method for request in line.asked()]
    assert asked.index(_DEFAULTS) < asked.index("messages.exportChatInvite")
    made = asked.index("channels.createChannel")
    # what members may is in the answer to the making
    assert "channels.getChannels" not in asked[made : asked.index(_DEFAULTS)]
    assert chat.state["history"] == "visible"


async def test_telegram_does_not_close_it__nobody_gets_a_link(line: Line) -> None:
    fault = line.refuse(_DEFAULTS, "FLOOD_WAIT_2", 420)
    chat = line.chat("3e A")
    await line.until(lambda: line.asked(_DEFAULTS))
    assert line.asked("messages.exportChatInvite") == []
    line.allow(fault)
    await line.until(lambda: chat.is_ready)
    assert _is_closed(chat)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["group_created", "group_recorded", "group_closed"])
async def test_killed_while_a_group_is_made__closed_all_the_same(line: Line, point: str) -> None:
    await line.stop()
    await line.start(process=True, crash_at=point)
    chat = line.chat("3e A", history="visible")
    await line.until(lambda: not line.is_running)
    await line.kill()
    await line.start()
    await line.until(lambda: chat.is_ready)
    assert _is_closed(chat)
    assert not chat.group.history_hidden


async def test_a_student_adds_a_stranger__refused(line: Line) -> None:
    chat, student, _ = await _open_group(line)
    stranger = await line.person("Inconnu", is_known=False)
    with pytest.raises((errors.ChatAdminRequiredError, errors.ChatWriteForbiddenError)):
        await _add(student, chat, stranger)
    assert not chat.has(stranger)


async def test_somebody_opens_it_on_telegram__closed_again(line: Line) -> None:
    chat, _, _ = await _open_group(line)
    chat.group.default_bans = types.ChatBannedRights(until_date=None, send_media=True)
    await line.restart()
    await line.until(lambda: _is_closed(chat))
    assert "send_media" in _forbidden(chat)  # what else was forbidden stays so


async def test_history__as_the_school_wants_it_and_when_it_changes(line: Line) -> None:
    chat, _, _ = await _open_group(line, history="hidden")
    assert chat.group.history_hidden
    line.school.all("UPDATE telegram_chat SET history = 'visible' WHERE id = %s", chat.id)
    line.reconcile(chat)
    await line.until(lambda: not chat.group.history_hidden)


async def test_history__refused_once_and_not_asked_again_unless_somebody_says_so(
    line: Line,
) -> None:
    chat, student, _ = await _open_group(line)
    line.refuse(_HISTORY, "CHAT_LINK_EXISTS", by="user")
    wanted = "hidden" if not chat.group.history_hidden else "visible"
    line.school.all("UPDATE telegram_chat SET history = %s WHERE id = %s", wanted, chat.id)
    line.reconcile(chat)
    await line.until(lambda: chat.state["history_refused"] == wanted)
    asked = len(line.asked(_HISTORY))
    await line.done(line.reconcile(chat))
    assert len(line.asked(_HISTORY)) == asked
    assert chat.has(student) and chat.state["state"] == "ready"
    line.allow()
    await line.done(line.reconcile(chat, retry=True))
    await line.until(lambda: chat.state["history"] == wanted)


async def test_archived_and_restored__closed_again(line: Line) -> None:
    chat, _, _ = await _open_group(line)
    line.school.all("UPDATE telegram_chat SET active = false WHERE id = %s", chat.id)
    line.reconcile(chat)
    await line.until(lambda: "send_messages" in _forbidden(chat))
    assert _is_closed(chat)
    line.school.all("UPDATE telegram_chat SET active = true WHERE id = %s", chat.id)
    line.reconcile(chat)
    await line.until(lambda: "send_messages" not in _forbidden(chat))
    assert _is_closed(chat)


async def test_not_to_be_closed__left_as_it_is_until_somebody_says_so(line: Line) -> None:
    """As of a group that was there before."""
    chat, _, _ = await _open_group(line, is_closed=False)
    assert not _is_closed(chat)
    assert line.asked(_DEFAULTS) == [] and line.asked(_HISTORY) == []
    line.school.all("UPDATE telegram_chat SET is_closed = true WHERE id = %s", chat.id)
    line.reconcile(chat)
    await line.until(lambda: _is_closed(chat))


# --- strangers ---------------------------------------------------------------------------------


def _rule(line: Line, chat: Chat, who: Person) -> None:
    """Odoo's answer about a stranger whom nobody let in who may."""
    line.school.insert(
        "telegram_guest", chat_id=chat.id, tg_user_id=who.id, decision="out", by_rule=True
    )


async def test_a_stranger__put_out_by_the_rule_and_told_of_when_they_are_back(line: Line) -> None:
    chat, _, teacher = await _open_group(line)
    stranger = await line.person("Inconnu", is_known=False)
    await _add(teacher, chat, stranger)
    [fact] = await line.until(lambda: line.facts("member_joined"))
    assert (fact.payload["by"], fact.payload["via"]) == (teacher.id, "added")
    assert not fact.payload["is_unlogged"]
    _rule(line, chat, stranger)
    line.answer("member_joined")
    await line.until(lambda: chat.is_known_as(stranger, "removed"))
    assert not chat.has(stranger) and not chat.is_banned(stranger)
    [removal] = line.school.all("SELECT evidence, reason, decided_uid FROM telegram_removal")
    assert removal == {"evidence": "guest", "reason": "stranger", "decided_uid": None}
    # the teacher adds them once more: Odoo takes its word back. Telegram's dates are whole seconds
    came = fact.occurred_at
    await line.until(lambda: line.world.clock.now().replace(tzinfo=None, microsecond=0) > came)
    await _add(teacher, chat, stranger)
    await line.until(lambda: len(line.facts("member_joined")) == 2)
    assert chat.has(stranger)
    line.school.all("DELETE FROM telegram_guest")
    line.answer("member_joined")
    await line.until(lambda: chat.is_known_as(stranger, "guest"))
    await line.done(line.reconcile(chat))
    assert chat.has(stranger)


async def test_a_stranger_who_was_put_out_asks__waits(line: Line) -> None:
    chat, _, _ = await _open_group(line)
    stranger = await line.person("Inconnu", is_known=False)
    _rule(line, chat, stranger)
    await stranger.ask_to_join(chat.link)
    await line.until(lambda: line.facts("request_waiting"))
    line.answer("request_waiting")
    await line.done(line.reconcile(chat))
    assert chat.is_waiting(stranger)


@pytest.mark.parametrize("is_readable", [True, False], ids=["silent", "refused"])
async def test_nobody_saw_how_they_came__the_log_is_asked(line: Line, is_readable: bool) -> None:
    chat, _, teacher = await _open_group(line)
    logged = await line.person("Au journal", is_known=False)
    unlogged = await line.person("Nulle part", is_known=False)
    await line.stop()
    for person in (logged, unlogged):
        membership._seat(line.world, chat.group, person.user, inviter_id=None)
    entry = types.ChannelAdminLogEventActionParticipantInvite(
        types.ChannelParticipant(logged.id, line.world.clock.now())
    )
    note(line.world, chat.group, teacher.id, lambda _viewer: entry)
    if not is_readable:
        line.refuse("channels.getAdminLog", "CHAT_ADMIN_REQUIRED")
    await line.start()
    facts = await line.until(
        lambda: len(line.facts("member_joined")) == 2 and line.facts("member_joined")
    )
    reported = {fact.payload["tg_user_id"]: fact.payload for fact in facts}
    assert reported[logged.id]["by"] == (teacher.id if is_readable else None)
    assert reported[unlogged.id]["by"] is None
    assert not reported[logged.id]["is_unlogged"]
    assert reported[unlogged.id]["is_unlogged"] is is_readable


# --- admins ------------------------------------------------------------------------------------


async def test_a_teacher__may_delete_messages_and_not_change_the_info(line: Line) -> None:
    chat, _, teacher = await _open_group(line)
    rights = rights_of(chat.group.members[teacher.id].admin_rights)
    assert rights == OF_ROLE["teacher"]
    assert "delete_messages" in rights and "change_info" not in rights


async def test_an_admin_whose_rights_differ__gets_those_of_the_role(line: Line) -> None:
    chat, _, teacher = await _open_group(line)
    chat.group.members[teacher.id].admin_rights = types.ChatAdminRights(
        manage_call=True, change_info=True
    )
    await line.restart()
    await line.until(
        lambda: rights_of(chat.group.members[teacher.id].admin_rights) == OF_ROLE["teacher"]
    )
    assert line.facts("member_promoted", "member_demoted") == []


async def test_stranger_put_out_and_added_within_one_second__is_two_comings(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram's dates are whole seconds: what differs is by whom they came."""
    chat, _student, teacher = await _open_group(line)
    stranger = await line.person("Inconnue", is_known=False)
    now = line.world.clock.now()
    with monkeypatch.context() as patch:
        patch.setattr(line.world.clock, "now", lambda: now)
        await stranger.ask_to_join(await teacher.new_link())
        await line.until(lambda: line.facts("member_joined", chat=chat, state="new"))
        line.decide_guest(chat, stranger, "out", by_rule=True)
        line.answer("member_joined")
        await line.until(lambda: not chat.has(stranger))
        await line.until(lambda: chat.is_known_as(stranger, "removed"))
        await teacher.add(stranger.username)
        [fact] = await line.until(lambda: line.facts("member_joined", chat=chat, state="new"))
    assert fact.payload["by"] == teacher.id
    assert chat.has(stranger)
