"""The dry run: what a reconciliation would do now, without doing it; for `telegram-gateway plan`
and Odoo's command.

It reads the database alone. The groups are taken as they were last seen, and the same merge decides
as in a real reconciliation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telegram_gateway.core.commands import Command
from telegram_gateway.core.merge import merge
from telegram_gateway.core.merge_title import merge_title
from telegram_gateway.core.model import EditTitle, Member, SetRole, Step, TgUserId
from telegram_gateway.database import accounts, chats, members
from telegram_gateway.database.chats import Chat
from telegram_gateway.database.connection import Database
from telegram_gateway.errors import GatewayError
from telegram_gateway.pool import Work
from telegram_gateway.settings import Settings
from telegram_gateway.texts import text

# Steps by their names in texts and in results.
_NAMES = {
    "Approve": "approve",
    "Decline": "decline",
    "RemoveMember": "remove",
    "Ban": "ban",
    "LiftBan": "lift_ban",
    "SetRole": "set_role",
    "EditTitle": "edit_title",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that would be done (`what`: approve, decline, remove, ban, lift_ban, set_role,
    edit_title, create_group, bind_group) or reported to Odoo (`tell`); `is_held`: it waits for a
    person's confirmation. `broken`: nothing is done before a person has mended the group."""

    chat_id: int
    chat: str
    what: str
    tg_user_id: int | None = None
    who: str = ""
    detail: str = ""
    is_held: bool = False

    @property
    def sentence(self) -> str:
        """The line as people read it, in the language of the process."""
        done = text(f"plan_{self.what}", who=self.who, detail=self.detail)
        held = " " + text("plan_held") if self.is_held else ""
        return f"{self.chat}: {done}{held}"


async def plan(settings: Settings, chat_id: int | None) -> list[Line]:
    """Return what is due in one chat, or in all chats of the pool, by a connection of its own.

    Raises GatewayError if the database is out of reach or the chat does not exist.
    """
    database = await Database.open(settings.database_url.get_secret_value())
    try:
        logged_in = await accounts.load_accounts(database, settings.pool)
        ours = frozenset(TgUserId(account.tg_user_id) for account in logged_in.values())
        lines = await _of_chats(database, settings.pool, chat_id, ours)
        if lines is None:
            raise GatewayError("plan_no_chat", chat=chat_id)
        return lines
    finally:
        await database.close()


async def plan_command(work: Work, command: Command) -> dict[str, Any]:
    """Carry out Odoo's command `plan`. A chat that does not exist has no lines."""
    pool = work.pool
    ours = pool.accounts.our_ids
    lines = await _of_chats(pool.database, pool.name, command.chat_id, ours)
    return {"lines": as_facts(lines or [])}


async def _of_chats(
    database: Database, pool: str, chat_id: int | None, ours: frozenset[TgUserId]
) -> list[Line] | None:
    wanted = await chats.load_chats(database, pool)
    if chat_id is not None:
        wanted = [chat for chat in wanted if chat.id == chat_id]
        if not wanted:
            return None
    lines: list[Line] = []
    for chat in sorted(wanted, key=lambda chat: chat.id):
        lines += await _of_chat(database, chat, ours)
    return lines


async def _of_chat(database: Database, chat: Chat, ours: frozenset[TgUserId]) -> list[Line]:
    title = chat.title.wanted
    if chat.is_to_be_bound:
        return [Line(chat_id=chat.id, chat=title, what="bind_group", detail=chat.bind or "")]
    if chat.tg_chat_id is None:
        if not chat.is_active:
            return []
        return [Line(chat_id=chat.id, chat=title, what="create_group")]
    if chat.state == "broken":
        detail = chat.error_code or ""
        return [Line(chat_id=chat.id, chat=title, what="broken", detail=detail)]
    rows = await members.load_members(database, chat.id)
    entries = await members.load_roster(database, chat.id)
    merged = merge(entries, rows, chat.policy, ours)
    people = {row.tg_user_id: row for row in rows if row.tg_user_id is not None}
    steps = [*merged.steps, *merge_title(chat.title, chat.policy).steps]
    lines = [_line(chat, step, people) for step in steps]
    lines += [_line(chat, step, people, is_held=True) for step in merged.held]
    for kind, member in merged.report:
        lines.append(
            Line(
                chat_id=chat.id,
                chat=title,
                what="tell",
                tg_user_id=member.tg_user_id,
                who=_name(member, member.tg_user_id),
                detail=kind,
            )
        )
    return lines


def _line(chat: Chat, step: Step, people: dict[TgUserId, Member], *, is_held: bool = False) -> Line:
    what = _NAMES[type(step).__name__]
    if isinstance(step, EditTitle):
        return Line(chat_id=chat.id, chat=chat.title.wanted, what=what, detail=step.title)
    user = step.tg_user_id
    return Line(
        chat_id=chat.id,
        chat=chat.title.wanted,
        what=what,
        tg_user_id=user,
        who=_name(people.get(user), user),
        detail=str(step.role) if isinstance(step, SetRole) else "",
        is_held=is_held,
    )


def _name(member: Member | None, user: TgUserId | None) -> str:
    return (member.name if member else "") or str(user)


def as_facts(lines: list[Line]) -> list[dict[str, Any]]:
    """The lines as results of commands carry them."""
    return [
        {
            "chat_id": line.chat_id,
            "chat": line.chat,
            "what": line.what,
            "tg_user_id": line.tg_user_id,
            "who": line.who,
            "detail": line.detail,
            "held": line.is_held,
        }
        for line in lines
    ]
