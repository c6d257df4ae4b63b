"""After a start or a lost connection: which groups are checked, in which order and how fast, and
what a quick check of one means. Pure.

Telegram replays missed updates by itself, if all goes well: `is_unbroken` and `has_reached` say
whether it did. If not, each group gets one quick check, and a full read only if that differs from
what is known.

Instants aware, on the database's clock; seconds of a clock that only goes forward.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from telegram_gateway.core.model import ChatId, TgCallId

#: A lesson that begins within this time is near: its group is not made to wait for others.
NEAR = timedelta(minutes=5)
#: Between two groups: of near lessons, and of others at least.
_NEAR_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 1.0
#: Telegram keeps the admin log for 48 hours; entries older than this may be gone.
LOG_REACHES = timedelta(hours=47)
#: The last updates before the end may not have been handled; and clocks differ.
MARGIN = timedelta(minutes=2)
_FAR = timedelta(days=36500)


# --- whether missed updates were replayed --------------------------------------------------------


def is_unbroken(asked_from: int, told: Collection[int], reached: int) -> bool:
    """Return whether an answer has every numbered update from the number asked from to the number
    that it says we have reached. Updates may come twice."""
    return set(range(asked_from + 1, reached + 1)) <= set(told)


def has_reached(ours: tuple[int, int], theirs: tuple[int, int]) -> bool:
    """Return whether our numbers (pts, qts) are Telegram's, so that nothing was missed."""
    return ours[0] >= theirs[0] and ours[1] >= theirs[1]


# --- what a quick check means --------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group as we know it, or as a quick check shows it; None: not known, or not shown.

    members, admins: including our own accounts. number: the number of its newest message
    (Telegram's `pts`), which rises also when somebody joins.
    """

    title: str | None
    members: int | None
    admins: int | None
    banned: int | None
    waiting: int
    rights: Mapping[str, bool] | None
    history: str | None
    number: int | None
    tg_call_id: TgCallId | None = None


class Meaning(Enum):
    """Consequence of a quick check."""

    SAME = "same"  # nothing has happened
    MOVED = "moved"  # something was written: the admin log says whether more happened
    OTHER = "other"  # it needs a full read


def meaning(known: Group, shown: Group) -> Meaning:
    """Interpret a quick check. If one person left and another came, the counts are the same, but
    the group's number is not."""
    if shown.members is None or (known.title, known.members) != (shown.title, shown.members):
        return Meaning.OTHER
    if known.waiting != shown.waiting:
        return Meaning.OTHER
    for ours, theirs in (
        (known.admins, shown.admins),
        (known.banned, shown.banned),
        (known.rights, shown.rights),
        (known.history, shown.history),
    ):
        if ours is not None and theirs is not None and ours != theirs:
            return Meaning.OTHER
    if known.number is None or known.number != shown.number:
        return Meaning.MOVED
    return Meaning.SAME


def asks_log_from(since: datetime | None, now: datetime) -> datetime | None:
    """The instant from which the admin log is to be read, if what came after `since` may be
    missing; None: it does not reach back so far."""
    if since is None or now - since > LOG_REACHES:
        return None
    return since - MARGIN


# --- groups that wait for their turn -------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A group's turn in the queue: when its next command is due (None: unknown), and whether its
    call runs.

    is_whole: it needs a full read in any case. is_unsure: something that was begun there may not
    have been done, or somebody may be added now; so it is reconciled once by what is known, which
    costs no request. is_seen: it needs no more than that, not even a quick check.
    """

    next_at: datetime | None = None
    is_running: bool = False
    is_whole: bool = False
    is_unsure: bool = False
    is_seen: bool = False

    def after(self, before: Turn) -> Turn:
        """Merge this turn with the one that the group waits for already."""
        return replace(
            self,
            is_whole=self.is_whole or before.is_whole,
            is_unsure=self.is_unsure or before.is_unsure,
            is_seen=self.is_seen and before.is_seen,
        )


@dataclass
class _Waiting:
    turn: Turn
    causes: set[str]


@dataclass
class Queue:
    """The groups that wait for their turn, each of them once, however many causes it has. spread_s:
    within this time all have had their turn; if the groups are few, turns are a second apart."""

    spread_s: float
    _waiting: dict[ChatId, _Waiting] = field(default_factory=dict)
    _pause_s: float = _LONGEST_PAUSE_S
    _free_s: float = 0.0  # nobody has a turn before

    def __contains__(self, chat_id: object) -> bool:
        return chat_id in self._waiting

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, cause: str, turns: Mapping[ChatId, Turn]) -> None:
        """Queue these turns, for that cause. If a group waits already, the newer times hold; a full
        read that it needs, it still needs."""
        for chat_id, turn in turns.items():
            before = self._waiting.get(chat_id)
            if before is None:
                self._waiting[chat_id] = _Waiting(turn, {cause})
            else:
                self._waiting[chat_id] = _Waiting(turn.after(before.turn), before.causes | {cause})
        if self._waiting:
            self._pause_s = min(_LONGEST_PAUSE_S, self.spread_s / len(self._waiting))

    def is_settled(self, cause: str) -> None:
        """The cause turned out to be harmless: drop the groups that wait for it alone, except those
        that need a full read."""
        for chat_id, waiting in list(self._waiting.items()):
            waiting.causes.discard(cause)
            if not waiting.causes and not waiting.turn.is_whole:
                del self._waiting[chat_id]

    def take(self, chat_id: ChatId) -> Turn | None:
        """Remove and return the group's turn; None if it did not wait."""
        waiting = self._waiting.pop(chat_id, None)
        return waiting.turn if waiting else None

    def put_back(self, chat_id: ChatId, turn: Turn, cause: str) -> None:
        """Queue the group again: it could not be checked now."""
        self.add(cause, {chat_id: turn})

    def rest(self, until_s: float) -> None:
        """Give no turn before this instant (seconds of the clock that only goes forward)."""
        self._free_s = max(self._free_s, until_s)

    def next(
        self, now: datetime, now_s: float, but: Iterable[ChatId] = ()
    ) -> ChatId | float | None:
        """The group whose turn it is now; else the seconds until the next turn; None if no group
        waits. `but`: groups that were given theirs and have not taken it yet."""
        left = self._waiting.keys() - set(but)
        if not left:
            return None
        chat_id = min(left, key=self._place)
        if self._free_s > now_s:
            return self._free_s - now_s
        self._free_s = now_s + self._after(self._waiting[chat_id].turn, now)
        return chat_id

    def _place(self, chat_id: ChatId) -> tuple[bool, bool, timedelta, ChatId]:
        turn = self._waiting[chat_id].turn
        since_epoch = _FAR
        if turn.next_at is not None:
            since_epoch = turn.next_at - datetime.fromtimestamp(0, turn.next_at.tzinfo)
        return not turn.is_running, not turn.is_whole, since_epoch, chat_id

    def _after(self, turn: Turn, now: datetime) -> float:
        is_near = turn.next_at is not None and turn.next_at - now <= NEAR
        if turn.is_running or turn.is_whole or turn.is_seen or is_near:
            return min(_NEAR_PAUSE_S, self._pause_s)
        return self._pause_s
