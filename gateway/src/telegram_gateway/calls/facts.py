"""The facts that are reported of a chat's call; their payloads are in docs/dev/contract.md."""

from __future__ import annotations

from datetime import datetime

from telegram_gateway.core.model import ChatId, Fact, TgCallId
from telegram_gateway.core.presence import Transition
from telegram_gateway.pool import iso
from telegram_gateway.telegram.seen import Person


def opened_fact(
    chat_id: ChatId,
    tg_call_id: TgCallId,
    at: datetime,
    open_key: str | None,
    *,
    is_adopted: bool,
    reopened: int,
) -> Fact:
    """The fact that a call runs. With a key: it is the call of that `open_call`. is_adopted:
    somebody else began it. reopened: how often it has been opened again."""
    return Fact(
        fact=f"call:{tg_call_id}:opened:{open_key or ''}",
        kind="call_opened",
        occurred_at=at,
        chat_id=chat_id,
        payload={
            "tg_call_id": tg_call_id,
            "open_key": open_key,
            "at": iso(at),
            "adopted": is_adopted,
            "reopened": reopened,
        },
    )


def closed_fact(
    chat_id: ChatId,
    tg_call_id: TgCallId | None,
    at: datetime,
    *,
    open_key: str | None,
    close_key: str | None,
    by_us: bool,
) -> Fact:
    """The fact that a call is over; without a call: that none was open when it was to be closed.
    The keys are those of its opening and of the `close_call` that ended it; by_us: the gateway
    ended it."""
    return Fact(
        fact=f"call:{tg_call_id or 'none'}:closed:{close_key or ''}",
        kind="call_closed",
        occurred_at=at,
        chat_id=chat_id,
        payload={
            "tg_call_id": tg_call_id,
            "open_key": open_key,
            "close_key": close_key,
            "at": iso(at),
            "by_us": by_us,
        },
    )


def kept_fact(
    chat_id: ChatId,
    tg_call_id: TgCallId | None,
    at: datetime,
    *,
    open_key: str | None,
    close_key: str | None,
    until: datetime | None = None,
) -> Fact:
    """The fact that a call goes on though it was to be closed: `open_key` still needs it, or people
    talk, `until` then at most; or (neither) the account is frozen and cannot end it. Reported once
    for a `close_key`."""
    return Fact(
        fact=f"call:{tg_call_id or 'none'}:kept:{close_key or ''}",
        kind="call_kept",
        occurred_at=at,
        chat_id=chat_id,
        payload={
            "tg_call_id": tg_call_id,
            "open_key": open_key,
            "close_key": close_key,
            "at": iso(at),
            "until": iso(until) if until else None,
        },
    )


def given_up_fact(
    chat_id: ChatId, at: datetime, open_key: str, error_code: str | None, reopened: int
) -> Fact:
    """The fact that a call is not opened again. Reported once for an opening."""
    return Fact(
        fact=f"call_given_up:{open_key}",
        kind="call_given_up",
        occurred_at=at,
        chat_id=chat_id,
        payload={
            "open_key": open_key,
            "at": iso(at),
            "reopened": reopened,
            "error_code": error_code,
        },
    )


def participant_fact(
    chat_id: ChatId, tg_call_id: TgCallId, transition: Transition, person: Person
) -> Fact:
    """The fact that a participant joined or left. Their name is taken from `person`."""
    participant = transition.participant
    joined = int(participant.date.timestamp())
    what = transition.kind.removeprefix("participant_")
    return Fact(
        # a participant joins once at that second, and leaves once
        fact=f"p:{tg_call_id}:{participant.peer_kind}:{participant.peer_id}:{joined}:{what}",
        kind=transition.kind,
        occurred_at=transition.at,
        chat_id=chat_id,
        payload={
            "tg_call_id": tg_call_id,
            "tg_user_id": transition.tg_user_id,
            "peer_kind": participant.peer_kind,
            "tg_channel_id": participant.peer_id if participant.peer_kind == "channel" else None,
            "name": person.name,
            "username": person.username,
            "at": iso(transition.at),
            "precision_s": transition.precision_s,
            "joined_at": iso(transition.joined_at),
            "source": transition.source,
            "device": participant.source,
        },
    )


def observation_fact(chat_id: ChatId, tg_call_id: TgCallId, kind: str, at: datetime) -> Fact:
    """The fact of that kind: a call is not observed, or its listeners are hidden (or no longer
    so)."""
    return Fact(
        fact=f"{kind}:{tg_call_id}:{at.isoformat()}",  # it may be lost twice within a second
        kind=kind,
        occurred_at=at,
        chat_id=chat_id,
        payload={"tg_call_id": tg_call_id, "at": iso(at)},
    )
