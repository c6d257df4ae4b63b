"""The pool's accounts as they logged in, and their encrypted sessions.

A session is encrypted with AES-256-GCM; the key is in the gateway's settings and never here. The
account's kind, its Telegram id and the process are bound into it, so that a session cannot be
moved to another row.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from telegram_gateway.core.model import TgUserId
from telegram_gateway.errors import GatewayError

from .connection import Database

_NONCE = 12
_REPLACED = "replaced"  # another account of its kind logged in after it
_SAVE_LOGIN = (
    "INSERT INTO telegram_account (pool, kind, tg_user_id, name, username, phone, state,"
    " state_at) VALUES (%s, %s, %s, %s, %s, %s, 'disconnected', now() AT TIME ZONE 'utc')"
    " ON CONFLICT (pool, kind, tg_user_id) DO UPDATE SET name = EXCLUDED.name,"
    " username = EXCLUDED.username, phone = EXCLUDED.phone, state = EXCLUDED.state,"
    " state_at = EXCLUDED.state_at, error_code = NULL RETURNING id"
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """A row of telegram_account. `kind` is "bot" or "user"."""

    id: int
    pool: str
    kind: str
    tg_user_id: TgUserId
    name: str = ""
    username: str = ""
    state: str = "disconnected"


async def load_accounts(database: Database, pool: str) -> dict[str, Account]:
    """The pool's accounts by kind; of several logins of a kind, the latest."""
    rows = await database.all(
        "SELECT id, pool, kind, tg_user_id, name, username, state FROM telegram_account"
        f" WHERE pool = %s ORDER BY error_code IS NOT DISTINCT FROM '{_REPLACED}' DESC, id",
        pool,
    )
    return {
        row["kind"]: Account(
            id=row["id"],
            pool=row["pool"],
            kind=row["kind"],
            tg_user_id=TgUserId(row["tg_user_id"]),
            name=row["name"] or "",
            username=row["username"] or "",
            state=row["state"] or "disconnected",
        )
        for row in rows
    }


async def save_login(
    database: Database,
    pool: str,
    kind: str,
    tg_user_id: TgUserId,
    *,
    name: str,
    username: str,
    phone: str,
) -> Account:
    """Store an account that has just logged in; it takes the place of the one before it."""
    async with database.transaction() as connection:
        await connection.execute(
            f"UPDATE telegram_account SET error_code = '{_REPLACED}', state = 'disconnected',"
            " state_at = now() AT TIME ZONE 'utc' WHERE pool = %s AND kind = %s"
            " AND tg_user_id <> %s",
            (pool, kind, tg_user_id),
        )
        cursor = await connection.execute(
            _SAVE_LOGIN, (pool, kind, tg_user_id, name, username, phone)
        )
        row = await cursor.fetchone()
    assert row is not None
    return Account(
        id=row["id"], pool=pool, kind=kind, tg_user_id=tg_user_id, name=name, username=username
    )


async def mark_account(
    database: Database, account: Account, state: str, error_code: str | None = None
) -> None:
    """Say how the account is: "connected", "disconnected" or "lost".

    One that was replaced while it was still in use stays so.
    """
    await database.all(
        "UPDATE telegram_account SET state = %s, error_code = %s,"
        " state_at = now() AT TIME ZONE 'utc'"
        f" WHERE id = %s AND error_code IS DISTINCT FROM '{_REPLACED}'",
        state,
        error_code,
        account.id,
    )


def _bound(account: Account, process: str) -> bytes:
    return f"{account.kind}:{account.tg_user_id}:{process}".encode()


async def save_session(
    database: Database, account: Account, process: str, key: bytes, data: bytes
) -> None:
    """Encrypt and store what the account's client needs to go on after a restart."""
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, data, _bound(account, process))
    await database.all(
        "INSERT INTO telegram_session (account_id, process, data, saved_at)"
        " VALUES (%s, %s, %s, now() AT TIME ZONE 'utc') ON CONFLICT (account_id, process)"
        " DO UPDATE SET data = EXCLUDED.data, saved_at = EXCLUDED.saved_at",
        account.id,
        process,
        sealed,
    )


async def load_session(
    database: Database, account: Account, process: str, key: bytes
) -> bytes | None:
    """The session's bytes, or None. Raises GatewayError("wrong_session_key")."""
    row = await database.one(
        "SELECT data FROM telegram_session WHERE account_id = %s AND process = %s",
        account.id,
        process,
    )
    if row is None or row["data"] is None:
        return None
    sealed = bytes(row["data"])
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(account, process))
    except (InvalidTag, ValueError):  # the latter: cut short
        raise GatewayError("wrong_session_key", kind=account.kind) from None
