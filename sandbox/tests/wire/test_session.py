"""The session layer: salts, message ids, containers, packing, acknowledgements, states."""

from __future__ import annotations

import asyncio
import struct
import time

import pytest
from telethon import errors
from telethon.tl import TLObject, functions, types

from telegram_sandbox import Sandbox, tl
from telegram_sandbox.wire.connection import new_key
from telegram_sandbox.wire.service_messages import serve
from telegram_sandbox.wire.session import CONTAINER, Envelope, Message, Query, Session
from telegram_sandbox.world.people import User

from .conftest import eventually


async def test_salt__changes_under_the_client(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    for _ in range(3):
        sandbox.server.rotate_salts()
        answers = await asyncio.gather(*(client.get_me() for _ in range(5)))
        assert {answer.id for answer in answers} == {ada.id}
    key = sandbox.server.keys[client.session.auth_key.key_id]
    assert client._sender._state.salt == key.salt


@pytest.mark.parametrize("offset", [3_600, -3_600])
async def test_clock_of_the_client_is_wrong__it_is_told(
    sandbox: Sandbox, ada: User, offset: int
) -> None:
    client = sandbox.client(ada)
    await client.connect()
    client._sender._state.time_offset = offset
    client._sender._state._last_msg_id = 0
    assert (await client.get_me()).id == ada.id
    assert abs(client._sender._state.time_offset) <= 1


async def test_container__many_requests_in_one(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    request = functions.users.GetUsersRequest([types.InputUserSelf()])
    answers = await asyncio.gather(*(client(request) for _ in range(300)))
    assert all(answer[0].id == ada.id for answer in answers)


async def test_container__one_bad_request_spoils_no_other(sandbox: Sandbox, ada: User) -> None:
    class Unknown(functions.PingRequest):
        CONSTRUCTOR_ID = 0x12345678

        def _bytes(self) -> bytes:
            return struct.pack("<Iq", self.CONSTRUCTOR_ID, self.ping_id)

    client = sandbox.client(ada)
    await client.connect()
    futures = client._sender.send(
        [Unknown(1), functions.users.GetUsersRequest([types.InputUserSelf()])]
    )
    with pytest.raises(errors.InputMethodInvalidError):
        await futures[0]
    assert (await futures[1])[0].id == ada.id
    assert len(sandbox.server.unimplemented) == 1


async def test_gzip__both_ways(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    answer = await client(functions.users.GetUsersRequest([types.InputUserSelf()] * 5_000))
    assert len(answer) == 5_000
    plain = bytes(answer[0]) * 100
    assert len(tl.packed(plain)) < len(plain) / 2
    assert tl.packed(b"short") == b"short"


async def test_acks__arrive(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    await client.get_me()
    session = next(sandbox.server.sessions_of(ada.id))
    # Telethon sends its acknowledgements along with the next request.
    await client.get_me()
    await eventually(lambda: len(session.unacked) <= 1)


async def test_ping__and_delayed_disconnect(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    pong = await client(functions.PingRequest(42))
    assert pong.ping_id == 42
    (connection,) = sandbox.server.connections
    pong = await client(functions.PingDelayDisconnectRequest(43, disconnect_delay=0))
    assert pong.ping_id == 43
    await eventually(lambda: connection.is_closed)


async def test_future_salts(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    answer = await client._sender.send(functions.GetFutureSaltsRequest(1))
    assert answer.salts[0].salt == sandbox.server.keys[client.session.auth_key.key_id].salt


async def test_invoke_after__waits_and_fails_with_the_first(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    me = functions.users.GetUsersRequest([types.InputUserSelf()])
    sandbox.faults.delay("users.getUsers", 0.02)
    first, second = await client([me, me], ordered=True)
    assert first[0].id == second[0].id == ada.id
    sandbox.faults.error("users.getUsers", 400, "USER_ID_INVALID")
    with pytest.raises(errors.MultiError) as raised:
        await client([me, me], ordered=True)
    assert [type(error) for error in raised.value.exceptions] == [
        errors.UserIdInvalidError,
        errors.MsgWaitFailedError,
    ]


# Without a connection


def make_session() -> Session:
    return Session(new_key(), 99)


def client_id(step: int = 0) -> int:
    return (int(time.time() * 2**32) & ~3) + 4 * step


def envelope(session: Session, message: Message, salt: int | None = None) -> Envelope:
    return Envelope(session.key.salt if salt is None else salt, session.id, message)


def sent(session: Session) -> list[TLObject]:
    """The messages that wait to be sent, decoded."""
    return [tl.read(message.body) for message in session._outgoing]


def receive(session: Session, opened: Envelope) -> list[Query]:
    """As a connection does: service messages are dealt with; the queries that are left."""
    queries = session.receive(opened)
    return [one for one in queries if not (one.request and serve(session, one.msg_id, one.request))]


def ping(msg_id: int, seqno: int = 1) -> Message:
    return Message(msg_id, seqno, bytes(functions.PingRequest(1)))


def test_first_message__announces_the_session() -> None:
    session = make_session()
    receive(session, envelope(session, ping(client_id())))
    created, pong = sent(session)
    assert isinstance(created, types.NewSessionCreated)
    assert created.server_salt == session.key.salt
    assert isinstance(pong, types.Pong)


def test_wrong_salt__nothing_is_done() -> None:
    session = make_session()
    queries = receive(session, envelope(session, ping(client_id()), salt=0))
    (answer,) = sent(session)
    assert queries == []
    assert (answer.error_code, answer.new_server_salt) == (48, session.key.salt)


@pytest.mark.parametrize(
    ("offset", "code"),
    [(1, 18), (-(400 << 32), 16), (60 << 32, 17)],
)
def test_bad_message_id__is_refused(offset: int, code: int) -> None:
    session = make_session()
    receive(session, envelope(session, ping(client_id() + offset)))
    (answer,) = sent(session)
    assert isinstance(answer, types.BadMsgNotification)
    assert answer.error_code == code


def test_broken_container__is_refused() -> None:
    session = make_session()
    body = struct.pack("<Iiqii", CONTAINER, 1, client_id(), 1, 400)
    receive(session, envelope(session, Message(client_id(1), 0, body)))
    assert sent(session)[-1].error_code == 64


def test_repeated_message__is_answered_again_not_done_again() -> None:
    session = make_session()
    body = bytes(functions.help.GetConfigRequest())
    message = Message(client_id(), 1, body)
    (query,) = receive(session, envelope(session, message))
    session.answer(query.msg_id, tl.BOOL_TRUE)
    before = len(session._outgoing)
    assert receive(session, envelope(session, message)) == []
    assert len(session._outgoing) == before + 1
    assert session._outgoing[-1].body == session._outgoing[-2].body


def test_states__of_messages() -> None:
    session = make_session()
    known, asking = client_id(), client_id(10)
    receive(session, envelope(session, ping(known)))
    question = types.MsgsStateReq([known, known + 4, known - 4])
    receive(session, envelope(session, Message(asking, 2, bytes(question))))
    (info,) = [message for message in sent(session) if isinstance(message, types.MsgsStateInfo)]
    states = info.info if isinstance(info.info, bytes) else info.info.encode()
    assert list(states) == [4, 2, 1]


def test_server_ids__are_odd_and_rise() -> None:
    session = make_session()
    for number in range(50):
        session.send(types.Pong(1, number), reply=bool(number % 2))
    ids = [message.msg_id for message in session._outgoing]
    assert ids == sorted(set(ids))
    assert {msg_id % 4 for msg_id in ids} == {1, 3}
    assert [message.seqno for message in session._outgoing] == list(range(1, 101, 2))
    assert session.take_packet()
    assert session.take_packet() is None


def test_resend__what_was_not_acknowledged() -> None:
    session = make_session()
    session.send(types.Pong(1, 1))
    (msg_id,) = session.unacked
    while session.take_packet():
        pass
    session.resend([msg_id, 12345])
    assert session.has_outgoing
    session.acknowledged([msg_id])
    assert session.unacked == frozenset()
