"""After a start, or a line that broke: which groups are looked at, in which order and at what pace, and
what a glance at one says. Pure.

What was missed Telegram tells by itself, where it does: `is_unbroken` and `has_reached` say whether it
did. Where that is not seen, each group has one cheap glance, and is read as a whole only where that
shows something else than what is known.

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
#: Telegram keeps the log of 48 hours; what is older than this may be gone from it.
LOG_REACHES = timedelta(hours=47)
#: What was heard shortly before the end may not have been done; and clocks are not alike.
MARGIN = timedelta(minutes=2)
_FAR = timedelta(days=36500)


# --- whether what was missed was told -----------------------------------------------------------


def is_unbroken(asked_from: int, told: Collection[int], reached: int) -> bool:
    """Whether the numbered updates of an answer are all that there were: from the number asked from to
    the one that it says we have reached. Updates may come twice."""
    return set(range(asked_from + 1, reached + 1)) <= set(told)


def has_reached(ours: tuple[int, int], theirs: tuple[int, int]) -> bool:
    """Whether we are where Telegram is (pts, qts): an answer that nothing was missed is true."""
    return ours[0] >= theirs[0] and ours[1] >= theirs[1]


# --- what a glance says -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group as we know it, or as a glance shows it; None: not known, or not said.

    members, admins: our own accounts among them. number: that of its newest message (Telegram's `pts`),
    which anybody's joining raises, too.
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
    """What follows from a glance."""

    SAME = "same"  # nothing has happened
    MOVED = "moved"  # something was written: the log says whether more happened
    OTHER = "other"  # to be read as a whole


def meaning(known: Group, shown: Group) -> Meaning:
    """What a glance means. Somebody who left in exchange for somebody who came shows in no count, but in
    the group's number."""
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
    """From when on the log is to be read, if we know nothing of what came after `since`; None: it does
    not reach back so far."""
    if since is None or now - since > LOG_REACHES:
        return None
    return since - MARGIN


# --- who waits to be looked at ------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Turn:
    """When a group's next command is due (None: none is known), and whether its call runs.

    is_whole: it must be read as a whole in any case. is_unsure: what was begun there may not have been
    done, or somebody may be added now, so what is known of it is gone through once more; that costs no
    request. is_seen: that is all, it needs no glance.
    """

    next_at: datetime | None = None
    is_running: bool = False
    is_whole: bool = False
    is_unsure: bool = False
    is_seen: bool = False

    def after(self, before: Turn) -> Turn:
        """This one, which came to one that waits already."""
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
    """The groups that wait to be looked at, each once whatever causes came together. spread_s: within
    this time all have their turn; at least a second apart where they are few."""

    spread_s: float
    _waiting: dict[ChatId, _Waiting] = field(default_factory=dict)
    _pause_s: float = _LONGEST_PAUSE_S
    _free_s: float = 0.0  # nobody has a turn before

    def __contains__(self, chat_id: object) -> bool:
        return chat_id in self._waiting

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, cause: str, turns: Mapping[ChatId, Turn]) -> None:
        """Let these have a turn, for that cause. Of a group that waits already the newer word about its
        lessons holds; one that must be read must still."""
        for chat_id, turn in turns.items():
            before = self._waiting.get(chat_id)
            if before is None:
                self._waiting[chat_id] = _Waiting(turn, {cause})
            else:
                self._waiting[chat_id] = _Waiting(turn.after(before.turn), before.causes | {cause})
        if self._waiting:
            self._pause_s = min(_LONGEST_PAUSE_S, self.spread_s / len(self._waiting))

    def is_settled(self, cause: str) -> None:
        """Nothing is in doubt for that cause any more: who waits for nothing else does not wait. Who
        must be read as a whole must still."""
        for chat_id, one in list(self._waiting.items()):
            one.causes.discard(cause)
            if not one.causes and not one.turn.is_whole:
                del self._waiting[chat_id]

    def take(self, chat_id: ChatId) -> Turn | None:
        """It is looked at now; None: it did not wait."""
        found = self._waiting.pop(chat_id, None)
        return found.turn if found else None

    def put_back(self, chat_id: ChatId, turn: Turn, cause: str) -> None:
        """It could not be looked at now."""
        self.add(cause, {chat_id: turn})

    def rest(self, until_s: float) -> None:
        """Nobody has a turn before then."""
        self._free_s = max(self._free_s, until_s)

    def next(
        self, now: datetime, now_s: float, but: Iterable[ChatId] = ()
    ) -> ChatId | float | None:
        """Whose turn it is now; else in how many seconds the next one's is; None: nobody waits. `but`:
        these have had theirs, and were not looked at yet."""
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
