"""The pool's accounts and their encrypted sessions.

A session is encrypted with AES-256-GCM; the key is in the gateway's settings and never here. The
account's kind, its Telegram id, the process and the database are bound into it. So a session cannot
be moved to another row. And in a copy of the database it is not used until a person says *adopt*,
since two gateways with one session end it for good (AUTH_KEY_DUPLICATED).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from telegram_gateway.core.account_standing import Freeze
from telegram_gateway.core.model import Fact, TgUserId
from telegram_gateway.database import inbox, known_people
from telegram_gateway.database.connection import Database, aware, naive
from telegram_gateway.database.process_name import ProcessName
from telegram_gateway.errors import GatewayError

_NONCE = 12
_REPLACED = "replaced"  # another account of its kind logged in after it
_SAVE_LOGIN = (
    "INSERT INTO telegram_account (pool, kind, tg_user_id, name, username, phone, state,"
    " state_at) VALUES (%s, %s, %s, %s, %s, %s, 'disconnected', now() AT TIME ZONE 'utc')"
    " ON CONFLICT (pool, kind, tg_user_id) DO UPDATE SET name = EXCLUDED.name,"
    " username = EXCLUDED.username, phone = EXCLUDED.phone, state_at = EXCLUDED.state_at,"
    # another process may be connected with a login of its own
    " state = CASE WHEN telegram_account.state = 'connected' THEN 'connected'"
    " ELSE EXCLUDED.state END, error_code = NULL RETURNING id"
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
    """Give the pool's accounts by kind; of several accounts of a kind, the one that logged in
    last."""
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
    """Record how the account is: "connected", "disconnected" or "lost".

    One that was replaced while it was still in use stays replaced.
    """
    await database.all(
        "UPDATE telegram_account SET state = %s, error_code = %s,"
        " state_at = now() AT TIME ZONE 'utc'"
        f" WHERE id = %s AND error_code IS DISTINCT FROM '{_REPLACED}'",
        state,
        error_code,
        account.id,
    )


async def load_freeze(database: Database, account: Account) -> Freeze | None:
    """Give the account's freeze, as it was recorded; None: it is not frozen."""
    row = await database.one(
        "SELECT frozen_since, frozen_until, appeal_url FROM telegram_account WHERE id = %s",
        account.id,
    )
    if row is None or row["frozen_since"] is None:
        return None
    return Freeze(
        since=aware(row["frozen_since"]),
        until=aware(row["frozen_until"]),
        appeal_url=row["appeal_url"] or None,
    )


async def save_freeze(
    database: Database, pool: str, account: Account, freeze: Freeze | None, facts: list[Fact]
) -> None:
    """Record that the account is frozen, or is no more, and report it, in one transaction."""
    values = (freeze.since, freeze.until) if freeze is not None else (None, None)
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE telegram_account SET frozen_since = %s, frozen_until = %s, appeal_url = %s"
            " WHERE id = %s",
            (*map(naive, values), freeze and freeze.appeal_url, account.id),
        )
        await inbox.insert(connection, pool, facts)


async def save_fresh(database: Database, account: Account, until: datetime | None) -> None:
    """Record until when the account appoints no admins, since Telegram finds it too fresh."""
    await database.all(
        "UPDATE telegram_account SET fresh_until = %s WHERE id = %s", naive(until), account.id
    )


async def is_fresh(database: Database, account: Account) -> bool:
    """Return whether the account, found too fresh to appoint admins, has appointed none since."""
    row = await database.one("SELECT fresh_until FROM telegram_account WHERE id = %s", account.id)
    return row is not None and row["fresh_until"] is not None


async def note_limits(
    database: Database,
    account: Account,
    *,
    is_premium: bool,
    groups_a_day: int,
    direct_adds_a_day: int,
    lookups_a_day: int,
) -> None:
    """Record what limits the account, for the page that shows how everything stands."""
    await database.all(
        "UPDATE telegram_account SET is_premium = %s, groups_a_day = %s, direct_adds_a_day = %s,"
        " lookups_a_day = %s WHERE id = %s",
        is_premium,
        groups_a_day if account.kind == "user" else None,
        direct_adds_a_day if account.kind == "user" else None,
        lookups_a_day if account.kind == "user" else None,
        account.id,
    )


