"""The server's RSA key. Making one takes long, so it is made once for a machine and kept."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from hashlib import sha1
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from telethon.tl import TLObject


class RsaKey:
    """A 2048-bit key pair, used raw as MTProto does."""

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        self._private = private
        numbers = private.private_numbers()
        self._p, self._q = numbers.p, numbers.q
        self._dp, self._dq, self._q_inverse = numbers.dmp1, numbers.dmq1, numbers.iqmp
        self.n = numbers.public_numbers.n
        self.e = numbers.public_numbers.e

    @classmethod
    def generate(cls) -> RsaKey:
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    @classmethod
    def from_pem(cls, pem: bytes) -> RsaKey:
        private = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(private, rsa.RSAPrivateKey) or private.key_size != 2048:
            raise ValueError("an RSA key of 2048 bits is needed")
        return cls(private)

    def private_pem(self) -> bytes:
        return self._private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def public_pem(self) -> str:
        """PKCS#1, the form that Telethon's `rsa.add_key` reads."""
        public = self._private.public_key()
        return public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.PKCS1
        ).decode()

    @property
    def fingerprint(self) -> int:
        """Signed, 64 bits: how the client tells keys apart."""
        n, e = (
            TLObject.serialize_bytes(number.to_bytes((number.bit_length() + 7) // 8, "big"))
            for number in (self.n, self.e)
        )
        return int.from_bytes(sha1(n + e).digest()[-8:], "little", signed=True)

    def decrypt(self, data: bytes) -> bytes:
        """The raw power, 256 bytes."""
        cipher = int.from_bytes(data, "big") % self.n
        # By the Chinese remainder theorem: four times as fast as one power modulo n.
        by_p = pow(cipher, self._dp, self._p)
        by_q = pow(cipher, self._dq, self._q)
        plain = by_q + self._q * ((by_p - by_q) * self._q_inverse % self._p)
        return plain.to_bytes(256, "big")


@cache
def machine_key() -> RsaKey:
    """This machine's key, from the user's cache folder; without one it lasts for the process."""
    path = _cache_folder() / "rsa.pem"
    try:
        return RsaKey.from_pem(path.read_bytes())
    except (OSError, ValueError):
        key = RsaKey.generate()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Two processes may do this at once: each writes a whole file, the last one stays.
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_pem())
        Path(temporary).replace(path)
    except OSError:
        pass
    return key


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "telegram-sandbox"
