"""Whether Telegram has told a client what it missed: seen, not taken for granted.

After a start or a broken line the client library asks for what came after the numbers that it knows
(`updates.getDifference`). That is *proven* to be all where it was answered to its end, no number of a bot's
updates is missing in it, and Telegram's own numbers are no higher afterwards. What was refused, was *too
long*, or began without numbers is not.

All that leans on the library's keeping of numbers is here.
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
# So often, and each so long, an update is waited for that Telegram's numbers count already.
_UPDATES_LATE, _POLL_S = 30, 0.1


class Replay:
    """Of one client, from its connecting on. `on_settled` is called each time that it is known how a
    catching up came out:

    is_settled: nothing is being asked for, and all that was told has been handed on · is_proven: it was all
    · is_final: not proven, and asking again cannot change that · gaps: groups of which not all was told.
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
            """What the library's loop waits with: then nothing else is left to be done."""
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
        """Whether all that came was handed on."""
        return self._is_idle and self._queue.empty()

    def numbers(self) -> dict[int, int]:
        """The number of each group's newest update that the client knows of."""
        return {key: one.pts for key, one in self._box.map.items() if isinstance(key, int)}

    def begin(self) -> None:
        """A connection is made with what the session has; the library asks for what was missed."""
        stored = dict(self._client.session.get_update_states()).get(0)
        self._has_numbers = False
        if stored is not None and stored.pts:
            self._has_numbers = not self._client.is_of_bot or bool(stored.qts)
        self._wanted()

    def broken(self) -> None:
        """The line was broken; it is not known yet what was missed."""
        self.is_settled, self._is_broken = False, True
        self._stop_verifying()

    def again(self) -> None:
        """The line is back: let the library ask for what was missed."""
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
        """The library asks for what it missed, wanted or not."""
        if isinstance(request, functions.updates.GetDifferenceRequest):
            self.is_settled, self._was_asked = False, True
            self._was_empty, self._trouble = False, None

    def refused(self, request: Any, code: str) -> None:
        """There was no answer, or an error."""
        if isinstance(request, functions.updates.GetDifferenceRequest):
            self._trouble = code
        elif isinstance(request, functions.updates.GetChannelDifferenceRequest):
            self._gap(request.channel.channel_id)

    def answered(self, request: Any, answer: Any) -> None:
        """Telegram has told, something or nothing."""
        if isinstance(request, functions.updates.GetChannelDifferenceRequest):
            if isinstance(answer, types.updates.ChannelDifferenceTooLong):
                self._gap(request.channel.channel_id)
            for one in getattr(answer, "other_updates", ()):
                if isinstance(one, types.UpdateDeleteChannelMessages):
                    one.pts = 0  # see `_told`
        elif not isinstance(request, functions.updates.GetDifferenceRequest):
            return
        elif isinstance(answer, types.updates.DifferenceTooLong):
            self._trouble, self._has_numbers = "TOO_LONG", False
        elif isinstance(answer, types.updates.DifferenceEmpty):
            self._was_empty = True
        else:
            self._told(request, answer)

    def _told(self, request: Any, answer: Any) -> None:
        state = getattr(answer, "intermediate_state", None) or answer.state
        told = [one.qts for one in answer.other_updates if getattr(one, "qts", None) is not None]
        if self._client.is_of_bot and not is_unbroken(request.qts, told, state.qts):
            self._trouble, self._has_numbers = "NOT_ALL", False
        for one in answer.other_updates:
            # the library takes over the answer's numbers first, and then drops what is numbered no
            # higher as known already; without a number it hands on what was told
            if getattr(one, "qts", None):
                one.qts = 0
            # of a group that it has no number of, the library does not ask
            is_named = isinstance(one, types.UpdateChannelTooLong)
            if is_named and one.channel_id not in self._box.map:
                self._gap(one.channel_id)

    def _gap(self, channel_id: int) -> None:
        self.gaps.add(channel_id)
        self.is_settled = False

    # --- what came of it ---------------------------------------------------------------------

    def _idle(self) -> None:
        """Nothing is left to be asked for, or handed on."""
        if self.is_settled or self._is_broken or self._verifying is not None:
            return
        if self._is_wanted and self._was_empty and self._trouble is None and self._has_numbers:
            self._verifying = asyncio.create_task(self._verify(), name="numbers")
        else:
            self._settle()

    async def _verify(self) -> None:
        """That nothing was missed is believed where Telegram's numbers are no higher than ours."""
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
