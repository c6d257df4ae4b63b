"""The service: takes the pool's lease, wakes when something is due, and gives it to the lanes.

Durable are only the tables; everything here is rebuilt from them at start.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from telegram_gateway.calls import schedule
from telegram_gateway.calls.lane import Calls, PeopleTalk
from telegram_gateway.core.account_standing import FROZEN, Resting
from telegram_gateway.core.budget import MESSAGES_A_MINUTE_IN_A_GROUP
from telegram_gateway.core.commands import (
    Command,
    Wishes,
    agenda,
    is_over,
    wishes,
)
from telegram_gateway.core.connection import FAILURES_WITHIN_S, NETWORK
from telegram_gateway.core.method_pauses import Floods
from telegram_gateway.core.model import ChatId, TgCallId
from telegram_gateway.core.rate_limit import Pace, Reading
from telegram_gateway.core.retry import (
    Again,
    after_fault,
    after_our_fault,
    after_wait,
    look_again_s,
)
from telegram_gateway.database import accounts as stored
from telegram_gateway.database import attachments, chats, logins, outbox, prune
from telegram_gateway.database.connection import CUT_OFF_WAIT_S, Database
from telegram_gateway.database.doorbell import Doorbell
from telegram_gateway.database.lease import Lease
from telegram_gateway.database.pauses import load_pauses
from telegram_gateway.database.process_name import ProcessName
from telegram_gateway.errors import GatewayError, LeaseLost, UpgradeInProgress
from telegram_gateway.identity.desk import Desk
from telegram_gateway.identity.erase import forget
from telegram_gateway.identity.lookup import look_up, make_link
from telegram_gateway.identity.names import tell_names
from telegram_gateway.membership import delete_group, direct_add, dry_run
from telegram_gateway.membership import reconcile as membership
from telegram_gateway.membership.catch_up import Actions, CatchUp
from telegram_gateway.membership.missed_updates import MissedUpdates
from telegram_gateway.messages import anchor
from telegram_gateway.messages.private import Correspondence
from telegram_gateway.messages.send import SENT_AT, find_sent, send
from telegram_gateway.pool import Pool
from telegram_gateway.run import method_pauses
from telegram_gateway.run.account_standing import Standings
from telegram_gateway.run.connections import UNREACHABLE, Connections, as_gateway_error
from telegram_gateway.run.lanes import Key, Lanes
from telegram_gateway.run.pending import Waiting
from telegram_gateway.run.standby import stand_by
from telegram_gateway.settings import Settings
from telegram_gateway.telegram import bot_commands, groups
from telegram_gateway.telegram.accounts import Accounts
from telegram_gateway.telegram.errors import (
    AccountLost,
    AlreadyDone,
    Frozen,
    Ours,
    Passing,
    Paused,
    Refused,
    TelegramError,
    Wait,
)
from telegram_gateway.telegram.seen import (
    BotMessage,
    ButtonPressed,
    CallSeen,
    CallTold,
    ChatSeen,
    MessagesGone,
    ParticipantsSeen,
    PersonSeen,
    RequestsSeen,
    Seen,
    TitleTold,
)

log = structlog.get_logger(__name__)
_LOOK_ANYWAY_S = 30.0
_AGAIN_S = 5.0
_FROZEN_S = 30.0  # a command for which a frozen account is needed
_NAME_AGAIN_S = 2.0  # while another process has our name
_NAME_SAID_S = 60.0
_HELD_S = 1.0  # a command that a transaction of Odoo holds is looked at again
_MOST_FAULTS = 8
_KEEPS_ITS_TURN = 2  # so many tries of a command keep the others of its lane waiting
_SAVE_S = 2.0
_OF_A_GROUP = {"membership", "call"}  # lanes whose number is that of a chat, which look at it
# States of a group that has calls; in one that is being made the account is alone, and may open them.
_LIVES = ("creating", "ready")
# Commands of which people read how late they were done, and why.
_OF_THE_CLOCK = {"send", "open_call", "close_call", "announce_call"}


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Waits out upgrades and lost databases, and for accounts.

    Raises GatewayError where a person has to act on this machine (wrong key, no network).
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(settings, stop)


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set; waits and raises as `run` does."""
    connections = Connections(settings.connect_every_s)
    while not stop.is_set():
        try:
            await _serve(settings, stop, connections)
        except (UpgradeInProgress, LeaseLost) as error:
            wait = _AGAIN_S
            log.warning(error.code, **error.facts)
        except GatewayError as error:
            if not error.code.startswith("database_"):
                raise
            wait = CUT_OFF_WAIT_S
            log.warning(error.code, **error.facts)
        else:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait)


