"""Attendance taken by hand: when a person may fill in a lesson's sheet, and which state the
lesson and the sheet have afterwards. Instants are naive UTC."""

from datetime import datetime
from typing import NamedTuple

PLANNED, OPEN, HELD, CANCELLED = "planned", "open", "held", "cancelled"
DRAFT, FINAL, CONFIRMED = "draft", "final", "confirmed"

#: Statuses that an observation gives a person.
OBSERVED = ("absent", "partial", "late", "left_early", "present")

#: Codes of refusals, which the addon puts into words.
NOT_BEGUN, IS_CONFIRMED, IS_CANCELLED = "not_begun", "confirmed", "cancelled"
IS_PLANNED, WAS_HELD, OF_OTHERS = "planned", "was_held", "of_others"


class LessonStatus(NamedTuple):
    """A lesson's state and its sheet's, with its start and end."""

    state: str
    sheet_state: str
    start: datetime
    stop: datetime


def refusal(lesson: LessonStatus, now: datetime) -> str:
    """Return the code that says why the sheet cannot be filled in now; empty if it can, from the
    lesson's start on."""
    if lesson.sheet_state == CONFIRMED:
        return IS_CONFIRMED
    if lesson.state == CANCELLED:
        return IS_CANCELLED
    return NOT_BEGUN if lesson.start > now else ""


def is_marked_early(lesson: LessonStatus, now: datetime) -> bool:
    """Return whether the lesson is marked as held and has not begun yet."""
    return lesson.start > now and (lesson.state == HELD or lesson.sheet_state != DRAFT)


def filled_in(lesson: LessonStatus, now: datetime, is_pending: bool) -> LessonStatus:
    """Return the status after somebody has filled the sheet in. is_pending: observations are still
    being computed, and will make the sheet final."""
    if lesson.state == PLANNED:
        lesson = lesson._replace(state=HELD)
    return finished(lesson, now, is_pending)


def finished(lesson: LessonStatus, now: datetime, is_pending: bool) -> LessonStatus:
    """The status of a lesson whose sheet was filled in: final once the lesson is over."""
    is_due = lesson.sheet_state == DRAFT and lesson.state == HELD and lesson.stop <= now
    return lesson._replace(sheet_state=FINAL) if is_due and not is_pending else lesson


def emptied(lesson: LessonStatus, is_filled: bool) -> LessonStatus:
    """Return the status after something was taken back: a lesson with an empty sheet is planned.
    is_filled: the sheet still says of somebody whether they were there."""
    if is_filled or lesson.state != HELD or lesson.sheet_state == CONFIRMED:
        return lesson
    return lesson._replace(state=PLANNED, sheet_state=DRAFT)


def no_planning_again(
    lesson: LessonStatus, was_seen: bool, is_of_others: bool, is_supervisor: bool
) -> str:
    """Return the code that says why the lesson cannot be planned again; empty if it can.

    was_seen: the lesson was observed, or its sheet was imported. is_of_others: its sheet has
    corrections of somebody else.
    """
    if lesson.sheet_state == CONFIRMED:
        return IS_CONFIRMED
    if lesson.state == CANCELLED:
        return ""
    if lesson.state != HELD:
        return IS_PLANNED
    if was_seen:
        return WAS_HELD
    return OF_OTHERS if is_of_others and not is_supervisor else ""