def _bound(account: Account, process: str, bound_to: str) -> bytes:
    """The text that is bound into the encryption."""
    return f"{account.kind}:{account.tg_user_id}:{process}:{bound_to}".encode()


async def save_session(
    database: Database,
    account: Account,
    process: str,
    key: bytes,
    data: bytes,
    *,
    is_login: bool = False,
    knows: Mapping[int, bytes | None] = MappingProxyType({}),
    of_login: datetime | None = None,
) -> None:
    """Encrypt and store what the account's client needs to go on after a restart, except its known
    peers (known_people.py).

    is_login: the login has just been made, and knows only `knows`; a running gateway is told to use
    it. Otherwise the session is stored only if its login (made at `of_login`, see `login_at`) is
    still the one in use.
    """
    sealed, bound_to = _sealed(database, account, process, key, data)
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "INSERT INTO telegram_session (account_id, process, data, bound_to, saved_at, login_at)"
            " VALUES (%(account)s, %(process)s, %(data)s, %(bound_to)s, now() AT TIME ZONE 'utc',"
            " CASE WHEN %(is_login)s THEN now() AT TIME ZONE 'utc' END)"
            " ON CONFLICT (account_id, process) DO UPDATE SET data = EXCLUDED.data,"
            " bound_to = EXCLUDED.bound_to, saved_at = EXCLUDED.saved_at,"
            " login_at = coalesce(EXCLUDED.login_at, telegram_session.login_at)"
            " WHERE %(is_login)s OR telegram_session.login_at IS NOT DISTINCT FROM %(of_login)s"
            " RETURNING id",
            {
                "account": account.id,
                "process": process,
                "data": sealed,
                "bound_to": bound_to,
                "is_login": is_login,
                "of_login": of_login,
            },
        )
        row = await cursor.fetchone()
        if is_login:
            assert row is not None
            await known_people.forget_all(connection, row["id"])
            await known_people.save_in(connection, row["id"], account, key, knows)
            await connection.execute("SELECT pg_notify('telegram_outbox', '')")


async def load_session(
    database: Database, account: Account, process: str, key: bytes
) -> bytes | None:
    """Give the session's bytes; None: there is no login.

    Raises GatewayError("wrong_session_key"), or GatewayError("database_copied") when it belongs
    to another database than this one.
    """
    found = await _opened(database, account, process, key)
    if found is None:
        return None
    data, bound_to = found
    if bound_to != database.identity:
        raise GatewayError("database_copied")
    return data


async def login_at(database: Database, account: Account, process: str) -> datetime | None:
    """Return when the stored login was made (UTC, naive)."""
    row = await database.one(
        "SELECT login_at FROM telegram_session WHERE account_id = %s AND process = %s",
        account.id,
        process,
    )
    return row["login_at"] if row is not None else None


async def check_key(database: Database, pool: str, process: str, key: bytes) -> None:
    """Check the key; changes nothing. Raises GatewayError("wrong_session_key") where it does
    not open a session."""
    for account in (await load_accounts(database, pool)).values():
        await _opened(database, account, process, key)


async def adopt(database: Database, pool: str, process: str, key: bytes) -> int:
    """Bind the sessions to this database from now on; gives how many belonged to another one.

    Raises GatewayError("wrong_session_key").
    """
    adopted = 0
    for account in (await load_accounts(database, pool)).values():
        found = await _opened(database, account, process, key)
        if found is not None and found[1] != database.identity:
            await _bind(database, account, process, process, key, found[0])
            adopted += 1
    if adopted:
        await database.all("SELECT pg_notify('telegram_outbox', '')")
    return adopted


