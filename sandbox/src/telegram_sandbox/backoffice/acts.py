"""Scripted acts in a call, for crowds too large to have a client each."""

from __future__ import annotations

import itertools
from functools import partial

from ..world import calling
from ..world.calls import GroupCall
from ..world.people import User
from ..world.world import World

_ACTS = ("join", "leave", "speak", "mute")
_SOURCES = itertools.count(1_000_000_001)  # beyond those of the phones


def play(world: World, call: GroupCall, acts: list[tuple[float, str, User]]) -> None:
    """Let these accounts do that, each so many seconds from now. To leave or speak without being in
    the call does nothing, and nobody joins a call that is over. Raises ValueError for an unknown
    act."""
    for _, what, _user in acts:
        if what not in _ACTS:
            raise ValueError(f"no such act: {what}")
    for after_s, what, user in acts:
        world.clock.call_later(after_s, partial(_do, world, call, what, user))


def _do(world: World, call: GroupCall, what: str, user: User) -> None:
    if call.ended_at is not None:
        return
    if what == "join":
        calling.join(world, call, user, source=next(_SOURCES))
        return
    participant = calling.find(call, user.id)
    if participant is None:
        return
    if what == "leave":
        calling.leave(world, call, participant)
    else:
        participant.muted = what == "mute"
        calling.changed(world, call, participant)
