"""What a successor knows of a call from what was told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from telegram_gateway.calls.facts import observation_fact, participant_fact
from telegram_gateway.core.model import ChatId, Fact, TgCallId
from telegram_gateway.core.presence import CallState, Participant, Transition
from telegram_gateway.database import chats, inbox
from telegram_gateway.database.presence import load_call_state
from telegram_gateway.telegram.seen import Person

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALL, OTHER = TgCallId(7), TgCallId(8)


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def person(peer_id, joined=0, kind="user"):
    return Participant(peer_kind=kind, peer_id=peer_id, date=at(joined), source=peer_id * 10)


def told(chat_id, what, who, when, call=CALL, precision_s=0) -> Fact:
    transition = Transition(
        kind=f"participant_{what}",
        participant=who,
        at=at(when),
        precision_s=precision_s,
        source="update",
    )
    return participant_fact(ChatId(chat_id), call, transition, Person())


async def test_call_state__is_what_was_told_of_this_call(school, database):
    chat = school.chat()
    facts = [
        told(chat, "joined", person(1), 0),
        told(chat, "joined", person(5, 10, "channel"), 10),
        told(chat, "joined", person(2, 20), 20),
        told(chat, "left", person(1), 30),
        told(chat, "joined", person(3, 40), 40, call=OTHER),
        observation_fact(ChatId(chat), CALL, "observation_lost", at(25)),
    ]
    assert await inbox.insert_facts(database, "main", facts) == len(facts)
    assert await inbox.insert_facts(database, "main", facts) == 0
    await chats.save_state(database, ChatId(chat), tg_call_id=CALL)
    await chats.save_call_seen(database, ChatId(chat), at(50))
    state = await load_call_state(database, ChatId(chat), CALL, at(90))
    there = [person(5, 10, "channel"), person(2, 20)]
    assert state == CallState(
        present={participant.key: participant for participant in there},
        seen_at=at(50),
        ended={("user", 1): at(0)},
        is_blind=True,
    )
    # of another call of the chat nobody noted when it was seen
    other = await load_call_state(database, ChatId(chat), OTHER, at(90))
    assert (list(other.present), other.seen_at) == ([("user", 3)], at(40))


async def test_call_state__what_came_late_does_not_show_who_was_there_as_it_came(school, database):
    chat = school.chat()
    facts = [
        told(chat, "joined", person(1), 0),
        told(chat, "joined", person(2), 0),
        told(chat, "left", person(1), 60, precision_s=25),
    ]
    await inbox.insert_facts(database, "main", facts)
    state = await load_call_state(database, ChatId(chat), CALL, at(90))
    assert (list(state.present), state.seen_at) == ([("user", 2)], at(35))


async def test_call_state__of_hidden_listeners_is_sure_of_nothing_after_they_joined(
    school, database
):
    chat = school.chat()
    facts = [
        told(chat, "joined", person(1, 5), 5),
        observation_fact(ChatId(chat), CALL, "listeners_hidden", at(10)),
    ]
    await inbox.insert_facts(database, "main", facts)
    state = await load_call_state(database, ChatId(chat), CALL, at(90))
    assert state.listeners_hidden
    assert state.unlisted == {("user", 1): at(5)}


async def test_call_state__of_a_call_nobody_told_of(school, database):
    state = await load_call_state(database, ChatId(school.chat()), CALL, at(90))
    assert state == CallState()


async def test_facts__many_at_once_keep_their_order(school, database):
    chat = school.chat()
    school.contact(school.partner(), 3)
    facts = [told(chat, "joined", person(number, number), number) for number in range(1, 600)]
    assert await inbox.insert_facts(database, "main", facts) == 599
    rows = school.all(
        "SELECT fact, payload::json -> 'partner_ids' AS partners FROM telegram_inbox ORDER BY id"
    )
    assert [row["fact"] for row in rows] == [fact.fact for fact in facts]
    assert [len(row["partners"]) for row in rows[1:4]] == [0, 1, 0]
