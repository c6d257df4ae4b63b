"""What an account may not do for now though its login lives: it is frozen, or too fresh to appoint
admins. Pure.

A frozen account changes nothing until an appeal was granted; it reads on. Of a user account
Telegram's configuration says so; of a bot nothing does but its refusals, and since spring 2025 not
everybody knows whether the configuration always does. So a refusal alone counts, too: then one
request after each `AGAIN` finds out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from telegram_gateway.core.commands import Command
from telegram_gateway.core.model import ChatId

#: How long after a refusal one request finds out whether it still holds.
AGAIN = timedelta(minutes=10)
#: Reports tell of logins younger than this that may appoint no admins.
FRESH = timedelta(days=1)
#: The code of what our own gate holds back.
FROZEN = "FROZEN_METHOD_INVALID"
FRESH_CODE = "FRESH_CHANGE_ADMINS_FORBIDDEN"


@dataclass(frozen=True, kw_only=True)
class Freeze:
    """Since when an account is frozen; `until`: then Telegram deletes it, unless an appeal was granted
    (`deletion_date` of TDLib's `updateFreezeState`, which it makes of the same value).

    Instants aware, UTC.
    """

    since: datetime
    until: datetime | None = None
    appeal_url: str | None = None


def freeze_of(config: Mapping[str, object]) -> Freeze | None:
    """The freeze that the values of `help.getAppConfig` tell of; None: there is none."""
    since = _instant(config.get("freeze_since_date"))
    if since is None:
        return None
    url = config.get("freeze_appeal_url")
    return Freeze(
        since=since,
        until=_instant(config.get("freeze_until_date")),
        appeal_url=url if isinstance(url, str) and url.startswith("https://") else None,
    )


def _instant(value: object) -> datetime | None:
    """Seconds since 1970, as JSON has numbers or texts of them; None for 0 and what is none."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
        return datetime.fromtimestamp(int(seconds), UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How an account stands. `is_shown`: Telegram's configuration says that it is frozen, not only a
    refusal, and will say when it is over; else `try_at` is when one request finds out; `is_trying`:
    that was asked for."""

    freeze: Freeze | None = None
    is_shown: bool = False
    try_at: datetime | None = None
    is_trying: bool = False

    def may_change(self, now: datetime) -> bool:
        """Whether something may be asked for that changes Telegram."""
        if self.freeze is None:
            return True
        return not self.is_shown and (self.try_at is None or self.try_at <= now)


def stored(freeze: Freeze | None) -> Standing:
    """How an account stands at a start, by what was known before it."""
    is_shown = freeze is not None and bool(freeze.until or freeze.appeal_url)
    return Standing(freeze=freeze, is_shown=is_shown)


def after_refusal(standing: Standing, now: datetime) -> Standing:
    """Telegram refused something because the account is frozen."""
    freeze = standing.freeze or Freeze(since=now)
    return replace(standing, freeze=freeze, try_at=now + AGAIN, is_trying=False)


def after_asking(standing: Standing, now: datetime) -> Standing:
    """Something that changes Telegram is being asked for: whoever else wants to waits for what
    becomes of it."""
    if standing.freeze is None:
        return standing
    return replace(standing, try_at=now + AGAIN, is_trying=True)


def after_answer(standing: Standing) -> Standing:
    """Telegram did something that changes it: perhaps what was to find out, perhaps what was asked
    for before it froze the account."""
    return Standing() if standing.is_trying and not standing.is_shown else standing


def after_reading(standing: Standing, found: Freeze | None) -> Standing:
    """Telegram's configuration was read."""
    if found is not None:
        return Standing(freeze=found, is_shown=True)
    return Standing() if standing.is_shown else standing


@dataclass(frozen=True, kw_only=True)
class Resting:
    """What rests because accounts are frozen: `accounts` by kind, "bot" or "user"; `calls`: the
    chats in which a call runs."""

    accounts: frozenset[str] = frozenset()
    calls: frozenset[ChatId] = frozenset()

    def holds(self, command: Command) -> bool:
        """Whether a due command waits until the account may change something again.

        An opening looks once whether there is a call that somebody began by hand, and again as
        soon as there is one: that becomes the lesson's.
        """
        if command.row.needs not in self.accounts:
            return False
        if command.row.may_be_adopted:
            return command.attempts > 0 and command.chat_id not in self.calls
        return True

    def free(self, commands: Iterable[Command]) -> tuple[Command, ...]:
        """Those of the due commands that may be done now."""
        return tuple(one for one in commands if not self.holds(one))


def fresh_until(login_at: datetime | None, now: datetime, again: timedelta) -> datetime:
    """Until when an account that was refused now presumably appoints no admins: a day after it
    logged in. Where that is over, something else made it too fresh, and it is tried `again`."""
    day_after = login_at + FRESH if login_at is not None else now
    return day_after if day_after > now else now + again


def fresh_again_at(until: datetime, now: datetime, again: timedelta) -> datetime:
    """When it is tried again: how long it truly lasts is not documented."""
    return min(until, now + again)
