"""Who waits to be let in, as the account is told at once, and the bot perhaps a little later. Pure.

Each is given some time to be told of to the bot; a check of a chat is for all whose time is over, so
however many ask at once it is checked seldom.
"""

from __future__ import annotations

from datetime import datetime

from telegram_gateway.core.model import ChatId, TgUserId

#: So long after the account the bot may be told of a request.
BOT_LATE_S = 3.0
#: Somebody, and when the newest update about them happened of which we knew when we learnt that they
#: wait: the one that tells of it is another one.
Waiting = tuple[TgUserId, datetime | None]


class Tellings:
    """What the account was told of each chat and was not checked yet. Clocks: the running loop's."""

    def __init__(self) -> None:
        self._told: dict[ChatId, dict[Waiting, float]] = {}

    def told(self, chat_id: ChatId, waiting: set[Waiting], now: float) -> bool:
        """These wait. Whether a check of the chat must be planned, in `BOT_LATE_S`."""
        is_first = chat_id not in self._told
        known = self._told.setdefault(chat_id, {})
        for one in waiting:
            known.setdefault(one, now)
        return is_first

    def take(self, chat_id: ChatId, now: float) -> set[Waiting]:
        """Those whose time is over; they are left out from now on."""
        known = self._told.get(chat_id, {})
        due = {one for one, at in known.items() if at + BOT_LATE_S <= now}
        left = {one: at for one, at in known.items() if one not in due}
        if left:
            self._told[chat_id] = left
        else:
            self._told.pop(chat_id, None)
        return due

    def is_waiting(self, chat_id: ChatId) -> bool:
        """Whether another check of the chat must be planned, in `BOT_LATE_S`."""
        return chat_id in self._told
