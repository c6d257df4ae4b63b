"""The chats as Odoo wants them, and what is known of the groups that stand for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telegram_gateway.core import text
from telegram_gateway.core.model import ChatId, Policy, TgCallId, TgChatId, Title
from telegram_gateway.core.rights import CLOSED
from telegram_gateway.database.connection import Database, Row, naive

#: Columns of telegram_chat_state of a chat that has no group yet.
NO_GROUP: dict[str, Any] = {
    "tg_chat_id": None,
    "bound": None,
    "state": "creating",
    "invite_link": None,
    "title_seen": None,
    "title_base": None,
    "title_told_inbox_id": None,
    "listed_at": None,
    "is_list_whole": None,
    "number": None,
    "missing": None,
    "rights_before": None,
    "is_read_only": False,
    "anchor_message_id": None,
    "default_rights": None,
    "history": None,
    "history_refused": None,
    "error_code": None,
    "waits_until": None,
}
#: Columns to set once its group was deleted because a person asked for it.
DELETED: dict[str, Any] = {
    "tg_chat_id": None,
    "state": "deleted",
    "invite_link": None,
    "title_seen": None,
    "title_base": None,
    "title_told_inbox_id": None,
    "tg_call_id": None,
    "call_key": None,
    "listed_at": None,
    "rights_before": None,
    "is_read_only": False,
    "error_code": None,
}


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A row of telegram_chat together with its row of telegram_chat_state."""

    id: ChatId
    title: Title
    mark: str
    is_active: bool
    policy: Policy
    state: str | None = None  # "creating" | "ready" | "broken" | "deleted"
    tg_chat_id: TgChatId | None = None
    invite_link: str | None = None
    tg_call_id: TgCallId | None = None
    call_key: str | None = None
    error_code: str | None = None  # why it is broken
    is_listed: bool = False  # its members were listed once
    is_list_whole: bool = False  # the last list could be believed to be whole
    number: int | None = (
        None  # Telegram's (`pts`), of the newest thing in the group that we know of
    )
    # the parts that could not be read: `as_facts` in core/group_parts.py
    missing: list[dict[str, Any]] = field(default_factory=list)
    archive_policy: str = "read_only"  # "leave" | "read_only" | "empty"
    rights_before: dict[str, bool] | None = None  # as they were before we made it read-only
    is_read_only: bool = False
    is_to_be_closed: bool = True  # its members add nobody, pin nothing and change no info
    default_rights: dict[str, bool] | None = None  # what they may not do, as seen last
    history_wanted: str | None = None  # "visible" | "hidden" to newcomers; None: as it is
    history: str | None = None  # the same, as seen last
    history_refused: str | None = None  # what Telegram would not make of it
    bind: str | None = None  # a group that was there before: "+<hash>", "@name" or a bare id
    bound: str | None = None  # the `bind` by which the known group was found
    anchor: int | None = None  # id of the bot's message by which links lead into the group

    @property
    def group(self) -> TgChatId:
        """The group's id; there must be one."""
        assert self.tg_chat_id is not None
        return self.tg_chat_id

    @property
    def is_to_be_bound(self) -> bool:
        """True if a person has named a group for this chat, and the chat does not stand for it
        yet."""
        return self.bind is not None and self.bind != self.bound

    @property
    def is_to_be_read_only(self) -> bool:
        """True if members may only read, since the school archived the class."""
        return not self.is_active and self.archive_policy == "read_only"

    @property
    def is_open(self) -> bool:
        """True if members may do something that is forbidden in a closed group, or if nobody
        knows."""
        return not all((self.default_rights or {}).get(name) for name in CLOSED)

    def has_wanted_rights(self, *, retry: bool) -> bool:
        """Return whether members' rights, and what newcomers see, are known to be as the school
        wants. What Telegram refused to change counts as wanted, unless a person asks to `retry`."""
        if self.is_to_be_read_only:
            return self.is_read_only
        if self.rights_before is not None:
            return False
        if not self.is_active:
            return True
        is_history_settled = self.history_wanted in (None, self.history) or (
            self.history_refused == self.history_wanted and not retry
        )
        return is_history_settled and not (self.is_to_be_closed and self.is_open)


_SELECT = (
    "SELECT c.id, c.name, c.mark, c.active, c.title_policy, c.promotion_policy,"
    " c.archive_policy, c.most_removals, c.most_removals_percent, s.rights_before,"
    " s.is_read_only, s.state, c.bind, c.is_reviewed, c.add_contacts, s.bound,"
    " c.is_closed, c.history AS history_wanted, s.default_rights, s.history, s.history_refused,"
    " s.tg_chat_id, s.invite_link, s.title_seen, s.title_base, s.title_told_inbox_id,"
    " s.tg_call_id, s.call_key, s.listed_at, s.is_list_whole, s.number, s.missing, s.error_code, s.anchor_message_id,"
    " i.state AS told_state,"
    " i.payload::json ->> 'title' AS told_title"
    " FROM telegram_chat c LEFT JOIN telegram_chat_state s ON s.chat_id = c.id"
    " LEFT JOIN telegram_inbox i ON i.id = s.title_told_inbox_id"
)


