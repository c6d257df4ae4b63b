"""The service: takes the pool's lease, wakes when something is due, and gives it to the lanes.

Durable are only the tables; everything here is rebuilt from them at start.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import defaultdict
from datetime import timedelta
from typing import Literal

import structlog

from telegram_gateway import chat as membership
from telegram_gateway import dry_run
from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.commands import Command, agenda, allowed_removals, message_random_id
from telegram_gateway.core.model import ChatId, Fact, TgUserId
from telegram_gateway.core.retry import Again, after_fault, after_wait
from telegram_gateway.database import chats, inbox, outbox
from telegram_gateway.database.connection import CUT_OFF_WAIT_S, Database
from telegram_gateway.database.doorbell import Doorbell
from telegram_gateway.database.lease import Lease
from telegram_gateway.errors import GatewayError, LeaseLost, UpgradeInProgress
from telegram_gateway.lanes import Key, Lanes
from telegram_gateway.lesson_call import Calls
from telegram_gateway.pool import Pool
from telegram_gateway.settings import Settings
from telegram_gateway.telegram import apply, groups, updates
from telegram_gateway.telegram.accounts import Accounts
from telegram_gateway.telegram.errors import (
    AccountLost,
    AlreadyDone,
    Passing,
    Refused,
    TelegramError,
    Wait,
)
from telegram_gateway.telegram.private import messages_after
from telegram_gateway.telegram.seen import (
    BotMessage,
    CallSeen,
    MemberSeen,
    ParticipantsSeen,
    Seen,
    TitleSeen,
)

log = structlog.get_logger(__name__)
_LOOK_ANYWAY_S = 30.0
_AGAIN_S = 5.0
_MOST_FAULTS = 10
_SAVE_S = 2.0
# A bot may have had another life: what was written to it long ago is not answered now.
_OLD_MESSAGES = timedelta(days=2)


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Waits out upgrades and lost databases.

    Raises GatewayError where a person has to act (no account, account lost, wrong key).
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    while not stop.is_set():
        try:
            await _serve(settings, stop)
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


async def _serve(settings: Settings, stop: asyncio.Event) -> None:
    database = await Database.open(settings.database_url.get_secret_value())
    try:
        lease = Lease(database, settings.pool, settings.process_name, settings.lease_s)
        # connected before the lease is ours: a standby's sessions must not expire
        accounts = await Accounts.connect(settings, database)
        try:
            while not await lease.take():
                log.info("standing_by")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), settings.lease_s / 3)
                if stop.is_set():
                    return
            pool = Pool(settings, database, accounts, lease, Doorbell(settings))
            await Service(pool).serve(stop)
        finally:
            with contextlib.suppress(GatewayError, OSError, TimeoutError):
                await accounts.disconnect()
                await lease.release()
    finally:
        await database.close()


class Service:
    """The owner of a pool at work."""

    def __init__(self, pool: Pool):
        self._pool = pool
        self._lanes = Lanes(self._lane_failed)
        self._calls = Calls(pool)
        self._wake = asyncio.Event()
        self._fatal: BaseException | None = None
        self._seen: dict[ChatId, list[MemberSeen | TitleSeen]] = defaultdict(list)
        self._last_private = 0  # id of the newest message to the bot that was told

    async def serve(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; raises what made going on impossible."""
        pool = self._pool
        for chat in await chats.load_chats(pool.database, pool.name):
            if chat.tg_chat_id is not None:
                pool.chat_ids[chat.tg_chat_id] = chat.id
        updates.listen(pool.accounts.bot, pool.accounts.user, self._on_seen)
        for client in pool.accounts.clients.values():
            self._after_reconnects(client)
        dead = await outbox.taken_over(pool.database, pool.name, pool.lease.worker)
        await outbox.put_back(pool.database, [command.id for command in dead])
        self._look_at_everything()
        pool.doorbell.press()
        helpers = [
            asyncio.create_task(work, name=name)
            for name, work in (
                ("listen", self._listen()),
                ("renew", self._renew()),
                ("save", self._save()),
                ("doorbell", pool.doorbell.run()),
                ("stop", stop.wait()),
            )
        ]
        log.info("serving", pool=pool.name, chats=len(pool.chat_ids), lease=pool.lease.worker)
        for task in helpers:
            task.add_done_callback(self._helper_ended)
        try:
            while not stop.is_set() and self._fatal is None:
                pause = await self._turn()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause)
            if self._fatal is not None:
                raise self._fatal
        finally:
            for task in helpers:
                task.cancel()
            await self._lanes.drain(within_s=5)
            await self._calls.stop()

    def _helper_ended(self, task: asyncio.Task[object]) -> None:
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            self._fatal = self._fatal or task.exception()

    # --- what wakes us -------------------------------------------------------------------------

    async def _listen(self) -> None:
        async for _ in self._pool.database.listen(outbox.CHANNEL):
            self._wake.set()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._pool.settings.lease_s / 3)
            await self._pool.lease.renew()

    async def _save(self) -> None:
        while True:
            await asyncio.sleep(_SAVE_S)
            await self._pool.accounts.save_changed()

    def _after_reconnects(self, client: object) -> None:
        """After a broken line the client does not ask for what it missed: we read everything."""
        sender = client._sender  # type: ignore[attr-defined]
        original = sender._auto_reconnect_callback

        async def reconnected() -> None:
            if original is not None:
                await original()
            log.info("reconnected")
            self._look_at_everything()

        sender._auto_reconnect_callback = reconnected

    def _look_at_everything(self) -> None:
        self._lanes.add(("inbox", 0), self._read_private)
        for chat_id in self._pool.chat_ids.values():
            self._pool.unread.add(chat_id)
            self._look_at(chat_id)
            self._lanes.add(("call", chat_id), lambda chat_id=chat_id: self._look_for_call(chat_id))

    async def _look_for_call(self, chat_id: ChatId) -> None:
        chat = await chats.load_chat(self._pool.database, chat_id)
        if chat is not None and chat.tg_chat_id is not None and chat.state == "ready":
            await self._calls.look_again(chat)

    def _on_seen(self, seen: Seen) -> None:
        pool = self._pool
        if isinstance(seen, BotMessage):
            self._lanes.add(("inbox", 0), lambda: self._bot_message(seen))
        elif isinstance(seen, ParticipantsSeen):
            for watch in self._calls.watches.values():
                if watch.tg_call_id == seen.tg_call_id:
                    key: Key = ("presence", seen.tg_call_id)
                    self._lanes.add(key, lambda watch=watch: watch.on_participants(seen))
        elif seen.tg_chat_id in pool.chat_ids:
            chat_id = pool.chat_ids[seen.tg_chat_id]
            if isinstance(seen, CallSeen):
                self._lanes.add(("call", chat_id), lambda: self._calls.seen(seen, chat_id))
            else:
                self._seen[chat_id].append(seen)
                self._look_at(chat_id)

    def _look_at(self, chat_id: ChatId) -> None:
        self._lanes.add(("membership", chat_id), lambda: self._reconcile(chat_id, []))

    async def _read_private(self) -> None:
        """Tell what was written to the bot while we were away."""
        pool = self._pool
        if not self._last_private:
            self._last_private = await inbox.last_bot_message(pool.database, pool.name)
        since = await pool.now() - _OLD_MESSAGES
        for seen in await messages_after(pool.accounts.bot, self._last_private):
            if seen.at >= since:
                await self._bot_message(seen)

    async def _bot_message(self, seen: BotMessage) -> None:
        await self._pool.tell(
            [
                Fact(
                    fact=f"bot_message:{seen.message_id}:{seen.tg_user_id}",
                    kind="bot_message",
                    occurred_at=seen.at,
                    payload={
                        "tg_user_id": seen.tg_user_id,
                        "name": seen.person.name,
                        "username": seen.person.username,
                        "text": seen.text,
                        "lang_code": seen.lang_code,
                        "message_id": seen.message_id,
                    },
                )
            ]
        )
        self._last_private = max(self._last_private, seen.message_id)

    # --- commands --------------------------------------------------------------------------------

    async def _turn(self) -> float:
        """Give what is due to the lanes; how long there is nothing to do unless we are woken."""
        self._wake.clear()
        pool = self._pool
        now = await pool.now()
        found = agenda(await outbox.waiting(pool.database, pool.name), now)
        if found.expired:
            await outbox.expire(pool.database, [one.id for one in found.expired])
        by_lane: dict[Key, list[Command]] = defaultdict(list)
        for command in found.now:
            if not self._lanes.is_busy(command.lane):
                by_lane[command.lane].append(command)
        for lane, commands in by_lane.items():
            if lane[0] == "membership":
                batch = [one.id for one in commands]
                taken = await outbox.claim(pool.database, batch, pool.lease.worker)
                allowed = allowed_removals(one for one in commands if one.id in taken)
                self._lanes.add(
                    lane,
                    lambda lane=lane, t=taken, a=allowed: self._reconcile(
                        ChatId(lane[1]), list(t), a
                    ),
                )
            else:
                for command in commands:
                    self._lanes.add(lane, lambda command=command: self._do(command))
        if found.next_due_at is None:
            return _LOOK_ANYWAY_S
        return max(0.0, min(_LOOK_ANYWAY_S, (found.next_due_at - now).total_seconds()))

    async def _reconcile(
        self,
        chat_id: ChatId,
        row_ids: list[int],
        allowed: frozenset[TgUserId] | Literal["all"] = frozenset(),
    ) -> None:
        """One look at a chat, for commands and updates together."""
        seen = self._seen.pop(chat_id, [])
        if not row_ids and not seen and chat_id not in self._pool.unread:
            return  # an earlier look took the updates along
        try:
            await membership.reconcile(self._pool, chat_id, seen, allowed)
        except Refused as error:
            await outbox.fail(self._pool.database, row_ids, error.code)
            self._wake.set()
            return
        except BaseException:
            # not done: what was seen is looked at again, the commands wait again
            self._seen[chat_id] = seen + self._seen.get(chat_id, [])
            await outbox.put_back(self._pool.database, row_ids)
            raise
        if row_ids:
            await outbox.finish(self._pool.database, row_ids, {})
        self._wake.set()

    async def _do(self, command: Command) -> None:
        """One command that is not a `reconcile`."""
        pool = self._pool
        if not await outbox.claim(pool.database, [command.id], pool.lease.worker):
            return  # cancelled meanwhile
        try:
            result = await self._effect(command)
        except Refused as error:
            await outbox.fail(pool.database, [command.id], error.code)
        except Wait as error:
            decided = after_wait(await pool.now(), error.seconds, command.expires_at)
            await self._later(command, decided, error.seconds)
            raise
        except Passing as error:
            attempts = command.attempts + 1
            now = await pool.now()
            decided = after_fault(now, attempts, command.expires_at, error.code)
            wait = (decided.at - now).total_seconds() if isinstance(decided, Again) else 0
            await self._later(command, decided, wait)
        except (TelegramError, GatewayError, asyncio.CancelledError):
            await outbox.put_back(pool.database, [command.id])
            raise
        except Exception as error:
            # a fault of ours: tried again, but not for ever
            if command.attempts + 1 >= _MOST_FAULTS:
                await outbox.fail(pool.database, [command.id], "internal", repr(error))
            else:
                await outbox.put_back(pool.database, [command.id])
            raise
        else:
            await outbox.finish(pool.database, [command.id], result)
        self._wake.set()

    async def _later(self, command: Command, decided: object, wait_s: float) -> None:
        if isinstance(decided, Again):
            self._lanes.rest(command.lane, wait_s)
            asyncio.get_running_loop().call_later(wait_s, self._wake.set)
            await outbox.put_back(self._pool.database, [command.id])
        elif getattr(decided, "error_code", "") == "expired":
            await outbox.expire(self._pool.database, [command.id])
        else:
            code = getattr(decided, "error_code", "")
            await outbox.fail(self._pool.database, [command.id], code)

    async def _effect(self, command: Command) -> dict[str, object]:
        match command.kind:
            case "open_call":
                return await self._calls.open(command)
            case "close_call":
                return await self._calls.close(command)
            case "send":
                return await self._send(command)
            case "list_groups":
                return {"groups": await groups.list_own(self._pool.accounts.user)}
            case "plan":
                found = await dry_run.of_pool(self._pool, command.chat_id)
                return {"lines": dry_run.as_facts(found)}
        raise Refused("bad_payload")

    async def _send(self, command: Command) -> dict[str, object]:
        pool = self._pool
        if command.chat_id is not None:
            chat = await chats.load_chat(pool.database, command.chat_id)
            if chat is None or chat.tg_chat_id is None:
                if chat is not None and chat.state != "broken":
                    raise Passing("chat_broken")  # it is being made
                raise Refused("chat_broken")
            peer = await pool.bot_channel(chat.tg_chat_id)
        else:
            try:
                peer = await pool.bot_user(command.tg_user_id or 0)
            except ValueError:
                raise Refused("not_linked") from None
        if "text" not in command.payload:
            raise Refused("bad_payload")
        random_id = message_random_id(pool.database.mark, command.id)
        message_id = await apply.send(pool.accounts.bot, peer, command.payload, random_id)
        checkpoint("message_sent")
        return {"message_id": message_id}

    # --- failures --------------------------------------------------------------------------------

    def _lane_failed(self, key: Key, error: BaseException) -> None:
        """A piece of work ended in an error that it could not settle by itself."""
        loop = asyncio.get_running_loop()
        if isinstance(error, AccountLost):
            self._fatal = GatewayError("account_lost", kind="", reason=error.code)
            self._wake.set()
        elif isinstance(error, GatewayError):
            self._fatal = error
            self._wake.set()
        elif isinstance(error, AlreadyDone):
            return
        else:
            wait = float(error.seconds + 1) if isinstance(error, Wait) else _AGAIN_S
            if isinstance(error, Wait | Passing):
                log.warning("lane_rests", lane=key[0], id=key[1], code=error.code, wait_s=wait)
            else:
                log.error("lane_failed", lane=key[0], id=key[1], exc_info=error)
            self._lanes.rest(key, wait)
            if key[0] == "membership":
                loop.call_later(wait, self._look_at, ChatId(key[1]))
            elif key[0] == "inbox":
                loop.call_later(wait, self._lanes.add, key, self._read_private)
            loop.call_later(wait, self._wake.set)
