"""Reconnecting to Telegram after an error: when, and whether another process should serve
meanwhile.

After a lost connection the pure `core/connection.py` decides, and the client itself tries first.
After any other error Telegram is left alone for longer (`core/retry.py`).
"""

from __future__ import annotations

import time

import structlog

from telegram_gateway.accounts import KINDS, UPDATES
from telegram_gateway.core.connection import NETWORK, Failures
from telegram_gateway.core.retry import connect_again_s
from telegram_gateway.errors import GatewayError
from telegram_gateway.telegram.errors import TelegramError
from telegram_gateway.telegram.sender import ConnectionHistory

log = structlog.get_logger(__name__)
UNREACHABLE = "telegram_unreachable"
_LOGGED_EVERY_S = 60.0
_AT_LEAST_S = 0.5


class ReconnectPolicy:
    """When to reconnect. There is one for the process. `lines`: what is known of the accounts'
    connections, by kind; it outlives the clients."""

    def __init__(self, every_s: float) -> None:
        self.lines = {kind: ConnectionHistory() for kind in KINDS}
        self._every_s = every_s
        self._started_at: float | None = None
        self._failures = Failures()
        self._in_vain = 0  # attempts in a row that failed before the process could serve
        self._error: GatewayError | None = None
        self._logged_at: float | None = None

    def started(self) -> None:
        """Note that the process connects to Telegram now."""
        self._started_at = time.monotonic()

    def failed(self, error: GatewayError) -> None:
        """Note the error that ended the attempt, and log it. "Telegram is unreachable" is logged
        once a minute."""
        now = time.monotonic()
        is_news = self._error is None or self._error.args != error.args or error.code != UNREACHABLE
        self._error = error
        self._in_vain += 1
        if is_news or self._logged_at is None or now - self._logged_at >= _LOGGED_EVERY_S:
            self._logged_at = now
            log.warning(error.code, **error.facts)

    def succeeded(self) -> None:
        """Note that the process serves, or could: it is connected."""
        self._error = None
        self._in_vain = 0

    @property
    def wait_s(self) -> float:
        """Seconds to wait before the next attempt; 0 before the first."""
        if self._error is not None and is_of_the_line(self._error):
            return max(_AT_LEAST_S, *(line.pause_s for line in self.lines.values()))
        if self._is_of_updates and not self._failures.hands_over:
            return _AT_LEAST_S
        if self._started_at is None:
            return 0.0
        return connect_again_s(time.monotonic() - self._started_at, self._every_s, self._in_vain)

    @property
    def is_anew(self) -> bool:
        """True if the clients should connect without asking for the updates that they missed,
        because one of these updates ends the client's loop each time."""
        return self._is_of_updates and self._failures.hands_over

    @property
    def _is_of_updates(self) -> bool:
        return self._error is not None and self._error.facts.get("reason") == UPDATES

    def keeps_lease(self, error: Exception) -> bool:
        """Return whether a process that this error ended keeps the lease until it has connected
        again; if not, another one may serve at once. Counts the failure."""
        if isinstance(error, GatewayError) and (error.code != UNREACHABLE or is_of_the_line(error)):
            return False  # the client itself has tried to connect again
        self._failures = self._failures.one_more(time.monotonic())
        return not self._failures.hands_over


def is_of_the_line(error: GatewayError) -> bool:
    """Return whether Telegram did not answer at all."""
    return error.code == UNREACHABLE and error.facts.get("reason") == NETWORK


def as_gateway_error(error: Exception) -> GatewayError:
    """The error that is logged, and shown to people, for the one that ended the service."""
    if isinstance(error, TelegramError):
        if error.code == NETWORK:
            return GatewayError(UNREACHABLE, reason=NETWORK)
        return GatewayError("service_failed", reason=error.code)
    return GatewayError("service_failed", reason=type(error).__name__)