async def move(database: Database, pool: str, of_process: str, process: str, key: bytes) -> int:
    """Give this process the logins of another one that it lacks itself. Return how many. The other
    process must not run, and loses these logins: started again, it waits for new ones. Raises
    GatewayError("wrong_session_key"), or GatewayError("process_runs")."""
    moved = 0
    name = ProcessName(database.dsn, pool, of_process)
    try:
        if not await name.take():
            raise GatewayError("process_runs", process=of_process)
        for account in (await load_accounts(database, pool)).values():
            found = await _opened(database, account, of_process, key)
            if found is None or await _opened(database, account, process, key) is not None:
                continue
            await _bind(database, account, of_process, process, key, found[0])
            moved += 1
    finally:
        await name.release()
    if moved:
        await database.all("SELECT pg_notify('telegram_outbox', '')")
    return moved


async def _bind(
    database: Database, account: Account, of_process: str, process: str, key: bytes, data: bytes
) -> None:
    """Make this process, in this database, the owner of that process's login; the login keeps the
    peers that it knows."""
    sealed, bound_to = _sealed(database, account, process, key, data)
    await database.all(
        "UPDATE telegram_session SET process = %s, data = %s, bound_to = %s,"
        " saved_at = now() AT TIME ZONE 'utc', login_at = now() AT TIME ZONE 'utc'"
        " WHERE account_id = %s AND process = %s",
        process,
        sealed,
        bound_to,
        account.id,
        of_process,
    )


async def processes_with_logins(database: Database, pool: str) -> list[str]:
    """The names of the processes that have logins of the pool's accounts."""
    rows = await database.all(
        "SELECT DISTINCT s.process FROM telegram_session s"
        " JOIN telegram_account a ON a.id = s.account_id"
        f" WHERE a.pool = %s AND a.error_code IS DISTINCT FROM '{_REPLACED}' ORDER BY 1",
        pool,
    )
    return [row["process"] for row in rows]


def _sealed(
    database: Database, account: Account, process: str, key: bytes, data: bytes
) -> tuple[bytes, str]:
    """A session encrypted for one process in this database, and what it is bound to."""
    nonce, bound_to = os.urandom(_NONCE), database.identity
    bound = _bound(account, process, bound_to)
    return nonce + AESGCM(key).encrypt(nonce, data, bound), bound_to


async def _opened(
    database: Database, account: Account, process: str, key: bytes
) -> tuple[bytes, str] | None:
    row = await database.one(
        "SELECT data, bound_to FROM telegram_session WHERE account_id = %s AND process = %s",
        account.id,
        process,
    )
    if row is None or row["data"] is None:
        return None
    sealed = bytes(row["data"])
    bound = _bound(account, process, row["bound_to"])
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound), row["bound_to"]
    except (InvalidTag, ValueError):  # the latter: cut short
        raise GatewayError("wrong_session_key", kind=account.kind) from None


async def logins(database: Database, pool: str, process: str) -> tuple[object, ...]:
    """Return a value that names the logins of the process; if it changes, somebody has logged
    in."""
    accounts = await load_accounts(database, pool)
    found: list[object] = []
    for kind, account in sorted(accounts.items()):
        row = await database.one(
            "SELECT login_at, bound_to FROM telegram_session WHERE account_id = %s"
            " AND process = %s",
            account.id,
            process,
        )
        found.append((kind, account.id, row and row["login_at"], row and row["bound_to"]))
    return tuple(found)


async def pool_of(database: Database, kind: str, tg_user_id: TgUserId, pool: str) -> str | None:
    """Give another pool that this account serves already, or None."""
    row = await database.one(
        "SELECT pool FROM telegram_account WHERE kind = %s AND tg_user_id = %s AND pool <> %s"
        f" AND error_code IS DISTINCT FROM '{_REPLACED}' AND state <> 'lost' LIMIT 1",
        kind,
        tg_user_id,
        pool,
    )
    return str(row["pool"]) if row else None
