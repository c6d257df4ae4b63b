"""Catch up: find out what was missed while nobody was connected, with as few requests as possible.

Each client's `Replay` knows which updates Telegram replayed; what follows from that is decided by
the pure `core/catch_up.py`. If all were replayed, nothing is asked. Else each group has its turn,
spread over minutes, those of lessons first: a quick check, and a full read if that shows a change,
or fails. A group that is needed sooner does not wait for its turn.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from telegram_gateway.core.catch_up import (
    Group,
    Meaning,
    Queue,
    Turn,
    asks_log_from,
    meaning,
)
from telegram_gateway.core.connection import NETWORK
from telegram_gateway.core.model import ChatId, TgChatId
from telegram_gateway.database import catch_up as stored
from telegram_gateway.database import chats
from telegram_gateway.database.chats import Chat
from telegram_gateway.database.lease import clock
from telegram_gateway.membership.known_groups import refresh_known_groups
from telegram_gateway.pool import Pool
from telegram_gateway.telegram.admin_log import has_happened
from telegram_gateway.telegram.client import Client
from telegram_gateway.telegram.errors import AccountLost, TelegramError, Wait
from telegram_gateway.telegram.peers import channel_for
from telegram_gateway.telegram.quick_check import quick_check

log = structlog.get_logger(__name__)
# Causes for which groups wait for their turn; a client's kind ("bot", "user") is one, too.
_START, _THAWED, _GAP, _LATE = "start", "thawed", "gap", "late"
_LOOK_S = 5.0  # how often it is noted that nothing is missing
_POLL_S = 0.5
#: A refused difference is asked for once more; if that is answered, no group needs a check.
_GRACE_S = 10.0
#: As long as it is refused, the groups are queued again, but not more often than this.
_DOUBT_AGAIN_S = 600.0
#: So long updates are held back while their client is still being told what it missed.
_HELD_S = 120.0
_SAVE_S = 30.0
_LINE_AGAIN_S = 1.0


@dataclass(frozen=True)
class Actions:
    """Actions that the catch-up leaves to others. `turn` takes a group's turn in its lane,
    `look_at` reconciles the group because of updates, `look_for_call` reads its call,
    `read_messages` reads the messages to the bot."""

    turn: Callable[[ChatId], None]
    look_at: Callable[[ChatId], None]
    look_for_call: Callable[[ChatId], None]
    read_messages: Callable[[], None]


class CatchUp:
    """The catch-up of one service: first `begin`, then `run` as long as it serves.

    `held`: groups whose updates are held back; `queue`: groups that wait for their turn.
    """

    def __init__(self, pool: Pool, actions: Actions):
        self._pool, self._actions = pool, actions
        self.queue = Queue(spread_s=pool.settings.spread_s)
        self.held: set[ChatId] = set()
        self._given: set[ChatId] = set()  # their turn has come, and waits in their lane
        self._news: set[str] = set()  # causes to look into
        # clients that were not told what they missed, and since when groups are queued for that
        self._behind: dict[str, float] = {}
        self._woken = asyncio.Event()
        self._since: datetime | None = None  # what came after this instant may be missing
        self._well_at = clock()
        self._behind_from: float | None = None
        self._numbers: dict[ChatId, int] = {}  # as they were a while ago
        self._saved: dict[ChatId, int] = {}
        self._save_at = clock() + _SAVE_S

    async def begin(self) -> None:
        """Queue the groups after a start: all of them, unless the former owner left the pool in
        good order."""
        pool = self._pool
        unfinished = pool.lease.unfinished
        self._since = pool.lease.left_at
        turns = await stored.turns(pool.database, pool.name)
        if unfinished is None:
            unsure = {chat_id: replace(turn, is_unsure=True) for chat_id, turn in turns.items()}
            self.queue.add(_START, unsure)
            # updates may come a second time, older than what is known: then people are asked about
            now = await pool.now()
            pool.membership.read_at.update(dict.fromkeys(turns, now))
        else:
            for chat_id, turn in turns.items():
                if turn.is_whole or chat_id in unfinished:
                    self.queue.add(_START, {chat_id: replace(turn, is_whole=True)})
                elif turn.is_unsure:
                    self.queue.add(_START, {chat_id: replace(turn, is_seen=True)})
        for kind, client in self._clients():
            client.replay.on_settled = partial(self._note, kind)
            if client.replay.is_settled:
                self._news.add(kind)
        for chat_id in await stored.lessons_on(pool.database, pool.name):
            self._actions.look_for_call(chat_id)
        log.info("catching_up", groups=len(turns), waiting=len(self.queue))

    def read_all(self) -> None:
        """Queue a full read of every group: an account was frozen for a while."""
        self._note(_THAWED)

    def hold(self, chat_id: ChatId) -> bool:
        """Return whether an update about that group is held back: the bot is still being told what
        it missed, and the first updates alone would show a wrong state."""
        replay = self._pool.accounts.clients["bot"].replay
        if replay.is_settled:
            self._behind_from = None
            return False
        now = asyncio.get_running_loop().time()
        if self._behind_from is None:
            self._behind_from = now
        if now - self._behind_from > _HELD_S:
            return False
        self.held.add(chat_id)
        return True

    @property
    def is_unfinished(self) -> bool:
        """True if a group still waits for its turn, or it is not known whether all was replayed."""
        waiting = bool(len(self.queue) or self._given or self._news or self._behind)
        return waiting or not self._is_settled

    async def run(self) -> None:
        """Give each group its turn."""
        while True:
            self._woken.clear()
            pause_s = await self._step()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._woken.wait()

    async def take_turn(self, chat_id: ChatId, *, is_needed: bool) -> bool:
        """Take a group's turn, if it waits for one. Return whether it is to be reconciled now. If
        the quick check shows a change, the group is marked for a full read. `is_needed`: it is
        reconciled in any case, and cannot wait. Raises AccountLost."""
        turn, since = self.queue.take(chat_id), self._since
        self._given.discard(chat_id)
        if turn is None:
            return False
        has_changed = is_unseen = turn.is_whole
        try:
            if not turn.is_whole and not turn.is_seen:
                has_changed = await self._has_changed(chat_id, since)
        except AccountLost:
            raise
        except TelegramError as error:
            is_wait, is_line = isinstance(error, Wait), error.code == NETWORK
            if not is_needed and (is_wait or is_line):
                wait_s = error.seconds + 1.0 if isinstance(error, Wait) else _LINE_AGAIN_S
                self.queue.put_back(chat_id, turn, _LATE)
                self.queue.rest(asyncio.get_running_loop().time() + wait_s)
                return False
            log.info("quick_check_failed", chat_id=chat_id, code=error.code)
            has_changed = is_unseen = True
        except BaseException:
            self.queue.put_back(chat_id, turn, _LATE)
            raise
        if is_unseen:
            self._actions.look_for_call(chat_id)
        if has_changed:
            self._pool.membership.unread.add(chat_id)
        return has_changed or turn.is_unsure

    async def save_numbers(self) -> None:
        """Store up to which of Telegram's numbers the groups are known; at the end, once nothing is
        left to do."""
        await self._save(self._now_known())

    # --- within --------------------------------------------------------------------------------

    def _clients(self) -> list[tuple[str, Client]]:
        return list(self._pool.accounts.clients.items())

    def _note(self, cause: str) -> None:
        self._news.add(cause)
        self._woken.set()

    @property
    def _is_settled(self) -> bool:
        return all(client.replay.is_settled for _, client in self._clients())

    async def _step(self) -> float:
        """Do what is due. Return the seconds until the next step, unless woken."""
        self._release_held()
        if not self._is_settled or not self._pool.accounts.are_answering:
            return _POLL_S
        await self._look_into_news()
        if len(self.queue) or self._given:
            loop = asyncio.get_running_loop()
            next_turn = self.queue.next(await self._pool.now(), loop.time(), self._given)
            if isinstance(next_turn, float):
                return next_turn
            if next_turn is None:
                return _POLL_S
            self._given.add(next_turn)
            self._actions.turn(next_turn)
            return 0.0
        if self._behind:
            return _LOOK_S
        self._well_at = clock()
        self._since = None
        if self._well_at >= self._save_at:
            self._save_at = self._well_at + _SAVE_S
            await self._save(self._numbers)
            self._numbers = self._now_known()
        return _LOOK_S

    def _release_held(self) -> None:
        for chat_id in [chat_id for chat_id in self.held if not self.hold(chat_id)]:
            self.held.discard(chat_id)
            self._actions.look_at(chat_id)

    async def _look_into_news(self) -> None:
        """Queue groups, or drop them from the queue, by what Telegram told the clients of missed
        updates."""
        news, self._news = self._news, set()
        pool = self._pool
        if _THAWED in news:
            turns = await stored.turns(pool.database, pool.name)
            whole = {chat_id: replace(turn, is_whole=True) for chat_id, turn in turns.items()}
            self.queue.add(_THAWED, whole)
            for chat_id in await stored.lessons_on(pool.database, pool.name):
                self._actions.look_for_call(chat_id)
        for kind, client in self._clients():
            replay = client.replay
            if kind in news and replay.is_proven:
                self.queue.is_settled(kind)
                self._behind.pop(kind, None)
            elif kind in news:
                await self._not_replayed(kind, is_final=replay.is_final)
            gaps = {
                pool.chat_ids[group]
                for group in map(TgChatId, replay.gaps)
                if group in pool.chat_ids
            }
            replay.gaps.clear()
            if gaps:
                turns = await stored.turns(pool.database, pool.name)
                await self._doubt(
                    _GAP, {chat_id: turns[chat_id] for chat_id in gaps & turns.keys()}
                )

    async def _not_replayed(self, kind: str, *, is_final: bool) -> None:
        """Queue all groups: a client was not told what it missed. Not `is_final`: the client asks
        again."""
        now = clock()
        before = self._behind.pop(kind, None)
        if not is_final:
            if before is not None and now - before < _DOUBT_AGAIN_S:
                self._behind[kind] = before
                return
            self._behind[kind] = now
            if before is None:
                self.queue.rest(asyncio.get_running_loop().time() + _GRACE_S)
        await self._doubt(kind, await stored.turns(self._pool.database, self._pool.name))
        if kind == "bot":
            self._actions.read_messages()

    async def _doubt(self, cause: str, turns: dict[ChatId, Turn]) -> None:
        """Queue these groups: updates about them may have been missed since all was well."""
        since = await self._pool.now() - timedelta(seconds=clock() - self._well_at)
        self._since = min(self._since or since, since)
        self.queue.add(cause, turns)
        log.info("catching_up", cause=cause, waiting=len(self.queue))

    async def _has_changed(self, chat_id: ChatId, since: datetime | None) -> bool:
        """Return whether a quick check shows that a group has changed, or may have. `since`: what
        came after this instant may be missing. Raises TelegramError."""
        pool, user = self._pool, self._pool.accounts.user
        chat = await chats.load_chat(pool.database, chat_id)
        if chat is None or chat.tg_chat_id is None or chat.state != "ready":
            return True
        if not chat.is_listed or not chat.is_list_whole or chat.missing:
            return True
        await refresh_known_groups(pool, chat.group)
        channel = await channel_for(user, chat.group)
        shown = await quick_check(user, channel, chat.group)
        if shown.tg_call_id != chat.tg_call_id:
            self._actions.look_for_call(chat_id)
        result = meaning(await self._known(chat), shown)
        if result is Meaning.MOVED:
            from_at = asks_log_from(since, await pool.now())
            return from_at is None or await has_happened(user, channel, from_at)
        return result is Meaning.OTHER

    async def _known(self, chat: Chat) -> Group:
        ours = self._pool.accounts.our_ids
        people = await stored.people(self._pool.database, chat.id, ours)
        return Group(
            title=chat.title.seen,
            members=people.members + len(ours),
            admins=people.admins + len(ours),
            banned=people.banned,
            waiting=people.waiting,
            rights=chat.default_rights,
            history=chat.history,
            number=chat.number,
            tg_call_id=chat.tg_call_id,
        )

    def _now_known(self) -> dict[ChatId, int]:
        numbers = self._pool.accounts.clients["user"].replay.numbers()
        ids = self._pool.chat_ids
        return {ids[group]: n for key, n in numbers.items() if (group := TgChatId(key)) in ids}

    async def _save(self, numbers: dict[ChatId, int]) -> None:
        changed = {chat: n for chat, n in numbers.items() if self._saved.get(chat) != n}
        if changed:
            await stored.save_numbers(self._pool.database, changed)
            self._saved.update(changed)
