"""Sealing: secrets that a person types in Odoo, and tokens by which one process admits another.

Odoo seals a secret with the public key of one process (in telegram_process); only that process can
open it. The key pair is derived from the session key and the process's name, so nothing more has to
be kept safe, and a new session key means a new pair.
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
    """Derive the key pair of a process; its `public_key` is no secret."""
    derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE + process.encode())
    return PrivateKey(derived.derive(session_key))


def seal_token(session_key: bytes, token: bytes, about: str) -> str:
    """Encrypt a login token for another process with the same session key; base64.

    Somebody who can write into the database but lacks the key can neither read the token nor have
    one of their own accepted. about: its purpose (login, process, database), authenticated with it.
    """
    nonce = os.urandom(_NONCE)
    return base64.b64encode(
        nonce + _admission(session_key).encrypt(nonce, token, about.encode())
    ).decode()


def open_token(session_key: bytes, text: str, about: str) -> bytes | None:
    """Decrypt a token of `seal_token`; None if it was made with another key or for another
    purpose."""
    try:
        sealed = base64.b64decode(text, validate=True)
        return _admission(session_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
    except (InvalidTag, binascii.Error, ValueError):
        return None


def _admission(session_key: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=_ADMISSION).derive(session_key))


def public_key_text(private: PrivateKey) -> str:
    """The public key as stored in telegram_process (base64)."""
    return base64.b64encode(bytes(private.public_key)).decode()


def open_answers(
    private: PrivateKey, sealed: str, *, login: str, step: str
) -> dict[str, str] | None:
    """Open a sealed text. Return its answers by name; None if it was sealed for another process,
    login or step: a text copied from the database cannot be replayed elsewhere."""
    try:
        opened = SealedBox(private).decrypt(base64.b64decode(sealed, validate=True))
        found: Any = json.loads(opened)
    except (CryptoError, binascii.Error, ValueError, TypeError):
        return None
    if not isinstance(found, dict) or (found.get("login"), found.get("step")) != (login, step):
        return None
    return {str(name): str(value) for name, value in found.items()}
