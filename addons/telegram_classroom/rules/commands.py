"""A lesson → the commands that the gateway must carry out for it, with their times."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Iterable, List, NamedTuple, Optional

REMIND, OPEN, CLOSE = "remind", "open", "close"

# Smaller goes first when several are due at the same time.
PRIORITY = {REMIND: 30, OPEN: 10, CLOSE: 10}
KIND = {REMIND: "send", OPEN: "open_call", CLOSE: "close_call"}


@dataclass(frozen=True)
class Lesson:
    """A lesson as the clock sees it.

    model, id: the school's own record; start, stop: naive UTC; planned: whether it is to be held
    (a cancelled one, or one without a chat, is not).
    """

    model: str
    id: int
    start: datetime
    stop: datetime
    planned: bool = True


@dataclass(frozen=True)
class Settings:
    """Lead times before the start. Zero (or less) switches that command off."""

    reminder: timedelta = timedelta(minutes=15)
    opening: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class Command:
    """One command. `part` is remind|open|close, `kind` what the gateway calls it."""

    part: str
    kind: str
    key: str
    due_at: datetime
    expires_at: Optional[datetime]
    priority: int


class Change(NamedTuple):
    """What to do with the outbox: keys to cancel, commands to write (again)."""

    cancel: List[str]
    write: List[Command]


def prefix(model: str, record_id: int) -> str:
    """What the keys of all commands of one lesson begin with."""
    return "lesson:%s:%d:" % (model, record_id)


def key(lesson: Lesson, part: str) -> str:
    """The key of one command: it names the lesson **and its start**, so that a lesson that was
    moved has other keys, and one that was moved back its old ones.

    `part` is remind|open|close|report. Raises ValueError for a start that carries a zone.
    """
    _check_naive(lesson)
    start = lesson.start.replace(microsecond=0).isoformat()
    return "%s%sZ:%s" % (prefix(lesson.model, lesson.id), start, part)


def commands(lesson: Lesson, settings: Settings) -> List[Command]:
    """The commands of a lesson, in the order of their times.

    The reminder expires at the start (nobody wants it later), the opening at the end; the close
    never does: it brings the sheet and the report, however late. A lesson that is not planned, or
    does not last, has none. Raises ValueError for instants that carry a zone.
    """
    _check_naive(lesson)
    if not lesson.planned or lesson.stop <= lesson.start:
        return []
    found = []
    if settings.reminder > timedelta(0):
        found.append(_command(lesson, REMIND, lesson.start - settings.reminder, lesson.start))
    if settings.opening > timedelta(0):
        found.append(_command(lesson, OPEN, lesson.start - settings.opening, lesson.stop))
    found.append(_command(lesson, CLOSE, lesson.stop, None))
    return sorted(found, key=lambda one: (one.due_at, one.priority))


def diff(old_keys: Iterable[str], new: Iterable[Command]) -> Change:
    """From the keys that are written to the commands that should be.

    Keys that are no longer wanted are cancelled. All of `new` is written: a lesson that was
    prolonged keeps its keys and changes its times.
    """
    wanted = list(new)
    keep = {command.key for command in wanted}
    return Change(cancel=sorted(set(old_keys) - keep), write=wanted)


def _check_naive(lesson: Lesson) -> None:
    if lesson.start.tzinfo is not None or lesson.stop.tzinfo is not None:
        raise ValueError("instants of a lesson are naive UTC")


def _command(
    lesson: Lesson, part: str, due_at: datetime, expires_at: Optional[datetime]
) -> Command:
    return Command(part, KIND[part], key(lesson, part), due_at, expires_at, PRIORITY[part])
