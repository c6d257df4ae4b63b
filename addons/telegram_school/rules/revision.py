"""From the commands that are written for a lesson to those that should be, whatever their state."""

from datetime import datetime
from typing import Iterable, List, Mapping, NamedTuple, Optional

from .commands import CLOSE, OPEN, WITHDRAW, Command, Lesson, diff

#: States of a command that the gateway has begun: it cannot be taken back any more.
BEGUN = ("working", "done")


class Row(NamedTuple):
    """A command in the outbox: its state, for a close the key of its opening, and the instant
    (naive UTC) since when it has that state."""

    state: str
    open_key: Optional[str] = None
    at: Optional[datetime] = None


class Revision(NamedTuple):
    """Changes in the outbox.

    cancel: keys to withdraw. again: keys of closes to be done now, since the call of a lesson that
    is no longer then would stay open for ever. write: commands to write, if that changes anything.
    ended: keys of closes among those that a person brought forward: they close the call even while
    people talk. once_more: keys among those that were done and are to be done again, since the
    lesson was taken off the timetable, its call closed, and is back. late: keys that are no longer
    wanted but were begun.
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
    """Return the changes that bring the outbox up to date with the lesson.

    lesson: as it is now (None while it lacks its times); rows: all commands ever written for it, by
    key; wanted: its `commands`; now: naive UTC.

    Nothing new is begun for a lesson that is over: a waiting command may change its time, and the
    close that a lesson had before somebody ended it takes its place. The withdrawal of an
    announcement is done in any case.
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
            continue  # it is due, and may be waiting while people talk
        if is_over and is_close and opening in replaced:
            ended.append(command.key)
        elif not is_pending and (is_over or _is_late(command, now)):
            continue  # nor is a reminder for a lesson that has begun
        write.append(command)
    return Revision(cancel, again, write, ended, once_more, late)


def _was_closed_since(rows: Mapping[str, Row], opening: str) -> bool:
    """Return whether that opening was done, and a close of its own after it."""
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
    """Return the key of the opening among a lesson's commands, whose call the close ends."""
    return next((command.key for command in wanted if command.part == OPEN), None)
