"""From the commands that are written for a lesson to those that should be, whatever became of them."""

from datetime import datetime
from typing import Iterable, List, Mapping, NamedTuple, Optional

from .commands import CLOSE, OPEN, WITHDRAW, Command, Lesson, diff

#: States of a command that the gateway has begun: it cannot be taken back any more.
BEGUN = ("working", "done")


class Row(NamedTuple):
    """A command in the outbox: its state there, for a close the key of its opening, and since when
    (naive UTC) it is in that state."""

    state: str
    open_key: Optional[str] = None
    at: Optional[datetime] = None


class Revision(NamedTuple):
    """What to do in the outbox.

    cancel: keys to take back; again: keys of closes to be done now, since the call of a lesson
    that is no longer then would stay open for ever; write: commands to write, where that changes
    anything; ended: keys of those closes among them that a person's word brought forward: they let
    nobody talk on; once_more: keys among them that were done and are to be done again, since the
    lesson was taken off the timetable, its call closed, and is back; late: keys that are no longer wanted but were begun.
    """

    cancel: List[str]
    again: List[str]
    write: List[Command]
    ended: List[str]
    once_more: List[str]
    late: List[str]


def revise(
    lesson: Optional[Lesson], rows: Mapping[str, Row], wanted: Iterable[Command], now: datetime
) -> Revision:
    """lesson: as it is now (None while it lacks its times); rows: all that was ever written for
    it, by key; wanted: its `commands`; now: naive UTC.

    Nothing new is begun for a lesson that is over: what waits may change its time, and the close
    that a lesson had before somebody ended it takes its place. What takes an announcement back is
    done in any case.
    """
    wanted = list(wanted)
    keys = {command.key for command in wanted}
    mine = {key: row for key, row in rows.items() if not key.endswith(":" + WITHDRAW)}
    pending = [key for key, row in mine.items() if row.state == "pending"]
    change = diff(pending, wanted)
    late = [key for key, row in mine.items() if row.state in BEGUN and key not in keys]
    cancel, again, replaced = [], [], set()
    for key in change.cancel:
        is_close, open_key = key.endswith(":" + CLOSE), mine[key].open_key
        if is_close and open_key in late:
            again.append(key)
            continue
        cancel.append(key)
        if is_close:
            replaced.add(open_key)
    is_over = lesson is not None and lesson.stop <= now
    opening = opening_of(wanted)
    write, ended = [], []
    once_more = []
    if not is_over and opening and _was_closed_since(mine, opening):
        once_more = [one.key for one in wanted if one.part in (OPEN, CLOSE)]
    for command in change.write:
        is_close, is_pending = command.part == CLOSE, command.key in pending
        if is_over and is_close and is_pending:
            continue  # it is due, and may be letting people talk
        if is_over and is_close and opening in replaced:
            ended.append(command.key)
        elif not is_pending and (is_over or _is_late(command, now)):
            continue  # nor is a reminder for a lesson that has begun
        write.append(command)
    return Revision(cancel, again, write, ended, once_more, late)


def _was_closed_since(rows: Mapping[str, Row], opening: str) -> bool:
    """Whether that opening was done, and a close that is its own after it."""
    opened = rows.get(opening)
    if opened is None or opened.state != "done" or opened.at is None:
        return False
    return any(
        row.state == "done" and row.open_key == opening and row.at and row.at >= opened.at
        for key, row in rows.items()
        if key.endswith(":" + CLOSE)
    )


def _is_late(command: Command, now: datetime) -> bool:
    return command.expires_at is not None and command.expires_at <= now


def opening_of(wanted: Iterable[Command]) -> Optional[str]:
    """The key of the opening among a lesson's commands: that of the call which its close ends."""
    return next((command.key for command in wanted if command.part == OPEN), None)
