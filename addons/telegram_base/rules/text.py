"""Texts from outside, in a form that the database accepts."""

import re
from typing import Any, Optional

#: Largest ids of Odoo's rows and of Telegram's.
LARGEST_ID, LARGEST_TG_ID = 2**31 - 1, 2**63 - 1

#: PostgreSQL refuses NUL and lone surrogates; people do not type the other control characters.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def clean(text: object) -> str:
    """Return the text without control characters, except for line breaks and tabs, and without lone
    surrogates; "" for a value that is no text."""
    return _NOT_TEXT.sub("", text) if isinstance(text, str) else ""


def tidy(value: Any) -> Any:
    """Return the value (as of `json.loads`) with all its texts clean."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): tidy(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [tidy(inner) for inner in value]
    return value


def number(value: object, largest: int) -> Optional[int]:
    """Return a whole number from 0 to `largest`, also given as text of the digits 0 to 9; None for
    anything else, such as `²`, which only looks like a digit."""
    if isinstance(value, str) and re.match("[0-9]{1,20}$", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= largest else None
