"""One TCP connection: frames in, queries to the server's answering, packets out."""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from typing import Any, Protocol

from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.tl import TLObject, functions, types

from ..errors import ProtocolError
from ..keys import RsaKey
from .answering import Host, answer_query
from .handshake import Handshake
from .service_messages import serve
from .session import AuthKey, Session, open_envelope, random_long
from .transport import Transport, accept

log = logging.getLogger(__name__)

# Acknowledgements travel with the answer; a request that takes longer gets its own.
ACK_AFTER_S = 0.5
UNKNOWN_KEY = 404


class Owner(Host, Protocol):
    """The part of the server that a connection needs."""

    key: RsaKey
    connections: set[Connection]

    def add_key(self, key: AuthKey) -> None: ...

    def forget_key(self, auth_key_id: int) -> None: ...

    def keep_task(self, task: asyncio.Task[Any]) -> None: ...

    def session_ended(self, session: Session) -> None: ...


class Connection:
    """`session` is the one used last; a client may switch keys on one connection."""

    def __init__(
        self, server: Owner, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self.session: Session | None = None
        self._reader = reader
        self._writer = writer
        self._transport = Transport(reader, writer)
        self._handshake: Handshake | None = None
        self._flush_handle: asyncio.Handle | None = None
        self._ack_handle: asyncio.TimerHandle | None = None
        self._closing_handle: asyncio.TimerHandle | None = None
        self._last_plain_id = 0
        self.is_closed = False

    async def run(self) -> None:
        """Serve until either side hangs up."""
        try:
            self._transport = await accept(self._reader, self._writer)
            while not self.is_closed:
                self._receive(await self._transport.read())
                await self._transport.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except ProtocolError as error:
            log.warning("connection closed: %s", error)
        except Exception as error:
            # A bug here would look like a client that reconnects for ever: let tests see it.
            log.exception("connection failed")
            self.server.crashes.append(f"connection: {error!r}")
        finally:
            self.close()

    # In

    def _receive(self, frame: bytes) -> None:
        if len(frame) < 24:
            raise ProtocolError("a frame that is too short")
        (key_id,) = struct.unpack_from("<Q", frame)
        if key_id == 0:
            self._receive_plain(frame)
            return
        key = self.server.keys.get(key_id)
        if key is None:
            self._transport.write_error(UNKNOWN_KEY)
            raise ProtocolError("an unknown authorization key")
        envelope = open_envelope(key, frame)
        session = key.sessions.get(envelope.session_id)
        if session is None:
            session = key.sessions[envelope.session_id] = Session(key, envelope.session_id)
        self._use(session)
        for query in session.receive(envelope):
            if isinstance(query.request, functions.DestroyAuthKeyRequest):
                self._destroy_key(key)
                return
            if query.request is not None and serve(session, query.msg_id, query.request):
                continue
            task = asyncio.create_task(answer_query(self, session, query))
            session.running[query.msg_id] = task
            self.server.keep_task(task)
        if session.has_outgoing:
            self.flush_soon()
        elif session.must_ack and not self._ack_handle:
            self._ack_handle = asyncio.get_running_loop().call_later(ACK_AFTER_S, self._flush)

    def _receive_plain(self, frame: bytes) -> None:
        """A message of the key exchange."""
        (length,) = struct.unpack_from("<i", frame, 16)
        body = frame[20 : 20 + length]
        if length != len(body) or length < 4:
            raise ProtocolError("a plain message of impossible length")
        try:
            with BinaryReader(body) as reader:
                request = reader.tgread_object()
        except (TypeNotFoundError, BufferError, ValueError, struct.error) as error:
            raise ProtocolError("a plain message that is none of the key exchange") from error
        if isinstance(request, types.MsgsAck):
            return
        if self._handshake is None or self._handshake.key:
            self._handshake = Handshake(self.server.key)
        answer = bytes(self._handshake.answer(request))
        if self._handshake.key:
            self.server.add_key(AuthKey(self._handshake.key, self._handshake.salt))
        self._last_plain_id = max(self._last_plain_id + 4, int(time.time() * (1 << 32)) & ~3 | 1)
        head = struct.pack("<qqi", 0, self._last_plain_id, len(answer))
        self._transport.write(head + answer)

    def _use(self, session: Session) -> None:
        if self.session is not session and self.session is not None:
            if self.session.connection is self:
                self.session.connection = None
        self.session = session
        session.connection = self

    def _destroy_key(self, key: AuthKey) -> None:
        assert self.session is not None
        self.session.send(types.DestroyAuthKeyOk(), content=False)
        self._flush()
        self.server.forget_key(key.id)

    # Out

    def flush_soon(self) -> None:
        """Send at the end of this turn of the loop, so that what comes together goes together."""
        if self._flush_handle is None and not self.is_closed:
            self._flush_handle = asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_handle = None
        if self._ack_handle:
            self._ack_handle.cancel()
            self._ack_handle = None
        if self.is_closed or self.session is None:
            return
        while packet := self.session.take_packet():
            self._transport.write(packet)

    def push(self, message: TLObject) -> None:
        """Send an update to the session."""
        if self.session and not self.is_closed:
            self.session.send(message)
            self.flush_soon()

    # End

    def close_after(self, seconds: float) -> None:
        """Close after so many seconds, as `ping_delay_disconnect` asks; a later ping moves it."""
        if self._closing_handle:
            self._closing_handle.cancel()
        self._closing_handle = asyncio.get_running_loop().call_later(seconds, self.close)

    def close(self) -> None:
        """Hang up once everything is sent that was written."""
        self._end()
        self._transport.close()

    def abort(self) -> None:
        """Cut, as a broken line does."""
        self._end()
        self._transport.abort()

    def _end(self) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        for handle in (self._flush_handle, self._ack_handle, self._closing_handle):
            if handle:
                handle.cancel()
        session = self.session
        if session and session.connection is self:
            session.connection = None
            self.server.session_ended(session)
        self.server.connections.discard(self)


def new_key() -> AuthKey:
    """A key without an exchange, for clients that are given it beforehand."""
    key = b"".join(random_long().to_bytes(8, "little", signed=True) for _ in range(32))
    # Telethon drops leading zeros of keys that it computes; none is expected here either.
    return AuthKey(b"\x01" + key[1:])
