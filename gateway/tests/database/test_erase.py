"""An erased person is gone from the gateway's own tables; what counts them stays, and names
nobody."""

from __future__ import annotations

import json

import pytest
from telegram_gateway.core.erase import Erased
from telegram_gateway.core.model import Fact, PartnerId, TgUserId
from telegram_gateway.database import erase
from telegram_gateway.telegram.session import StoredSession
from telethon.tl import types

MINE, OURS, OTHER = 7_000_000_071, 7_000_000_073, 7_000_000_079


def erased(partner: int, *accounts: int, words: tuple[str, ...] = ()) -> Erased:
    users = frozenset(map(TgUserId, accounts))
    return Erased(partner_id=PartnerId(partner), accounts=users, put_out=users, words=words)


async def told(database, number: int = 1) -> Fact:
    return Fact(
        fact=f"person_forgotten:{number}",
        kind="person_forgotten",
        occurred_at=await database.now(),
        payload={"command_id": number},
    )


def member(school, chat, user=None, partner=None, name="Linette"):
    school.insert(
        "telegram_member",
        chat_id=chat,
        tg_user_id=user,
        partner_id=partner,
        name=name,
        seen_status="in",
    )


async def test_chats_of__those_of_this_pool_that_know_the_person_or_the_account(school, database):
    lina = school.partner("Lina")
    mine, hers, elsewhere, nowhere = (
        school.chat(pool=pool) for pool in ("main", "main", "other", "main")
    )
    member(school, mine, MINE)
    member(school, hers, partner=lina)
    member(school, elsewhere, MINE)
    member(school, nowhere, OTHER)
    assert await erase.chats_of(database, "main", erased(lina, MINE)) == [mine, hers]
    assert await erase.chats_of(database, "other", erased(lina, MINE)) == [elsewhere]


async def test_forget_in_chat__rows_go_and_a_shared_accounts_row_is_nobodys(school, database):
    lina, sister = school.partner("Lina"), school.partner("Nour")
    chat, other = school.chat(), school.chat()
    member(school, chat, MINE, lina)
    member(school, chat, None, lina)
    member(school, chat, OURS, lina, name="Famille")
    member(school, chat, OTHER, sister, name="Nour")
    member(school, other, MINE, lina)
    await erase.forget_in_chat(database, chat, erased(lina, MINE), removed=1)
    rows = school.all("SELECT * FROM telegram_member WHERE chat_id = %s ORDER BY id", chat)
    assert [(row["tg_user_id"], row["partner_id"], row["name"]) for row in rows] == [
        (OURS, None, "Famille"),
        (OTHER, sister, "Nour"),
    ]
    assert school.one("SELECT * FROM telegram_member WHERE chat_id = %s", other)
    trace = school.one("SELECT * FROM telegram_removal")
    assert (trace["chat_id"], trace["kind"], trace["evidence"]) == (chat, "remove", "erased")
    assert (trace["partner_id"], trace["tg_user_id"], trace["name"]) == (None, None, None)
    await erase.forget_in_chat(database, chat, erased(lina, MINE))
    assert len(school.all("SELECT * FROM telegram_removal")) == 1


async def test_forget_traces__what_counts_stays_without_the_person(school, database):
    lina, sister = school.partner("Lina"), school.partner("Nour")
    chat = school.chat()
    account = school.insert("telegram_account", kind="user", tg_user_id=1)
    rows = ((MINE, None, None), (OURS, lina, None), (OTHER, sister, "by lina q"))
    for user, partner, reason in rows:
        school.insert(
            "telegram_removal",
            chat_id=chat,
            tg_user_id=user,
            partner_id=partner,
            name="X",
            kind="remove",
            reason=reason,
        )
        school.insert(
            "telegram_spend",
            account_id=account,
            kind="direct_add",
            at="2026-01-01",
            chat_id=chat,
            tg_user_id=user,
            outcome="done",
        )
        school.insert(
            "telegram_intent",
            key=f"remove:{chat}:{user}",
            kind="remove",
            chat_id=chat,
            payload=json.dumps({"tg_user_id": user, "is_ban": False}),
        )
    school.insert("telegram_intent", key="call", kind="open_call", chat_id=chat)
    person = erased(lina, MINE, words=("Lina Q",))
    for _ in range(2):  # a crash after it: once more
        await erase.forget_traces(database, "main", person, await told(database))
    removals = school.all("SELECT * FROM telegram_removal ORDER BY id")
    assert [
        (removal["tg_user_id"], removal["partner_id"], removal["name"]) for removal in removals
    ] == [
        (None, None, None),
        (None, None, None),
        (OTHER, sister, "X"),
    ]
    assert [removal["reason"] for removal in removals] == [None, None, None]
    spends = school.all("SELECT * FROM telegram_spend ORDER BY id")
    assert [spend["tg_user_id"] for spend in spends] == [None, OURS, OTHER]
    assert {spend["outcome"] for spend in spends} == {"done"}
    keys = [row["key"] for row in school.all("SELECT key FROM telegram_intent ORDER BY id")]
    assert keys == [f"remove:{chat}:{OURS}", f"remove:{chat}:{OTHER}", "call"]
    fact = school.one("SELECT * FROM telegram_inbox")
    assert (fact["kind"], json.loads(fact["payload"])) == ("person_forgotten", {"command_id": 1})


async def test_session__keeps_no_names_and_forgets_who_is_erased():
    people = [
        types.User(
            id=user,
            access_hash=user + 1,
            first_name="Linette",
            username=username,
            phone="33677889901",
            bot=username.endswith("Bot"),
        )
        for user, username in ((MINE, "lina_q"), (OTHER, "SchoolBot"))
    ]
    session = StoredSession()
    session.process_entities(people)
    data = [session.to_bytes(), *session.known().values()]
    assert not any(word in one for word in (b"Linette", b"lina_q", b"33677889901") for one in data)
    assert session.get_input_entity(types.PeerUser(MINE)).access_hash == MINE + 1
    assert session.get_input_entity("SchoolBot").user_id == OTHER
    session.unsaved.clear()
    session.forget({MINE})
    assert session.unsaved == {MINE}
    assert session.known({MINE}) == {MINE: None}
    assert list(session.known()) == [OTHER]
    with pytest.raises(ValueError):
        session.get_input_entity(types.PeerUser(MINE))
