"""The person that a `forget` command means, and the steps that remove them from a chat. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from telegram_gateway.core.model import (
    Decline,
    Member,
    PartnerId,
    RemoveMember,
    RosterEntry,
    RosterStatus,
    SeenStatus,
    TgUserId,
)

_STAYS = {RosterStatus.IN, RosterStatus.UNDECIDED}


@dataclass(frozen=True, kw_only=True)
class Erased:
    """A person whom the school has erased. accounts: those that nobody else uses; put_out: the
    accounts among them that leave the groups; words: the person's names."""

    partner_id: PartnerId
    accounts: frozenset[TgUserId] = frozenset()
    put_out: frozenset[TgUserId] = frozenset()
    words: tuple[str, ...] = ()


def from_payload(payload: Mapping[str, Any]) -> Erased | None:
    """Parse the command's payload; None if it is malformed."""
    partner_id = payload.get("partner_id")
    accounts, put_out = payload.get("tg_user_ids"), payload.get("put_out")
    words = payload.get("words", [])
    if not _is_id(partner_id) or not all(
        isinstance(one, list) for one in (words, accounts, put_out)
    ):
        return None
    assert isinstance(accounts, list) and isinstance(put_out, list)
    if not all(map(_is_id, [*accounts, *put_out])) or not set(put_out) <= set(accounts):
        return None
    if not all(isinstance(word, str) and word.strip() for word in words):
        return None
    assert isinstance(partner_id, int)
    return Erased(
        partner_id=PartnerId(partner_id),
        accounts=frozenset(map(TgUserId, accounts)),
        put_out=frozenset(map(TgUserId, put_out)),
        words=tuple(words),
    )


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def steps(
    erased: Erased, members: Iterable[Member], roster: Iterable[RosterEntry]
) -> list[RemoveMember | Decline]:
    """Return the steps that remove the person from a chat: their own accounts, and a shared one if
    they are the reason why it is there; never an account that the roster wants there for somebody
    else."""
    wanted = {user for entry in roster if entry.status in _STAYS for user in entry.tg_user_ids}
    found: list[RemoveMember | Decline] = []
    for member in members:
        user = member.tg_user_id
        is_theirs = member.partner_id == erased.partner_id and user not in erased.accounts
        if user is None or user in wanted or not (user in erased.put_out or is_theirs):
            continue
        if member.seen_status is SeenStatus.IN:
            found.append(RemoveMember(tg_user_id=user))
        elif member.seen_status is SeenStatus.REQUESTED:
            found.append(Decline(tg_user_id=user))
    return found
