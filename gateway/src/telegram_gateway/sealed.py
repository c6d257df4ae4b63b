"""Secrets that a person types in Odoo, sealed there so that only this gateway can read them.

The key pair is derived from the session key and the process's name: there is nothing more to keep
safe or to lose, and a new session key means a new pair. The public half is in telegram_process.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

_PURPOSE = b"telegram-gateway: sealed secrets 1: "


def key_pair(session_key: bytes, process: str) -> PrivateKey:
    """The pair of that process; its `public_key` may be shown to everybody."""
    derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE + process.encode())
    return PrivateKey(derived.derive(session_key))


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
