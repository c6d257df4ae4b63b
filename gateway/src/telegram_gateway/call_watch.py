"""L2's surroundings: a running call is watched, and its joins and leaves become facts.

Updates are exact but may be lost; so a cheap probe asks every few seconds whether the list
changed, and the whole list is read once a minute and after each reconnect. While looking fails,
the call is *not observed*, and Odoo is told so.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from telegram_gateway.core.model import ChatId, Fact, TgCallId
from telegram_gateway.core.presence import (
    CallState,
    Moment,
    Participant,
    Wish,
    on_end,
    on_look,
    on_update,
)
from telegram_gateway.database import chats
from telegram_gateway.pool import Pool, iso
from telegram_gateway.telegram import calls
from telegram_gateway.telegram.errors import AccountLost, TelegramError
from telegram_gateway.telegram.seen import ParticipantsSeen, Person

log = structlog.get_logger(__name__)
_MISSING_S = 1.5  # how long to wait for an update that is missing before reading


class CallWatch:
    """Watches one call from `start` until `end`."""

    def __init__(self, pool: Pool, chat_id: ChatId, call: Any):
        self._pool = pool
        self._chat_id = chat_id
        self._call = call
        self.tg_call_id = TgCallId(call.id)
        self._state = CallState()
        self._people: dict[int, Person] = {}
        self._turn = asyncio.Lock()
        self._read_soon = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to watch, from what was told of this call before a restart, if anything."""
        await self.remember()
        self._read_soon.set()
        self._task = asyncio.create_task(self._run(), name=f"call {self.tg_call_id}")

    async def stop(self) -> None:
        """Stop watching; says nothing about the call."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def read_soon(self) -> None:
        """Updates may have been lost: read the whole list."""
        self._read_soon.set()

    async def on_participants(self, seen: ParticipantsSeen) -> None:
        """An update about the people in the call."""
        async with self._turn:
            self._people.update(seen.people)
            now = await self._pool.now()
            before = self._state
            self._state, moments, wish = on_update(
                self._state, seen.version, seen.participants, now
            )
            await self._tell(moments)
        if wish is Wish.READ:
            self._read_soon.set()
        elif wish is Wish.WAIT and before.version is not None:
            asyncio.get_running_loop().call_later(_MISSING_S, self._read_if_behind, seen.version)

    def _read_if_behind(self, version: int) -> None:
        if (self._state.version or 0) < version:
            self._read_soon.set()

    async def last_look(self) -> None:
        """Read the list a last time before the call is closed, as well as it goes."""
        with contextlib.suppress(TelegramError):
            await self._look()

    async def end(self, at: datetime, **closed: Any) -> None:
        """The call is over at that instant: whoever was in it left, and Odoo is told.

        `closed` are the fields of `call_closed` beyond the instant and the call.
        """
        await self.stop()
        async with self._turn:
            self._state, moments = on_end(self._state, at)
            facts = [
                *map(self._fact, moments),
                closed_fact(self._chat_id, self.tg_call_id, at, **closed),
            ]
            await self._pool.tell(facts)

    async def _run(self) -> None:
        settings = self._pool.settings
        loop = asyncio.get_running_loop()
        full_at = loop.time()
        while True:
            try:
                if self._read_soon.is_set() or loop.time() >= full_at:
                    self._read_soon.clear()
                    await self._look()
                    full_at = loop.time() + settings.full_look_s
                else:
                    await self._probe()
                await self._observed(True)
            except AccountLost:
                await self._observed(False)
                return
            except TelegramError as error:
                log.info("look_failed", tg_call_id=self.tg_call_id, code=error.code)
                await self._observed(False)
                self._read_soon.set()
                await asyncio.sleep(min(settings.probe_s, 2.0))
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._read_soon.wait(), settings.probe_s)

    async def _probe(self) -> None:
        version, count = await calls.probe(self._pool.accounts.user, self._call)
        now = await self._pool.now()
        async with self._turn:
            if version == self._state.version and count == len(self._state.present):
                # nothing changed: everybody known was there until now
                self._state = _seen_until(self._state, now)
                await chats.save_state(self._pool.database, self._chat_id)
                return
        await self._look()

    async def _look(self) -> None:
        look = await calls.look(self._pool.accounts.user, self._call)
        now = await self._pool.now()
        async with self._turn:
            if self._state.version is not None and look.version < self._state.version:
                return
            self._people.update(look.people)
            self._state, moments, _ = on_look(self._state, look.version, look.participants, now)
            await self._tell(moments)

    async def _observed(self, is_well: bool) -> None:
        """Tell Odoo when looking begins to fail, and when it works again."""
        if is_well != self._state.is_blind:
            return
        now = await self._pool.now()
        since = now if is_well else self._state.seen_at or now
        kind = "observation_back" if is_well else "observation_lost"
        self._state = _blind(self._state, not is_well)
        await self._pool.tell([self._observation(kind, since)])

    def _observation(self, kind: str, at: datetime) -> Fact:
        return Fact(
            fact=f"{kind}:{self.tg_call_id}:{iso(at)}",
            kind=kind,
            occurred_at=at,
            chat_id=self._chat_id,
            payload={"tg_call_id": self.tg_call_id, "at": iso(at)},
        )

    async def _tell(self, moments: Iterable[Moment]) -> None:
        facts = [self._fact(moment) for moment in moments]
        if facts:
            await self._pool.tell(facts)

    def _fact(self, moment: Moment) -> Fact:
        who = moment.participant
        person = self._people.get(who.peer_id, Person())
        joined = int(who.date.timestamp())
        what = moment.kind.removeprefix("participant_")
        return Fact(
            # a participant joins once at that second with that device, and leaves once
            fact=f"p:{self.tg_call_id}:{who.peer_kind}:{who.peer_id}:{joined}:{what}",
            kind=moment.kind,
            occurred_at=moment.at,
            chat_id=self._chat_id,
            payload={
                "tg_call_id": self.tg_call_id,
                "tg_user_id": moment.tg_user_id,
                "peer_kind": who.peer_kind,
                "name": person.name,
                "username": person.username,
                "at": iso(moment.at),
                "precision_s": moment.precision_s,
                "source": moment.source,
                "device": who.source,
            },
        )

    async def remember(self) -> None:
        """After a restart: who was told to have joined and not to have left is still in there, as
        far as we know; the time since the last look was not observed."""
        rows = await self._pool.database.all(
            "SELECT kind, payload::json AS payload FROM telegram_inbox WHERE chat_id = %s"
            " AND kind IN ('participant_joined', 'participant_left')"
            " AND payload::json->>'tg_call_id' = %s ORDER BY id",
            self._chat_id,
            str(self.tg_call_id),
        )
        if not rows:
            return
        present: dict[tuple[str, int], Participant] = {}
        for row in rows:
            payload = row["payload"]
            if payload["peer_kind"] != "user":
                continue
            key = ("user", payload["tg_user_id"])
            if row["kind"] == "participant_left":
                present.pop(key, None)
                continue
            present[key] = Participant(
                peer_kind="user",
                peer_id=payload["tg_user_id"],
                date=datetime.fromisoformat(payload["at"]),
                source=payload.get("device", 0),
            )
        last = await self._pool.database.one(
            "SELECT greatest(s.seen_at, (SELECT max(i.occurred_at) FROM telegram_inbox i"
            " WHERE i.chat_id = s.chat_id AND i.kind LIKE 'participant%%')) AS at"
            " FROM telegram_chat_state s WHERE s.chat_id = %s",
            self._chat_id,
        )
        now = await self._pool.now()
        seen_at = last["at"].replace(tzinfo=UTC) if last and last["at"] else now
        self._state = CallState(present=present, seen_at=min(seen_at, now))
        if now - seen_at > timedelta(seconds=2 * self._pool.settings.probe_s):
            await self._observed(False)


def closed_fact(
    chat_id: ChatId,
    tg_call_id: TgCallId | None,
    at: datetime,
    *,
    open_key: str | None,
    close_key: str | None,
    by_us: bool,
) -> Fact:
    """The fact that a call is over; without a call: that none was open when it should close."""
    return Fact(
        fact=f"call:{tg_call_id or 'none'}:closed:{close_key or ''}",
        kind="call_closed",
        occurred_at=at,
        chat_id=chat_id,
        payload={
            "tg_call_id": tg_call_id,
            "open_key": open_key,
            "close_key": close_key,
            "at": iso(at),
            "by_us": by_us,
        },
    )


def _seen_until(state: CallState, now: datetime) -> CallState:
    return CallState(version=state.version, present=state.present, seen_at=now)


def _blind(state: CallState, is_blind: bool) -> CallState:
    return CallState(
        version=state.version, present=state.present, seen_at=state.seen_at, is_blind=is_blind
    )
