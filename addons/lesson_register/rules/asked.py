"""Values of an address, a form or a file, made fit for the database."""

import re
from datetime import date
from typing import Any, Optional

#: PostgreSQL refuses NUL and half a surrogate pair; people do not write the other characters.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
#: The largest id that a column holds.
LARGEST_ID = 2**31 - 1
#: Days outside are mistakes; near the ends of the calendar, adding a month or a zone fails.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def clean(text: Any) -> str:
    """Return the text without control characters, except line breaks and tabs, and without lone
    surrogates; "" for a value that is no text."""
    return _NOT_TEXT.sub("", text) if isinstance(text, str) else ""


def number(text: Any, largest: int = LARGEST_ID) -> Optional[int]:
    """A whole number from 0 to `largest` in the digits 0 to 9, else None; also for digits of other
    scripts, and for signs that only look like digits (`²`)."""
    if not isinstance(text, str) or not re.match("[0-9]{1,10}$", text.strip()):
        return None
    value = int(text)
    return value if value <= largest else None


def day(text: Any) -> Optional[date]:
    """A day as in `2026-03-01`, of 1900 to 2200, else None."""
    if not isinstance(text, str) or not re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}$", text.strip()):
        return None
    try:
        value = date(*map(int, text.strip().split("-")))
    except ValueError:
        return None
    return value if is_meant(value) else None


def is_meant(value: date) -> bool:
    """Return whether the day (or instant) is a plausible one."""
    return _FIRST_YEAR <= value.year <= _LAST_YEAR
