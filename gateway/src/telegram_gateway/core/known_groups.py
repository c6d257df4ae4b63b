"""When the account's dialog list is read again for a group that the account does not know. Pure.
Instants aware, on the database's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram_gateway.core.retry import look_again_s

# The longest time between reads if a person waits, unless Telegram wants to be left alone for
# longer.
_AT_ONCE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class DialogReads:
    """Reads in a row in which the list lacked some group, and the instant of the next one: by
    itself, and if a person waits for it."""

    tries: int = 0
    again_at: datetime | None = None
    at_once_from: datetime | None = None

    def may_ask(self, now: datetime, *, at_once: bool) -> bool:
        """Return whether the list may be read now; `at_once`: a person waits for it."""
        at = self.at_once_from if at_once else self.again_at
        return at is None or now >= at


def after_asked(
    before: DialogReads, now: datetime, *, unknown: int, is_read: bool, wait_s: float = 0
) -> DialogReads:
    """The state after one more read. `unknown`: how many groups still are; not `is_read`: the read
    failed; `wait_s`: how long Telegram wants to be left alone. The time between reads doubles, up
    to five minutes. If the list was read it doubles up to an hour, since the account is then not in
    that group."""
    tries = before.tries + 1
    pause = timedelta(seconds=max(wait_s, look_again_s(tries, is_refused=is_read)))
    at_once = timedelta(seconds=wait_s) if wait_s else min(pause, _AT_ONCE)
    return DialogReads(
        tries=tries if unknown else 0, again_at=now + pause, at_once_from=now + at_once
    )
