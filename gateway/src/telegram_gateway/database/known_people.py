"""The people and groups that an account's login knows (ids and access hashes): a row each, so that
only changes are stored, however many there are.

A row is encrypted with AES-256-GCM, and nothing outside shows whose it is: its number is a keyed
hash of the id. Both keys are derived from the gateway's session key. The account and the number are
bound into the encryption; the login is not, since a row is of use to its account only.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from telegram_gateway.database.connection import Database, Row
from telegram_gateway.errors import GatewayError

if TYPE_CHECKING:
    from telegram_gateway.database.accounts import Account

_PURPOSE = b"telegram-gateway: whom a login knows 1"
_NONCE = 12
_SAVE = (
    "INSERT INTO telegram_session_known (session_id, number, data)"
    " SELECT %s, number, data FROM unnest(%s::bigint[], %s::bytea[]) AS known (number, data)"
    " ON CONFLICT (session_id, number) DO UPDATE SET data = EXCLUDED.data"
)


class _Seal:
    def __init__(self, session_key: bytes, account: Account):
        derived = HKDF(SHA256(), length=64, salt=None, info=_PURPOSE).derive(session_key)
        self._sealing, self._numbering = AESGCM(derived[:32]), derived[32:]
        self._account = f"{account.kind}:{account.tg_user_id}"

    def number(self, marked_id: int) -> int:
        of = f"{self._account}:{marked_id}".encode()
        made = hmac.digest(self._numbering, of, hashlib.sha256)
        return int.from_bytes(made[:8], "big", signed=True)

    def close(self, number: int, data: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._sealing.encrypt(nonce, data, self._bound(number))

    def open(self, number: int, sealed: bytes) -> bytes:
        return self._sealing.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound(number))

    def _bound(self, number: int) -> bytes:
        return f"{self._account}:{number}".encode()


async def load(database: Database, account: Account, process: str, key: bytes) -> list[bytes]:
    """Give all rows of the account's login. Raises GatewayError("wrong_session_key")."""
    seal = _Seal(key, account)
    rows = await database.all(
        "SELECT k.number, k.data FROM telegram_session_known k"
        " JOIN telegram_session s ON s.id = k.session_id"
        " WHERE s.account_id = %s AND s.process = %s",
        account.id,
        process,
    )
    try:
        return [seal.open(row["number"], bytes(row["data"])) for row in rows]
    except (InvalidTag, ValueError):  # the latter: cut short
        raise GatewayError("wrong_session_key", kind=account.kind) from None


async def save(
    database: Database,
    account: Account,
    process: str,
    key: bytes,
    known: Mapping[int, bytes | None],
    of_login: datetime | None,
) -> None:
    """Store these rows, by marked id (None: delete it), if the login of that instant is still the
    one in use."""
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT id FROM telegram_session WHERE account_id = %s AND process = %s"
            " AND login_at IS NOT DISTINCT FROM %s FOR UPDATE",
            (account.id, process, of_login),
        )
        row = await cursor.fetchone()
        if row is not None:
            await save_in(connection, row["id"], account, key, known)


async def save_in(
    connection: psycopg.AsyncConnection[Row],
    session_id: int,
    account: Account,
    key: bytes,
    known: Mapping[int, bytes | None],
) -> None:
    """Store these rows within a transaction, for the login with that row of telegram_session."""
    seal = _Seal(key, account)
    kept: dict[int, bytes] = {}
    gone: list[int] = []
    for marked_id, data in known.items():
        number = seal.number(marked_id)
        if data is None:
            gone.append(number)
        else:
            kept[number] = seal.close(number, data)
    if gone:
        await connection.execute(
            "DELETE FROM telegram_session_known WHERE session_id = %s AND number = ANY(%s)",
            (session_id, gone),
        )
    if kept:
        await connection.execute(_SAVE, (session_id, list(kept), list(kept.values())))


async def forget_all(connection: psycopg.AsyncConnection[Row], session_id: int) -> None:
    """Delete all rows, within a transaction; called when the login is another one."""
    await connection.execute(
        "DELETE FROM telegram_session_known WHERE session_id = %s", (session_id,)
    )
