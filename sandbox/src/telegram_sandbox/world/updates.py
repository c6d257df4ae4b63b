"""The numbered logs of what each account should know, and their differences.

There are three kinds of numbers: `pts` for each account, `pts` for each channel, `qts` for each
bot. The hub numbers an update, keeps the function that builds it, and pushes it to the people
concerned. A difference builds it again, so it shows what is true by then; a builder returns None
for what can no longer be seen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from telethon.tl import TLObject, types

from .caller import CALLER
from .people import User

Build = Callable[[User], TLObject | None]
Push = Callable[[int, types.Updates, object], None]  # the session that is left out, or None

_MESSAGES = (types.UpdateNewMessage, types.UpdateNewChannelMessage)


class HubWorld(Protocol):
    """The part of the world that the hub needs."""

    users: dict[int, User]

    @property
    def clock(self) -> _Clock: ...

    def peers_for(
        self, viewer: User, update: TLObject
    ) -> tuple[Iterable[TLObject], Iterable[TLObject]]:
        """The users and the chats that the update speaks of, as the viewer sees them."""
        ...

    # For `updates.getChannelDifference`:

    def check_may_read(self, viewer: User, channel_id: int) -> None:
        """Raises CHANNEL_INVALID for a channel that does not exist, CHANNEL_PRIVATE for one that
        the viewer is not in."""
        ...

    def channel_snapshot(
        self, viewer: User, channel_id: int
    ) -> tuple[types.Dialog, list[TLObject], list[TLObject], list[TLObject]]:
        """The answer to somebody who is too far behind: the dialog (with the channel's `pts`), its
        newest messages, and their users and chats."""
        ...


class _Clock(Protocol):
    def now(self) -> datetime: ...


@dataclass(slots=True)
class _Entry:
    number: int  # the pts or qts after it
    count: int
    build: Build


@dataclass(slots=True)
class _Log:
    number: int = 1
    entries: list[_Entry] = field(default_factory=list)
    trimmed_to: int = 1  # entries up to this number are gone

    def append(self, count: int, build: Build, keep: int) -> int:
        self.number += count
        self.entries.append(_Entry(self.number, count, build))
        if len(self.entries) > 2 * keep:
            self.trimmed_to = self.entries[-keep - 1].number
            del self.entries[:-keep]
        return self.number

    def after(self, number: int) -> list[_Entry]:
        return self.entries[bisect_right(self.entries, number, key=lambda entry: entry.number) :]


@dataclass
class Missed:
    """Contents of a difference, for one viewer."""

    messages: list[TLObject]
    updates: list[TLObject]
    users: list[TLObject]
    chats: list[TLObject]
    pts: int  # where the viewer is after applying it
    qts: int
    final: bool = True
    too_long: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.messages and not self.updates


class UpdateHub:
    """Numbers, keeps and pushes updates. All methods are called in the server's loop.

    `keep`: how many entries of a log are remembered; who is further behind is told *too long*.
    `slice_size`: how many entries one answer of `getDifference` holds at most.
    """

    def __init__(self, world: HubWorld, *, keep: int = 5_000, slice_size: int = 500) -> None:
        self.world = world
        self.keep = keep
        self.slice_size = slice_size
        self._users: dict[int, _Log] = {}
        self._channels: dict[int, _Log] = {}
        self._bots: dict[int, _Log] = {}
        # When each viewer's channels last changed: says which ones a difference must name.
        self._channel_changes: dict[int, dict[int, datetime]] = {}
        self._push: Push = lambda user_id, updates, exclude: None
        self._listens: Callable[[int], bool] = lambda user_id: True

    def attach(self, push: Push, listens: Callable[[int], bool] | None = None) -> None:
        """`push(user_id, updates, exclude)` sends to all the user's sessions but `exclude`;
        `listens(user_id)` says whether the user has a session."""
        self._push = push
        self._listens = listens or self._listens

    # Telling of changes. `build(viewer)` gives the update as the viewer sees it, or None; the hub
    # fills `pts` and `pts_count`, or `qts`. Each returns the update as the caller of the request
    # that is being handled sees it, if the caller is concerned.

    def to_user(self, user_id: int, build: Build, *, pts_count: int = 1) -> TLObject | None:
        """An update in the account's own sequence: private messages, for example."""
        pts = self._log(self._users, user_id).append(pts_count, build, self.keep)
        return self._tell(user_id, build, {"pts": pts, "pts_count": pts_count})

    def to_channel(
        self, channel_id: int, build: Build, viewers: Iterable[int], *, pts_count: int = 1
    ) -> TLObject | None:
        """An update in the channel's sequence, for the members given by `viewers`."""
        pts = self._log(self._channels, channel_id).append(pts_count, build, self.keep)
        now = self.world.clock.now()
        for_caller = None
        for user_id in tuple(viewers):
            self._channel_changes.setdefault(user_id, {})[channel_id] = now
            told = self._tell(user_id, build, {"pts": pts, "pts_count": pts_count})
            for_caller = told or for_caller
        return for_caller

    def to_bot(self, bot_id: int, build: Build) -> TLObject | None:
        """An update in the bot's `qts` sequence: members coming and going, join requests."""
        qts = self._log(self._bots, bot_id).append(1, build, self.keep)
        return self._tell(bot_id, build, {"qts": qts})

    def transient(self, user_ids: Iterable[int], build: Build) -> TLObject | None:
        """An update without a number, never replayed."""
        for_caller = None
        for user_id in tuple(user_ids):
            for_caller = self._tell(user_id, build, {}) or for_caller
        return for_caller

    # Where the sequences are

    def pts(self, user_id: int) -> int:
        return self._log(self._users, user_id).number

    def qts(self, user_id: int) -> int:
        return self._log(self._bots, user_id).number

    def channel_pts(self, channel_id: int) -> int:
        return self._log(self._channels, channel_id).number

    def state(self, user_id: int) -> types.updates.State:
        return types.updates.State(
            pts=self.pts(user_id),
            qts=self.qts(user_id),
            date=self.world.clock.now(),
            seq=0,
            unread_count=0,
        )

    def forget(self, *, is_told: bool = False, user_id: int | None = None) -> None:
        """Drop all updates until now, for everybody or for one account: they are never replayed.

        An account that was away from a group gets *too long* when it asks for them. For its own
        sequence it gets that answer only if the sequence's number has moved since; `is_told` moves
        it.
        """
        for logs in (self._users, self._channels, self._bots):
            for key, log in logs.items():
                if user_id is None or key == user_id:
                    log.number += is_told and logs is self._users
                    log.entries.clear()
                    log.trimmed_to = log.number

    # Wrapping

    def wrap(self, viewer: User, updates: list[TLObject]) -> types.Updates:
        """The updates with the users and chats they speak of."""
        users, chats = self.peers(viewer, updates)
        return types.Updates(
            updates=updates, users=users, chats=chats, date=self.world.clock.now(), seq=0
        )

    def peers(
        self, viewer: User, updates: Iterable[TLObject]
    ) -> tuple[list[TLObject], list[TLObject]]:
        users: dict[int, TLObject] = {}
        chats: dict[int, TLObject] = {}
        for update in updates:
            of_users, of_chats = self.world.peers_for(viewer, update)
            users.update((user.id, user) for user in of_users)
            chats.update((chat.id, chat) for chat in of_chats)
        return list(users.values()), list(chats.values())

    # Differences

    def difference(self, viewer: User, *, pts: int, qts: int, since: datetime) -> Missed:
        """The updates that the account missed after `pts` and `qts`.

        Channels that changed at or after `since` are named by `updateChannelTooLong`: their own
        difference tells what changed.
        """
        own, bot = self._log(self._users, viewer.id), self._log(self._bots, viewer.id)
        # Only `pts` can be too old: the answer to that has no `qts`, so a client that was told so
        # because of it would ask the same again for ever. Of the bot's updates, the old are gone.
        if pts < own.trimmed_to:
            return Missed([], [], [], [], own.number, bot.number, too_long=True)
        entries = own.after(pts)
        final = len(entries) <= self.slice_size
        entries = entries[: self.slice_size]
        updates = _rebuild(viewer, entries, "pts")
        reached = own.number if final else entries[-1].number
        if final:
            updates += _rebuild(viewer, bot.after(qts), "qts")
            for channel_id, changed_at in self._channel_changes.get(viewer.id, {}).items():
                if changed_at >= since:
                    updates.append(
                        types.UpdateChannelTooLong(channel_id, pts=self.channel_pts(channel_id))
                    )
        return self._missed(viewer, updates, reached, bot.number if final else qts, final)

    def channel_difference(self, viewer: User, channel_id: int, *, pts: int, limit: int) -> Missed:
        """The updates that the viewer missed in the channel after `pts`, at most `limit`
        entries."""
        log = self._log(self._channels, channel_id)
        if pts < log.trimmed_to:
            return Missed([], [], [], [], log.number, 0, too_long=True)
        entries = log.after(pts)
        limit = max(1, limit)
        final = len(entries) <= limit
        entries = entries[:limit]
        reached = log.number if final else entries[-1].number
        return self._missed(viewer, _rebuild(viewer, entries, "pts"), reached, 0, final)

    # Within

    def _missed(
        self, viewer: User, updates: list[TLObject], pts: int, qts: int, final: bool
    ) -> Missed:
        users, chats = self.peers(viewer, updates)
        messages = [update.message for update in updates if isinstance(update, _MESSAGES)]
        others = [update for update in updates if not isinstance(update, _MESSAGES)]
        return Missed(messages, others, users, chats, pts, qts, final)

    @staticmethod
    def _log(logs: dict[int, _Log], key: int) -> _Log:
        if key not in logs:
            logs[key] = _Log()
        return logs[key]

    def _tell(self, user_id: int, build: Build, numbers: dict[str, int]) -> TLObject | None:
        if not self._listens(user_id):
            return None  # who comes later asks for the difference
        viewer = self.world.users[user_id]
        update = build(viewer)
        if update is None:
            return None
        for name, number in numbers.items():
            setattr(update, name, number)
        caller = CALLER.get()
        if caller is None or caller.answered or caller.maybe_user is not viewer:
            self._push(user_id, self.wrap(viewer, [update]), None)
            return None
        caller.own.append(update)
        self._push(user_id, self.wrap(viewer, [update]), caller.session)
        return update


def _rebuild(viewer: User, entries: Iterable[_Entry], number: str) -> list[TLObject]:
    updates = []
    for entry in entries:
        update = entry.build(viewer)
        if update is None:
            continue
        setattr(update, number, entry.number)
        if number == "pts":
            update.pts_count = entry.count
        updates.append(update)
    return updates
