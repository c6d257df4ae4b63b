"""MTProto 2.0 encryption of one message, the server's side."""

from __future__ import annotations

import os
import struct
from hashlib import sha1, sha256

from telethon.crypto import AES

from ..errors import ProtocolError

_FROM_CLIENT = 0
_FROM_SERVER = 8


def key_id(key: bytes) -> int:
    """The key's id on the wire: unsigned, 64 bits."""
    return int.from_bytes(sha1(key).digest()[12:20], "little")


def encrypt(key: bytes, plain: bytes) -> bytes:
    """The whole frame: key id, message key, encrypted data. `plain` begins with the salt."""
    plain += os.urandom(-(len(plain) + 12) % 16 + 12)
    msg_key = _message_key(key, plain, _FROM_SERVER)
    data: bytes = AES.encrypt_ige(plain, *_aes(key, msg_key, _FROM_SERVER))
    return struct.pack("<Q", key_id(key)) + msg_key + data


def decrypt(key: bytes, frame: bytes) -> bytes:
    """Decrypt the client's frame, padding included. Raises `ProtocolError` if it is not genuine."""
    msg_key, data = frame[8:24], frame[24:]
    if len(data) < 48 or len(data) % 16:
        raise ProtocolError("an encrypted message of impossible length")
    plain: bytes = AES.decrypt_ige(data, *_aes(key, msg_key, _FROM_CLIENT))
    if _message_key(key, plain, _FROM_CLIENT) != msg_key:
        raise ProtocolError("a message with a wrong key")
    return plain


def _message_key(key: bytes, plain: bytes, x: int) -> bytes:
    return sha256(key[88 + x : 120 + x] + plain).digest()[8:24]


def _aes(key: bytes, msg_key: bytes, x: int) -> tuple[bytes, bytes]:
    a = sha256(msg_key + key[x : x + 36]).digest()
    b = sha256(key[x + 40 : x + 76] + msg_key).digest()
    return a[:8] + b[8:24] + a[24:], b[:8] + a[8:24] + b[24:]
