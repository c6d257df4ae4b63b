"""The facts that membership reports to Odoo. Kinds and payloads are those of
docs/dev/contract.md."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from telegram_gateway.core.causes import brought_in_by
from telegram_gateway.core.direct_add import Limit
from telegram_gateway.core.model import (
    ChatId,
    Fact,
    Member,
    RosterEntry,
    SeenStatus,
    TgChatId,
    TgUserId,
)
from telegram_gateway.database.accounts import Account
from telegram_gateway.pool import Pool, iso
from telegram_gateway.telegram.seen import MemberSeen


def about_members(
    pool: Pool,
    chat_id: ChatId,
    report: Iterable[tuple[str, Member]],
    latest: Mapping[TgUserId, MemberSeen],
    entries: Iterable[RosterEntry],
    now: datetime,
) -> list[tuple[Fact, Member]]:
    """The facts of a plan's `report`, each with the row of its person. `latest`: how they were seen
    in this reconciliation, if they were; `now`: the instant of what was not."""
    by_account = entry_by_account(entries)
    return [
        (_about_member(pool, chat_id, kind, member, latest, now, by_account), member)
        for kind, member in report
    ]


def entry_by_account(entries: Iterable[RosterEntry]) -> dict[TgUserId, RosterEntry]:
    """The first entry of the roster that has each account."""
    by_account: dict[TgUserId, RosterEntry] = {}
    for entry in entries:
        for user in entry.tg_user_ids:
            by_account.setdefault(user, entry)
    return by_account


def _about_member(
    pool: Pool,
    chat_id: ChatId,
    kind: str,
    member: Member,
    latest: Mapping[TgUserId, MemberSeen],
    now: datetime,
    by_account: Mapping[TgUserId, RosterEntry],
) -> Fact:
    user = member.tg_user_id
    assert user is not None
    seen = latest.get(user)
    at = seen.at if seen else now
    by = seen.cause.by if seen else None
    if seen and kind == "member_joined":
        by = brought_in_by(user, seen.cause)
    payload = {"tg_user_id": user, "name": member.name, "username": member.username}
    if kind == "member_left":
        payload["is_witnessed"] = by is not None
    else:
        payload |= {"by": by, "by_us": _is_by_us(pool, kind, by)}
    if kind == "member_joined":
        payload["via"] = seen.cause.via if seen else "unknown"
        payload["is_unlogged"] = bool(seen and seen.cause.is_unlogged)
    elif kind == "member_removed":
        payload["banned"] = member.seen_status is SeenStatus.BANNED
    elif kind in ("member_promoted", "member_demoted"):
        payload["role"] = member.base_role
    elif kind == "request_waiting":
        entry = by_account.get(user)
        payload["roster"] = entry.status if entry else None
        payload["link"] = seen.cause.link if seen else None
    return Fact(
        fact=f"{kind}:{chat_id}:{user}:{_ms(at)}",
        kind=kind,
        occurred_at=at,
        chat_id=chat_id,
        payload=payload,
    )


def _is_by_us(pool: Pool, kind: str, by: TgUserId | None) -> bool:
    """Return whether the gateway did it. The gateway acts by the bot alone, except when it adds
    people; so anything else that the user account does, a person did on their phone."""
    ours = pool.accounts.our_ids if kind == "member_joined" else {pool.accounts.bot_id}
    return by in ours


def removals_held(chat_id: ChatId, held: Collection[TgUserId], now: datetime) -> Fact:
    """Removal limit exceeded; needs confirmation."""
    return Fact(
        fact=f"removals_held:{chat_id}:{_ms(now)}",
        kind="removals_held",
        occurred_at=now,
        chat_id=chat_id,
        payload={"tg_user_ids": sorted(held)},
    )


def title_changed(
    pool: Pool,
    chat_id: ChatId,
    title: str,
    by: TgUserId | None,
    at: datetime,
    *,
    is_restored: bool = False,
) -> Fact:
    """Somebody gave the group this title. `is_restored`: the former one was given back by
    policy."""
    return Fact(
        fact=f"title:{chat_id}:{_ms(at)}:{title}",
        kind="title_changed",
        occurred_at=at,
        chat_id=chat_id,
        payload={
            "title": title,
            "by": by,
            "by_us": _is_by_us(pool, "title_changed", by),
            "restored": is_restored,
        },
    )


def chat_ready(chat_id: ChatId, tg_chat_id: TgChatId, link: str, title: str, now: datetime) -> Fact:
    """The group exists, and people may be given its link."""
    return Fact(
        fact=f"chat_ready:{chat_id}:{tg_chat_id}",
        kind="chat_ready",
        occurred_at=now,
        chat_id=chat_id,
        payload={"tg_chat_id": tg_chat_id, "invite_link": link, "title": title},
    )


def chat_broken(chat_id: ChatId, code: str, now: datetime) -> Fact:
    """The group cannot be kept as it is until a person has mended it."""
    return Fact(
        fact=f"chat_broken:{chat_id}:{iso(now)}",
        kind="chat_broken",
        occurred_at=now,
        chat_id=chat_id,
        payload={"error_code": code, "error": ""},
    )


def account_limited(account: Account, limit: Limit) -> Fact:
    """Telegram lets the account do less for a while."""
    return Fact(
        fact=f"account_limited:{account.id}:{_ms(limit.since)}",
        kind="account_limited",
        occurred_at=limit.since,
        payload={
            "account": account.kind,
            "account_id": account.id,
            "error_code": limit.code,
            "level": limit.level,
            "until": iso(limit.until),
        },
    )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
