"""Texts that come from outside, as the database can take them."""

import re
from typing import Any, Optional

#: Of ids of Odoo's rows and of Telegram's.
LARGEST_ID, LARGEST_TG_ID = 2**31 - 1, 2**63 - 1

#: PostgreSQL takes no NUL and no half of a letter; the others are no part of what people write.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def clean(text: object) -> str:
    """The text without control characters, but for line breaks and tabs, and without halves of
    letters; "" for anything that is no text."""
    return _NOT_TEXT.sub("", text) if isinstance(text, str) else ""


def tidy(value: Any) -> Any:
    """The value (as of `json.loads`) with all its texts clean."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): tidy(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [tidy(inner) for inner in value]
    return value


def number(value: object, largest: int) -> Optional[int]:
    """A whole number from 0 to `largest`, also as text in the digits 0 to 9; None: it is none, nor
    is `²`, which only looks like a digit."""
    if isinstance(value, str) and re.match("[0-9]{1,20}$", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= largest else None
