"""The framings of MTProto over TCP, told apart by the first bytes that a client sends."""

from __future__ import annotations

import asyncio
import os
import struct
from zlib import crc32

from ..errors import ProtocolError

MAX_FRAME = 1 << 24

ABRIDGED = b"\xef"
INTERMEDIATE = b"\xee" * 4
PADDED = b"\xdd" * 4


class Transport:
    """Frames in and out of a TCP stream. `read` raises `IncompleteReadError` at the end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        raise ProtocolError("no framing")

    def encode(self, payload: bytes) -> bytes:
        raise ProtocolError("no framing")

    def write(self, payload: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(self.encode(payload))

    def write_error(self, code: int) -> None:
        """The four bytes by which the transport itself refuses: -404 is "unknown key"."""
        self.write(struct.pack("<i", -code))

    async def drain(self) -> None:
        await self._writer.drain()

    def close(self) -> None:
        """End the connection after what was written."""
        self._writer.close()

    def abort(self) -> None:
        """Cut the connection at once. What was not sent yet is lost."""
        self._writer.transport.abort()

    async def _read_frame(self, length: int) -> bytes:
        if not 0 < length <= MAX_FRAME:
            raise ProtocolError(f"a frame of {length} bytes")
        return await self._reader.readexactly(length)


class AbridgedTransport(Transport):
    async def read(self) -> bytes:
        # The high bit asks for a quick acknowledgement, which is optional.
        words = (await self._reader.readexactly(1))[0] & 0x7F
        if words == 0x7F:
            words = int.from_bytes(await self._reader.readexactly(3), "little")
        return await self._read_frame(words * 4)

    def encode(self, payload: bytes) -> bytes:
        words = len(payload) // 4
        if words < 0x7F:
            return bytes([words]) + payload
        return b"\x7f" + words.to_bytes(3, "little") + payload


class IntermediateTransport(Transport):
    async def read(self) -> bytes:
        length = struct.unpack("<I", await self._reader.readexactly(4))[0] & 0x7FFFFFFF
        return await self._read_frame(length)

    def encode(self, payload: bytes) -> bytes:
        return struct.pack("<I", len(payload)) + payload


class PaddedTransport(IntermediateTransport):
    """Intermediate, with up to 15 meaningless bytes more in each frame. What is inside is a
    multiple of 4 bytes, and, when encrypted, a multiple of 16 after the first 24."""

    async def read(self) -> bytes:
        frame = await super().read()
        encrypted = frame[:8] != bytes(8)
        surplus = (len(frame) - 24) % 16 if encrypted and len(frame) >= 40 else len(frame) % 4
        return frame[: len(frame) - surplus]

    def encode(self, payload: bytes) -> bytes:
        # Telethon takes off no more than 3.
        return super().encode(payload + os.urandom(os.urandom(1)[0] % 4))


class FullTransport(Transport):
    """Length, running number, payload, checksum. Telethon's default."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first_length: bytes
    ) -> None:
        super().__init__(reader, writer)
        self._first_length: bytes | None = first_length
        self._received = 0
        self._sent = 0

    async def read(self) -> bytes:
        head = self._first_length or await self._reader.readexactly(4)
        self._first_length = None
        length = struct.unpack("<I", head)[0]
        rest = await self._read_frame(length - 4)
        if len(rest) < 8 or crc32(head + rest[:-4]) != struct.unpack("<I", rest[-4:])[0]:
            raise ProtocolError("a frame with a wrong checksum")
        if struct.unpack_from("<i", rest)[0] != self._received:
            raise ProtocolError("a frame out of order")
        self._received += 1
        return rest[4:-4]

    def encode(self, payload: bytes) -> bytes:
        data = struct.pack("<Ii", len(payload) + 12, self._sent) + payload
        self._sent += 1
        return data + struct.pack("<I", crc32(data))


async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Transport:
    """Return the transport that the client speaks."""
    first = await reader.readexactly(1)
    if first == ABRIDGED:
        return AbridgedTransport(reader, writer)
    first += await reader.readexactly(3)
    if first == INTERMEDIATE:
        return IntermediateTransport(reader, writer)
    if first == PADDED:
        return PaddedTransport(reader, writer)
    if first in (b"GET ", b"POST", b"HEAD", b"OPTI"):
        raise ProtocolError("this port speaks MTProto, not HTTP")
    return FullTransport(reader, writer, first)
