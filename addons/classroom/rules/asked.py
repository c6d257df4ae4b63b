"""What an address, a form or a file says, as the database can take it."""

import re
from datetime import date
from typing import Any, Dict, List, Optional

#: PostgreSQL takes no NUL and no half of a letter; the others are no part of what people write.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
#: The largest id that a column holds.
LARGEST_ID = 2**31 - 1
#: Days outside are mistakes; beyond them a month more or a zone less is no date at all.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def clean(text: Any) -> str:
    """The text without control characters, but for line breaks and tabs, and without halves of
    letters; "" for anything that is no text."""
    return _NOT_TEXT.sub("", text) if isinstance(text, str) else ""


def number(text: Any, largest: int = LARGEST_ID) -> Optional[int]:
    """A whole number from 0 to `largest` in the digits 0 to 9, else None: other scripts' digits are
    not meant, and of those that only look like some (`²`) there is none."""
    if not isinstance(text, str) or not re.match("[0-9]{1,10}$", text.strip()):
        return None
    found = int(text)
    return found if found <= largest else None


def day(text: Any) -> Optional[date]:
    """A day as in `2026-03-01`, of 1900 to 2200, else None."""
    if not isinstance(text, str) or not re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}$", text.strip()):
        return None
    try:
        found = date(*map(int, text.strip().split("-")))
    except ValueError:
        return None
    return found if is_meant(found) else None


def is_meant(found: date) -> bool:
    """Whether somebody may mean this day (or instant)."""
    return _FIRST_YEAR <= found.year <= _LAST_YEAR


def sheet_changes(value: Any) -> Optional[List[Dict[str, Any]]]:
    """What a page says of a sheet: [{id, status, late, was, all}]; None: it is in another form."""
    if not isinstance(value, (list, tuple)):
        return None
    found = []
    for one in value:
        if not isinstance(one, dict):
            return None
        late, status, was = one.get("late") or 0, one.get("status"), one.get("was")
        is_number = all(
            isinstance(of, int) and abs(of) <= LARGEST_ID for of in (one.get("id"), late)
        )
        if not (is_number and isinstance(status, str) and isinstance(was, str)):
            return None
        found.append(
            {
                "id": one["id"],
                "status": status,
                "late": late,
                "was": was,
                "all": bool(one.get("all")),
            }
        )
    return found
