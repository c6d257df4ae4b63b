"""The session layer: message ids, salts, containers, acknowledgements, service messages.

No I/O: `receive` takes a decrypted message and gives the requests in it; what is to be sent waits
in the session until `take_packet`. A session lives as long as the client keeps its id, which for
Telethon is one connection.
"""

from __future__ import annotations

import asyncio
import os
import struct
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Protocol

from telethon.errors import TypeNotFoundError
from telethon.tl import TLObject, functions, types

from .. import tl
from ..errors import ProtocolError, RpcError
from . import crypto

CONTAINER = 0x73F1F8DC
MAX_PACKET = 1 << 20
MAX_CONTAINER = 1000
REMEMBERED = 500  # message ids, to know a repeated one and to send an answer again

# bad_msg_notification
MSG_ID_TOO_LOW, MSG_ID_TOO_HIGH, MSG_ID_PARITY, CONTAINER_INVALID = 16, 17, 18, 64
BAD_SALT = 48


class AuthKey:
    """A key agreed with a client, its salt, and what the client said of itself.

    `error`: why every request with it is refused, once it was revoked.
    """

    def __init__(self, key: bytes, salt: int | None = None) -> None:
        if len(key) != 256:
            raise ValueError("an authorization key has 256 bytes")
        self.key = key
        self.id = crypto.key_id(key)
        self.salt = random_long() if salt is None else salt
        self.sessions: dict[int, Session] = {}
        self.error: RpcError | None = None
        self.app: functions.InitConnectionRequest | None = None
        self.created_at = int(time.time())

    def rotate_salt(self) -> None:
        """The next message with the old salt is answered with `bad_server_salt`."""
        self.salt = random_long()


@dataclass(frozen=True, slots=True)
class Message:
    msg_id: int
    seqno: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """An encrypted message, opened."""

    salt: int
    session_id: int
    message: Message


@dataclass(frozen=True, slots=True)
class Query:
    """A request to be answered by `rpc_result`; or why it cannot even be read."""

    msg_id: int
    request: TLObject | None
    error: RpcError | None = None


def open_envelope(key: AuthKey, frame: bytes) -> Envelope:
    plain = crypto.decrypt(key.key, frame)
    salt, session_id, msg_id, seqno, length = struct.unpack_from("<qqqii", plain)
    padding = len(plain) - 32 - length
    if length < 4 or length % 4 or not 12 <= padding <= 1024:
        raise ProtocolError("a message of impossible length")
    return Envelope(salt, session_id, Message(msg_id, seqno, plain[32 : 32 + length]))


class Wire(Protocol):
    """The connection as the session that it carries sees it."""

    def flush_soon(self) -> None: ...

    def close_after(self, seconds: float) -> None: ...

    def close(self) -> None: ...


