"""Who did what was found in a group, by its admin log, where no update told of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from telegram_gateway.core.model import Cause, SeenStatus, TgUserId

What = Literal["joined", "left", "banned", "lifted", "role", "title"]

_OUT: frozenset[What] = frozenset({"left", "banned"})
# What must have happened last for somebody to stand so. Who was removed as official clients do it
# was banned, and the ban lifted.
_REASONS: dict[SeenStatus, frozenset[What]] = {
    SeenStatus.OUT: _OUT,
    SeenStatus.BANNED: frozenset({"banned"}),
    SeenStatus.IN: frozenset({"joined"}),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the admin log: `by` did it at `at` (UTC) to `tg_user_id` (None: to the group)."""

    what: What
    by: TgUserId
    at: datetime
    tg_user_id: TgUserId | None = None
    via: str = "unknown"  # of "joined"
    title: str = ""  # of "title"


def cause_of(
    tg_user_id: TgUserId, before: SeenStatus | None, now: SeenStatus, newest_first: Sequence[Entry]
) -> tuple[Cause, datetime] | None:
    """Who brought it about that the person stands so `now`, and when; None where the log is silent.

    Somebody who stood the same `before` was promoted or demoted.
    """
    steps = [frozenset({"role"})] if before is now else [_REASONS.get(now, frozenset())]
    if now is SeenStatus.IN and before is not now:
        steps.append(frozenset({"role"}))  # who is made an admin is brought in by that
    for reasons in steps:
        for entry in newest_first:
            if entry.tg_user_id == tg_user_id and entry.what in reasons:
                via = "added" if entry.what == "role" and before is not now else entry.via
                return Cause(by=entry.by, via=via), entry.at
    return None


def brought_in_by(tg_user_id: TgUserId, cause: Cause) -> TgUserId | None:
    """Whose doing it is that the person is in the group, their own included; None where the cause is
    of something else that happened to them."""
    is_coming = cause.via != "unknown" or cause.by == tg_user_id
    return cause.by if is_coming else None


def title_cause(title: str, newest_first: Sequence[Entry]) -> tuple[TgUserId, datetime] | None:
    """Who gave the group this title, and when."""
    for entry in newest_first:
        if entry.what == "title" and entry.title == title:
            return entry.by, entry.at
    return None
