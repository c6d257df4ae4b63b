"""The ids of facts about calls: what is reported twice is one fact, what differs is two."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from telegram_gateway.calls.facts import (
    closed_fact,
    given_up_fact,
    kept_fact,
    observation_fact,
    opened_fact,
    participant_fact,
)
from telegram_gateway.core.model import ChatId, Person, TgCallId
from telegram_gateway.core.presence import Participant, Transition

CHAT, CALL = ChatId(7), TgCallId(5)
AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
AMINA = Participant(peer_kind="user", peer_id=1, date=AT, source=3)
LEFT = Transition(
    kind="participant_left",
    participant=AMINA,
    at=AT + timedelta(minutes=50),
    precision_s=4,
    source="update",
)


def test_participant__a_person() -> None:
    fact = participant_fact(CHAT, CALL, LEFT, Person(name="Amina", username="amina"))
    assert (fact.kind, fact.chat_id, fact.occurred_at) == ("participant_left", CHAT, LEFT.at)
    assert fact.payload == {
        "tg_call_id": CALL,
        "tg_user_id": 1,
        "peer_kind": "user",
        "tg_channel_id": None,
        "name": "Amina",
        "username": "amina",
        "at": "2026-09-01T08:50:00Z",
        "precision_s": 4,
        "joined_at": "2026-09-01T08:00:00Z",
        "source": "update",
        "device": 3,
    }


def test_participant__a_channel_is_nobody() -> None:
    channel = replace(LEFT, participant=replace(AMINA, peer_kind="channel"))
    fact = participant_fact(CHAT, CALL, channel, Person(name="Le ciel bleu"))
    assert (fact.payload["tg_user_id"], fact.payload["tg_channel_id"]) == (None, 1)
    # a person and a channel may have the same number
    assert fact.fact != participant_fact(CHAT, CALL, LEFT, Person()).fact


def test_participant__one_fact_for_each_end_of_a_stay() -> None:
    other_time = replace(LEFT, at=AT, precision_s=0, source="look")
    joined = replace(LEFT, kind="participant_joined", at=AT)
    later = replace(LEFT, participant=replace(AMINA, date=AT + timedelta(seconds=1)))
    ids = [participant_fact(CHAT, CALL, stay_end, Person()).fact for stay_end in (LEFT, other_time)]
    assert ids[0] == ids[1]
    assert (
        len(
            {
                *ids,
                *(
                    participant_fact(CHAT, CALL, stay_end, Person()).fact
                    for stay_end in (joined, later)
                ),
            }
        )
        == 3
    )


def test_calls__each_kind_once_for_its_key() -> None:
    facts = [
        opened_fact(CHAT, CALL, AT, "a", is_adopted=False, reopened=0),
        opened_fact(CHAT, CALL, AT, None, is_adopted=True, reopened=0),
        closed_fact(CHAT, CALL, AT, open_key="a", close_key="b", by_us=True),
        closed_fact(CHAT, None, AT, open_key="a", close_key="b", by_us=True),
        kept_fact(CHAT, CALL, AT, open_key=None, close_key="b", until=AT),
        given_up_fact(CHAT, AT, "a", "CHAT_ADMIN_REQUIRED", 3),
        observation_fact(CHAT, CALL, "observation_lost", AT),
        observation_fact(CHAT, CALL, "observation_back", AT),
        # it may be lost twice within a second
        observation_fact(CHAT, CALL, "observation_lost", AT + timedelta(milliseconds=1)),
    ]
    assert len({fact.fact for fact in facts}) == len(facts)
