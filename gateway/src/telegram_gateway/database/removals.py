"""Removals and bans: each is begun as an intent before Telegram is asked, and leaves a trace once
it was seen to have happened, also if the process dies in between.
"""

from __future__ import annotations

from telegram_gateway.core.model import Ban, ChatId, Member, RemoveMember, TgUserId
from telegram_gateway.database import intents
from telegram_gateway.database.connection import Database

_KIND = "remove"
# The trace, with a copy of the row that said that the person must be out, since when, and by whom.
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


def _key(chat_id: ChatId, tg_user_id: TgUserId) -> str:
    return f"{_KIND}:{chat_id}:{tg_user_id}"


async def begin(database: Database, chat_id: ChatId, step: RemoveMember | Ban) -> None:
    """Commit that the person is about to be removed or banned."""
    payload = {"tg_user_id": step.tg_user_id, "is_ban": isinstance(step, Ban)}
    await intents.begin(database, _key(chat_id, step.tg_user_id), _KIND, chat_id, payload)


async def begun(database: Database, chat_id: ChatId) -> list[RemoveMember | Ban]:
    """The removals and bans that were begun and whose outcome is not known yet, oldest first."""
    steps: list[RemoveMember | Ban] = []
    for payload in await intents.begun(database, _KIND, chat_id):
        user = TgUserId(int(payload["tg_user_id"]))
        steps.append(Ban(tg_user_id=user) if payload["is_ban"] else RemoveMember(tg_user_id=user))
    return steps


async def done(
    database: Database, chat_id: ChatId, member: Member, step: RemoveMember | Ban
) -> None:
    """Store the trace of what was seen to have happened, with a copy of the row that asked for it,
    and end its intent, in one transaction."""
    values = {
        "chat": chat_id,
        "partner": member.partner_id,
        "user": member.tg_user_id,
        "name": member.name,
        "kind": "ban" if isinstance(step, Ban) else "remove",
    }
    async with database.transaction() as connection:
        await connection.execute(_TRACE, values)
        await intents.forget_in(connection, _key(chat_id, step.tg_user_id))


async def forget(database: Database, chat_id: ChatId, tg_user_id: TgUserId) -> None:
    """Drop what was begun: Telegram refused it, so there is nothing to trace."""
    await intents.forget(database, _key(chat_id, tg_user_id))
