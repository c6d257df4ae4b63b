"""What was missed while we were away, or a line was broken: found again with as few requests as can be.

What each client was told afterwards its `Replay` knows; what follows from that is decided by the pure
`core/catch_up.py`. Where Telegram has told all, nothing is asked for. Else each group has its turn, spread
over minutes, those of lessons first: a glance, and where that shows something else, or fails, the whole
group is read. Whoever needs a group sooner does not wait for its turn.
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
from telegram_gateway.telegram.accounts import Client
from telegram_gateway.telegram.admin_log import has_happened
from telegram_gateway.telegram.errors import AccountLost, TelegramError, Wait
from telegram_gateway.telegram.glance import glance
from telegram_gateway.telegram.peers import channel_for

log = structlog.get_logger(__name__)
_START, _THAWED, _GAP, _LATE = "start", "thawed", "gap", "late"
_LOOK_S = 5.0  # how often it is noted that all is well
_POLL_S = 0.5
#: A difference that was refused is asked for once more, which may spare everything else.
_GRACE_S = 10.0
#: As long as it is refused the groups are doubted anew, though not at each time.
_DOUBT_AGAIN_S = 600.0
#: So long updates of a client that is told what it missed wait for those that come after them.
_HELD_S = 120.0
_SAVE_S = 30.0
_LINE_AGAIN_S = 1.0


@dataclass(frozen=True)
class Hands:
    """What is done by others. turn: give a group its turn, in its lane. look_at: look at it because of
    what was heard. look_for_call: at its call. read_messages: what was written to the bot."""

    turn: Callable[[ChatId], None]
    look_at: Callable[[ChatId], None]
    look_for_call: Callable[[ChatId], None]
    read_messages: Callable[[], None]


class CatchingUp:
    """Of one service, from its beginning on: `begin`, then `run` as long as it serves."""

    def __init__(self, pool: Pool, hands: Hands):
        self._pool, self._hands = pool, hands
        self._queue = Queue(spread_s=pool.settings.spread_s)
        self._given: set[ChatId] = set()  # their turn has come, and waits in their lane
        self._held: set[ChatId] = set()
        self._news: set[str] = set()
        # clients that are still to be told, and since when the groups are doubted for that
        self._untold: dict[str, float] = {}
        self._woken = asyncio.Event()
        self._since: datetime | None = None  # nothing is known of what came after
        self._well_at = clock()
        self._behind_from: float | None = None
        self._numbers: dict[ChatId, int] = {}  # as they were a while ago
        self._saved: dict[ChatId, int] = {}
        self._save_at = clock() + _SAVE_S

    async def begin(self) -> None:
        """After a start. Who had the pool before may have left it in good order, or not."""
        pool = self._pool
        unfinished = pool.lease.unfinished
        self._since = pool.lease.left_at
        turns = await stored.turns(pool.database, pool.name)
        if unfinished is None:
            self._queue.add(_START, {one: replace(t, is_unsure=True) for one, t in turns.items()})
            # updates may come a second time, older than what is known: whom they concern is asked about
            now = await pool.now()
            pool.read_at.update(dict.fromkeys(turns, now))
        else:
            for chat_id, turn in turns.items():
                if turn.is_whole or chat_id in unfinished:
                    self._queue.add(_START, {chat_id: replace(turn, is_whole=True)})
                elif turn.is_unsure:
                    self._queue.add(_START, {chat_id: replace(turn, is_seen=True)})
        for kind, client in self._clients():
            client.replay.on_settled = partial(self._hear, kind)
            if client.replay.is_settled:
                self._news.add(kind)
        for chat_id in await stored.lessons_on(pool.database, pool.name):
            self._hands.look_for_call(chat_id)
        log.info("catching_up", groups=len(turns), waiting=len(self._queue))

    def read_all(self) -> None:
        """Every group is to be read as a whole: an account has done nothing for a while."""
        self._hear(_THAWED)

    def hold(self, chat_id: ChatId) -> bool:
        """Whether an update about that group waits for those that come after it: the bot is being told
        what it missed, and the first of it alone would say something else than all."""
        replay = self._pool.accounts.clients["bot"].replay
        if replay.is_settled:
            self._behind_from = None
            return False
        now = asyncio.get_running_loop().time()
        if self._behind_from is None:
            self._behind_from = now
        if now - self._behind_from > _HELD_S:
            return False
        self._held.add(chat_id)
        return True

    def is_held(self, chat_id: ChatId) -> bool:
        """Whether what was heard of that group is not all yet: whoever looks at it leaves that alone."""
        return chat_id in self._held

    @property
    def left(self) -> bool:
        """Whether somebody still waits for a turn, or it is not known whether all was told."""
        waiting = bool(len(self._queue) or self._given or self._news or self._untold)
        return waiting or not self._is_settled

    async def run(self) -> None:
        """Give each group its turn."""
        while True:
            self._woken.clear()
            pause_s = await self._step()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._woken.wait()

    async def look(self, chat_id: ChatId, *, is_needed: bool) -> bool:
        """Take a group's turn, where it waits for one. Whether it is to be looked at now; where the
        glance said so, as a whole. `is_needed`: it is in any case, and cannot wait."""
        turn, since = self._queue.take(chat_id), self._since
        self._given.discard(chat_id)
        if turn is None:
            return False
        is_other = is_unseen = turn.is_whole
        try:
            if not turn.is_whole and not turn.is_seen:
                is_other = await self._is_other(chat_id, since)
        except AccountLost:
            raise
        except TelegramError as error:
            is_wait, is_line = isinstance(error, Wait), error.code == NETWORK
            if not is_needed and (is_wait or is_line):
                wait_s = error.seconds + 1.0 if isinstance(error, Wait) else _LINE_AGAIN_S
                self._queue.put_back(chat_id, turn, _LATE)
                self._queue.rest(asyncio.get_running_loop().time() + wait_s)
                return False
            log.info("glance_failed", chat_id=chat_id, code=error.code)
            is_other = is_unseen = True
        except BaseException:
            self._queue.put_back(chat_id, turn, _LATE)
            raise
        if is_unseen:
            self._hands.look_for_call(chat_id)
        if is_other:
            self._pool.unread.add(chat_id)
        return is_other or turn.is_unsure

    async def save_numbers(self) -> None:
        """At the end, where nothing is left to do: up to which numbers the groups are known."""
        await self._save(self._now_known())

    # --- within -------------------------------------------------------------------------------

    def _clients(self) -> list[tuple[str, Client]]:
        return list(self._pool.accounts.clients.items())

    def _hear(self, news: str) -> None:
        self._news.add(news)
        self._woken.set()

    @property
    def _is_settled(self) -> bool:
        return all(client.replay.is_settled for _, client in self._clients())

    async def _step(self) -> float:
        """What is to be done now; in how many seconds to look again, unless woken."""
        if not self._is_settled or not self._pool.accounts.are_answering:
            self._let_go()
            return _POLL_S
        self._let_go()
        await self._hear_news()
        if len(self._queue) or self._given:
            loop = asyncio.get_running_loop()
            found = self._queue.next(await self._pool.now(), loop.time(), self._given)
            if isinstance(found, float):
                return found
            if found is None:
                return _POLL_S
            self._given.add(found)
            self._hands.turn(found)
            return 0.0
        if self._untold:
            return _LOOK_S
        self._well_at = clock()
        self._since = None
        if self._well_at >= self._save_at:
            self._save_at = self._well_at + _SAVE_S
            await self._save(self._numbers)
            self._numbers = self._now_known()
        return _LOOK_S

    def _let_go(self) -> None:
        for chat_id in [one for one in self._held if not self.hold(one)]:
            self._held.discard(chat_id)
            self._hands.look_at(chat_id)

    async def _hear_news(self) -> None:
        """What came of being told what was missed."""
        news, self._news = self._news, set()
        pool = self._pool
        if _THAWED in news:
            turns = await stored.turns(pool.database, pool.name)
            self._queue.add(_THAWED, {one: replace(t, is_whole=True) for one, t in turns.items()})
            for chat_id in await stored.lessons_on(pool.database, pool.name):
                self._hands.look_for_call(chat_id)
        for kind, client in self._clients():
            replay = client.replay
            if kind in news and replay.is_proven:
                self._queue.is_settled(kind)
                self._untold.pop(kind, None)
            elif kind in news:
                await self._not_told(kind, is_final=replay.is_final)
            gaps = {
                pool.chat_ids[one] for one in map(TgChatId, replay.gaps) if one in pool.chat_ids
            }
            replay.gaps.clear()
            if gaps:
                turns = await stored.turns(pool.database, pool.name)
                await self._doubt(_GAP, {one: turns[one] for one in gaps if one in turns})

    async def _not_told(self, kind: str, *, is_final: bool) -> None:
        """A client was not told what it missed; not `is_final`: it asks again."""
        now = clock()
        before = self._untold.pop(kind, None)
        if not is_final:
            if before is not None and now - before < _DOUBT_AGAIN_S:
                self._untold[kind] = before
                return
            self._untold[kind] = now
            if before is None:
                self._queue.rest(asyncio.get_running_loop().time() + _GRACE_S)
        await self._doubt(kind, await stored.turns(self._pool.database, self._pool.name))
        if kind == "bot":
            self._hands.read_messages()

    async def _doubt(self, cause: str, turns: dict[ChatId, Turn]) -> None:
        """Of these groups something may have been missed since all was well."""
        since = await self._pool.now() - timedelta(seconds=clock() - self._well_at)
        self._since = min(self._since or since, since)
        self._queue.add(cause, turns)
        log.info("catching_up", cause=cause, waiting=len(self._queue))

    async def _is_other(self, chat_id: ChatId, since: datetime | None) -> bool:
        """Whether a group is not as we know it, as a glance shows; nothing is known of what came after
        `since`. Raises TelegramError."""
        pool, user = self._pool, self._pool.accounts.user
        chat = await chats.load_chat(pool.database, chat_id)
        if chat is None or chat.tg_chat_id is None or chat.state != "ready":
            return True
        if not chat.is_listed or not chat.is_list_whole or chat.missing:
            return True
        await refresh_known_groups(pool, chat.group)
        channel = await channel_for(user, chat.group)
        shown = await glance(user, channel, chat.group)
        if shown.tg_call_id != chat.tg_call_id:
            self._hands.look_for_call(chat_id)
        found = meaning(await self._known(chat), shown)
        if found is Meaning.MOVED:
            from_at = asks_log_from(since, await pool.now())
            return from_at is None or await has_happened(user, channel, from_at)
        return found is Meaning.OTHER

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
        return {ids[one]: n for key, n in numbers.items() if (one := TgChatId(key)) in ids}

    async def _save(self, numbers: dict[ChatId, int]) -> None:
        changed = {one: n for one, n in numbers.items() if self._saved.get(one) != n}
        if changed:
            await stored.save_numbers(self._pool.database, changed)
            self._saved.update(changed)
