"""The key exchange: from `req_pq_multi` to `dh_gen_ok`. Pure but for randomness and the clock."""

from __future__ import annotations

import os
import random
import struct
import time
from hashlib import sha1

from telethon.crypto import AES
from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.helpers import generate_key_data_from_nonce
from telethon.tl import TLObject, functions, types

from ..errors import ProtocolError
from ..dh import DH_PRIME, G
from ..keys import RsaKey

_SAFE = 1 << (2048 - 64)


class Handshake:
    """One exchange on one connection. `answer` takes each request; at last `key` is set."""

    def __init__(self, rsa_key: RsaKey) -> None:
        self._rsa = rsa_key
        self._nonce = 0
        self._server_nonce = 0
        self._new_nonce = 0
        self._a = 0
        self._pq = b""
        self.key: bytes | None = None
        self.salt = 0

    def answer(self, request: TLObject) -> TLObject:
        """Raises `ProtocolError` for a step in the wrong order, or one that is not genuine."""
        if isinstance(request, (functions.ReqPqRequest, functions.ReqPqMultiRequest)):
            return self._begin(request.nonce)
        if (
            not self._server_nonce
            or getattr(request, "nonce", None) != self._nonce
            or getattr(request, "server_nonce", None) != self._server_nonce
        ):
            raise ProtocolError("a key exchange that was not begun")
        match request:
            case functions.ReqDHParamsRequest():
                return self._dh_params(request)
            case functions.SetClientDHParamsRequest():
                return self._finish(request)
        raise ProtocolError(f"{type(request).__name__} without a key")

    def _begin(self, nonce: int) -> types.ResPQ:
        self._nonce = nonce
        self._server_nonce = int.from_bytes(os.urandom(16), "little", signed=True)
        p, q = _prime(), _prime()
        while q == p:
            q = _prime()
        self._pq = _big_endian(p * q)
        return types.ResPQ(
            nonce=nonce,
            server_nonce=self._server_nonce,
            pq=self._pq,
            server_public_key_fingerprints=[self._rsa.fingerprint],
        )

    def _dh_params(self, request: functions.ReqDHParamsRequest) -> types.ServerDHParamsOk:
        inner = self._decrypt_inner(request)
        if inner.nonce != self._nonce or inner.server_nonce != self._server_nonce:
            raise ProtocolError("the exchange of another")
        if inner.pq != self._pq or _number(inner.p) * _number(inner.q) != _number(self._pq):
            raise ProtocolError("a wrong factorisation")
        self._new_nonce = inner.new_nonce
        g_a = 0
        while not _SAFE <= g_a <= DH_PRIME - _SAFE:
            # 512 bits are plenty for a server on loopback, and four times as fast.
            self._a = int.from_bytes(os.urandom(64), "big")
            g_a = pow(G, self._a, DH_PRIME)
        answer = bytes(
            types.ServerDHInnerData(
                nonce=self._nonce,
                server_nonce=self._server_nonce,
                g=G,
                dh_prime=_big_endian(DH_PRIME),
                g_a=_big_endian(g_a),
                server_time=int(time.time()),
            )
        )
        plain = sha1(answer).digest() + answer
        plain += os.urandom(-len(plain) % 16)
        return types.ServerDHParamsOk(
            nonce=self._nonce,
            server_nonce=self._server_nonce,
            encrypted_answer=AES.encrypt_ige(plain, *self._temporary_key()),
        )

    def _decrypt_inner(self, request: functions.ReqDHParamsRequest) -> types.PQInnerData:
        if request.public_key_fingerprint != self._rsa.fingerprint:
            raise ProtocolError("encrypted for another key")
        plain = self._rsa.decrypt(request.encrypted_data)[1:]
        return _read_hashed(plain)

    def _finish(self, request: functions.SetClientDHParamsRequest) -> TLObject:
        if not self._a:
            raise ProtocolError("a key exchange that was not begun")
        plain = AES.decrypt_ige(request.encrypted_data, *self._temporary_key())
        inner = _read_hashed(plain)
        if inner.nonce != self._nonce or inner.server_nonce != self._server_nonce:
            raise ProtocolError("the exchange of another")
        g_b = _number(inner.g_b)
        if not _SAFE <= g_b <= DH_PRIME - _SAFE:
            raise ProtocolError("an unsafe g_b")
        key = pow(g_b, self._a, DH_PRIME).to_bytes(256, "big")
        names = {"nonce": self._nonce, "server_nonce": self._server_nonce}
        if key[0] == 0:
            # Telethon drops leading zeros and would compute another key: let it draw again.
            return types.DhGenRetry(**names, new_nonce_hash2=self._nonce_hash(key, 2))
        # The first eight bytes of each, one over the other.
        salt = (self._new_nonce ^ self._server_nonce) & (1 << 64) - 1
        self.salt = salt - (1 << 64) if salt >> 63 else salt
        self.key = key
        return types.DhGenOk(**names, new_nonce_hash1=self._nonce_hash(key, 1))

    def _temporary_key(self) -> tuple[bytes, bytes]:
        key, iv = generate_key_data_from_nonce(self._server_nonce, self._new_nonce)
        return bytes(key), bytes(iv)

    def _nonce_hash(self, key: bytes, number: int) -> int:
        data = _bytes(self._new_nonce, 32) + struct.pack("<B", number) + sha1(key).digest()[:8]
        return int.from_bytes(sha1(data).digest()[4:20], "little", signed=True)


def _read_hashed(plain: bytes) -> TLObject:
    """The object that stands after its SHA-1. What follows it is padding."""
    try:
        with BinaryReader(plain[20:]) as reader:
            inner = reader.tgread_object()
            length = reader.tell_position()
    except (TypeNotFoundError, BufferError, ValueError, struct.error) as error:
        raise ProtocolError("encrypted with another key") from error
    if sha1(plain[20 : 20 + length]).digest() != plain[:20]:
        raise ProtocolError("encrypted data with a wrong hash")
    return inner


def _bytes(number: int, length: int) -> bytes:
    return number.to_bytes(length, "little", signed=True)


def _big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _prime() -> int:
    """A prime of 27 bits: the client has to factor the product, so it is kept easy."""
    while True:
        candidate = random.getrandbits(26) | (1 << 26) | 1
        if all(pow(base, candidate - 1, candidate) == 1 for base in (2, 3, 5, 7, 11, 13)):
            return candidate
