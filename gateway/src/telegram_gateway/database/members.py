"""The people of a chat: the roster as Odoo wants it, and the members as Telegram showed them last,
with the base that both sides agreed on.

Values and columns have the same names, but for what was reported to Odoo: see `_NAMES`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import Any

import psycopg

from telegram_gateway.core.model import (
    ChatId,
    Fact,
    Member,
    MemberState,
    PartnerId,
    Role,
    RosterEntry,
    RosterStatus,
    SeenStatus,
    TgUserId,
)
from telegram_gateway.database import inbox
from telegram_gateway.database.chats import save_state_in
from telegram_gateway.database.connection import Database, Row

_SELECT = (
    "SELECT m.*, coalesce(i.state <> 'new', true) AS is_report_handled,"
    " EXISTS (SELECT 1 FROM telegram_roster r WHERE r.chat_id = m.chat_id"
    " AND r.partner_id = m.partner_id AND r.in_since > i.created_at) AS is_wanted_again"
    " FROM telegram_member m LEFT JOIN telegram_inbox i ON i.id = m.told_inbox_id WHERE m.chat_id = %s"
)
_TYPES = {
    "partner_id": "int",
    "seen_status": "text",
    "seen_role": "text",
    "base_status": "text",
    "base_role": "text",
    "told_status": "text",
    "told_inbox_id": "int",
    "state": "text",
    "error_code": "text",
    "refused": "text",
    "name": "text",
    "username": "text",
    "is_bot": "bool",
    "is_deleted": "bool",
}
# Columns whose value in a `Member` has another name.
_NAMES = {"told_status": "reported_status", "told_inbox_id": "reported_inbox_id"}
_COLUMNS = ", ".join(_TYPES)
_ARRAYS = ", ".join(f"%({name})s::{kind}[]" for name, kind in _TYPES.items())
_UPDATES = ", ".join(f"{name} = EXCLUDED.{name}" for name in _TYPES)
_SINCE = (
    "state_since = CASE WHEN telegram_member.state IS DISTINCT FROM EXCLUDED.state"
    " THEN EXCLUDED.state_since ELSE telegram_member.state_since END"
)
_BY_USER = (
    f"INSERT INTO telegram_member (chat_id, tg_user_id, {_COLUMNS}, seen_at, state_since)"
    f" SELECT %(chat)s, m.tg_user_id, {', '.join(f'm.{name}' for name in _TYPES)},"
    # only who was ever seen
    " CASE WHEN m.seen_status IS NOT NULL THEN now() AT TIME ZONE 'utc' END,"
    " now() AT TIME ZONE 'utc'"
    f" FROM unnest(%(tg_user_id)s::bigint[], {_ARRAYS}) AS m (tg_user_id, {_COLUMNS})"
    " ON CONFLICT (chat_id, tg_user_id) WHERE tg_user_id IS NOT NULL"
    f" DO UPDATE SET {_UPDATES}, seen_at = EXCLUDED.seen_at, {_SINCE}"
)
_BY_PARTNER = (
    f"INSERT INTO telegram_member (chat_id, {_COLUMNS}, state_since)"
    f" SELECT %(chat)s, {', '.join(f'm.{name}' for name in _TYPES)}, now() AT TIME ZONE 'utc'"
    f" FROM unnest({_ARRAYS}) AS m ({_COLUMNS})"
    " ON CONFLICT (chat_id, partner_id) WHERE tg_user_id IS NULL"
    f" DO UPDATE SET {_UPDATES}, {_SINCE}"
)


def _from_row(row: Row) -> Member:
    return Member(
        tg_user_id=TgUserId(row["tg_user_id"]) if row["tg_user_id"] else None,
        partner_id=PartnerId(row["partner_id"]) if row["partner_id"] else None,
        seen_status=SeenStatus(row["seen_status"]) if row["seen_status"] else None,
        seen_role=row["seen_role"],
        base_status=RosterStatus(row["base_status"]) if row["base_status"] else None,
        base_role=Role(row["base_role"]) if row["base_role"] else None,
        reported_status=row["told_status"],
        reported_inbox_id=row["told_inbox_id"],
        is_report_handled=bool(row["is_report_handled"] and row["told_status"]),
        is_wanted_again=bool(row["is_wanted_again"] and row["told_status"]),
        state=MemberState(row["state"]) if row["state"] else None,
        error_code=row["error_code"],
        refused=row["refused"],
        name=row["name"] or "",
        username=row["username"] or "",
        is_bot=bool(row["is_bot"]),
        is_deleted=bool(row["is_deleted"]),
    )


async def load_roster(database: Database, chat_id: ChatId) -> list[RosterEntry]:
    """The roster of the chat with the accounts that Odoo has confirmed, and the guests about whom a
    person decided; in one statement."""
    rows = await database.all(
        "SELECT r.partner_id, r.role, r.status, false AS by_rule,"
        " array_remove(array_agg(c.tg_user_id), NULL) AS users"
        " FROM telegram_roster r LEFT JOIN telegram_contact c"
        " ON c.partner_id = r.partner_id AND c.state = 'confirmed'"
        " WHERE r.chat_id = %s GROUP BY r.partner_id, r.role, r.status"
        " UNION ALL SELECT NULL, 'student', g.decision, coalesce(g.by_rule, false),"
        " ARRAY[g.tg_user_id]"
        " FROM telegram_guest g WHERE g.chat_id = %s AND g.decision IN ('in', 'out', 'banned')"
        " ORDER BY 1",
        chat_id,
        chat_id,
    )
    return [
        RosterEntry(
            partner_id=PartnerId(row["partner_id"]) if row["partner_id"] else None,
            role=Role(row["role"]),
            status=RosterStatus(row["status"]),
            tg_user_ids=frozenset(TgUserId(user) for user in row["users"]),
            by_rule=row["by_rule"],
        )
        for row in rows
    ]


async def partners_of(database: Database, tg_user_id: TgUserId) -> list[PartnerId]:
    """The partners who share a Telegram account."""
    rows = await database.all(
        "SELECT partner_id FROM telegram_contact WHERE tg_user_id = %s AND state = 'confirmed'"
        " ORDER BY partner_id",
        tg_user_id,
    )
    return [PartnerId(row["partner_id"]) for row in rows]


async def load_members(
    database: Database, chat_id: ChatId, users: Iterable[TgUserId] | None = None
) -> list[Member]:
    """All rows of the chat, or those of these accounts (`users`)."""
    if users is None:
        rows = await database.all(_SELECT, chat_id)
    else:
        rows = await database.all(f"{_SELECT} AND m.tg_user_id = ANY(%s)", chat_id, list(users))
    return [_from_row(row) for row in rows]


async def save_members(
    database: Database,
    pool: str,
    chat_id: ChatId,
    rows: Iterable[Member],
    facts: Iterable[tuple[Fact, Member]] = (),
    chat_facts: Iterable[Fact] = (),
) -> int:
    """Store rows and report facts in one transaction, in a few statements however many there are;
    the number of facts that were new.

    Each of `facts` comes with the row that remembers that it was reported; `chat_facts` concern no
    single person. Once a partner has linked an account, their row without one is deleted.
    """
    reported = list(facts)
    async with database.transaction() as connection:
        ids: dict[str, int] = {}
        new = 0
        if about := [*(fact for fact, _ in reported), *chat_facts]:
            ids, new = await inbox.insert_anew(connection, pool, about)
        # if somebody has two rows here, the last one holds
        stored = {_who(row): row for row in rows}
        for fact, member in reported:
            stored[_who(member)] = replace(member, reported_inbox_id=ids[fact.fact])
        await _save(connection, chat_id, stored.values())
        await connection.execute(
            "DELETE FROM telegram_member m WHERE m.chat_id = %s AND m.tg_user_id IS NULL"
            " AND EXISTS (SELECT 1 FROM telegram_contact c WHERE c.partner_id = m.partner_id"
            " AND c.state = 'confirmed')",
            (chat_id,),
        )
    return new


def _who(member: Member) -> tuple[TgUserId | None, PartnerId | None]:
    """The key of a row within its chat."""
    return member.tg_user_id, None if member.tg_user_id else member.partner_id


async def forget_group(database: Database, chat_id: ChatId, columns: dict[str, Any]) -> None:
    """Delete the chat's members: it gets another group, and they were of the old one. `columns` of
    telegram_chat_state are stored in the same transaction."""
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM telegram_member WHERE chat_id = %s", (chat_id,))
        await save_state_in(connection, chat_id, **columns)


async def close_group(database: Database, chat_id: ChatId, columns: dict[str, Any]) -> None:
    """Record that the chat's group was deleted: its people are out, nothing is agreed on any more.

    `columns` of telegram_chat_state are stored in the same transaction.
    """
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE telegram_member SET seen_status = 'out', seen_role = NULL, base_status = NULL,"
            " base_role = NULL, told_status = NULL, told_inbox_id = NULL, error_code = NULL,"
            " state = 'removed', state_since = now() AT TIME ZONE 'utc'"
            " WHERE chat_id = %s AND tg_user_id IS NOT NULL",
            (chat_id,),
        )
        await save_state_in(connection, chat_id, **columns)


async def _save(
    connection: psycopg.AsyncConnection[Row], chat_id: ChatId, rows: Iterable[Member]
) -> None:
    """Store rows of a chat, no two of the same person: one statement for those with an account and
    one for those without."""
    stored = list(rows)
    by_user = [row for row in stored if row.tg_user_id]
    by_partner = [row for row in stored if not row.tg_user_id]
    if by_user:
        users = [row.tg_user_id for row in by_user]
        values = {"chat": chat_id, "tg_user_id": users, **_values(by_user)}
        await connection.execute(_BY_USER, values)
    if by_partner:
        await connection.execute(_BY_PARTNER, {"chat": chat_id, **_values(by_partner)})


def _values(rows: list[Member]) -> dict[str, list[Any]]:
    """The values of each column, in the order of the rows."""
    values = {
        column: [_plain(getattr(row, _NAMES.get(column, column))) for row in rows]
        for column in _TYPES
    }
    values["told_inbox_id"] = [
        row.reported_inbox_id if row.reported_status else None for row in rows
    ]
    return values


def _plain(value: Any) -> Any:
    """An enum as the text that it is."""
    return str(value) if isinstance(value, Enum) else value
