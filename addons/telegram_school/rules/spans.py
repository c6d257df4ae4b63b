"""Arithmetic on lists of time spans. A normal list is sorted, and its spans neither touch nor
overlap."""

from datetime import datetime, timedelta
from typing import Iterable, List, NamedTuple

ZERO = timedelta(0)


class Span(NamedTuple):
    """From `start` up to `stop`, naive UTC; empty when `stop <= start`."""

    start: datetime
    stop: datetime


def union(spans: Iterable[Span], bridge: timedelta = ZERO) -> List[Span]:
    """Return the normal list of the time that any of `spans` covers; gaps up to `bridge` are
    covered too."""
    merged = []  # type: List[Span]
    for span in sorted(span for span in spans if span.stop > span.start):
        if merged and span.start - merged[-1].stop <= bridge:
            if span.stop > merged[-1].stop:
                merged[-1] = Span(merged[-1].start, span.stop)
        else:
            merged.append(span)
    return merged


def cut(spans: Iterable[Span], window: Span) -> List[Span]:
    """Return the parts of `spans` inside `window`."""
    return union(Span(max(span.start, window.start), min(span.stop, window.stop)) for span in spans)


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> List[Span]:
    """Return the parts of `spans` that no hole covers."""
    left = union(spans)
    for hole in union(holes):
        parts = []  # type: List[Span]
        for span in left:
            parts.append(Span(span.start, min(span.stop, hole.start)))
            parts.append(Span(max(span.start, hole.stop), span.stop))
        left = union(parts)
    return left


def length(spans: Iterable[Span]) -> timedelta:
    """Return the total time of a normal list."""
    return sum((span.stop - span.start for span in spans), ZERO)