def _from_row(row: Row) -> Chat:
    return Chat(
        id=ChatId(row["id"]),
        title=Title(
            wanted=text.line(row["name"]),  # as it is read on Telegram
            base=row["title_base"],
            seen=row["title_seen"],
            reported=row["told_title"],
            is_report_handled=row["title_told_inbox_id"] is not None and row["told_state"] != "new",
        ),
        mark=row["mark"],
        is_active=row["active"] is not False,
        policy=Policy(
            is_reviewed=row["is_reviewed"] is not False,
            may_add_contacts=all(
                row[name] is not False for name in ("add_contacts", "active", "is_reviewed")
            ),
            restore_title=row["title_policy"] == "restore",
            restore_promotion=row["promotion_policy"] != "accept",
            most_removals=row["most_removals"],
            most_removals_percent=row["most_removals_percent"],
        ),
        state=row["state"],
        tg_chat_id=TgChatId(row["tg_chat_id"]) if row["tg_chat_id"] else None,
        invite_link=row["invite_link"],
        tg_call_id=TgCallId(row["tg_call_id"]) if row["tg_call_id"] else None,
        call_key=row["call_key"],
        error_code=row["error_code"],
        is_listed=row["listed_at"] is not None,
        is_list_whole=bool(row["is_list_whole"]),
        number=row["number"],
        missing=json.loads(row["missing"]) if row["missing"] else [],
        is_read_only=bool(row["is_read_only"]),
        archive_policy=row["archive_policy"],
        is_to_be_closed=row["is_closed"] is not False,
        default_rights=json.loads(row["default_rights"]) if row["default_rights"] else None,
        history_wanted=row["history_wanted"] or None,
        history=row["history"],
        history_refused=row["history_refused"],
        bind=row["bind"] or None,
        bound=row["bound"] or None,
        anchor=row["anchor_message_id"] or None,
        rights_before=json.loads(row["rights_before"]) if row["rights_before"] else None,
    )


async def load_chats(database: Database, pool: str) -> list[Chat]:
    """Every chat of the pool, archived ones included."""
    return [_from_row(row) for row in await database.all(f"{_SELECT} WHERE c.pool = %s", pool)]


async def load_chat(database: Database, chat_id: ChatId) -> Chat | None:
    """One chat, or None when it is gone."""
    return await database.batched(_load_each, chat_id)


async def _load_each(database: Database, chat_ids: list[ChatId]) -> list[Chat | None]:
    rows = await database.all(f"{_SELECT} WHERE c.id = ANY(%s)", chat_ids)
    chats = {row["id"]: _from_row(row) for row in rows}
    return [chats.get(chat_id) for chat_id in chat_ids]


async def save_state(database: Database, chat_id: ChatId, **columns: Any) -> None:
    """Store columns of telegram_chat_state. The row is made if there is none yet."""
    await database.all(_upsert(columns), chat_id, *columns.values())


async def save_broken(
    database: Database, chat_id: ChatId, tg_chat_id: TgChatId, error_code: str
) -> bool:
    """Note why that group cannot be kept. Return False, and note nothing, if it is not the chat's
    group any more."""
    rows = await database.all(
        "UPDATE telegram_chat_state SET state = 'broken', error_code = %s,"
        " seen_at = now() AT TIME ZONE 'utc' WHERE chat_id = %s AND tg_chat_id = %s"
        " RETURNING chat_id",
        error_code,
        chat_id,
        tg_chat_id,
    )
    return bool(rows)


async def save_anchor(
    database: Database,
    chat_id: ChatId,
    tg_chat_id: TgChatId,
    message_id: int | None,
    before: int | None,
) -> None:
    """Note the message by which links lead into that group, in place of `before`; does nothing if
    another one, or another group, was noted meanwhile."""
    await database.all(
        "UPDATE telegram_chat_state SET anchor_message_id = %s WHERE chat_id = %s"
        " AND tg_chat_id = %s AND anchor_message_id IS NOT DISTINCT FROM %s",
        message_id,
        chat_id,
        tg_chat_id,
        before,
    )


async def save_call_seen(database: Database, chat_id: ChatId, at: datetime | None) -> None:
    """Note until when the chat's call was observed (aware, UTC)."""
    await save_state(database, chat_id, call_seen_at=naive(at))


async def save_state_in(connection: Any, chat_id: ChatId, **columns: Any) -> None:
    """Store columns of a chat's state, within the caller's transaction."""
    await connection.execute(_upsert(columns), (chat_id, *columns.values()))


def _upsert(names: Iterable[str]) -> str:
    """Column names come from the code, never from outside."""
    names = list(names)
    inserted = ", ".join(["chat_id", *names])
    places = ", ".join(["%s"] * (len(names) + 1))
    updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in [*names, "seen_at"])
    return (
        f"INSERT INTO telegram_chat_state ({inserted}, seen_at)"
        f" VALUES ({places}, now() AT TIME ZONE 'utc') ON CONFLICT (chat_id)"
        f" DO UPDATE SET {updates}"
    )
