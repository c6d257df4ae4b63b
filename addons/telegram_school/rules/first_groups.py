"""The consequences of giving existing classes their groups."""

import math
from typing import Iterable, List, Optional, Tuple, TypeVar

One = TypeVar("One")


def days(groups: int, a_day: int, waiting: int = 0) -> int:
    """Return the number of days on which so many groups are made, `a_day` of them each, after the
    groups that are `waiting` already. 0 for no group. Raises ValueError if `a_day` is below 1."""
    if a_day < 1:
        raise ValueError("some groups are made on a day")
    return math.ceil((groups + waiting) / a_day) if groups > 0 else 0


def in_turn(found: Iterable[Tuple[One, Optional[object], str]]) -> List[One]:
    """Return the classes in the order in which they get their groups: by their next lesson, then
    those without one by name. found: (class, start of its next lesson or None, its name)."""
    rows = list(found)
    soon = sorted((one for one in rows if one[1] is not None), key=lambda one: (one[1], one[2]))
    rest = sorted((one for one in rows if one[1] is None), key=lambda one: one[2])
    return [one[0] for one in soon + rest]
