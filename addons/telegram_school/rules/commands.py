"""A lesson → the commands that the gateway must carry out for it, with their times."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Iterable, List, NamedTuple, Optional

REMIND, OPEN, CLOSE, REPORT, FILE = "remind", "open", "close", "report", "file"
ANNOUNCE, WITHDRAW = "announce", "withdraw"
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

# Smaller goes first when several are due at the same time.
PRIORITY = {REMIND: 30, OPEN: 10, CLOSE: 10, ANNOUNCE: 20}
KIND = {REMIND: "send", OPEN: "open_call", CLOSE: "close_call", ANNOUNCE: "announce_call"}

#: Telegram takes announcements at most 8 days ahead.
_ANNOUNCED = timedelta(days=7)


@dataclass(frozen=True)
class Lesson:
    """A lesson as the clock sees it.

    model, id: the school's own record; start, stop: naive UTC; planned: it is to be held (not
    cancelled, and it has a chat); opens_at: the instant at which a person had the call opened
    early; closed_at: the latest end, before `stop`, for which the call of a lesson with this start
    was closed already: it was prolonged after that.
    """

    model: str
    id: int
    start: datetime
    stop: datetime
    planned: bool = True
    opens_at: Optional[datetime] = None
    closed_at: Optional[datetime] = None


@dataclass(frozen=True)
class Settings:
    """Lead times before the start. A command with zero (or less) is switched off.

    is_announced: the call is announced in the group when the reminder is due.
    """

    reminder: timedelta = timedelta(minutes=15)
    opening: timedelta = timedelta(minutes=5)
    is_announced: bool = False


@dataclass(frozen=True)
class Command:
    """One command. `part` is remind|announce|open|close, `kind` the gateway's name for it."""

    part: str
    kind: str
    key: str
    due_at: datetime
    expires_at: Optional[datetime]
    priority: int


class Change(NamedTuple):
    """Changes in the outbox: keys to cancel, commands to write (again)."""

    cancel: List[str]
    write: List[Command]


def prefix(model: str, record_id: int) -> str:
    """Return the beginning of the keys of all commands of one lesson."""
    return "lesson:%s:%d:" % (model, record_id)


def prefix_of(one: str) -> str:
    """Return what `prefix` gave for the lesson that this key is about, with what the key has before
    it. Raises ValueError for a key that names no lesson."""
    before, _lesson, rest = one.partition("lesson:")
    model, record_id = rest.split(":")[:2]
    return "%slesson:%s:%s:" % (before, model, record_id)


def key(lesson: Lesson, part: str) -> str:
    """Return the key of one command: it names the lesson **and the time that the command is
    about**, so that a lesson that was moved has other keys, and one that was moved back its old
    ones.

    `part` is remind|announce|withdraw|open|close|report|file. The last three also name the end, all
    others the start alone: a lesson that is prolonged is closed again even if it was closed at its
    former end. An opening after such a close names that end: it is another opening. Raises
    ValueError for instants that carry a zone.
    """
    _check_naive(lesson)
    times = [iso(lesson.start)]
    if part in (CLOSE, REPORT, FILE):
        times.append(iso(lesson.stop))
    elif part == OPEN and lesson.closed_at is not None:
        times.append(iso(lesson.closed_at))
    return "%s%s:%s" % (prefix(lesson.model, lesson.id), "/".join(times), part)


def start_of(one: str) -> Optional[datetime]:
    """Return the start that the key of a lesson's command names; None for any other key."""
    try:
        return datetime.strptime(one.split(":", 3)[3][:20], _FORMAT)
    except (IndexError, ValueError):
        return None


def is_close_of(lesson: Lesson, one: str) -> bool:
    """Return whether `one` is the key of a close for a lesson with this start, whatever its end."""
    mine = "%s%s/" % (prefix(lesson.model, lesson.id), iso(lesson.start))
    return one.startswith(mine) and one.endswith(":" + CLOSE)


def closed_before(lesson: Lesson, closed: Iterable[str]) -> Optional[datetime]:
    """Return the latest end before the lesson's own, among the keys `closed`: keys of closes for
    this start that were begun or done. None without one."""
    ends = [
        datetime.strptime(one.rpartition("/")[2].rpartition(":")[0], _FORMAT)
        for one in closed
        if is_close_of(lesson, one)
    ]
    return max((end for end in ends if end < lesson.stop.replace(microsecond=0)), default=None)


def commands(lesson: Lesson, settings: Settings) -> List[Command]:
    """Return the commands of a lesson, in the order of their times.

    The reminder expires at the start (nobody wants it later), the announcement when the call opens,
    the opening at the end; the close never does: it brings the sheet and the report, however late.
    A person's own opening also holds if the settings open nothing. A lesson that is not planned, or
    has no duration, has no commands. Raises ValueError for instants that carry a zone.
    """
    _check_naive(lesson)
    if not lesson.planned or lesson.stop <= lesson.start:
        return []
    result = []
    if settings.reminder > timedelta(0):
        result.append(_command(lesson, REMIND, lesson.start - settings.reminder, lesson.start))
    if settings.is_announced and settings.reminder > settings.opening > timedelta(0):
        lead = max(min(settings.reminder, _ANNOUNCED), settings.opening)
        opening = lesson.start - settings.opening
        if lesson.start - lead < opening:
            result.append(_command(lesson, ANNOUNCE, lesson.start - lead, opening))
    openings = [lesson.opens_at] if lesson.opens_at else []
    if settings.opening > timedelta(0):
        openings.append(lesson.start - settings.opening)
    if openings and min(openings) < lesson.stop:
        result.append(_command(lesson, OPEN, min(openings), lesson.stop))
    result.append(_command(lesson, CLOSE, lesson.stop, None))
    return sorted(result, key=lambda one: (one.due_at, one.priority))


def diff(old_keys: Iterable[str], new: Iterable[Command]) -> Change:
    """Return the change from the keys that are written to the commands that should be.

    Keys that are no longer wanted are cancelled. All of `new` is written: the opening of a lesson
    that was prolonged keeps its key and changes its times.
    """
    wanted = list(new)
    keep = {command.key for command in wanted}
    return Change(cancel=sorted(set(old_keys) - keep), write=wanted)


def iso(at: datetime) -> str:
    """Return an instant in the form that keys have: ISO 8601 with Z."""
    return at.strftime(_FORMAT)


def _check_naive(lesson: Lesson) -> None:
    times = (lesson.start, lesson.stop, lesson.opens_at, lesson.closed_at)
    if any(at is not None and at.tzinfo is not None for at in times):
        raise ValueError("instants of a lesson are naive UTC")


def _command(
    lesson: Lesson, part: str, due_at: datetime, expires_at: Optional[datetime]
) -> Command:
    return Command(part, KIND[part], key(lesson, part), due_at, expires_at, PRIORITY[part])