#: Without these accounts nothing can be done but wait until a person has logged in.
_WAITS_FOR_PEOPLE = {
    "no_account": "waiting",
    "account_lost": "waiting",
    "api_missing": "waiting",
    "database_copied": "copied",
}


async def _serve(settings: Settings, stop: asyncio.Event, connections: Connections) -> None:
    database = await Database.open(settings.database_url.get_secret_value())
    name = ProcessName(database.dsn, settings.pool, settings.process_name)
    sessions = (settings.pool, settings.process_name, settings.session_key_bytes)
    try:
        await stored.check_key(database, *sessions)  # a wrong key is said at once, not after a wait
        if not await _take_name(settings, database, name, stop):
            return
        await stored.bind_old_sessions(database, *sessions)
        desk = await Desk.open(settings, database, name)
        try:
            # what ended it before may have been an error: then it is not too soon either
            await _first(stop, desk.changed, within_s=connections.rest_s)
            while not stop.is_set():
                await desk.use_logins()
                connections.begun()
                error = await _try(settings, database, desk, stop, connections)
                if error is None:
                    continue  # there are other logins, or it is over
                state = _WAITS_FOR_PEOPLE.get(error.code)
                connections.ended(error)
                if state is not None:
                    await desk.say(state)
                    await _first(stop, desk.changed)
                else:
                    await desk.say("unreachable" if error.code == UNREACHABLE else "starting")
                    await _first(stop, desk.changed, within_s=connections.rest_s)
        finally:
            await desk.close()
    finally:
        await name.release()
        await database.close()


async def _take_name(
    settings: Settings, database: Database, name: ProcessName, stop: asyncio.Event
) -> bool:
    """Wait until no other process of this name is there: both would use the same logins, and
    Telegram would end these for good. Says so in the log, and to people. False: told to stop."""
    said_at = -_NAME_SAID_S
    loop = asyncio.get_running_loop()
    while not await name.take():
        if loop.time() >= said_at + _NAME_SAID_S:
            said_at = loop.time()
            log.error("name_taken", process=settings.process_name, pool=settings.pool)
        await logins.say_second(database, settings.pool, settings.process_name)
        await _first(stop, within_s=_NAME_AGAIN_S)
        if stop.is_set():
            return False
    return True


async def _try(
    settings: Settings,
    database: Database,
    desk: Desk,
    stop: asyncio.Event,
    connections: Connections,
) -> GatewayError | None:
    """Work until told to stop, or until there are other logins (None), or until Telegram cannot be
    worked with: why. Raises GatewayError for the rest."""
    try:
        await _work(settings, database, desk, stop, connections)
    except GatewayError as error:
        if error.code not in _WAITS_FOR_PEOPLE and error.code != UNREACHABLE:
            raise
        return error
    except TelegramError as error:
        return as_gateway_error(error)
    except Exception as error:  # a fault of ours: no reason to leave the school without a gateway
        log.exception("service_failed")
        return as_gateway_error(error)
    return None


async def _work(
    settings: Settings,
    database: Database,
    desk: Desk,
    stop: asyncio.Event,
    connections: Connections,
) -> None:
    """Take the pool's lease and serve, until told to stop or until there are other logins."""
    # connected before the lease is ours: a standby's sessions must not expire
    accounts = await Accounts.connect(
        settings, database, connections.lines, is_anew=connections.is_anew
    )
    keeps_lease = False
    service: Service | None = None
    lease = Lease(database, settings.pool, settings.process_name, settings.lease_s)
    hung_up = asyncio.Event()  # or Telegram accepts a login no more
    accounts.watch(lambda _kind, _code: hung_up.set())
    lines = asyncio.create_task(accounts.hung_up())
    lines.add_done_callback(lambda _task: hung_up.set())
    desk.user = accounts.user

    async def is_ended(within_s: float) -> bool:
        await _first(stop, desk.changed, hung_up, within_s=within_s)
        return stop.is_set() or desk.changed.is_set()

    try:
        if not (accounts.are_answering and await lease.take()):
            log.info("standing_by")
            await desk.say("standby")
            connections.serving()
            if not await stand_by(lease, accounts, is_ended):
                return
            lease.unfinished = None  # these clients have heard of more than was done
        database.fence = lease.fence
        await desk.say("serving")
        connections.serving()
        pool = Pool(settings, database, accounts, lease, Doorbell(settings))
        accounts.gate(pool.may_go_on)
        service = Service(pool)
        try:
            await service.serve(stop, desk.changed, hung_up)
        finally:
            await service.end()
    except Exception as error:
        why = accounts.why(error)
        keeps_lease = connections.keeps_lease(why)
        if why is error:
            raise
        raise why from error
    finally:
        lines.cancel()
        desk.user = None
        database.fence = None
        with contextlib.suppress(GatewayError, OSError, TimeoutError):
            await accounts.disconnect(is_owner=lease.generation is not None)
            if not keeps_lease:
                await lease.release(service.unfinished if service is not None else None)


