"""The causes of what a full read found, as the group's admin log shows them: who did it and when.
Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from telegram_gateway.core.model import Cause, SeenStatus, TgUserId

What = Literal["joined", "left", "banned", "lifted", "role", "title"]

_OUT: frozenset[What] = frozenset({"left", "banned"})
# The entry that explains how somebody stands. Official clients remove by a ban that they lift at
# once.
_REASONS: dict[SeenStatus, frozenset[What]] = {
    SeenStatus.OUT: _OUT,
    SeenStatus.BANNED: frozenset({"banned"}),
    SeenStatus.IN: frozenset({"joined"}),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of the admin log: `by` did it at `at` (UTC) to `tg_user_id` (None: to the group)."""

    what: What
    by: TgUserId
    at: datetime
    tg_user_id: TgUserId | None = None
    via: str = "unknown"  # of "joined"
    title: str = ""  # of "title"


def cause_of(
    tg_user_id: TgUserId, before: SeenStatus | None, now: SeenStatus, newest_first: Sequence[Entry]
) -> tuple[Cause, datetime] | None:
    """The cause of how the person stands `now`, and its instant (UTC); None if the log has none.

    If they stood the same `before`, they were promoted or demoted.
    """
    steps = [frozenset({"role"})] if before is now else [_REASONS.get(now, frozenset())]
    if now is SeenStatus.IN and before is not now:
        steps.append(frozenset({"role"}))  # making somebody an admin brings them in
    for reasons in steps:
        for entry in newest_first:
            if entry.tg_user_id == tg_user_id and entry.what in reasons:
                via = "added" if entry.what == "role" and before is not now else entry.via
                return Cause(by=entry.by, via=via), entry.at
    return None


def brought_in_by(tg_user_id: TgUserId, cause: Cause) -> TgUserId | None:
    """The account that brought the person into the group, which may be themselves; None if the
    cause is that of something else that happened to them."""
    is_coming = cause.via != "unknown" or cause.by == tg_user_id
    return cause.by if is_coming else None


def title_cause(title: str, newest_first: Sequence[Entry]) -> tuple[TgUserId, datetime] | None:
    """The account that gave the group this title, and when (UTC); None if the log has it not."""
    for entry in newest_first:
        if entry.what == "title" and entry.title == title:
            return entry.by, entry.at
    return None
