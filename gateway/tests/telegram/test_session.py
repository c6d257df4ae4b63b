"""The stored session, held against the client library's own on the same people and groups."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.telegram.session import StoredSession
from telethon import utils
from telethon.crypto import AuthKey
from telethon.sessions import MemorySession
from telethon.tl import types

NUMBERS = st.integers(1, 12)  # few, so that people and groups have the same ones
HASHES = st.integers(-(2**63), 2**63 - 1).filter(bool)
NAMES = st.sampled_from(["lina_q", "Ecole_Bot", "other_bot", "3e_A", "salle"])
PHONE = "33677889901"
CLASS = "3e A"


@st.composite
def users(draw) -> types.User:
    name = draw(st.none() | NAMES)
    return types.User(
        id=draw(NUMBERS),
        access_hash=draw(HASHES),
        min=draw(st.booleans()),
        first_name="Linette",
        phone=PHONE,
        username=name,
        bot=(name or "").lower().endswith("bot"),
    )


@st.composite
def channels(draw) -> types.Channel:
    return types.Channel(
        id=draw(NUMBERS),
        title=CLASS,
        photo=types.ChatPhotoEmpty(),
        date=datetime(2026, 1, 5, tzinfo=UTC),
        access_hash=draw(HASHES),
        username=draw(st.none() | NAMES),
        megagroup=True,
    )


@st.composite
def small_groups(draw) -> types.Chat:
    return types.Chat(
        id=draw(NUMBERS),
        title=CLASS,
        photo=types.ChatPhotoEmpty(),
        participants_count=1,
        date=datetime(2026, 1, 5, tzinfo=UTC),
        version=1,
    )


ANSWERS = st.lists(st.lists(users() | channels() | small_groups(), max_size=5), max_size=6)


def theirs(answers) -> MemorySession:
    """The library's session, given of each person or group only what was shown last, and of each
    username only who had it last: of older rows it answers anything."""
    rows: dict[int, tuple] = {}
    for one in [one for answer in answers for one in answer]:
        (row,) = MemorySession()._entities_to_rows([one]) or [None]
        if row is None:
            continue
        for other, known in rows.items():
            if row[2] and known[2] == row[2]:
                rows[other] = (*known[:2], None, *known[3:])
        rows[row[0]] = row
    session = MemorySession()
    session._entities = set(rows.values())
    return session


def ours(answers) -> StoredSession:
    session = StoredSession()
    for answer in answers:
        session.process_entities(answer)
    return session


def found(session, key):
    try:
        return session.get_input_entity(key)
    except ValueError:
        return None


@given(ANSWERS)
def test_everybody_is_found_as_the_library_finds_them(answers):
    theirs_, ours_ = theirs(answers), ours(answers)
    for number in range(1, 13):
        for kind in (types.PeerUser, types.PeerChat, types.PeerChannel):
            assert found(ours_, kind(number)) == found(theirs_, kind(number))
        for exact in (number, -number):
            assert ours_.get_entity_rows_by_id(exact) == theirs_.get_entity_rows_by_id(exact)
        # a person and a group may have the same number: of whatever kind, it is one of them
        marked = [
            utils.get_peer_id(kind(number))
            for kind in (types.PeerUser, types.PeerChat, types.PeerChannel)
        ]
        alike = [row for row in map(theirs_.get_entity_rows_by_id, marked) if row]
        assert ours_.get_entity_rows_by_id(number, exact=False) in (alike or [None])


@given(ANSWERS)
def test_bots_and_groups_are_found_by_username_and_nobody_by_anything_else(answers):
    theirs_, ours_ = theirs(answers), ours(answers)
    for name in ("lina_q", "ecole_bot", "other_bot", "3e_a", "salle"):
        known = theirs_.get_entity_rows_by_username(name)
        is_person = known is not None and known[0] > 0 and not name.endswith("bot")
        assert ours_.get_entity_rows_by_username(name) == (None if is_person else known)
    for key in (PHONE, "Linette", CLASS):
        assert found(ours_, key) is None


@given(ANSWERS, st.sets(NUMBERS))
def test_what_is_stored_is_what_is_known(answers, gone):
    session = ours(answers)
    session.forget(gone)
    restored = StoredSession.from_bytes(session.to_bytes(), session.known().values())
    assert restored.known() == session.known()
    assert not restored.unsaved
    for number in range(1, 13):
        for kind in (types.PeerUser, types.PeerChat, types.PeerChannel):
            assert found(restored, kind(number)) == found(session, kind(number))
        assert found(restored, types.PeerUser(number)) is None or number not in gone
    for name in ("ecole_bot", "other_bot", "3e_a", "salle"):
        assert restored.get_entity_rows_by_username(name) == session.get_entity_rows_by_username(
            name
        )


@given(st.lists(st.tuples(ANSWERS, st.sets(NUMBERS), st.booleans()), max_size=5))
def test_storing_what_changed_stores_everything(steps):
    session, stored = StoredSession(), {}
    for answers, gone, is_stored in [*steps, ([], set(), True)]:
        for answer in answers:
            session.process_entities(answer)
        session.forget(gone)
        if is_stored:
            stored |= session.known(session.unsaved)
            session.unsaved.clear()
    assert {part: data for part, data in stored.items() if data is not None} == session.known()


def test_a_known_person_is_not_stored_again():
    people = [types.User(id=n, access_hash=n, username=f"person_{n}") for n in range(1, 30)]
    session = ours([people])
    assert session.unsaved == set(range(1, 30))
    session.unsaved.clear()
    session.process_entities(people)
    assert not session.unsaved
    session.process_entities([types.User(id=3, access_hash=4)])
    assert session.unsaved == {3}


def test_a_bot_that_lost_its_username_is_not_found_by_it():
    session = ours([[types.User(id=1, access_hash=5, username="Ecole_Bot", bot=True)]])
    session.unsaved.clear()
    session.process_entities([types.User(id=2, access_hash=6, username="Ecole_Bot", bot=True)])
    assert session.unsaved == {1, 2}
    assert session.get_input_entity("ecole_bot").user_id == 2
    assert session.get_input_entity(types.PeerUser(1)).access_hash == 5
    session.forget({2})
    with pytest.raises(ValueError):
        session.get_input_entity("ecole_bot")


def state(pts: int, at: datetime) -> types.updates.State:
    return types.updates.State(pts=pts, qts=0, date=at, seq=1, unread_count=0)


def test_login_and_numbers_come_back_and_are_stored_when_they_change():
    session = StoredSession()
    session.set_dc(4, "127.0.0.1", 4430)
    session.auth_key = AuthKey(bytes(range(256)))
    at, later = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC)
    session.set_update_state(0, state(5, at))
    session.set_update_state(9, state(7, at))
    assert session.is_changed
    restored = StoredSession.from_bytes(session.to_bytes())
    assert not session.is_changed and not restored.is_changed
    assert restored.auth_key.key == session.auth_key.key
    assert (restored.dc_id, restored.server_address, restored.port) == (4, "127.0.0.1", 4430)
    assert restored.get_update_state(9).pts == 7
    # the library says the same again every minute
    session.set_update_state(0, state(5, at))
    session.set_update_state(9, state(7, later))
    assert not session.is_changed
    session.set_update_state(9, state(8, later))
    assert session.is_changed
