"""Instants as the gateway writes them."""

import re
from datetime import datetime, timedelta

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):?(\d\d))?$", re.IGNORECASE
)


def parse_instant(text):
    """Return the naive UTC datetime, in whole seconds, of an ISO 8601 text
    (`2026-03-01T10:00:00.25Z`, or with an offset). Raises ValueError for anything else. Python
    3.7's own parser takes no Z and only fractions of three or six digits."""
    match = _ISO.match((text or "").strip())
    if not match:
        raise ValueError("not an instant: %r" % (text,))
    day, time, sign, hours, minutes = match.groups()
    at = datetime.strptime("%s %s" % (day, time), "%Y-%m-%d %H:%M:%S")
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        at = at - offset if sign == "+" else at + offset
    return at
