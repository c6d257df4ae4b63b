"""The measure of somebody who belonged to the class only during a part of the lesson: that part
alone."""

from dataclasses import replace
from datetime import datetime
from typing import Optional, Tuple

from .attendance import Thresholds
from .intervals import Observation, Presence
from .spans import Span, cut

#: A part of the lesson: from, until (naive UTC).
Part = Tuple[datetime, datetime]


def narrowed(observation: Observation, part: Optional[Part]) -> Observation:
    """Return the observation of that part of the lesson alone. part: None for the whole lesson."""
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
    """Return whether the person has a line at all. Somebody who belonged to the class for a smaller
    share of the lesson than the threshold of partial presence has one only if they came in that
    time."""
    if part is None:
        return True
    window = observation.window
    share = (part[1] - part[0]) / (window.stop - window.start) if window.stop > window.start else 1
    return 100 * share >= thresholds.partial_percent or bool(cut(presence.likely, Span(*part)))
