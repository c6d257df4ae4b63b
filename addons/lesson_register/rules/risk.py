"""Students at risk: they are absent so much that somebody should talk with them."""

from dataclasses import dataclass
from typing import Optional, Sequence

from .register import WEIGHTS, count, rate

LOW_RATE, IN_A_ROW = "rate", "row"


@dataclass(frozen=True)
class Limits:
    """The limits of a school. percent: a rate below it is a case; 0: rates are ignored. in_a_row:
    the number of absences one after the other that make a case; 0: they are ignored. least: with
    fewer lessons that count, a rate is ignored."""

    percent: float = 75.0
    in_a_row: int = 3
    least: int = 4


@dataclass(frozen=True)
class Case:
    """A student at risk. reason: `row`, or else `rate`. rate: 0 to 100, None if no lesson counts.
    in_a_row: absences up to the last lesson that counts."""

    reason: str
    rate: Optional[float]
    in_a_row: int


def absences_in_a_row(statuses: Sequence[str]) -> int:
    """Return the number of absences at the end of `statuses` (oldest first). Excused and unknown
    lessons neither continue nor break the row."""
    absences = 0
    for status in reversed(statuses):
        if status not in WEIGHTS:
            continue
        if status != "absent":
            break
        absences += 1
    return absences


def case(statuses: Sequence[str], limits: Limits) -> Optional[Case]:
    """Return the case that the statuses of a student's lessons (oldest first) make; None without
    one."""
    counted = [status for status in statuses if status in WEIGHTS]
    share = rate(count(counted))
    row = absences_in_a_row(counted)
    if limits.in_a_row and row >= limits.in_a_row:
        return Case(IN_A_ROW, share, row)
    is_low = share is not None and len(counted) >= limits.least and share < limits.percent
    return Case(LOW_RATE, share, row) if is_low else None
