"""Commands: claim what is due, give it to its lanes, carry it out, and record what came of it.

What a kind of command needs, and who handles it, stands in `core/kinds.py`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pkgutil import resolve_name
from typing import Any

import structlog

from telegram_gateway.calls.close import PeopleStillTalk
from telegram_gateway.core.account_standing import Resting
from telegram_gateway.core.budget import MESSAGES_A_MINUTE_IN_A_GROUP
from telegram_gateway.core.commands import Command, agenda, is_over
from telegram_gateway.core.connection import NETWORK
from telegram_gateway.core.kinds import COMMANDS
from telegram_gateway.core.method_pauses import MethodPauses
from telegram_gateway.core.rate_limit import ClockReading, RateLimiter
from telegram_gateway.core.retry import Again, GiveUp, after_fault, after_our_fault, after_wait
from telegram_gateway.database import attachments, outbox
from telegram_gateway.database.pauses import load_pauses
from telegram_gateway.errors import GatewayError
from telegram_gateway.messages.send import SENT_AT, find_sent
from telegram_gateway.pool import Work
from telegram_gateway.run.failures import recorded
from telegram_gateway.run.lanes import Key, Lanes
from telegram_gateway.run.method_pauses import open_method_pauses
from telegram_gateway.run.pending import PendingCommands
from telegram_gateway.telegram.errors import (
    AlreadyDone,
    Frozen,
    Passing,
    Refused,
    TelegramError,
    Wait,
)

#: After so long a turn comes in any case.
LOOK_ANYWAY_S = 30.0
_FROZEN_S = 5.0  # before a command that needs a frozen account is tried again
_HELD_S = 1.0  # before a command that a transaction of Odoo holds is claimed again
_KEEPS_ITS_TURN = 2  # so many tries of a command keep the others of its lane waiting

log = structlog.get_logger(__name__)
#: Does one command; its result. Raises TelegramError.
Handler = Callable[[Work, Command], Awaitable[dict[str, Any]]]
#: Does all due commands of a lane, and settles their rows.
FoldedHandler = Callable[[Work, Sequence[Command]], Awaitable[None]]


class Dispatcher:
    """Gives commands to their lanes: `open` once, then `turn` whenever one may be due. `wake`: have
    a turn soon."""

    def __init__(self, work: Work, lanes: Lanes, wake: Callable[[], None]):
        self._work, self._lanes, self._wake = work, lanes, wake
        handlers = {
            kind: resolve_name(row.handler) for kind, row in COMMANDS.items() if row.handler
        }
        self._handlers: dict[str, Handler] = {}
        self._folded_handlers: dict[str, FoldedHandler] = {}
        for kind, handler in handlers.items():
            table = self._folded_handlers if COMMANDS[kind].is_folded else self._handlers
            table[kind] = handler
        pool = work.pool
        self._pending = PendingCommands(pool.database, pool.name, 2 * LOOK_ANYWAY_S)
        self._rate_limiter = RateLimiter()
        self._method_pauses = MethodPauses()
        self._clock: ClockReading | None = None  # the database's
        self._serves_since = datetime.min.replace(tzinfo=UTC)
        self._is_held_up = False  # a command is due whose lane has other work

    async def open(self) -> None:
        """Begin with what is in the tables: put back commands that a former owner had claimed, load
        method pauses, and the messages that count for the rate limit. Raises GatewayError."""
        pool = self._work.pool
        database, name = pool.database, pool.name
        self._serves_since = await pool.now()
        self._method_pauses = await open_method_pauses(pool)
        claimed = await outbox.load_left_working(database, name, pool.lease.worker)
        await outbox.put_back(database, [command.id for command in claimed])
        await outbox.retry_budgets(database, name)
        await outbox.retry_after_network(database, name)
        minute = MESSAGES_A_MINUTE_IN_A_GROUP.per
        for chat_id, at in await outbox.load_recent_sends(database, name, minute):
            self._rate_limiter.sent(chat_id, at)

    # --- which are due ---------------------------------------------------------------------------

    def outbox_changed(self) -> None:
        """Note that rows were written: the next turn, which comes now, reads them."""
        self._pending.changed()
        self._wake()

    def lane_idle(self) -> None:
        """Note that a lane has come to the end of its work: a due command may have waited for
        that."""
        if self._is_held_up:
            self._wake()

    async def retry_after_network(self) -> None:
        """Have commands tried again now that wait because Telegram was not reached."""
        await outbox.retry_after_network(self._work.pool.database, self._work.pool.name)
        self._wake()

    async def turn(self) -> float:
        """Give due commands to their lanes, and reconcile the chats that are due. Returns in how
        many seconds the next turn is needed, unless woken before. Raises GatewayError."""
        pool, membership = self._work.pool, self._work.membership
        self._clock = await pool.database.read_clock()
        now = self._clock.at
        pauses = await load_pauses(pool.database, pool.name)
        rows = agenda(await self._pending.rows(), now, pauses)
        if rows.expired:
            expired = [command.id for command in rows.expired]
            await outbox.expire(pool.database, expired)
            self._pending.remove(expired)
        membership.start_due(now)
        due = (await self._resting()).free(rows.now)
        free = [command for command in due if not self._lanes.is_busy(command.lane)]
        self._is_held_up = len(free) < len(due)
        unpaused = self._method_pauses.release(free, now)
        released = self._rate_limiter.release(unpaused.now, now)
        await self._give(released.now)
        instants = (
            rows.next_due_at,
            unpaused.next_at,
            released.next_at,
            membership.next_due_at,
        )
        next_at = min(
            (at for at in instants if at is not None),
            default=now + timedelta(seconds=LOOK_ANYWAY_S),
        )
        pause_s = max(0.0, min(LOOK_ANYWAY_S, (next_at - now).total_seconds()))
        again_s = self._pending.read_again_in_s
        return pause_s if again_s is None else min(pause_s, again_s)

    async def _resting(self) -> Resting:
        pool = self._work.pool
        frozen = [kind for kind in pool.standings if await pool.is_frozen(kind)]
        return Resting(accounts=frozenset(frozen), calls=frozenset(self._work.calls.watches))

    # --- to the lanes ----------------------------------------------------------------------------

    async def _give(self, commands: tuple[Command, ...]) -> None:
        """Claim commands, all in one statement, and give them to their lanes. A lane whose commands
        are folded gets all of them; another lane gets the first, and the next one when that is
        done."""
        by_lane: dict[Key, list[Command]] = defaultdict(list)
        for command in commands:
            if command.is_folded or command.lane not in by_lane:
                by_lane[command.lane].append(command)
        wanted = [command.id for batch in by_lane.values() for command in batch]
        if not wanted:
            return
        pool = self._work.pool
        rows = await outbox.claim(pool.database, wanted, pool.lease.worker)
        claimed = {command.id: command for command in rows}
        self._pending.remove(wanted)
        if len(claimed) < len(wanted):  # cancelled or moved meanwhile, or Odoo is at it
            asyncio.get_running_loop().call_later(_HELD_S, self.outbox_changed)
        self._rate_limiter.started(claimed.values())
        self._method_pauses.started(claimed.values())
        for lane, batch in by_lane.items():
            taken = [claimed[command.id] for command in batch if command.id in claimed]
            if not taken:
                continue
            if taken[0].is_folded:
                handler = self._folded_handlers[taken[0].kind]
                self._lanes.add(lane, partial(handler, self._work, taken))
            else:
                self._lanes.add(lane, partial(self._carry_out, taken[0]))

    # --- in the lane -----------------------------------------------------------------------------

    async def _carry_out(self, command: Command) -> None:
        """Do a command that was claimed, and record what came of it. Raises what its lane has to
        rest for."""
        pool = self._work.pool
        try:
            result = await self._attempt(command)
        except Refused as error:
            await outbox.fail(pool.database, [command.id], *recorded(error))
        except PeopleStillTalk as talk:
            rest_s = max(0.1, (talk.until - await pool.now()).total_seconds())
            await outbox.put_back(pool.database, [command.id], outbox.TALKING, rest_s)
            self._wake_in(rest_s)
        except Wait as error:
            now = await pool.now()
            decided = after_wait(now, command, error.code, error.seconds)
            # what waits with all others of its kind holds up nothing else of its lane
            is_held = self._method_pauses.holds(command, now)
            await self._retry(command, decided, error.seconds, error.code, rests=not is_held)
            if not is_held:
                raise
        except (Passing, AlreadyDone) as error:
            # AlreadyDone: a call that was to be used, for instance, is over again
            now = await pool.now()
            decided = after_fault(now, command, error.code)
            wait_s = (decided.at - now).total_seconds() if isinstance(decided, Again) else 0
            # a short trouble leaves the order as it is; a command that goes on failing holds up no
            # other
            rests = command.attempts <= _KEEPS_ITS_TURN
            await self._retry(command, decided, wait_s, error.code, rests=rests)
        except Frozen as error:
            # the dispatcher holds it back now, unless it may look for a call: then not too often
            self._lanes.rest(command.lane, _FROZEN_S)
            self._wake_in(_FROZEN_S)
            await outbox.put_back(pool.database, [command.id], error.code)
        except (TelegramError, GatewayError, asyncio.CancelledError):
            await outbox.put_back(pool.database, [command.id])
            raise
        except Exception as error:
            await self._own_fault(command, error)
        else:
            if result is not None:
                await self._finish(command, result)
        finally:
            self._wake()

    async def _attempt(self, command: Command) -> dict[str, Any] | None:
        """Try a command. Return its result; None if it was too late for it, which is then
        recorded."""
        pool = self._work.pool
        try:
            if not is_over(command, self._about_now()):
                return await self._handle(command)
            # the lane had to rest meanwhile; an earlier try may have gone out
            result = await find_sent(pool, command)
            if not result:
                await outbox.expire(pool.database, [command.id])
                return None
            return result
        finally:
            self._rate_limiter.ended(command, self._about_now())
            self._method_pauses.ended(command)

    async def _handle(self, command: Command) -> dict[str, Any]:
        handler = self._handlers.get(command.kind)
        if handler is None:
            raise Refused("bad_payload")
        return await handler(self._work, command)

    async def _finish(self, command: Command, result: dict[str, Any]) -> None:
        database = self._work.pool.database
        at = result.pop(SENT_AT, None)
        if command.row.is_timed and command.due_at < self._serves_since:
            result = {**result, "gateway_was_away": True}
        await outbox.finish(database, [command.id], result, at)
        if "attachment" in command.payload:
            await attachments.delete(database, command.id)

    async def _retry(
        self,
        command: Command,
        decided: Again | GiveUp,
        wait_s: float,
        code: str,
        *,
        rests: bool,
    ) -> None:
        """Put a command back for so many seconds, or give it up, as was decided. `rests`: its lane
        rests as long."""
        database = self._work.pool.database
        match decided:
            case Again():
                if rests:
                    self._lanes.rest(command.lane, wait_s, NETWORK if code == NETWORK else "")
                self._wake_in(wait_s)
                await outbox.put_back(database, [command.id], code, wait_s)
            case GiveUp(error_code="expired"):
                await outbox.expire(database, [command.id])
            case GiveUp(error_code=error_code):
                await outbox.fail(database, [command.id], error_code)

    async def _own_fault(self, command: Command, error: Exception) -> None:
        """A fault of the gateway's own, met by this command; within its `except`."""
        log.exception("command_failed", id=command.id, kind=command.kind)
        pool = self._work.pool
        now = await pool.now()
        decided = after_our_fault(now, command)
        if isinstance(decided, Again):
            wait_s = (decided.at - now).total_seconds()
            self._wake_in(wait_s)
            await outbox.put_back(pool.database, [command.id], "internal", wait_s)
        else:
            await outbox.fail(pool.database, [command.id], decided.error_code, repr(error))

    def _about_now(self) -> datetime:
        """The database's clock, without asking it again."""
        assert self._clock is not None  # the command was given to its lane by a turn
        return self._clock.about(asyncio.get_running_loop().time())

    def _wake_in(self, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._wake)
