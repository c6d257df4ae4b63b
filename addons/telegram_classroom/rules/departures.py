"""Many who go from a group at once: probably one person's mistake, or somebody's bad day. Their
enrolments are held until somebody has said what was meant."""

from datetime import datetime, timedelta
from typing import FrozenSet, Hashable, Mapping, Set

#: More people than both, within the time.
MOST, MOST_PERCENT, WITHIN = 5, 10, timedelta(minutes=10)


def crowd(
    at: datetime, departures: Mapping[Hashable, datetime], people: int
) -> FrozenSet[Hashable]:
    """Those who went together with who went at that instant, if they are too many for a class of so
    many people; empty: they are not. departures: who went, and when."""
    found: Set[Hashable] = set()
    for begin in set(departures.values()):
        if not begin <= at <= begin + WITHIN:
            continue
        together = {who for who, when in departures.items() if begin <= when <= begin + WITHIN}
        if len(together) > MOST and 100 * len(together) > MOST_PERCENT * people:
            found |= together
    return frozenset(found)
