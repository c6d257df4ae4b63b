"""Who belonged to the class only in a part of the lesson is measured by that part alone."""

from dataclasses import replace
from datetime import datetime
from typing import Optional, Tuple

from .attendance import Thresholds
from .intervals import Observation, Presence
from .spans import Span, cut

#: A part of the lesson: from, until (naive UTC).
Part = Tuple[datetime, datetime]


def narrowed(observation: Observation, part: Optional[Part]) -> Observation:
    """What was seen of the lesson in that part of it; None: in all of it."""
    if part is None or observation.held is None:
        return observation
    inside = cut([observation.held], Span(*part))
    if not inside:
        return replace(observation, held=None, blind=())
    return replace(observation, held=inside[0], blind=tuple(cut(observation.blind, inside[0])))


def is_expected(
    observation: Observation,
    presence: Presence,
    part: Optional[Part],
    thresholds: Thresholds,
) -> bool:
    """Whether there is a line at all: who belonged to the class for a smaller share of the lesson
    than one must be there for has one only if they came in that time."""
    if part is None:
        return True
    window = observation.window
    share = (part[1] - part[0]) / (window.stop - window.start) if window.stop > window.start else 1
    return 100 * share >= thresholds.partial_percent or bool(cut(presence.likely, Span(*part)))
