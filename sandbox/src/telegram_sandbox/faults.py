"""Faults on request: refusals, lost answers, cut connections, delays, lost updates.

Scripted by tests and by the control API. Each fault fires `times` times (None: until removed)
after letting `skip` occasions pass; each firing is noted in `Faults.used`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from telethon.tl import TLObject, types

from .errors import RpcError

Kind = Literal[
    "error",  # the request is refused, nothing happens
    "delay",  # the request is handled after `seconds`
    "drop",  # the connection is cut, nothing happens
    "lose_answer",  # the request takes effect, then the connection is cut without the answer
    "lose_push",  # an update is not sent: the client finds a gap
    "duplicate_push",  # an update is sent twice
    "hold_push",  # updates wait until `release`
]
ON_REQUEST = ("error", "delay", "drop", "lose_answer")
ON_PUSH = ("lose_push", "duplicate_push", "hold_push")


@dataclass(kw_only=True, eq=False)
class Fault:
    """`method`: the TL name of the request; for pushes, the name of the update's constructor; None:
    any."""

    kind: Kind
    method: str | None = None
    user_id: int | None = None
    chat_id: int | None = None
    times: int | None = 1
    skip: int = 0
    error: RpcError | None = None
    seconds: float = 0.0
    fired: int = 0

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.fired >= self.times


@dataclass(frozen=True, kw_only=True)
class Use:
    """One firing."""

    at: datetime
    kind: Kind
    method: str
    user_id: int | None
    chat_id: int | None


Deliver = Callable[[int, types.Updates, Any], None]


class Faults:
    """Users and chats may be given by id or as anything that has an `id`."""

    def __init__(self) -> None:
        self.active: list[Fault] = []
        self.used: list[Use] = []
        self._held: list[tuple[int, types.Updates, Any]] = []
        self._deliver: Deliver = lambda user_id, updates, exclude: None

    def attach(self, deliver: Deliver) -> None:
        """Set the function that sends updates once they are released."""
        self._deliver = deliver

    # Ordering

    def error(self, method: str, code: int, message: str, **when: Any) -> Fault:
        """`error("channels.inviteToChannel", 400, "PEER_FLOOD", user=account, times=None)`."""
        return self.add("error", method, error=RpcError(code, message), **when)

    def flood_wait(self, method: str, seconds: int, **when: Any) -> Fault:
        return self.error(method, 420, f"FLOOD_WAIT_{seconds}", **when)

    def lose_answer(self, method: str, **when: Any) -> Fault:
        return self.add("lose_answer", method, **when)

    def drop(self, method: str, **when: Any) -> Fault:
        return self.add("drop", method, **when)

    def delay(self, method: str, seconds: float, **when: Any) -> Fault:
        return self.add("delay", method, seconds=seconds, **when)

    def lose_push(self, update: str | None = None, **when: Any) -> Fault:
        """`lose_push("updateNewChannelMessage", user=bot)`."""
        return self.add("lose_push", update, **when)

    def duplicate_push(self, update: str | None = None, **when: Any) -> Fault:
        return self.add("duplicate_push", update, **when)

    def hold_pushes(self, update: str | None = None, **when: Any) -> Fault:
        """Hold pushes until `release`: all of them, or so many `times`."""
        return self.add("hold_push", update, **{"times": None, **when})

    def add(
        self,
        kind: Kind,
        method: str | None = None,
        *,
        user: Any = None,
        chat: Any = None,
        times: int | None = 1,
        skip: int = 0,
        error: RpcError | None = None,
        seconds: float = 0.0,
    ) -> Fault:
        if kind not in ON_REQUEST + ON_PUSH:
            raise ValueError(f"no such fault: {kind}")
        if (kind == "error") != (error is not None):
            raise ValueError("an error is given with the kind “error”, and only then")
        fault = Fault(
            kind=kind,
            method=method,
            user_id=getattr(user, "id", user),
            chat_id=getattr(chat, "id", chat),
            times=times,
            skip=skip,
            error=error,
            seconds=seconds,
        )
        self.active.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        if fault in self.active:
            self.active.remove(fault)

    def clear(self) -> None:
        """Everything works again; held updates are sent."""
        self.active.clear()
        self.release()

    def release(self) -> None:
        """Send the held updates, oldest first, and stop holding."""
        self.active = [fault for fault in self.active if fault.kind != "hold_push"]
        held, self._held = self._held, []
        for user_id, updates, exclude in held:
            self._deliver(user_id, updates, exclude)

    # Firing, by the server

    def on_request(self, method: str, user_id: int | None, request: TLObject) -> list[Fault]:
        """The faults that hit this request."""
        if not self.active:
            return []
        return list(self._fire(ON_REQUEST, method, user_id, chat_of(request)))

    def on_push(self, user_id: int, updates: types.Updates, exclude: Any) -> int:
        """Return how many times the updates go to the user now: 0, 1 or 2."""
        if not self.active:
            return 1
        copies = 1
        for update in updates.updates:
            name = type(update).__name__
            name = name[0].lower() + name[1:]
            for fault in self._fire(ON_PUSH, name, user_id, chat_of(update)):
                if fault.kind == "hold_push":
                    self._held.append((user_id, updates, exclude))
                    return 0
                copies = 0 if fault.kind == "lose_push" else 2
        return copies

    def _fire(
        self, kinds: tuple[str, ...], method: str, user_id: int | None, chat_id: int | None
    ) -> Iterator[Fault]:
        for fault in tuple(self.active):
            if (
                fault.kind not in kinds
                or fault.method not in (None, method)
                or fault.user_id not in (None, user_id)
                or fault.chat_id not in (None, chat_id)
            ):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.fired += 1
            if fault.is_spent:
                self.active.remove(fault)
            self.used.append(
                Use(
                    at=datetime.now(UTC),
                    kind=fault.kind,
                    method=method,
                    user_id=user_id,
                    chat_id=chat_id,
                )
            )
            yield fault


def chat_of(request: TLObject) -> int | None:
    """The id of the chat (or user, or call) that a request or an update is about, where it says
    so."""
    message = getattr(request, "message", None)
    if isinstance(message, TLObject):
        request = message
    for name in ("channel", "peer", "peer_id", "to_peer"):
        peer = getattr(request, name, None)
        for key in ("channel_id", "chat_id", "user_id"):
            found: int | None = getattr(peer, key, None)
            if found is not None:
                return found
    call_id: int | None = getattr(getattr(request, "call", None), "id", None)
    return getattr(request, "channel_id", None) or getattr(request, "chat_id", None) or call_id