async def _first(*events: asyncio.Event, within_s: float | None = None) -> None:
    """Wait until one of them is set, at most for so long."""
    tasks = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


class Service:
    """The owner of a pool at work."""

    def __init__(self, pool: Pool):
        self._pool = pool
        self._lanes = Lanes(self._lane_failed, self._lane_idle)
        self._standing_timer: asyncio.TimerHandle | None = None
        self._is_held_up = False  # a command is due whose lane has other work
        self._calls = Calls(pool, self._look_for_call_in)
        self._wake = asyncio.Event()
        self._fatal: BaseException | None = None
        self._seen: dict[ChatId, list[ChatSeen]] = defaultdict(list)
        self._due: set[ChatId] = set()  # chats to look at though nothing was heard of them
        self._waiting = Waiting(pool.database, pool.name, 2 * _LOOK_ANYWAY_S)
        self._pace = Pace()
        self._floods = Floods()
        self._clock: Reading | None = None  # the database's
        self._since = datetime.min.replace(tzinfo=UTC)  # when it began to serve
        self._correspondence = Correspondence(pool)
        self._standings = Standings(pool, self._look_at_standing, self._thawed)
        self._missed = MissedUpdates(
            pool,
            self._lanes,
            look_at=self._look_at,
            look_for_call=self._look_for_call_now,
            watched=self._watched_call,
            is_over=self._calls.is_over,
        )
        self._catching_up = CatchUp(
            pool,
            Actions(
                self._give_turn, self._look_at, self._look_for_call_now, self._read_messages_soon
            ),
        )
        self._is_serving = False
        # how often in a row the work of a lane came to nothing
        self._failures: Counter[Key] = Counter()
        self._failed_at: dict[Key, float] = {}  # until when it rests for the last of them
        self._settled: set[ChatId] = set()  # chats of which a look came to its end

    async def serve(
        self, stop: asyncio.Event, changed: asyncio.Event, hung_up: asyncio.Event
    ) -> None:
        """Work until one of the first two is set; raises what made going on impossible. `hung_up`:
        a client has given up, or its login is gone."""
        pool = self._pool
        self._since = await pool.now()
        for chat in await chats.load_chats(pool.database, pool.name):
            if chat.tg_chat_id is not None:
                pool.chat_ids[chat.tg_chat_id] = chat.id
            elif chat.is_active and chat.state not in ("broken", "deleted"):
                self._look_anyway(chat.id)  # its group could not be made: perhaps it can now
        for client in pool.accounts.clients.values():
            client.on_reconnected = self._reconnected
        self._floods = await method_pauses.watch(pool)
        await self._standings.open()
        self._look_at_standing()
        dead = await outbox.taken_over(pool.database, pool.name, pool.lease.worker)
        await outbox.put_back(pool.database, [command.id for command in dead])
        await outbox.budgets_anew(pool.database, pool.name)
        await outbox.line_is_back(pool.database, pool.name)
        minute = MESSAGES_A_MINUTE_IN_A_GROUP.per
        for chat_id, at in await outbox.sent_lately(pool.database, pool.name, minute):
            self._pace.sent(chat_id, at)
        await direct_add.read_contacts(pool)
        self._read_messages_soon()
        await self._catching_up.begin()
        self._hear_of_before(pool.accounts.ear.listen(self._on_seen))
        self._is_serving = True
        self._lanes.add(("commands", 0), self._register_commands, "register")
        pool.doorbell.press()
        helpers = [
            asyncio.create_task(work, name=name)
            for name, work in (
                ("listen", self._listen()),
                ("renew", self._renew()),
                ("save", self._save()),
                ("catch up", self._catching_up.run()),
                ("doorbell", pool.doorbell.run()),
                ("stop", _first(stop, changed, hung_up)),
            )
        ]
        log.info("serving", pool=pool.name, chats=len(pool.chat_ids), lease=pool.lease.worker)
        for task in helpers:
            task.add_done_callback(self._helper_ended)
        try:
            while not (stop.is_set() or changed.is_set()) and self._fatal is None:
                pool.accounts.check()
                pause = await self._turn()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause)
            if self._fatal is not None:
                raise self._fatal
        finally:
            for task in helpers:
                task.cancel()

    async def end(self) -> None:
        """Let what has begun come to its end; of this service nothing is done any more, since the next
        one has other clients."""
        if self._standing_timer is not None:
            self._standing_timer.cancel()
        await self._lanes.drain(within_s=5)
        await self._calls.stop()
        if self.unfinished is not None:
            await self._catching_up.save_numbers()

    @property
    def unfinished(self) -> set[ChatId] | None:
        """At the end: the chats in which something is left to do; None where that cannot be said."""
        pool = self._pool
        if (
            not self._is_serving
            or self._catching_up.is_unfinished
            or not pool.accounts.all_handed_on
        ):
            return None
        heard = {chat_id for chat_id, seen in self._seen.items() if seen}
        failing = {ChatId(number) for name, number in self._failures if name in _OF_A_GROUP}
        later = {*pool.look_at, *pool.removals_at, *pool.doubted}
        later |= {chat_id for chat_id, rests in pool.rests.items() if rests}
        return heard | failing | later | self._due | pool.unread

    def _helper_ended(self, task: asyncio.Task[object]) -> None:
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            self._fatal = self._fatal or task.exception()

    # --- what wakes us -------------------------------------------------------------------------

    async def _listen(self) -> None:
        async for _ in self._pool.database.listen(outbox.CHANNEL):
            self._outbox_changed()

    def _outbox_changed(self) -> None:
        self._waiting.changed()
        self._wake.set()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._pool.settings.lease_s / 3)
            await self._pool.lease.renew()

    async def _save(self) -> None:
        while True:
            await asyncio.sleep(_SAVE_S)
            await self._pool.accounts.save_changed()

    def _reconnected(self) -> None:
        """Telegram answers on a new connection: we go on with what failed because of the line. What was
        missed is the affair of `CatchUp`; but updates of calls are never replayed."""
        log.info("reconnected")
        self._lanes.go_on(NETWORK)
        self._lanes.add(("line", 0), self._line_is_back, "back")
        if self._failures["commands", 0]:
            self._lanes.add(("commands", 0), self._register_commands, "register")
        for watch in self._calls.watches.values():
            watch.read_soon()

    async def _line_is_back(self) -> None:
        await outbox.line_is_back(self._pool.database, self._pool.name)
        self._wake.set()

    # --- how the accounts stand ----------------------------------------------------------------

    def _look_at_standing(self) -> None:
        self._lanes.add(("standing", 0), self._look_how_we_stand, "look")

    async def _look_how_we_stand(self) -> None:
        """Whether an account is frozen, or is no more; and so again, rarely."""
        if self._standing_timer is not None:
            self._standing_timer.cancel()
        loop = asyncio.get_running_loop()
        every_s = self._pool.settings.standing_s
        self._standing_timer = loop.call_later(every_s, self._look_at_standing)
        bot = self._pool.standings["bot"]
        if bot.freeze is not None and bot.may_change(await self._pool.now()):
            # nobody tells of a bot that it may go on: what is known to do no harm finds out
            self._lanes.add(("commands", 0), self._register_commands, "register")
        await self._standings.look()
        self._wake.set()

    def _thawed(self) -> None:
        """An account may change something again: all that rested goes on."""
        self._lanes.go_on(FROZEN)
        self._read_messages_soon()
        self._catching_up.read_all()
        self._lanes.add(("commands", 0), self._register_commands, "register")
        self._wake.set()

    async def _resting(self) -> Resting:
        accounts = [kind for kind in self._pool.standings if await self._pool.is_frozen(kind)]
        return Resting(accounts=frozenset(accounts), calls=frozenset(self._calls.watches))

    def _read_messages_soon(self) -> None:
        self._lanes.add(("inbox", 0), self._read_messages, "read")

    def _give_turn(self, chat_id: ChatId) -> None:
        self._lanes.add(("membership", chat_id), partial(self._catch_up, chat_id), "catch up")

    async def _catch_up(self, chat_id: ChatId) -> None:
        """A group's turn after a start or a broken line has come."""
        if await self._catching_up.take_turn(chat_id, is_needed=False):
            self._due.add(chat_id)
            await self._reconcile(chat_id, [], Wishes())

    def _look_for_call_now(self, chat_id: ChatId) -> None:
        self._lanes.add(("call", chat_id), partial(self._look_for_call, chat_id), "look")

    def _look_for_call_in(self, chat_id: ChatId, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._look_for_call_now, chat_id)

    async def _look_for_call(self, chat_id: ChatId) -> None:
        chat = await chats.load_chat(self._pool.database, chat_id)
        if chat is not None and chat.tg_chat_id is not None and chat.state in _LIVES:
            try:
                await self._calls.look_again(chat)
            except (Wait, Passing, Refused, AlreadyDone) as error:
                self._failures["call", chat_id] += 1
                wait_s = _again_s(error, self._failures["call", chat_id])
                log.warning("look_failed", chat_id=chat_id, code=error.code, wait_s=wait_s)
                self._look_for_call_in(chat_id, wait_s)
            else:
                self._failures.pop(("call", chat_id), None)

    def _on_seen(self, seen: Seen) -> None:
        pool = self._pool
        if isinstance(seen, BotMessage):
            self._lanes.add(("inbox", 0), partial(self._correspondence.written, seen))
        elif isinstance(seen, ButtonPressed):
            work = partial(self._correspondence.pressed, seen)
            self._lanes.add(("button", seen.tg_user_id), work)
        elif isinstance(seen, PersonSeen):
            person = {seen.tg_user_id: seen.person}
            self._lanes.add(("inbox", 0), lambda: tell_names(pool, person))
        elif isinstance(seen, ParticipantsSeen):
            for watch in self._calls.watches.values():
                if watch.tg_call_id == seen.tg_call_id:
                    key: Key = ("presence", seen.tg_call_id)
                    self._lanes.add(key, lambda watch=watch: watch.on_participants(seen))
        elif seen.tg_chat_id in pool.chat_ids:
            chat_id = pool.chat_ids[seen.tg_chat_id]
            if isinstance(seen, CallSeen):
                self._lanes.add(("call", chat_id), lambda: self._call_seen(seen, chat_id))
            elif isinstance(seen, MessagesGone):
                self._lanes.add(("anchor", chat_id), partial(anchor.gone, pool, chat_id, seen))
            elif isinstance(seen, RequestsSeen | TitleTold | CallTold):
                self._missed.check_later(chat_id, seen)
            else:
                self._seen[chat_id].append(seen)
                if not self._catching_up.hold(chat_id):
                    self._look_at(chat_id)

    def _hear_of_before(self, kept: Sequence[Seen]) -> None:
        """What the clients were told before we served; of a standby's, the owner may have done it. How
        a call stands now the group says."""
        for seen in kept:
            if isinstance(seen, CallSeen | CallTold):
                if seen.tg_chat_id in self._pool.chat_ids:
                    self._look_for_call_now(self._pool.chat_ids[seen.tg_chat_id])
            elif not isinstance(seen, ParticipantsSeen):
                self._on_seen(seen)

    def _watched_call(self, chat_id: ChatId) -> TgCallId | None:
        watch = self._calls.watches.get(chat_id)
        return watch.tg_call_id if watch is not None else None

    async def _call_seen(self, seen: CallSeen, chat_id: ChatId) -> None:
        await self._calls.seen(seen, chat_id)
        self._wake.set()  # an opening may wait for a call that somebody begins by hand

    def _look_at(self, chat_id: ChatId) -> None:
        work = partial(self._reconcile, chat_id, [], Wishes())
        self._lanes.add(("membership", chat_id), work, "look")

    async def _read_messages(self) -> None:
        await self._correspondence.read()
        self._failures.pop(("inbox", 0), None)

    async def _register_commands(self) -> None:
        await bot_commands.register(self._pool.accounts.bot)
        self._failures.pop(("commands", 0), None)

    # --- commands --------------------------------------------------------------------------------

    async def _turn(self) -> float:
        """Give what is due to the lanes; how long there is nothing to do unless we are woken."""
        self._wake.clear()
        pool = self._pool
        self._clock = await pool.database.reading()
        now = self._clock.at
        pauses = await load_pauses(pool.database, pool.name)
        found = agenda(await self._waiting.rows(), now, pauses)
        if found.expired:
            expired = [one.id for one in found.expired]
            await outbox.expire(pool.database, expired)
            self._waiting.taken(expired)
        for chat_id in [one for one, at in pool.again_at.items() if at <= now]:
            del pool.again_at[chat_id]
            self._due.add(chat_id)
            self._look_at(chat_id)
        for chat_id in [one for one, at in pool.look_at.items() if at <= now]:
            del pool.look_at[chat_id]
            self._due.add(chat_id)
            self._look_at(chat_id)
        due = (await self._resting()).free(found.now)
        free = [one for one in due if not self._lanes.is_busy(one.lane)]
        self._is_held_up = len(free) < len(due)
        unpaused = self._floods.release(free, now)
        released = self._pace.release(unpaused.now, now)
        await self._give(released.now)
        looks = min(pool.look_at.values(), default=None)
        nexts = (found.next_due_at, unpaused.next_at, released.next_at, looks)
        next_at = min(
            (at for at in nexts if at is not None),
            default=now + timedelta(seconds=_LOOK_ANYWAY_S),
        )
        pause = max(0.0, min(_LOOK_ANYWAY_S, (next_at - now).total_seconds()))
        again_s = self._waiting.read_again_in_s
        return pause if again_s is None else min(pause, again_s)

    async def _give(self, commands: tuple[Command, ...]) -> None:
        """Take commands on, all in one statement, and give them to their lanes: of a lane for
        looks all of them, which are one look; else the first one, after which comes the next."""
        by_lane: dict[Key, list[Command]] = defaultdict(list)
        for command in commands:
            if command.lane[0] == "membership" or command.lane not in by_lane:
                by_lane[command.lane].append(command)
        wanted = [command.id for batch in by_lane.values() for command in batch]
        if not wanted:
            return
        claimed = {
            one.id: one
            for one in await outbox.claim(self._pool.database, wanted, self._pool.lease.worker)
        }
        self._waiting.taken(wanted)
        if len(claimed) < len(wanted):  # cancelled or moved meanwhile, or Odoo is at it
            asyncio.get_running_loop().call_later(_HELD_S, self._outbox_changed)
        self._pace.begun(claimed.values())
        self._floods.begun(claimed.values())
        for lane, batch in by_lane.items():
            taken = [claimed[one.id] for one in batch if one.id in claimed]
            if not taken:
                continue
            if lane[0] == "membership":
                self._lanes.add(
                    lane, lambda lane=lane, taken=taken: self._reconcile_for(lane, taken)
                )
            else:
                self._lanes.add(lane, lambda command=taken[0]: self._do(command))

    async def _reconcile_for(self, lane: Key, commands: list[Command]) -> None:
        await self._reconcile(ChatId(lane[1]), [one.id for one in commands], wishes(commands))

    async def _reconcile(self, chat_id: ChatId, row_ids: list[int], wished: Wishes) -> None:
        """One look at a chat, for commands and updates together."""
        is_told = chat_id not in self._catching_up.held
        seen = self._seen.pop(chat_id, []) if is_told else []
        is_due = chat_id in self._due
        self._due.discard(chat_id)
        if not row_ids and not seen and not is_due and chat_id not in self._pool.unread:
            return  # an earlier look took the updates along
        try:
            if chat_id in self._catching_up.queue:
                await self._catching_up.take_turn(chat_id, is_needed=True)
            is_done = await membership.reconcile(self._pool, chat_id, seen, wished)
        except Refused as error:
            self._seen[chat_id] = seen + self._seen.get(chat_id, [])
            await outbox.fail(self._pool.database, row_ids, *_told(error))
            await self._go_on_later(chat_id)
            self._wake.set()
            return
        except BaseException as error:
            # not done: what was seen is looked at again, the commands wait again
            self._seen[chat_id] = seen + self._seen.get(chat_id, [])
            code = error.code if isinstance(error, TelegramError) else None
            rest_s = _FROZEN_S if isinstance(error, Frozen) else _rest_s(error)
            if _is_ours(error) and self._failures["membership", chat_id] >= _MOST_FAULTS:
                # it may be an update that we cannot cope with: the group as it is says the same
                if self._seen.pop(chat_id, None):
                    log.error("updates_set_aside", chat_id=chat_id)
                self._pool.unread.add(chat_id)
                await outbox.fail(self._pool.database, row_ids, "internal", repr(error))
            else:
                await outbox.put_back(self._pool.database, row_ids, code, rest_s)
            raise
        if self._failures.pop(("membership", chat_id), 0) or chat_id not in self._settled:
            self._settled.add(chat_id)
            await outbox.settle_looks(self._pool.database, chat_id)
        if not is_done:
            await outbox.put_back(self._pool.database, row_ids)  # paused since they were taken
        elif row_ids:
            await outbox.finish(self._pool.database, row_ids, {})
            if wished.check:
                check = partial(anchor.check, self._pool, chat_id)
                self._lanes.add(("anchor", chat_id), check)
        self._wake.set()

    async def _go_on_later(self, chat_id: ChatId) -> None:
        """Telegram refused something without which the group is not in step: it is looked at again
        by itself, unless a person must mend it first."""
        chat = await chats.load_chat(self._pool.database, chat_id)
        if chat is None or chat.state in ("broken", "deleted"):
            self._seen.pop(chat_id, None)  # once it is mended, it is read as a whole
            return
        key: Key = ("membership", chat_id)
        self._failures[key] += 1
        wait_s = look_again_s(self._failures[key], is_refused=True)
        log.warning("look_again", chat_id=chat_id, wait_s=wait_s)
        asyncio.get_running_loop().call_later(wait_s, self._look_anyway, chat_id)

    def _look_anyway(self, chat_id: ChatId) -> None:
        self._due.add(chat_id)
        self._look_at(chat_id)

    def _about_now(self) -> datetime:
        """The database's clock, without asking it again."""
        assert self._clock is not None  # what asks was given to its lane by a turn
        return self._clock.about(asyncio.get_running_loop().time())

    def _wake_in(self, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._wake.set)

    async def _do(self, command: Command) -> None:
        """One command that is not a `reconcile`, taken on already."""
        pool = self._pool
        try:
            try:
                if is_over(command, self._about_now()):  # the lane had to rest meanwhile, or
                    result = await find_sent(pool, command)  # an earlier try may have gone out
                    if not result:
                        await outbox.expire(pool.database, [command.id])
                        return
                else:
                    result = await self._effect(command)
            finally:
                self._pace.ended(command, self._about_now())
                self._floods.ended(command)
        except Refused as error:
            await outbox.fail(pool.database, [command.id], *_told(error))
        except PeopleTalk as talk:
            rest_s = max(0.1, (talk.until - await pool.now()).total_seconds())
            await outbox.put_back(pool.database, [command.id], outbox.TALKING, rest_s)
            self._wake_in(rest_s)
        except Wait as error:
            now = await pool.now()
            decided = after_wait(now, command, error.code, error.seconds)
            # what waits with all others of its kind holds up nothing else of its lane
            is_held = self._floods.holds(command, now)
            await self._later(command, decided, error.seconds, error.code, rests=not is_held)
            if not is_held:
                raise
        except (Passing, AlreadyDone) as error:
            # the second: what was to be used is gone again
            now = await pool.now()
            decided = after_fault(now, command, error.code)
            wait = (decided.at - now).total_seconds() if isinstance(decided, Again) else 0
            # a short trouble leaves the order as it is; what goes on failing holds up nobody else
            rests = command.attempts <= _KEEPS_ITS_TURN
            await self._later(command, decided, wait, error.code, rests=rests)
        except Frozen as error:
            # it goes on by itself; what may look for a call meanwhile looks not too often
            self._lanes.rest(command.lane, _AGAIN_S)
            self._wake_in(_AGAIN_S)
            await outbox.put_back(pool.database, [command.id], error.code)
        except (TelegramError, GatewayError, asyncio.CancelledError):
            await outbox.put_back(pool.database, [command.id])
            raise
        except Exception as error:
            log.exception("command_failed", id=command.id, kind=command.kind)
            now = await pool.now()
            decided = after_our_fault(now, command)
            if isinstance(decided, Again):
                wait = (decided.at - now).total_seconds()
                self._wake_in(wait)
                await outbox.put_back(pool.database, [command.id], "internal", wait)
            else:
                await outbox.fail(pool.database, [command.id], decided.error_code, repr(error))
        else:
            at = result.pop(SENT_AT, None)
            if command.kind in _OF_THE_CLOCK and command.due_at < self._since:
                result = {**result, "gateway_was_away": True}
            await outbox.finish(pool.database, [command.id], result, at)
            if "attachment" in command.payload:
                await attachments.delete(pool.database, command.id)
        finally:
            self._wake.set()

    async def _later(
        self, command: Command, decided: object, wait_s: float, code: str, *, rests: bool = True
    ) -> None:
        if isinstance(decided, Again):
            if rests:
                self._lanes.rest(command.lane, wait_s, NETWORK if code == NETWORK else "")
            self._wake_in(wait_s)
            await outbox.put_back(self._pool.database, [command.id], code, wait_s)
        elif getattr(decided, "error_code", "") == "expired":
            await outbox.expire(self._pool.database, [command.id])
        else:
            code = getattr(decided, "error_code", "")
            await outbox.fail(self._pool.database, [command.id], code)

    async def _effect(self, command: Command) -> dict[str, Any]:
        pool = self._pool
        match command.kind:
            case "open_call":
                return await self._calls.open(command)
            case "close_call":
                return await self._calls.close(command)
            case "announce_call":
                return await schedule.announce(self._pool, command)
            case "withdraw_call":
                return await schedule.withdraw(self._pool, command)
            case "send":
                return await send(pool, command)
            case "delete_group":
                return await delete_group.delete_group(self._pool, command)
            case "list_groups":
                return {"groups": await groups.list_own(self._pool.accounts.user)}
            case "lookup_phone":
                return await look_up(self._pool, command)
            case "make_link":
                return await make_link(self._pool, command)
            case "prune":
                days = prune.days_wanted(command.payload)
                if days is None:
                    raise Refused("bad_payload")
                return {**await prune.delete_old(pool.database, pool.name, days)}
            case "forget":
                return await forget(self._pool, command, self._in_membership)
            case "plan":
                found = await dry_run.of_pool(self._pool, command.chat_id)
                return {"lines": dry_run.as_facts(found)}
        raise Refused("bad_payload")

    async def _in_membership(self, chat_id: ChatId, work: Callable[[], Awaitable[None]]) -> None:
        """Do this in the chat's membership lane, between two looks; raises what it raises."""
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

        self._lanes.add(("membership", chat_id), turn)
        await ended

    def _lane_idle(self) -> None:
        if self._is_held_up:
            self._wake.set()

    # --- failures --------------------------------------------------------------------------------

    def _lane_failed(self, key: Key, error: BaseException) -> None:
        """A piece of work ended in an error that it could not settle by itself."""
        loop = asyncio.get_running_loop()
        if isinstance(error, AccountLost):
            self._wake.set()  # the client has noted which
        elif isinstance(error, GatewayError):
            self._fatal = error
            self._wake.set()
        elif isinstance(error, Paused):
            # to be done when somebody resumes: Odoo then asks for a look at the groups
            if key[0] == "commands":
                work = self._register_commands
                loop.call_later(_LOOK_ANYWAY_S, self._lanes.add, key, work, "register")
        else:
            failures = self._one_more_failure(key)
            # what nobody waits for may wait for long
            wait = _again_s(error, failures, is_refused=key[0] == "commands")
            self._failed_at[key] = loop.time() + wait
            if isinstance(error, Wait | Passing | AlreadyDone | Frozen):
                log.warning("lane_rests", lane=key[0], id=key[1], code=error.code, wait_s=wait)
            else:
                log.error("lane_failed", lane=key[0], id=key[1], exc_info=error)
            self._lanes.rest(key, wait, _ends_with(error))
            if key[0] == "membership":
                loop.call_later(wait, self._look_anyway, ChatId(key[1]))
            elif key[0] == "commands" and isinstance(error, Wait | Passing):  # thawed, it is done
                loop.call_later(wait, self._lanes.add, key, self._register_commands, "register")
            elif key[0] == "inbox":
                loop.call_later(wait, self._lanes.add, key, self._read_messages, "read")
            loop.call_later(wait, self._wake.set)

    def _one_more_failure(self, key: Key) -> int:
        """How often the work of a lane came to nothing in a row; what is long ago does not count."""
        now = asyncio.get_running_loop().time()
        if now - self._failed_at.get(key, now) > FAILURES_WITHIN_S:
            self._failures.pop(key, None)
        self._failures[key] += 1
        return self._failures[key]


def _ends_with(error: BaseException) -> str:
    """What ends a lane's rest before its time: see `Lanes.go_on`."""
    if isinstance(error, Frozen):
        return FROZEN
    return NETWORK if isinstance(error, TelegramError) and error.code == NETWORK else ""


def _rest_s(error: BaseException) -> float:
    """How long a lane rests because Telegram said so; 0 when it did not."""
    return float(error.seconds + 1) if isinstance(error, Wait) else 0.0


def _again_s(error: BaseException, failures: int, *, is_refused: bool = False) -> float:
    """How long to wait before the next try, after so many in a row that failed. `is_refused`: as of
    what Telegram refused, which nobody waits for."""
    return _rest_s(error) or look_again_s(failures, is_refused=is_refused)


def _is_ours(error: BaseException) -> bool:
    """Whether it is a fault of the gateway's own."""
    return isinstance(error, Exception) and not isinstance(error, TelegramError | GatewayError)


def _told(error: Refused) -> tuple[str, str]:
    """How a refusal stands at its command: error_code, error."""
    return ("internal", error.code) if isinstance(error, Ours) else (error.code, "")
