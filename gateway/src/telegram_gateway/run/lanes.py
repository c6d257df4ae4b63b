"""Lanes: the work of one lane is done one after the other; lanes do not hold each other up.

A lane exists while it has work or rests, so an idle gateway has none.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from telegram_gateway.core.model import ChatId
from telegram_gateway.telegram.gate import working_for

Key = tuple[str, int]
# Lanes whose number is that of a chat.
_OF_A_CHAT = {"membership", "call", "messages", "plan"}
Work = Callable[[], Awaitable[None]]


@dataclass
class _Lane:
    waiting: list[tuple[str, Work]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    rests_until: float = 0.0
    rests_for: str = ""
    resumed: asyncio.Event = field(default_factory=asyncio.Event)


class Lanes:
    """Runs work, in lanes. `failed` is called with what a piece of work raised; the lane goes on.
    `idle` is called when a lane has come to the end of its work."""

    def __init__(
        self, failed: Callable[[Key, BaseException], None], idle: Callable[[], None] = lambda: None
    ):
        self._lanes: dict[Key, _Lane] = {}
        self._failed = failed
        self._idle = idle
        self._is_over = False

    def is_busy(self, key: Key) -> bool:
        """Return whether the lane has work or rests."""
        lane = self._lanes.get(key)
        if lane is None:
            return False
        return lane.task is not None or lane.rests_until > asyncio.get_running_loop().time()

    def add(self, key: Key, work: Work, name: str = "") -> None:
        """Do this after the work that the lane has already. Where work of that name waits there,
        this is dropped, since that one does the same; so is everything once the lanes were
        drained."""
        if self._is_over:
            return  # a timer may still ask for it
        lane = self._lanes.setdefault(key, _Lane())
        if name and any(name == waiting for waiting, _ in lane.waiting):
            return
        lane.waiting.append((name, work))
        if lane.task is None:
            lane.task = asyncio.create_task(self._run(key, lane), name=f"{key[0]} {key[1]}")

    def rest(self, key: Key, seconds: float, why: str = "") -> None:
        """Let the lane begin nothing for so many seconds, or until `resume(why)`."""
        lane = self._lanes.setdefault(key, _Lane())
        lane.rests_until = asyncio.get_running_loop().time() + seconds
        lane.rests_for = why

    def resume(self, why: str) -> None:
        """End the rests that were begun for this reason."""
        for lane in self._lanes.values():
            if lane.rests_for == why:
                self._wake(lane)

    @staticmethod
    def _wake(lane: _Lane) -> None:
        lane.rests_until = 0.0
        lane.resumed.set()

    async def drain(self, within_s: float) -> None:
        """Wait for the work that has begun, at most for so many seconds, then cancel it. Nothing is
        begun any more."""
        self._is_over = True
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        for lane in self._lanes.values():
            lane.waiting.clear()
            self._wake(lane)  # a lane that rests has nothing left to do
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=within_s)
            for task in late:
                task.cancel()

    async def _run(self, key: Key, lane: _Lane) -> None:
        loop = asyncio.get_running_loop()
        while lane.waiting:
            pause = lane.rests_until - loop.time()
            if pause > 0:
                lane.resumed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await lane.resumed.wait()
                continue
            _, work = lane.waiting.pop(0)
            working_for.set(ChatId(key[1]) if key[0] in _OF_A_CHAT else None)
            try:
                await work()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self._failed(key, error)
        lane.task = None
        if lane.rests_until <= loop.time():
            self._lanes.pop(key, None)
        self._idle()
