"""Reading requests and writing answers in TL, where Telethon's classes alone do not suffice."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Sequence
from functools import cache
from typing import Any
from zlib import crc32

from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.tl import TLObject, TLRequest, functions, types
from telethon.tl.alltlobjects import LAYER

from .errors import ProtocolError, RpcError

GZIP = 0x3072CFA1
VECTOR = 0x1CB5C415
BOOL_TRUE = struct.pack("<I", 0x997275B5)
BOOL_FALSE = struct.pack("<I", 0xBC799737)
RPC_RESULT = struct.pack("<I", 0xF35C6D01)
RPC_ERROR = struct.pack("<I", 0x2144CA19)

# Answers shorter than this are not worth packing.
GZIP_FROM = 1024

# A type is named by the checksum of its name; here those of answers that are no TL objects.
BOOL = crc32(b"Bool")
_BARE_VECTORS = {crc32(b"Vector<int>"): "i", crc32(b"Vector<long>"): "q"}  # the format of one


def read(body: bytes) -> TLObject:
    """The object in `body`, unpacked if gzipped.

    Raises `TypeNotFoundError` for an unknown constructor, `ProtocolError` for what is no TL.
    """
    try:
        if len(body) >= 4 and struct.unpack_from("<I", body)[0] == GZIP:
            with BinaryReader(body[4:]) as reader:
                body = gzip.decompress(reader.tgread_bytes())
        with BinaryReader(body) as reader:
            return reader.tgread_object()
    except TypeNotFoundError:
        raise
    except Exception as error:
        raise ProtocolError(f"not TL: {error!r}") from error


class Unwrapped:
    """A request without the wrappers that say how to run it."""

    def __init__(self, request: TLObject) -> None:
        self.layer: int | None = None
        self.after: list[int] = []  # message ids that must have been answered before
        self.wants_updates = True
        self.connection: functions.InitConnectionRequest | None = None
        while True:
            match request:
                case functions.InvokeWithLayerRequest():
                    self.layer = request.layer
                    if not 1 <= request.layer <= LAYER:
                        raise RpcError(400, "CONNECTION_LAYER_INVALID")
                case functions.InitConnectionRequest():
                    self.connection = request
                case functions.InvokeAfterMsgRequest():
                    self.after.append(request.msg_id)
                case functions.InvokeAfterMsgsRequest():
                    self.after.extend(request.msg_ids)
                case functions.InvokeWithoutUpdatesRequest():
                    self.wants_updates = False
                case _:
                    break
            request = request.query
        self.request = request


def write_result(request: TLRequest, result: Any) -> bytes:
    """The answer to the request as bytes. Raises TypeError for what is none by the schema."""
    declared = request.SUBCLASS_OF_ID
    if isinstance(result, bool) and declared == BOOL:
        return BOOL_TRUE if result else BOOL_FALSE
    if isinstance(result, TLObject) and declared == result.SUBCLASS_OF_ID:
        return bytes(result)
    if isinstance(result, Sequence) and not isinstance(result, (str, bytes)):
        head = struct.pack("<Ii", VECTOR, len(result))
        bare = _BARE_VECTORS.get(declared)
        if bare:
            return head + struct.pack(f"<{len(result)}{bare}", *result)
        if all(declared == vector_of(type(item)) for item in result):
            return head + b"".join(bytes(item) for item in result)
    raise TypeError(f"{type(request).__name__} was answered with {result!r}")


def vector_of(kind: type[TLObject]) -> int:
    """The checksum by which the schema names a vector of such objects."""
    return crc32(f"Vector<{_type_names().get(kind.SUBCLASS_OF_ID, '?')}>".encode())


@cache
def _type_names() -> dict[int, str]:
    """The names of the types without a namespace, by their checksum: Telethon has them as
    `types.TypeUser`. No vector of others is answered here."""
    names = [one.removeprefix("Type") for one in vars(types) if one.startswith("Type")]
    return {crc32(name.encode()): name for name in names}


def rpc_result(msg_id: int, answer: bytes | RpcError) -> bytes:
    """The whole `rpc_result` message, packed if long."""
    if isinstance(answer, RpcError):
        body = RPC_ERROR + struct.pack("<i", answer.code) + TLObject.serialize_bytes(answer.message)
    else:
        body = packed(answer)
    return bytes(RPC_RESULT + struct.pack("<q", msg_id) + body)


def packed(body: bytes) -> bytes:
    """The body, gzipped where that makes it shorter."""
    if len(body) < GZIP_FROM:
        return body
    smaller = struct.pack("<I", GZIP) + TLObject.serialize_bytes(gzip.compress(body, 1))
    return smaller if len(smaller) < len(body) else body
