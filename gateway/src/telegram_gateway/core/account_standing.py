"""The standing of an account whose login is accepted: it may be frozen, or too fresh to appoint
admins. Pure.

A frozen account may read, but change nothing until an appeal was granted. For a user account
Telegram's configuration says that it is frozen; for a bot only its refusals do. It is not
documented whether the configuration always says it. So a refusal alone counts, too; then one
request after each `AGAIN` finds out whether it still holds. Instants aware, UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from telegram_gateway.core.commands import Command
from telegram_gateway.core.model import ChatId

#: How long after a refusal one request finds out whether it still holds.
AGAIN = timedelta(minutes=10)
#: Logins younger than this have been reported to be refused when they appoint admins.
FRESH = timedelta(days=1)
#: The code of what a frozen account may not do; our own gate uses it, too.
FROZEN = "FROZEN_METHOD_INVALID"
FRESH_CODE = "FRESH_CHANGE_ADMINS_FORBIDDEN"


@dataclass(frozen=True, kw_only=True)
class Freeze:
    """An account is frozen since `since`. Telegram deletes it at `until`, unless an appeal is
    granted at `appeal_url`; a bot's freeze has neither.

    `until` is the value that TDLib calls `deletion_date` of `updateFreezeState`.
    """

    since: datetime
    until: datetime | None = None
    appeal_url: str | None = None


def freeze_of(config: Mapping[str, object]) -> Freeze | None:
    """Return the freeze that the values of `help.getAppConfig` show; None: the account is not
    frozen."""
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
    """Of seconds since 1970, as a number or a text; None for 0 and for anything else."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
        return datetime.fromtimestamp(int(seconds), UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The standing of an account; `freeze` None: it is not frozen. `is_shown`: Telegram's
    configuration says that it is frozen, so it will also say when it no longer is. If only a
    refusal said it, one request at `try_at` finds out whether it still holds; `is_trying`: that
    request was sent."""

    freeze: Freeze | None = None
    is_shown: bool = False
    try_at: datetime | None = None
    is_trying: bool = False

    def may_change(self, now: datetime) -> bool:
        """Return whether a request that changes something on Telegram may be sent."""
        if self.freeze is None:
            return True
        return not self.is_shown and (self.try_at is None or self.try_at <= now)


def stored(freeze: Freeze | None) -> Standing:
    """The standing at a start, according to the freeze that was stored before it."""
    is_shown = freeze is not None and bool(freeze.until or freeze.appeal_url)
    return Standing(freeze=freeze, is_shown=is_shown)


def after_refusal(standing: Standing, now: datetime) -> Standing:
    """The standing after Telegram refused something because the account is frozen."""
    freeze = standing.freeze or Freeze(since=now)
    return replace(standing, freeze=freeze, try_at=now + AGAIN, is_trying=False)


def after_asking(standing: Standing, now: datetime) -> Standing:
    """The standing while a request that changes something is being sent: other requests wait for
    its answer."""
    if standing.freeze is None:
        return standing
    return replace(standing, try_at=now + AGAIN, is_trying=True)


def after_answer(standing: Standing) -> Standing:
    """The standing after Telegram accepted a request that changes something. Where none was sent to
    find out, it may be one from before the freeze, and says nothing."""
    return Standing() if standing.is_trying and not standing.is_shown else standing


def after_reading(standing: Standing, freeze: Freeze | None) -> Standing:
    """The standing after Telegram's configuration was read, which says this."""
    if freeze is not None:
        return Standing(freeze=freeze, is_shown=True)
    return Standing() if standing.is_shown else standing


@dataclass(frozen=True, kw_only=True)
class Resting:
    """Commands that wait because accounts are frozen. `accounts`: the frozen ones, by kind ("bot",
    "user"); `calls`: the chats in which a call runs."""

    accounts: frozenset[str] = frozenset()
    calls: frozenset[ChatId] = frozenset()

    def holds(self, command: Command) -> bool:
        """Return whether a due command waits until the account may change something again.

        One that `may_be_adopted` is tried once all the same, to see whether somebody has begun a
        call by hand, and again as soon as a call runs.
        """
        if command.row.needs not in self.accounts:
            return False
        if command.row.may_be_adopted:
            return command.attempts > 0 and command.chat_id not in self.calls
        return True

    def free(self, commands: Iterable[Command]) -> tuple[Command, ...]:
        """The commands among these due ones that may be done now."""
        return tuple(command for command in commands if not self.holds(command))


def fresh_until(login_at: datetime | None, now: datetime, again: timedelta) -> datetime:
    """Until when an account that was refused as too fresh presumably may appoint no admins: a day
    after its login. Where that is over, something else made it too fresh: until `again` from
    now."""
    day_after = login_at + FRESH if login_at is not None else now
    return day_after if day_after > now else now + again


def fresh_again_at(until: datetime, now: datetime, again: timedelta) -> datetime:
    """Return when to try again to appoint admins: after `again` at the latest, since how long an
    account remains too fresh is not documented."""
    return min(until, now + again)
