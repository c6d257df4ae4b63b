"""Observes whether Telegram has sent a client all updates that it missed.

After a start or a lost connection the client library asks for the updates after the numbers that it
knows (`updates.getDifference`). The answer is *proven* complete if it came to its end, no number of
a bot's updates is missing in it, and Telegram's own numbers are no higher afterwards. It is not
proven if it was refused, was *too long*, or began without numbers.

All that depends on how the library keeps numbers is here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog
from telethon import functions, types

from telegram_gateway.core.catch_up import has_reached, is_unbroken
from telegram_gateway.telegram.errors import TelegramError, translated

if TYPE_CHECKING:
    from telegram_gateway.telegram.client import Client

log = structlog.get_logger(__name__)
# So often, and each time so long, an update is waited for that Telegram's numbers count already.
_UPDATES_LATE, _POLL_S = 30, 0.1


class Replay:
    """The replay of missed updates for one client, from its connecting on. `on_settled` is called
    each time that its outcome is known.

    is_settled: nothing is being asked for, and all updates have been forwarded. is_proven: these
    were all that had been missed. is_final: that is not proven, and asking again cannot change it.
    gaps: groups with missing updates.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._box: Any = client._message_box
        self._queue: asyncio.Queue[Any] = client._updates_queue
        self.on_settled: Callable[[], None] = lambda: None
        self.is_settled = False
        self.is_proven = False
        self.is_final = False
        self.gaps: set[int] = set()
        self._is_idle = False
        self._is_wanted = True  # to be asked for, and seen to be all
        self._has_numbers = self._is_broken = False
        self._trouble: str | None = None
        self._was_asked = self._was_empty = False
        self._verifying: asyncio.Task[None] | None = None
        get = self._queue.get

        async def noted() -> Any:
            """The library's loop waits here: whenever it does, nothing else is left to be done."""
            if self._queue.empty():
                self._is_idle = True
                self._idle()
            try:
                return await get()
            finally:
                self._is_idle = False

        client._updates_queue.get = noted

    @property
    def is_idle(self) -> bool:
        """True if all updates that came were forwarded."""
        return self._is_idle and self._queue.empty()

    def numbers(self) -> dict[int, int]:
        """The number of the newest known update of each group, by Telegram's id of the group."""
        return {key: entry.pts for key, entry in self._box.map.items() if isinstance(key, int)}

    def begin(self) -> None:
        """Begin a replay: a new connection is up, and the library asks for the updates after the
        session's numbers."""
        stored = dict(self._client.session.get_update_states()).get(0)
        self._has_numbers = False
        if stored is not None and stored.pts:
            self._has_numbers = not self._client.is_of_bot or bool(stored.qts)
        self._wanted()

    def on_connection_lost(self) -> None:
        """The connection was lost; it is not known yet what was missed."""
        self.is_settled, self._is_broken = False, True
        self._stop_verifying()

    def on_reconnected(self) -> None:
        """There is a connection again: let the library ask for what was missed."""
        self._is_broken = False
        self._has_numbers = not self._box.is_empty()
        self._wanted()
        self._queue.put_nowait(types.UpdatesTooLong())

    def _wanted(self) -> None:
        self.is_settled, self._is_wanted = False, True
        self._was_asked = self._was_empty = False
        self._trouble = None
        self._stop_verifying()

    def _stop_verifying(self) -> None:
        if self._verifying is not None:
            self._verifying.cancel()
            self._verifying = None

    # --- what the library asks, and is answered -----------------------------------------------

    def asked(self, request: Any) -> None:
        """The library asks for what it missed; it may do so without our wanting it."""
        if isinstance(request, functions.updates.GetDifferenceRequest):
            self.is_settled, self._was_asked = False, True
            self._was_empty, self._trouble = False, None

    def refused(self, request: Any, code: str) -> None:
        """A request got no answer, or an error."""
        if isinstance(request, functions.updates.GetDifferenceRequest):
            self._trouble = code
        elif isinstance(request, functions.updates.GetChannelDifferenceRequest):
            self._gap(request.channel.channel_id)

    def answered(self, request: Any, answer: Any) -> None:
        """A request of the library's was answered."""
        if isinstance(request, functions.updates.GetChannelDifferenceRequest):
            if isinstance(answer, types.updates.ChannelDifferenceTooLong):
                self._gap(request.channel.channel_id)
            for update in getattr(answer, "other_updates", ()):
                if isinstance(update, types.UpdateDeleteChannelMessages):
                    update.pts = 0  # see `_on_difference`
        elif not isinstance(request, functions.updates.GetDifferenceRequest):
            return
        elif isinstance(answer, types.updates.DifferenceTooLong):
            self._trouble, self._has_numbers = "TOO_LONG", False
        elif isinstance(answer, types.updates.DifferenceEmpty):
            self._was_empty = True
        else:
            self._on_difference(request, answer)

    def _on_difference(self, request: Any, answer: Any) -> None:
        state = getattr(answer, "intermediate_state", None) or answer.state
        numbers = [
            update.qts
            for update in answer.other_updates
            if getattr(update, "qts", None) is not None
        ]
        if self._client.is_of_bot and not is_unbroken(request.qts, numbers, state.qts):
            self._trouble, self._has_numbers = "NOT_ALL", False
        for update in answer.other_updates:
            # the library takes over the answer's numbers first, and then drops what is numbered no
            # higher as known already; an update without a number is forwarded
            if getattr(update, "qts", None):
                update.qts = 0
            # the library does not ask about a group of which it has no number
            is_named = isinstance(update, types.UpdateChannelTooLong)
            if is_named and update.channel_id not in self._box.map:
                self._gap(update.channel_id)

    def _gap(self, channel_id: int) -> None:
        self.gaps.add(channel_id)
        self.is_settled = False

    # --- what came of it ---------------------------------------------------------------------

    def _idle(self) -> None:
        """Nothing is left to be asked for, or to be forwarded."""
        if self.is_settled or self._is_broken or self._verifying is not None:
            return
        if self._is_wanted and self._was_empty and self._trouble is None and self._has_numbers:
            self._verifying = asyncio.create_task(self._verify(), name="numbers")
        else:
            self._settle()

    async def _verify(self) -> None:
        """Believe that nothing was missed where Telegram's numbers are no higher than ours."""
        try:
            with translated():
                state = await self._client(functions.updates.GetStateRequest())
        except TelegramError as error:
            self._trouble = error.code
        else:
            theirs = state.pts, state.qts if self._client.is_of_bot else 0
            for _ in range(_UPDATES_LATE):  # an update may be on its way
                if has_reached(self._ours(), theirs):
                    break
                await asyncio.sleep(_POLL_S)
            if not has_reached(self._ours(), theirs):
                self._trouble, self._has_numbers = "NOT_ALL", False
        self._verifying = None
        self._settle()

    def _ours(self) -> tuple[int, int]:
        account, _ = self._box.session_state()
        return account["pts"], account["qts"]

    def _settle(self) -> None:
        if self._was_asked or self._is_wanted:
            is_all = self._was_asked and self._trouble is None
            self.is_proven = self._has_numbers and is_all
            self.is_final = not self._has_numbers
            self._is_wanted = not (self.is_proven or self.is_final)
            self._has_numbers = True  # what comes from now on is counted from here
        self.is_settled, self._was_asked = True, False
        log.info(
            "caught_up",
            account=self._client.kind,
            proven=self.is_proven,
            code=self._trouble,
            gaps=len(self.gaps),
        )
        self.on_settled()
