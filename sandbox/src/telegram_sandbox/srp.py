"""The server's half of the password check (SRP as Telegram defines it): no password is sent."""

from __future__ import annotations

import hmac
import os
from hashlib import sha256

from telethon.password import compute_hash
from telethon.tl import types

from .dh import DH_PRIME, G

_SIZE = 256


class SrpChallenge:
    """One question to a client: `public` goes out, `check` judges the answer."""

    def __init__(self, password: str) -> None:
        self.id = int.from_bytes(os.urandom(8), "little", signed=True)
        self.algo = types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
            salt1=os.urandom(16), salt2=os.urandom(16), g=G, p=_bytes(DH_PRIME)
        )
        x = int.from_bytes(compute_hash(self.algo, password), "big")
        self._verifier = pow(G, x, DH_PRIME)
        multiplier = int.from_bytes(_hash(_bytes(DH_PRIME), _bytes(G)), "big")
        self._b = int.from_bytes(os.urandom(_SIZE), "big")
        public = (multiplier * self._verifier + pow(G, self._b, DH_PRIME)) % DH_PRIME
        self.public = _bytes(public)

    def check(self, answer: types.InputCheckPasswordSRP) -> bool:
        a = int.from_bytes(answer.A, "big")
        if not 1 < a < DH_PRIME - 1:
            return False
        u = int.from_bytes(_hash(_bytes(a), self.public), "big")
        shared = pow(a * pow(self._verifier, u, DH_PRIME), self._b, DH_PRIME)
        group = zip(_hash(_bytes(DH_PRIME)), _hash(_bytes(G)), strict=True)
        right = _hash(
            bytes(one ^ other for one, other in group),
            _hash(self.algo.salt1),
            _hash(self.algo.salt2),
            _bytes(a),
            self.public,
            _hash(_bytes(shared)),
        )
        return hmac.compare_digest(right, answer.M1)


def _bytes(number: int) -> bytes:
    return number.to_bytes(_SIZE, "big")


def _hash(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()
