"""Stands on the line between a gateway and the sandbox, and does to it what networks do.

    async def test_hiccup(proxied: Line) -> None:  # the gateway connects through `proxied.proxy`
        proxy = proxied.proxy
        proxy.freeze()               # nothing passes, connections stay; kept until `heal`
        …
        proxy.heal()                 # what was kept arrives now, as after a hiccup of the network

All may be switched at any time, for all lines or for those of one kind ("bot", "user"):

    delay(seconds)      what is sent arrives so much later, in both directions
    freeze("up")        what the gateway sends is kept and arrives after `heal`; "down": what
                        Telegram sends; nothing said: both
    swallow("up")       what the gateway sends is lost; "down": what Telegram sends; nothing said:
                        both. A connection of which something was lost never comes to life again
                        (as behind a router that has forgotten it), new ones do after `heal`
    reset()             the connections break now (RST); new ones are served
    refuse()            new connections are refused; those that stand, stand
    close_at_once()     new connections are accepted and closed, those that stand are closed, too
    heal()              everything passes again

Whose a connection is, its first packet tells: until then it is of nobody, and meets what was
ordered for all lines. So the connections of one kind are refused or closed only once they have
spoken. `count` says how many connections were made, `open` how many stand.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

Direction = Literal["up", "down"]  # "up": from the gateway to Telegram
_BOTH: tuple[Direction, Direction] = ("up", "down")
_CHUNK = 1 << 16
_PLACE_OF_KEY = slice(8, 16)  # after length and number: Telethon's default framing


@dataclass
class Way:
    """What is done to lines now."""

    delay_s: float = 0.0
    frozen: set[Direction] = field(default_factory=set)
    swallowed: set[Direction] = field(default_factory=set)
    is_refused: bool = False
    is_closed: bool = False


@dataclass(eq=False)
class Link:
    """One connection of a gateway. `kind`: whose it is, None until it has spoken; `at`: when it was
    made, by the clock of `time.monotonic`; `dead`: directions of which something was lost."""

    number: int
    at: float
    writers: dict[Direction, asyncio.StreamWriter] = field(default_factory=dict)
    kind: str | None = None
    is_open: bool = True
    dead: set[Direction] = field(default_factory=set)
    passed: dict[Direction, int] = field(default_factory=lambda: {"up": 0, "down": 0})

    def break_off(self) -> None:
        """Cut it on both sides at once, with an RST."""
        self.is_open = False
        for writer in self.writers.values():
            sock = writer.get_extra_info("socket")
            if sock is not None:
                with contextlib.suppress(OSError):
                    linger = struct.pack("ii", 1, 0)
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()

    def close(self) -> None:
        """End it in good order on both sides, without passing on what still waits."""
        self.is_open = False
        for writer in self.writers.values():
            writer.close()


class Proxy:
    """`async with Proxy(host, port, kind_of) as proxy`: listens at `proxy.host`, `proxy.port` for
    the server at `host`, `port`; `kind_of(key id)` says whose line it is."""

    def __init__(self, host: str, port: int, kind_of: Callable[[int], str | None]) -> None:
        self._server = host, port
        self._kind_of = kind_of
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ways: dict[str | None, Way] = {None: Way()}
        self._changed = asyncio.Event()
        self.host, self.port = "127.0.0.1", 0
        self.links: list[Link] = []

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._deafen()
        for link in self.links:
            if link.is_open:
                link.break_off()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- what is done to the lines -----------------------------------------------------------

    def delay(self, seconds: float, kind: str | None = None) -> None:
        """Let everything arrive so much later, in both directions."""
        self._way(kind).delay_s = seconds
        self._switched()

    def freeze(self, *directions: Direction, kind: str | None = None) -> None:
        """Let nothing pass; it is kept until `heal`. New connections are accepted, and silent."""
        self._way(kind).frozen |= set(directions or _BOTH)
        self._switched()

    def swallow(self, *directions: Direction, kind: str | None = None) -> None:
        """Lose everything. Acknowledged by TCP all the same: nobody is told."""
        self._way(kind).swallowed |= set(directions or _BOTH)
        self._switched()

    def reset(self, kind: str | None = None) -> int:
        """Break the connections that stand; how many there were."""
        found = self.open(kind)
        for link in found:
            link.break_off()
        return len(found)

    def refuse(self, kind: str | None = None) -> None:
        """Refuse new connections (those of one kind: break them once they have spoken)."""
        self._way(kind).is_refused = True
        if kind is None:
            self._deafen()

    def close_at_once(self, kind: str | None = None) -> None:
        """Accept connections and close them at once, those that stand, too."""
        self._way(kind).is_closed = True
        for link in self.open(kind):
            link.close()

    async def heal(self) -> None:
        """Let everything pass again; what was frozen arrives now."""
        self._ways = {None: Way()}
        self._switched()
        if self._listener is None:
            await self._listen()

    # --- what was seen -----------------------------------------------------------------------

    def count(self, kind: str | None = None, *, after: float = 0.0) -> int:
        """How many connections were made; `after` an instant of `time.monotonic`."""
        return sum(kind in (None, one.kind) and one.at >= after for one in self.links)

    def open(self, kind: str | None = None) -> list[Link]:
        """The connections that stand."""
        return [one for one in self.links if one.is_open and kind in (None, one.kind)]

    # --- how it is done ----------------------------------------------------------------------

    def _way(self, kind: str | None) -> Way:
        return self._ways.setdefault(kind, Way())

    def _ways_of(self, link: Link) -> list[Way]:
        kinds = {None, link.kind}
        return [self._ways[kind] for kind in kinds if kind in self._ways]

    def _switched(self) -> None:
        """Let all who wait look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(
            self._accept, self.host, self.port, reuse_address=True, backlog=4096
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    def _deafen(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(len(self.links) + 1, time.monotonic(), {"down": writer})
        self.links.append(link)
        if self._way(None).is_closed:
            link.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            server_reader, link.writers["up"] = await asyncio.open_connection(*self._server)
            ways = (self._pass(link, "up", reader), self._pass(link, "down", server_reader))
            await asyncio.gather(*(asyncio.create_task(way) for way in ways))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            if link.is_open:
                link.close()

    async def _pass(self, link: Link, direction: Direction, reader: asyncio.StreamReader) -> None:
        """Carry what comes in one direction, until its end."""
        kept: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        carrier = asyncio.create_task(self._carry(link, direction, kept))
        try:
            while data := await self._read(link, reader):
                if direction == "up" and link.kind is None:
                    self._know(link, data)
                kept.put_nowait((time.monotonic(), data))
            kept.put_nowait((time.monotonic(), b""))
            await carrier
        finally:
            carrier.cancel()

    async def _read(self, link: Link, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.read(_CHUNK)
        except ConnectionError:
            if link.is_open and not any(way.frozen for way in self._ways_of(link)):
                link.break_off()
            return b""

    def _know(self, link: Link, data: bytes) -> None:
        link.kind = self._kind_of(int.from_bytes(data[_PLACE_OF_KEY], "little"))
        way = self._ways.get(link.kind)
        if way is not None and way.is_closed:
            link.close()
        elif way is not None and way.is_refused:
            link.break_off()

    async def _carry(
        self, link: Link, direction: Direction, kept: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        writer = link.writers[direction]
        while True:
            came_at, data = await kept.get()
            await self._hold(link, direction, came_at)
            if not link.is_open:
                return
            if direction in link.dead or any(
                direction in way.swallowed for way in self._ways_of(link)
            ):
                link.dead.add(direction)
                continue
            if not data:  # the end of one side is the end of both
                link.close()
                return
            link.passed[direction] += len(data)
            try:
                writer.write(data)
                await writer.drain()
            except ConnectionError:
                link.close()
                return

    async def _hold(self, link: Link, direction: Direction, came_at: float) -> None:
        """Wait as long as what came then must wait."""
        while link.is_open:
            changed = self._changed
            ways = self._ways_of(link)
            wait: float | None = came_at + max(way.delay_s for way in ways) - time.monotonic()
            if any(direction in way.frozen for way in ways):
                wait = None
            elif wait is not None and wait <= 0:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), wait)
