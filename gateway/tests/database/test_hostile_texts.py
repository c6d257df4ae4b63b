"""Each hostile string comes in through each entrance, as Telegram's own bytes, and into the
tables."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from telegram_gateway.core.model import Fact, Member, MemberState, SeenStatus, TgUserId
from telegram_gateway.core.text import line
from telegram_gateway.database import inbox, members
from telegram_gateway.telegram.admin_log import entry_from_tl
from telegram_gateway.telegram.seen import (
    BotMessage,
    ButtonPressed,
    MemberSeen,
    PersonSeen,
    TitleSeen,
)
from telegram_gateway.telegram.updates import bot_update, user_update
from telethon import types, utils
from telethon.extensions import BinaryReader

from gateway.tests.harness.hostile import hostile

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHANNEL, BOT = 900, 500


def wired(value):
    """What the client makes of the bytes that this is on the wire."""
    return BinaryReader(bytes(value)).tgread_object()


def user(number, text):
    """Somebody whose names and username are all this text."""
    return wired(types.User(number, first_name=text, last_name=text, username=text, lang_code=text))


def update(value, text):
    """An update from somebody who is called so, as the client hands it on."""
    found = wired(value)
    found._entities = {700: user(700, text)}
    return found


def entrances(text):
    """(entrance, what the update is in the gateway) of all by which a text comes in."""
    peer = types.PeerUser(700)
    message = types.Message(7, peer, AT, text, from_id=peer)
    title = types.MessageService(
        8,
        types.PeerChannel(CHANNEL),
        AT,
        action=types.MessageActionChatEditTitle(text),
        from_id=peer,
    )
    invite = types.ChatInviteExported(text, 700, AT)
    name = types.Username(text, active=True)
    for entrance, value in (
        ("message", types.UpdateNewMessage(message, 1, 1)),
        ("title", types.UpdateNewChannelMessage(title, 1, 1)),
        (
            "button",
            types.UpdateBotCallbackQuery(1, 700, peer, 7, 1, data=text.encode() + b"\xff\x00"),
        ),
        ("name", types.UpdateUserName(700, text, text, [name])),
        ("user", types.UpdateUser(700)),
        (
            "request",
            types.UpdateBotChatInviteRequester(
                types.PeerChannel(CHANNEL), AT, 700, text, invite, 1
            ),
        ),
    ):
        yield entrance, bot_update(update(value, text))


def told(entrance, seen, number):
    """The fact that Odoo gets, with all texts of what was seen."""
    payload = {"tg_user_id": 700, "message_id": number}
    if isinstance(seen, TitleSeen):
        payload["title"] = seen.title
    else:
        payload.update(name=seen.person.name, username=seen.person.username)
    if isinstance(seen, BotMessage):
        payload.update(text=seen.text, lang_code=seen.lang_code)
    if isinstance(seen, ButtonPressed):
        payload.update(data=seen.data, lang_code=seen.lang_code)
    if isinstance(seen, MemberSeen):
        payload["link"] = seen.cause.link
    kind = "bot_message" if entrance == "message" else "person_changed"
    # as the gateway names the fact of a title
    name = f"{entrance}:{number}:{payload.get('title', '')}"
    return Fact(fact=name, kind=kind, occurred_at=AT, payload=payload)


async def test_every_entrance_takes_every_string(school, database):
    seen, facts = set(), []
    for number, text in enumerate(hostile(), start=1):
        for entrance, value in entrances(text):
            if value is None:  # somebody without any name is no news
                assert entrance in ("name", "user") and not line(text), text
                continue
            seen.add(type(value))
            facts.append(told(entrance, value, number))
    assert seen == {BotMessage, ButtonPressed, MemberSeen, PersonSeen, TitleSeen}
    assert await inbox.insert_facts(database, "main", facts) == len(facts)
    rows = school.all("SELECT * FROM telegram_inbox ORDER BY id")
    for row, fact in zip(rows, facts, strict=True):
        payload = json.loads(row["payload"])
        assert "\0" not in str(payload)
        assert payload["message_id"] == fact.payload["message_id"]
    # as PostgreSQL itself reads it, before what was missed is read
    assert await inbox.last_bot_message(database, "main") == len(hostile())
    count_sql = "SELECT count((payload::jsonb) ->> 'tg_user_id') AS n FROM telegram_inbox"
    assert school.all(count_sql) == [{"n": len(facts)}]


async def test_members__with_every_name(school, database):
    chat, rows = school.chat(), []
    for number, text in enumerate(hostile(), start=1):
        person = bot_update(update(types.UpdateUser(700), text))
        if person is not None:
            row = Member(tg_user_id=TgUserId(7000 + number), seen_status=SeenStatus.IN)
            names = {"name": person.person.name, "username": person.person.username}
            rows.append(replace(row, state=MemberState.IN, **names))
    await members.save_members(database, "main", chat, rows)
    assert len(await members.load_members(database, chat)) == len(rows) > 200


def test_channels_in_a_call__are_called_as_people_are():
    """As which somebody takes part in a lesson."""
    peer = types.PeerChannel(901)
    joined = types.GroupCallParticipant(peer, AT, 5)
    call = types.InputGroupCall(1, 2)
    for text in hostile():
        joining = wired(types.UpdateGroupCallParticipants(call, [joined], 1))
        channel = types.Channel(901, text, types.ChatPhotoEmpty(), AT, username=text)
        joining._entities = {utils.get_peer_id(peer): wired(channel)}
        [person] = user_update(joining).people.values()
        assert (person.name, person.username) == (line(text), line(text))


def test_titles_of_the_admin_log__are_those_of_the_updates():
    for text in hostile():
        action = types.ChannelAdminLogEventActionChangeTitle("before", text)
        event = wired(types.ChannelAdminLogEvent(1, AT, 700, action))
        title = next(found for entrance, found in entrances(text) if entrance == "title")
        assert entry_from_tl(event).title == title.title


@pytest.mark.parametrize("wrong", ["\0", "a\0b", "\ud800"])
async def test_payloads__whatever_they_are_from(school, database, wrong):
    """Also what comes in by a way that nobody has thought of."""
    fact = Fact(
        fact="f:1", kind="chat_ready", occurred_at=AT, payload={"deep": [{"in": wrong}], wrong: 1}
    )
    assert await inbox.insert_facts(database, "main", [fact]) == 1
    [row] = school.all("SELECT (payload::jsonb)::text AS payload FROM telegram_inbox")
    assert "u0000" not in row["payload"]
