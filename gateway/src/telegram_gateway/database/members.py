"""E8: what Telegram showed of each person in a chat, and the base that both sides agreed on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import Any

import psycopg

from telegram_gateway.core.model import (
    Ban,
    ChatId,
    Fact,
    Member,
    MemberState,
    PartnerId,
    RemoveMember,
    Role,
    RosterStatus,
    SeenStatus,
    TgUserId,
)
from telegram_gateway.database import inbox
from telegram_gateway.database.chats import save_state_in
from telegram_gateway.database.connection import Database, Row

_SELECT = (
    "SELECT m.*, coalesce(i.state <> 'new', true) AS told_handled,"
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
        told_status=row["told_status"],
        told_inbox_id=row["told_inbox_id"],
        told_handled=bool(row["told_handled"] and row["told_status"]),
        is_wanted_again=bool(row["is_wanted_again"] and row["told_status"]),
        state=MemberState(row["state"]) if row["state"] else None,
        error_code=row["error_code"],
        refused=row["refused"],
        name=row["name"] or "",
        username=row["username"] or "",
        is_bot=bool(row["is_bot"]),
        is_deleted=bool(row["is_deleted"]),
    )


async def load_members(
    database: Database, chat_id: ChatId, users: Iterable[TgUserId] | None = None
) -> list[Member]:
    """All rows of the chat, or those of these accounts; `told_handled` says whether Odoo has answered
    what it was told."""
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
    """Store rows and tell facts in one transaction, however many in a few statements; how many facts
    were new.

    Each fact comes with the row that remembers that it was told; `chat_facts` concern no single
    person. Once a partner is linked, their
    row without a Telegram user goes.
    """
    told = list(facts)
    async with database.transaction() as connection:
        ids, new = await inbox.insert_new(
            connection, pool, [*(fact for fact, _ in told), *chat_facts]
        )
        # of who is named twice the last row holds
        stored = {_who(row): row for row in rows}
        for fact, member in told:
            stored[_who(member)] = replace(member, told_inbox_id=ids[fact.fact])
        await _save(connection, chat_id, stored.values())
        await connection.execute(
            "DELETE FROM telegram_member m WHERE m.chat_id = %s AND m.tg_user_id IS NULL"
            " AND EXISTS (SELECT 1 FROM telegram_contact c WHERE c.partner_id = m.partner_id"
            " AND c.state = 'confirmed')",
            (chat_id,),
        )
    return new


def _who(member: Member) -> tuple[TgUserId | None, PartnerId | None]:
    """What tells a row of a chat from the others."""
    return member.tg_user_id, None if member.tg_user_id else member.partner_id


async def forget_group(database: Database, chat_id: ChatId, columns: dict[str, Any]) -> None:
    """The chat stands for another group now: who was seen in the old one says nothing of it.

    `columns` of telegram_chat_state are stored in the same transaction.
    """
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM telegram_member WHERE chat_id = %s", (chat_id,))
        await save_state_in(connection, chat_id, **columns)


async def close_group(database: Database, chat_id: ChatId, columns: dict[str, Any]) -> None:
    """The chat's group is deleted: its people are out, and nothing is agreed on any more.

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


_TRACE = (
    "INSERT INTO telegram_removal (chat_id, partner_id, tg_user_id, name, kind, at, evidence,"
    " reason, decided_at, decided_uid)"
    " SELECT %(chat)s::int, %(partner)s::int, %(user)s::bigint, %(name)s::varchar,"
    " %(kind)s::varchar, now() AT TIME ZONE 'utc',"
    " e.evidence, e.reason, e.at, e.uid FROM (VALUES (1)) AS one LEFT JOIN ("
    " SELECT 1 AS rank, 'roster' AS evidence, r.reason, r.since AS at, r.write_uid AS uid"
    " FROM telegram_roster r JOIN telegram_contact c ON c.partner_id = r.partner_id"
    " AND c.state = 'confirmed' AND c.tg_user_id = %(user)s"
    " WHERE r.chat_id = %(chat)s AND (r.status = 'banned'"
    " OR (r.status = 'out' AND NOT EXISTS (SELECT 1 FROM telegram_guest o"
    " WHERE o.chat_id = %(chat)s AND o.tg_user_id = %(user)s AND o.decision <> 'ignored')))"
    " UNION ALL SELECT 2, 'guest', CASE WHEN g.by_rule THEN 'stranger' END, g.decided_at,"
    " g.decided_uid FROM telegram_guest g"
    " WHERE g.chat_id = %(chat)s AND g.tg_user_id = %(user)s AND g.decision IN ('out', 'banned')"
    " UNION ALL SELECT 3, 'old_identity', NULL::varchar, NULL::timestamp, NULL::int"
    " ORDER BY rank LIMIT 1) AS e ON true"
)


async def trace_removal(
    database: Database, chat_id: ChatId, member: Member, step: RemoveMember | Ban
) -> None:
    """Keep who was removed or banned just now, and a copy of the row that said so."""
    values = {
        "chat": chat_id,
        "partner": member.partner_id,
        "user": member.tg_user_id,
        "name": member.name,
        "kind": "ban" if isinstance(step, Ban) else "remove",
    }
    async with database.transaction() as connection:
        await connection.execute(_TRACE, values)


async def _save(
    connection: psycopg.AsyncConnection[Row], chat_id: ChatId, rows: Iterable[Member]
) -> None:
    """Store rows of a chat, each of somebody else, in one statement for accounts and one for who has
    none."""
    found = list(rows)
    by_user = [row for row in found if row.tg_user_id]
    by_partner = [row for row in found if not row.tg_user_id]
    if by_user:
        users = [row.tg_user_id for row in by_user]
        values = {"chat": chat_id, "tg_user_id": users, **_values(by_user)}
        await connection.execute(_BY_USER, values)
    if by_partner:
        await connection.execute(_BY_PARTNER, {"chat": chat_id, **_values(by_partner)})


def _values(rows: list[Member]) -> dict[str, list[Any]]:
    """The columns of these rows."""
    found = {
        name: [_plain(getattr(row, name)) for row in rows]
        for name in _TYPES
        if name != "told_inbox_id"
    }
    found["told_inbox_id"] = [row.told_inbox_id if row.told_status else None for row in rows]
    return found


def _plain(value: Any) -> Any:
    """A word of one of our lists of words as the text that it is."""
    return str(value) if isinstance(value, Enum) else value
