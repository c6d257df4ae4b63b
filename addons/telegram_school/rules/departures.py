"""Many people who leave a group at once: probably a mistake, or one person's doing. Their
enrolments are held until somebody has confirmed them."""

from datetime import datetime, timedelta
from typing import FrozenSet, Hashable, Mapping, Set

#: Departures are a crowd if they exceed both numbers within that time.
MOST, MOST_PERCENT, WITHIN = 5, 10, timedelta(minutes=10)


def crowd(
    at: datetime, departures: Mapping[Hashable, datetime], people: int
) -> FrozenSet[Hashable]:
    """Return the people who left within the time of `at`, if they are too many for a class of so
    many people; else nobody. departures: {person: when they left}, naive UTC."""
    crowds: Set[Hashable] = set()
    for begin in set(departures.values()):
        if not begin <= at <= begin + WITHIN:
            continue
        together = {who for who, when in departures.items() if begin <= when <= begin + WITHIN}
        if len(together) > MOST and 100 * len(together) > MOST_PERCENT * people:
            crowds |= together
    return frozenset(crowds)
