"""Secrets that a person types in Odoo, sealed there so that only this gateway can read them.

Also the token by which one process of a pool admits another: see `vouched`.

The key pair is derived from the session key and the process's name: there is nothing more to keep
safe or to lose, and a new session key means a new pair. The public half is in telegram_process.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

_PURPOSE = b"telegram-gateway: sealed secrets 1: "
_ADMISSION = b"telegram-gateway: admission of another process 1"
_NONCE = 12


def key_pair(session_key: bytes, process: str) -> PrivateKey:
    """The pair of that process; its `public_key` may be shown to everybody."""
    derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE + process.encode())
    return PrivateKey(derived.derive(session_key))


def vouched(session_key: bytes, token: bytes, about: str) -> str:
    """A token for another process with the same session key. Whoever can write into the database,
    but does not have that key, can neither read it nor have one of their own accepted.

    about: what it is for (login, process, database); the other one must say the same.
    """
    nonce = os.urandom(_NONCE)
    return base64.b64encode(
        nonce + _admission(session_key).encrypt(nonce, token, about.encode())
    ).decode()


def token_in(session_key: bytes, text: str, about: str) -> bytes | None:
    """The token of `vouched`; None when it was made with another key, or for something else."""
    try:
        sealed = base64.b64decode(text, validate=True)
        return _admission(session_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
    except (InvalidTag, binascii.Error, ValueError):
        return None


def _admission(session_key: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=_ADMISSION).derive(session_key))


def public_text(private: PrivateKey) -> str:
    """The public half as telegram_process has it (base64)."""
    return base64.b64encode(bytes(private.public_key)).decode()


def unsealed(private: PrivateKey, sealed: str, *, login: str, step: str) -> dict[str, str] | None:
    """The answers in a sealed text, by name.

    None when it was not sealed for us, or for another login or step: what was overheard in the
    database cannot be sent again elsewhere.
    """
    try:
        opened = SealedBox(private).decrypt(base64.b64decode(sealed, validate=True))
        found: Any = json.loads(opened)
    except (CryptoError, binascii.Error, ValueError, TypeError):
        return None
    if not isinstance(found, dict) or (found.get("login"), found.get("step")) != (login, step):
        return None
    return {str(name): str(value) for name, value in found.items()}
