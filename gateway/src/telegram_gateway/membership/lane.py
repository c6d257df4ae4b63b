"""The membership lanes: in each, one reconciliation of a chat after the other, for commands and
updates together.

Updates wait here until their chat is reconciled; those of a reconciliation that failed wait again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from telegram_gateway.core.commands import Command, Wishes, wishes
from telegram_gateway.core.model import ChatId
from telegram_gateway.core.retry import look_again_s
from telegram_gateway.database import chats, outbox
from telegram_gateway.membership.catch_up import Actions, CatchUp
from telegram_gateway.membership.reconcile import reconcile
from telegram_gateway.pool import Pool, Work
from telegram_gateway.run.failures import (
    LaneFailures,
    is_own_fault,
    recorded,
    requested_wait_s,
)
from telegram_gateway.run.lanes import Key, Lanes
from telegram_gateway.telegram.errors import Frozen, Refused, TelegramError
from telegram_gateway.telegram.seen import ChatSeen

log = structlog.get_logger(__name__)
_FROZEN_S = 30.0  # before a command that needs a frozen account is tried again
# So many faults of our own in a row; then the updates are dropped, and the group is read as a
# whole.
_MOST_FAULTS = 8


async def reconcile_chat(work: Work, commands: Sequence[Command]) -> None:
    """Do the `reconcile` commands of one chat as one reconciliation, and settle their rows."""
    chat_id = commands[0].chat_id
    assert chat_id is not None  # those without one are not folded
    await work.membership.reconcile(chat_id, [command.id for command in commands], wishes(commands))


class MembershipLanes:
    """The membership lanes of a pool's chats. `wake` is called when commands were done, or wait
    again."""

    def __init__(
        self,
        pool: Pool,
        lanes: Lanes,
        failures: LaneFailures,
        *,
        wake: Callable[[], None],
        check_call: Callable[[ChatId], None],
        check_anchor: Callable[[ChatId], None],
        read_messages: Callable[[], None],
    ):
        self._pool, self._lanes, self._failures, self._wake = pool, lanes, failures, wake
        self._check_anchor = check_anchor
        actions = Actions(self._give_turn, self.reconcile_soon, check_call, read_messages)
        self.catch_up = CatchUp(pool, actions)
        self._updates: dict[ChatId, list[ChatSeen]] = defaultdict(list)
        self._due: set[ChatId] = set()  # to be reconciled though no update came
        self._reconciled: set[ChatId] = set()  # at least once since the start

    # --- what is to be done ----------------------------------------------------------------------

    def on_update(self, chat_id: ChatId, seen: ChatSeen) -> None:
        """Something happened in the chat's group: reconcile it, unless more updates are to come
        first."""
        self._updates[chat_id].append(seen)
        if not self.catch_up.hold(chat_id):
            self.reconcile_soon(chat_id)

    def reconcile_soon(self, chat_id: ChatId) -> None:
        """Reconcile the chat, if there is reason to by then: updates, a group to be read."""
        work = partial(self.reconcile, chat_id, [], Wishes())
        self._lanes.add(_lane(chat_id), work, "updates")

    def reconcile_anyway(self, chat_id: ChatId) -> None:
        """Reconcile the chat though nothing may have happened there."""
        self._due.add(chat_id)
        self.reconcile_soon(chat_id)

    def start_due(self, now: datetime) -> None:
        """Reconcile the chats for which that was wanted at an instant that has come."""
        memory = self._pool.membership
        for wanted_at in (memory.again_at, memory.look_at):
            for chat_id in [chat_id for chat_id, at in wanted_at.items() if at <= now]:
                del wanted_at[chat_id]
                self.reconcile_anyway(chat_id)

    @property
    def next_due_at(self) -> datetime | None:
        """The instant at which the next chat is to be reconciled, as far as that is known."""
        return min(self._pool.membership.look_at.values(), default=None)

    @property
    def unfinished(self) -> set[ChatId]:
        """The chats in which something is left to do."""
        memory = self._pool.membership
        waiting = {chat_id for chat_id, updates in self._updates.items() if updates}
        later = {*memory.look_at, *memory.removals_at, *memory.doubted}
        later |= {chat_id for chat_id, rests in memory.rests.items() if rests}
        return waiting | later | self._due | memory.unread

    async def run_in_lane(self, chat_id: ChatId, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` between two reconciliations of the chat; raises what it raises."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def turn() -> None:
            try:
                await work()
            except Exception as error:
                if not ended.done():
                    ended.set_exception(error)
            else:
                if not ended.done():
                    ended.set_result(None)

        self._lanes.add(_lane(chat_id), turn)
        await ended

    # --- in the lane -----------------------------------------------------------------------------

    def _give_turn(self, chat_id: ChatId) -> None:
        self._lanes.add(_lane(chat_id), partial(self._catch_up, chat_id), "catch up")

    async def _catch_up(self, chat_id: ChatId) -> None:
        """Catch up on the chat, whose turn has come after a start or a lost connection."""
        if await self.catch_up.take_turn(chat_id, is_needed=False):
            self._due.add(chat_id)
            await self.reconcile(chat_id, [], Wishes())

    async def reconcile(self, chat_id: ChatId, row_ids: list[int], wished: Wishes) -> None:
        """One reconciliation, for the claimed commands with these ids and for all updates that
        wait. Raises the error for which the lane has to rest; then all of them wait again."""
        is_complete = chat_id not in self.catch_up.held
        updates = self._updates.pop(chat_id, []) if is_complete else []
        is_due = chat_id in self._due
        self._due.discard(chat_id)
        if not row_ids and not updates and not is_due and not self._is_unread(chat_id):
            return  # an earlier reconciliation took the updates along
        database = self._pool.database
        try:
            if chat_id in self.catch_up.queue:
                await self.catch_up.take_turn(chat_id, is_needed=True)
            is_done = await reconcile(self._pool, chat_id, updates, wished)
        except Refused as error:
            self._wait_again(chat_id, updates)
            await outbox.fail(database, row_ids, *recorded(error))
            await self._retry_refused(chat_id, updates)
            self._wake()
            return
        except BaseException as error:
            self._wait_again(chat_id, updates)
            await self._put_back(chat_id, row_ids, error)
            raise
        if self._failures.clear(_lane(chat_id)) or chat_id not in self._reconciled:
            self._reconciled.add(chat_id)
            await outbox.finish_failed_reconciles(database, chat_id)
        if not is_done:
            await outbox.put_back(database, row_ids)  # paused since they were claimed
        elif row_ids:
            await outbox.finish(database, row_ids, {})
            if wished.check:
                self._check_anchor(chat_id)
        self._wake()

    def _is_unread(self, chat_id: ChatId) -> bool:
        return chat_id in self._pool.membership.unread

    def _wait_again(self, chat_id: ChatId, updates: list[ChatSeen]) -> None:
        self._updates[chat_id] = updates + self._updates.get(chat_id, [])

    async def _put_back(self, chat_id: ChatId, row_ids: list[int], error: BaseException) -> None:
        database = self._pool.database
        if is_own_fault(error) and self._failures.count(_lane(chat_id)) >= _MOST_FAULTS:
            # it may be an update that we cannot cope with: reading the group shows the same
            if self._updates.pop(chat_id, None):
                log.error("updates_set_aside", chat_id=chat_id)
            self._pool.membership.unread.add(chat_id)
            await outbox.fail(database, row_ids, "internal", repr(error))
            return
        code = error.code if isinstance(error, TelegramError) else None
        rest_s = _FROZEN_S if isinstance(error, Frozen) else requested_wait_s(error)
        await outbox.put_back(database, row_ids, code, rest_s)

    async def _retry_refused(self, chat_id: ChatId, updates: list[ChatSeen]) -> None:
        """Telegram refused something that the group needs to be in step. Reconcile it again without
        a command, unless a person must mend it first. `updates`: those of the reconciliation that
        failed."""
        chat = await chats.load_chat(self._pool.database, chat_id)
        if chat is None or chat.state in ("broken", "deleted"):
            # once it is mended it gets a full read; but an update that came meanwhile may say that
            # it is
            later = self._updates.pop(chat_id, [])[len(updates) :]
            if later:
                self._updates[chat_id] = later
            return
        wait_s = look_again_s(self._failures.add(_lane(chat_id)), is_refused=True)
        log.warning("reconcile_refused", chat_id=chat_id, wait_s=wait_s)
        asyncio.get_running_loop().call_later(wait_s, self.reconcile_anyway, chat_id)


def _lane(chat_id: ChatId) -> Key:
    return ("membership", chat_id)