class Session:
    def __init__(self, key: AuthKey, session_id: int) -> None:
        self.key = key
        self.id = session_id
        self.connection: Wire | None = None  # where its messages go now
        self.layer = 0
        self.wants_updates = False
        self.is_announced = False
        self.running: dict[int, asyncio.Task[bool]] = {}  # by msg_id; whether it succeeded
        self.failed: deque[int] = deque(maxlen=REMEMBERED)  # msg_ids answered with an error
        self._received: OrderedDict[int, bytes | None] = OrderedDict()  # msg_id -> answer
        self._unacked: OrderedDict[int, Message] = OrderedDict()
        self._to_ack: list[int] = []
        self._outgoing: list[Message] = []
        self._last_msg_id = 0
        self._content_count = 0

    # In

    def receive(self, envelope: Envelope) -> list[Query]:
        """Return the envelope's queries, service messages included; what is wrong with the envelope
        itself is answered here."""
        outer = envelope.message
        if envelope.salt != self.key.salt:
            self.send(
                types.BadServerSalt(outer.msg_id, outer.seqno, BAD_SALT, self.key.salt),
                content=False,
            )
            return []
        bad = _check_msg_id(outer.msg_id)
        if bad:
            self._refuse(outer, bad)
            return []
        if not self.is_announced:
            self.is_announced = True
            self.send(types.NewSessionCreated(outer.msg_id, random_long(), self.key.salt))
        try:
            messages = _contents(outer)
        except (ProtocolError, struct.error):
            self._refuse(outer, CONTAINER_INVALID)
            return []
        queries: list[Query] = []
        for message in messages:
            self._receive_one(message, queries)
        return queries

    def _receive_one(self, message: Message, queries: list[Query]) -> None:
        if message.seqno & 1:
            self._to_ack.append(message.msg_id)
            if message.msg_id in self._received:
                answer = self._received[message.msg_id]
                if answer is not None:
                    self.send_bytes(answer, reply=True)
                return
            self._remember(message.msg_id, None)
        try:
            body = tl.read(message.body)
        except TypeNotFoundError:
            queries.append(Query(message.msg_id, None, RpcError(400, "INPUT_METHOD_INVALID")))
            return
        except ProtocolError:
            queries.append(Query(message.msg_id, None, RpcError(400, "INPUT_FETCH_ERROR")))
            return
        queries.append(Query(message.msg_id, body))

    def _refuse(self, message: Message, code: int) -> None:
        self.send(types.BadMsgNotification(message.msg_id, message.seqno, code), content=False)

    def _remember(self, msg_id: int, answer: bytes | None) -> None:
        self._received[msg_id] = answer
        while len(self._received) > REMEMBERED:
            self._received.popitem(last=False)

    def state_of(self, msg_id: int) -> int:
        """As `msgs_state_info` tells it: 4 received, 2 not received, 1 forgotten."""
        if msg_id in self._received:
            return 4
        oldest = next(iter(self._received), None)
        return 1 if oldest is not None and msg_id < oldest else 2

    def acknowledged(self, msg_ids: list[int]) -> None:
        for msg_id in msg_ids:
            self._unacked.pop(msg_id, None)

    def resend(self, msg_ids: list[int]) -> None:
        """Send again those that were not acknowledged."""
        self._outgoing += [self._unacked[msg_id] for msg_id in msg_ids if msg_id in self._unacked]

    # Out

    def answer(self, msg_id: int, answer: bytes | RpcError) -> None:
        """Queue the `rpc_result`."""
        body = tl.rpc_result(msg_id, answer)
        if msg_id in self._received:
            self._received[msg_id] = body
        self.send_bytes(body, reply=True)

    def send(self, message: TLObject, *, content: bool = True, reply: bool = False) -> None:
        self.send_bytes(bytes(message), content=content, reply=reply)

    def send_bytes(self, body: bytes, *, content: bool = True, reply: bool = False) -> None:
        """Queue a message. `content`: to be acknowledged; `reply`: it answers the client's."""
        seqno = self._content_count * 2 + (1 if content else 0)
        self._content_count += content
        message = Message(self._next_msg_id(reply), seqno, body)
        if content:
            self._unacked[message.msg_id] = message
            while len(self._unacked) > REMEMBERED:
                self._unacked.popitem(last=False)
        self._outgoing.append(message)

    @property
    def has_outgoing(self) -> bool:
        return bool(self._outgoing)

    @property
    def must_ack(self) -> bool:
        return bool(self._to_ack)

    @property
    def unacked(self) -> frozenset[int]:
        """Ids of the messages that the client has not acknowledged."""
        return frozenset(self._unacked)

    def take_packet(self) -> bytes | None:
        """The next encrypted frame with as much as fits, or None when all is sent."""
        if self._to_ack:
            acks, self._to_ack = self._to_ack, []
            self.send(types.MsgsAck(acks), content=False)
        if not self._outgoing:
            return None
        size, count = 0, 0
        for message in self._outgoing[:MAX_CONTAINER]:
            size += len(message.body) + 16
            if count and size > MAX_PACKET:
                break
            count += 1
        messages, self._outgoing = self._outgoing[:count], self._outgoing[count:]
        plain = messages[0] if count == 1 else self._container(messages)
        head = struct.pack("<qqqii", self.key.salt, self.id, *_head(plain))
        return crypto.encrypt(self.key.key, head + plain.body)

    def _container(self, messages: list[Message]) -> Message:
        parts = [struct.pack("<Ii", CONTAINER, len(messages))]
        for message in messages:
            parts += (struct.pack("<qii", *_head(message)), message.body)
        return Message(self._next_msg_id(False), self._content_count * 2, b"".join(parts))

    def _next_msg_id(self, reply: bool) -> int:
        now = time.time()
        msg_id = (int(now * (1 << 32)) & ~3) | (1 if reply else 3)
        if msg_id <= self._last_msg_id:
            msg_id = (self._last_msg_id & ~3) + 4 | (1 if reply else 3)
        self._last_msg_id = msg_id
        return msg_id


def random_long() -> int:
    return int.from_bytes(os.urandom(8), "little", signed=True)


def _head(message: Message) -> tuple[int, int, int]:
    return message.msg_id, message.seqno, len(message.body)


def _contents(message: Message) -> list[Message]:
    """The messages of a container, or the message itself.

    Read by hand: in the generated reader one unknown constructor would lose them all.
    """
    if struct.unpack_from("<I", message.body)[0] != CONTAINER:
        return [message]
    (count,) = struct.unpack_from("<i", message.body, 4)
    messages, position = [], 8
    for _ in range(count):
        msg_id, seqno, length = struct.unpack_from("<qii", message.body, position)
        position += 16
        body = message.body[position : position + length]
        if length < 4 or len(body) != length or msg_id >= message.msg_id:
            raise ProtocolError("a broken container")
        messages.append(Message(msg_id, seqno, body))
        position += length
    return messages


def _check_msg_id(msg_id: int) -> int | None:
    """The code of what is wrong with it. Always by the real time, whatever the world's clock."""
    if msg_id % 4:
        return MSG_ID_PARITY
    age = time.time() - (msg_id >> 32)
    if age > 300:
        return MSG_ID_TOO_LOW
    if age < -30:
        return MSG_ID_TOO_HIGH
    return None
