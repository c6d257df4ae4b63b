"""The expected sheet, computed from what the phones did and from nothing else. Pure.

Deliberately a second, simpler computation than the product's rules: it knows no updates, no reads
and no gateway, only the acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .phones import Act


@dataclass(frozen=True, kw_only=True)
class Window:
    """The lesson and the thresholds that were set for it (instants in UTC)."""

    start: datetime
    stop: datetime
    bridge: timedelta
    late: timedelta
    early: timedelta
    half: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A line as it should be; arrival and departure inside the lesson, None when never there."""

    status: str
    arrived_at: datetime | None = None
    departed_at: datetime | None = None
    seconds: float = 0.0


def expected(acts: Sequence[Act], window: Window, *, excused: bool = False) -> Expected:
    """The line that a person's acts must lead to."""
    spans: list[list[datetime]] = []
    inside = 0
    for act in sorted(acts, key=lambda one: one.at):
        if act.kind == "join":
            inside += 1
            if inside == 1:
                if spans and act.at - spans[-1][1] <= window.bridge:
                    spans[-1][1] = window.stop
                else:
                    spans.append([act.at, window.stop])
        elif inside:
            # a second device replaces the first: leaving with it is leaving
            inside = 0
            spans[-1][1] = act.at
    cut = [
        (max(begin, window.start), min(end, window.stop))
        for begin, end in spans
        if begin < window.stop and end > window.start
    ]
    if excused:
        return Expected(status="excused")
    if not cut:
        return Expected(status="absent")
    seconds = sum((end - begin).total_seconds() for begin, end in cut)
    arrived, departed = cut[0][0], cut[-1][1]
    if seconds < window.half * (window.stop - window.start).total_seconds():
        status = "partial"
    elif arrived - window.start > window.late:
        status = "late"
    elif window.stop - departed > window.early:
        status = "left_early"
    else:
        status = "present"
    return Expected(status=status, arrived_at=arrived, departed_at=departed, seconds=seconds)


def differences(
    line: dict, wanted: Expected, window: Window, *, tolerance_s: float = 3.0
) -> list[str]:
    """Where Odoo's line (`status`, `arrived_at`, `departed_at`, `minutes`) and the acts disagree.

    Telegram gives whole seconds and a lesson's edges are cut, so instants may differ by
    `tolerance_s`; a status may not.
    """
    wrong = []
    if line["status"] != wanted.status:
        wrong.append(f"status {line['status']}, should be {wanted.status}")
    if wanted.status == "excused":
        return wrong
    for name, instant in (("arrived_at", wanted.arrived_at), ("departed_at", wanted.departed_at)):
        seen = line[name] and datetime.fromisoformat(f"{line[name]}+00:00")
        if not seen or not instant:
            if bool(seen) != bool(instant):
                wrong.append(f"{name} {seen}, should be {instant}")
            continue
        seen = min(max(seen, window.start), window.stop)
        if abs((seen - instant).total_seconds()) > tolerance_s:
            wrong.append(f"{name} {seen:%H:%M:%S}, should be {instant:%H:%M:%S}")
    if abs(line["minutes"] * 60 - wanted.seconds) > 2 * tolerance_s:
        wrong.append(f"{line['minutes'] * 60:.0f} s, should be {wanted.seconds:.0f} s")
    return wrong
