"""Tables of the wizard: running processes, the answers that people typed, the steps of logins.

A secret that a person typed is a row of telegram_secret, sealed for one process. It is deleted
when it is read, whatever comes of it.
"""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version

from telegram_gateway.core.commands import Command
from telegram_gateway.core.login import Step
from telegram_gateway.database.connection import Database, naive
from telegram_gateway.database.outbox import COLUMNS, from_row

_NOW = "now() AT TIME ZONE 'utc'"


async def announce_process(
    database: Database,
    pool: str,
    process: str,
    *,
    public_key: str,
    has_api: bool,
    state: str,
    started_at: datetime,
) -> None:
    """Store that this process runs, its state, and the key to seal secrets with for it. Also delete
    expired secrets and logins older than a day."""
    await database.all(
        "INSERT INTO telegram_process AS p (pool, process, public_key, version, has_api, state,"
        f" state_at, started_at, seen_at) VALUES (%s, %s, %s, %s, %s, %s, {_NOW}, %s, {_NOW})"
        " ON CONFLICT (pool, process) DO UPDATE SET public_key = EXCLUDED.public_key,"
        " version = EXCLUDED.version, has_api = EXCLUDED.has_api, state = EXCLUDED.state,"
        " state_at = CASE WHEN p.state = EXCLUDED.state AND p.started_at = EXCLUDED.started_at"
        " THEN p.state_at ELSE EXCLUDED.state_at END,"
        " started_at = EXCLUDED.started_at, seen_at = EXCLUDED.seen_at",
        pool,
        process,
        public_key,
        version("telegram-gateway"),
        has_api,
        state,
        naive(started_at),
    )
    await database.all(f"DELETE FROM telegram_secret WHERE expires_at < {_NOW}")
    await database.all(f"DELETE FROM telegram_login WHERE state_at < {_NOW} - interval '1 day'")


async def mark_name_taken(database: Database, pool: str, process: str) -> None:
    """Store that a second process of this name has started, and waits."""
    await database.all(
        f"UPDATE telegram_process SET second_seen_at = {_NOW} WHERE pool = %s AND process = %s",
        pool,
        process,
    )


async def remove_process(database: Database, pool: str, process: str) -> None:
    """Delete the row of a process that ends in good order."""
    await database.all(
        "DELETE FROM telegram_process WHERE pool = %s AND process = %s", pool, process
    )


async def pending_logins(database: Database, pool: str) -> list[Command]:
    """The wizard's pending commands, oldest first; expired ones are marked as such."""
    await database.all(
        f"UPDATE telegram_outbox SET state = 'expired', state_at = {_NOW} WHERE kind = 'login'"
        f" AND state = 'pending' AND pool = %s AND expires_at < {_NOW}",
        pool,
    )
    rows = await database.all(
        f"SELECT {COLUMNS} FROM telegram_outbox WHERE state = 'pending' AND kind = 'login'"
        " AND pool = %s ORDER BY id LIMIT 100",
        pool,
    )
    return [from_row(row) for row in rows]


async def take_secret(database: Database, command_id: int) -> str | None:
    """Delete and return the sealed answer that came with a command; None if it is gone or
    expired."""
    rows = await database.all(
        "DELETE FROM telegram_secret WHERE command_id = %s"
        f" RETURNING sealed, expires_at > {_NOW} AS is_fresh",
        command_id,
    )
    return str(rows[0]["sealed"]) if rows and rows[0]["is_fresh"] else None


async def save_step(
    database: Database,
    login: str,
    *,
    pool: str,
    process: str,
    kind: str,
    step: Step | None = None,
    error_code: str | None = None,
    wait_s: int | None = None,
) -> None:
    """Store the state of a login for the wizard: its step, perhaps after a wrong answer, or its
    failure.

    wait_s: seconds that Telegram wants the person to wait.
    """
    await database.all(
        "INSERT INTO telegram_login (login, pool, process, kind, state, sent_by, code_length,"
        " hint, url, url_expires_at, name, username, replaces, is_again, error_code, wait_s,"
        f" revision, state_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
        f" %s, 1, {_NOW}) ON CONFLICT (login) DO UPDATE SET state = EXCLUDED.state,"
        " sent_by = EXCLUDED.sent_by, code_length = EXCLUDED.code_length, hint = EXCLUDED.hint,"
        " url = EXCLUDED.url, url_expires_at = EXCLUDED.url_expires_at, name = EXCLUDED.name,"
        " username = EXCLUDED.username, replaces = EXCLUDED.replaces,"
        " is_again = EXCLUDED.is_again, error_code = EXCLUDED.error_code,"
        " wait_s = EXCLUDED.wait_s, revision = telegram_login.revision + 1,"
        " state_at = EXCLUDED.state_at",
        login,
        pool,
        process,
        kind,
        step.state if step else "failed",
        step.sent_by if step else None,
        step.code_length if step else None,
        step.hint if step else None,
        step.url if step else None,
        naive(step.url_expires_at) if step else None,
        step.name if step else None,
        step.username if step else None,
        step.replaces if step else None,
        bool(step and step.is_again),
        error_code,
        wait_s,
    )
    if step is not None and step.state == "admitting":
        await database.all("SELECT pg_notify('telegram_outbox', '')")


async def pending_admissions(
    database: Database, pool: str, process: str
) -> list[tuple[str, str, str]]:
    """Logins of other processes that wait to be admitted: (login, process, sealed token)."""
    rows = await database.all(
        "SELECT login, process, url FROM telegram_login WHERE state = 'admitting' AND pool = %s"
        f" AND process <> %s AND url IS NOT NULL AND url_expires_at > {_NOW} ORDER BY state_at",
        pool,
        process,
    )
    return [(row["login"], row["process"], row["url"]) for row in rows]


async def find_admitting_process(database: Database, pool: str, process: str) -> str | None:
    """Return the name of a running process that has a login of the pool's user account, if this one
    has none; else None."""
    row = await database.one(
        "SELECT p.process FROM telegram_process p JOIN telegram_session s"
        " ON s.process = p.process JOIN telegram_account a ON a.id = s.account_id"
        " AND a.pool = p.pool WHERE p.pool = %s AND p.process <> %s AND a.kind = 'user'"
        " AND a.state <> 'lost' AND a.error_code IS DISTINCT FROM 'replaced'"
        " AND p.state IN ('serving', 'standby')"
        f" AND p.seen_at > {_NOW} - interval '45 seconds'"
        " AND NOT EXISTS (SELECT 1 FROM telegram_session o WHERE o.account_id = a.id"
        " AND o.process = %s) ORDER BY p.state LIMIT 1",
        pool,
        process,
        process,
    )
    return str(row["process"]) if row else None


async def fail_interrupted(database: Database, pool: str, process: str) -> None:
    """After a start: fail the logins that were under way, since their conversations are lost."""
    await database.all(
        "UPDATE telegram_login SET state = 'failed', error_code = 'login_interrupted',"
        " url = NULL, hint = NULL, revision = revision + 1, "
        f" state_at = {_NOW} WHERE pool = %s AND process = %s AND state NOT IN ('done', 'failed')",
        pool,
        process,
    )
    await database.all(
        f"UPDATE telegram_outbox SET state = 'expired', state_at = {_NOW} WHERE kind = 'login'"
        " AND state = 'working' AND pool = %s AND worker = %s",
        pool,
        process,
    )
