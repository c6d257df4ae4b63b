"""Times, durations and days as people write them in a spreadsheet, in French and in English.

Each function returns None for text that it cannot read; the caller says so in the user's language.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import FrozenSet, Optional

_DAYS = (
    ("monday", "lundi"),
    ("tuesday", "mardi"),
    ("wednesday", "mercredi"),
    ("thursday", "jeudi"),
    ("friday", "vendredi"),
    ("saturday", "samedi"),
    ("sunday", "dimanche"),
)
_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d %H:%M:%S")


def weekdays(text: str) -> Optional[FrozenSet[int]]:
    """Return the days of “lundi, jeudi”, “Mon+Thu”, “lun. et jeu.”: {0, 3}; three letters are
    enough."""
    words = re.split(r"[\s,;+/&.]+", text.strip().lower())
    numbers = set()
    for word in words:
        if word in ("", "et", "and", "-"):
            continue
        fitting = [
            number
            for number, names in enumerate(_DAYS)
            if len(word) >= 3 and any(name.startswith(word) for name in names)
        ]
        if len(fitting) != 1:
            return None
        numbers.update(fitting)
    return frozenset(numbers) or None


def clock(text: str) -> Optional[time]:
    """Return the time of day of “10:00”, “8h”, “8 h 30”, “14.15”, “08:00:00”."""
    match = re.match(r"^(\d{1,2})\s*(?:[:h.]\s*(\d{2})?(?::\d{2})?)?$", text.strip().lower())
    if not match:
        return None
    hours, minutes = int(match.group(1)), int(match.group(2) or 0)
    return time(hours, minutes) if hours < 24 and minutes < 60 else None


def length(text: str) -> Optional[timedelta]:
    """Return the duration of “90”, “90 min” (minutes), “1:30”, “1h”, “1 h 30” (hours); up to a
    day."""
    cleaned = text.strip().lower()
    minutes = re.match(r"^(\d{1,4})\s*(?:min|mn|minutes?)?\.?$", cleaned)
    hours = re.match(r"^(\d{1,2})\s*[:h]\s*(\d{1,2})?(?:\s*(?:min|mn)|:\d{2})?$", cleaned)
    if minutes:
        duration = timedelta(minutes=int(minutes.group(1)))
    elif hours:
        duration = timedelta(hours=int(hours.group(1)), minutes=int(hours.group(2) or 0))
    else:
        return None
    return duration if timedelta(0) < duration <= timedelta(days=1) else None


def day(text: str) -> Optional[date]:
    """Return the day of “2026-09-01”, “01/09/2026” (the day first, as in France)."""
    for form in _FORMATS:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None
