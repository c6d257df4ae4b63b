"""Gives each update to the lane in which it is handled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from telegram_gateway.calls.checks import CallChecks
from telegram_gateway.core.model import ChatId, TgCallId
from telegram_gateway.identity.names import report_names
from telegram_gateway.membership.lane import MembershipLanes
from telegram_gateway.membership.missed_updates import MissedUpdates
from telegram_gateway.messages.lane import INBOX, MessageLanes
from telegram_gateway.pool import Pool
from telegram_gateway.run.lanes import Lanes
from telegram_gateway.telegram.seen import (
    BotMessage,
    ButtonPressed,
    CallMessageSeen,
    CallSeen,
    MessagesGone,
    ParticipantsSeen,
    PersonSeen,
    RequestsSeen,
    Seen,
    TitleSeenByUser,
)


class Router:
    """Gives updates to the rooms. `wake` makes the dispatcher look for commands that can be done
    now."""

    def __init__(
        self,
        pool: Pool,
        lanes: Lanes,
        *,
        membership: MembershipLanes,
        call_checks: CallChecks,
        messages: MessageLanes,
        wake: Callable[[], None],
    ):
        self._pool, self._lanes, self._wake = pool, lanes, wake
        self._membership, self._messages = membership, messages
        self._check_call, self._calls = call_checks.check_soon, call_checks.calls
        self._missed_updates = MissedUpdates(
            pool,
            lanes,
            look_at=membership.reconcile_soon,
            look_for_call=self._check_call,
            watched=self._watched_call,
            is_over=self._calls.is_over,
        )

    def on_update(self, seen: Seen) -> None:
        """Handle an update that a client has just received. Updates about other groups are
        ignored."""
        match seen:
            case BotMessage():
                self._messages.on_message(seen)
            case ButtonPressed():
                self._messages.on_button(seen)
            case PersonSeen():
                people = {seen.tg_user_id: seen.person}
                self._lanes.add(INBOX, partial(report_names, self._pool, people))
            case ParticipantsSeen():
                self._on_participants(seen)
            case _ if seen.tg_chat_id in self._pool.chat_ids:
                chat_id = self._pool.chat_ids[seen.tg_chat_id]
                match seen:
                    case CallSeen():
                        work = partial(self._call_seen, seen, chat_id)
                        self._lanes.add(("call", chat_id), work)
                    case MessagesGone():
                        self._messages.on_messages_deleted(chat_id, seen)
                    case RequestsSeen() | TitleSeenByUser() | CallMessageSeen():
                        self._missed_updates.check_later(chat_id, seen)
                    case _:
                        self._membership.on_update(chat_id, seen)

    def on_updates_before(self, kept: Sequence[Seen]) -> None:
        """Handle updates that the clients received before this process served. If it was a standby,
        the former owner may have handled them already; so calls are checked instead of taken from
        these updates."""
        for seen in kept:
            if isinstance(seen, CallSeen | CallMessageSeen):
                if seen.tg_chat_id in self._pool.chat_ids:
                    self._check_call(self._pool.chat_ids[seen.tg_chat_id])
            elif not isinstance(seen, ParticipantsSeen):
                self.on_update(seen)

    def _on_participants(self, seen: ParticipantsSeen) -> None:
        for watch in self._calls.watches.values():
            if watch.tg_call_id == seen.tg_call_id:
                work = partial(watch.on_participants, seen)
                self._lanes.add(("presence", seen.tg_call_id), work)

    def _watched_call(self, chat_id: ChatId) -> TgCallId | None:
        watch = self._calls.watches.get(chat_id)
        return watch.tg_call_id if watch else None

    async def _call_seen(self, seen: CallSeen, chat_id: ChatId) -> None:
        await self._calls.on_call_seen(seen, chat_id)
        self._wake()  # an opening may wait for a call that somebody begins by hand
