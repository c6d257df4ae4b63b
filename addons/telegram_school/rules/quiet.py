"""Quiet hours: when a notice may be sent, by the classroom's clock."""

from datetime import datetime, timedelta
from typing import NamedTuple

import pytz
from pytz.tzinfo import BaseTzInfo


class Quiet(NamedTuple):
    """Quiet hours: from `begins` up to `ends`, in minutes after midnight by the local clock, across
    midnight if it ends earlier than it begins; equal: never quiet."""

    begins: int
    ends: int


def is_quiet(quiet: Quiet, at: datetime, zone: BaseTzInfo) -> bool:
    """Return whether the instant `at` (naive UTC) is within the quiet hours of `zone`."""
    local = pytz.utc.localize(at).astimezone(zone)
    minute = local.hour * 60 + local.minute
    if quiet.begins <= quiet.ends:
        return quiet.begins <= minute < quiet.ends
    return minute >= quiet.begins or minute < quiet.ends


def due_at(at: datetime, quiet: Quiet, zone: BaseTzInfo) -> datetime:
    """Return when a message for `at` is sent: then, or when the quiet hours end (both naive UTC).

    On days on which the clock is put forward or back the local clock counts; if it skips the end of
    the quiet hours, the message is sent after the gap.
    """
    if not is_quiet(quiet, at, zone):
        return at
    local = pytz.utc.localize(at).astimezone(zone)
    midnight = datetime.combine(local.date(), datetime.min.time())
    candidates = []
    for days in (0, 1):
        end = midnight + timedelta(days=days, minutes=quiet.ends)
        # an hour that comes twice, or never, has two readings
        for is_dst in (True, False):
            read = zone.localize(end, is_dst=is_dst).astimezone(pytz.utc).replace(tzinfo=None)
            if read >= at and not is_quiet(quiet, read, zone):
                candidates.append(read)
    return min(candidates)
