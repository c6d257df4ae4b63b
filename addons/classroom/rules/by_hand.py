"""What a person may do by hand with a lesson's sheet, and what becomes of the lesson by it.

Instants are naive UTC.
"""

from datetime import datetime
from typing import NamedTuple

PLANNED, OPEN, HELD, CANCELLED = "planned", "open", "held", "cancelled"
DRAFT, FINAL, CONFIRMED = "draft", "final", "confirmed"

#: Why something is refused; codes that the addon puts into words.
NOT_BEGUN, IS_CONFIRMED, IS_CANCELLED = "not_begun", "confirmed", "cancelled"
IS_PLANNED, WAS_HELD, OF_OTHERS = "planned", "was_held", "of_others"


class Standing(NamedTuple):
    """How a lesson stands: its state, its sheet's, and when it begins and ends."""

    state: str
    sheet_state: str
    start: datetime
    stop: datetime


def refusal(lesson: Standing, now: datetime) -> str:
    """Why the sheet cannot be filled in now; empty: it can, from the lesson's start on."""
    if lesson.sheet_state == CONFIRMED:
        return IS_CONFIRMED
    if lesson.state == CANCELLED:
        return IS_CANCELLED
    return NOT_BEGUN if lesson.start > now else ""


def is_marked_early(lesson: Standing, now: datetime) -> bool:
    """Whether the lesson says of itself that it was held, and is still to come."""
    return lesson.start > now and (lesson.state == HELD or lesson.sheet_state != DRAFT)


def filled_in(lesson: Standing, now: datetime, is_observed: bool) -> Standing:
    """After somebody has said who was there. is_observed: what was seen is still being worked out,
    and makes the sheet final by itself."""
    if lesson.state == PLANNED:
        lesson = lesson._replace(state=HELD)
    return finished(lesson, now, is_observed)


def finished(lesson: Standing, now: datetime, is_observed: bool) -> Standing:
    """A sheet that was filled in is final once the lesson is over."""
    is_due = lesson.sheet_state == DRAFT and lesson.state == HELD and lesson.stop <= now
    return lesson._replace(sheet_state=FINAL) if is_due and not is_observed else lesson


def emptied(lesson: Standing, is_filled: bool) -> Standing:
    """After something was taken back. is_filled: whether the sheet still says of anybody whether
    they were there. One that says nothing is a planned lesson's."""
    if is_filled or lesson.state != HELD or lesson.sheet_state == CONFIRMED:
        return lesson
    return lesson._replace(state=PLANNED, sheet_state=DRAFT)


def no_planning_again(
    lesson: Standing, was_seen: bool, is_of_others: bool, is_supervisor: bool
) -> str:
    """Why the lesson cannot be planned again; empty: it can.

    was_seen: whether it was seen being held, or taken over from where it was. is_of_others: whether
    its sheet has corrections of somebody else.
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
