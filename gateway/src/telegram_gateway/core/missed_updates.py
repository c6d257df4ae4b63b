"""Updates that reached the user account alone: did the bot, or another update, report the same
since? Pure.

Each update has `LATE_S` to be reported by another; then it is checked. One check of a chat covers
all join requests whose time is over, so there are few checks, however many people ask at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from telegram_gateway.core.latest_seen import Standing
from telegram_gateway.core.model import ChatId, SeenStatus, TgCallId, TgUserId

#: So much later than the account the bot may be told.
LATE_S = 3.0
#: An account that asks to join, and the instant of the newest update about it that we knew when we
#: learnt of the request: an update that reports the request is another one.
JoinRequest = tuple[TgUserId, datetime | None]
_REPORTED = {SeenStatus.REQUESTED, SeenStatus.IN}


class PendingRequests:
    """The join requests, by chat, that the account was told of and that were not checked yet.
    Clocks: the running loop's, in seconds."""

    def __init__(self) -> None:
        self._since: dict[ChatId, dict[JoinRequest, float]] = {}

    def add(self, chat_id: ChatId, requests: set[JoinRequest], now: float) -> bool:
        """Add requests; True if a check of the chat must be planned, in `LATE_S`."""
        is_first = chat_id not in self._since
        known = self._since.setdefault(chat_id, {})
        for request in requests:
            known.setdefault(request, now)
        return is_first

    def take(self, chat_id: ChatId, now: float) -> set[JoinRequest]:
        """Return the requests whose time is over; they are no longer pending."""
        known = self._since.get(chat_id, {})
        due = {request for request, at in known.items() if at + LATE_S <= now}
        left = {request: at for request, at in known.items() if request not in due}
        if left:
            self._since[chat_id] = left
        else:
            self._since.pop(chat_id, None)
        return due

    def is_waiting(self, chat_id: ChatId) -> bool:
        """True if another check of the chat must be planned, in `LATE_S`."""
        return chat_id in self._since


def missed_requests(
    waiting: Iterable[TgUserId],
    known: Mapping[TgUserId, Standing],
    updated: Iterable[TgUserId],
) -> frozenset[TgUserId]:
    """The accounts in `waiting` whose join request was missed: no update said that they ask, nor
    that they have come in since. `updated`: the accounts with any update meanwhile; these may have
    come in and left again."""
    reported = {user for user, (status, _) in known.items() if status in _REPORTED}
    return frozenset(waiting) - reported - frozenset(updated)


def is_call_missed(
    tg_call_id: TgCallId, watched: TgCallId | None, *, has_ended: bool, is_known_over: bool
) -> bool:
    """True if a call began, or ended (`has_ended`), and no other update reported it. `watched`: the
    call that we follow in the group; `is_known_over`: we know that this one is over."""
    is_watched = watched == tg_call_id
    return is_watched == has_ended and not is_known_over
