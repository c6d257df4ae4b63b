"""What people write on Telegram, as a database and a screen can take it."""

from __future__ import annotations

import unicodedata
from typing import Any

#: Telegram's own limits (a name has two parts of 64, a title 128 letters, a message 4,096), and room.
LONGEST_LINE = 255
LONGEST_TEXT = 4096
#: Depth of what is put down as JSON; ours is three deep.
_DEEPEST = 20
_KEPT = frozenset("\n\t")
_BREAKS = frozenset("\n\t\r\v\f\x85\u2028\u2029")


def clean(text: str | None, longest: int = LONGEST_TEXT) -> str:
    """The text without control characters (but line breaks and tabs) and halves of letters, of at
    most `longest` letters. PostgreSQL takes no NUL, not even escaped in JSON, and no lone
    surrogate."""
    return "".join(map(_kept, text or ""))[:longest]


def line(text: str | None, longest: int = LONGEST_LINE) -> str:
    """A name or a title: clean, in one line, without blanks around it."""
    cleaned = "".join(" " if one in _BREAKS else _kept(one) for one in text or "")
    return cleaned.strip()[:longest].strip()


def tidy(value: Any, depth: int = _DEEPEST) -> Any:
    """The value (as of `json.loads`) with all its texts clean; raises ValueError for one that is
    nested too deeply to be put down."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict | list | tuple):
        if not depth:
            raise ValueError("nested too deeply")
        if isinstance(value, dict):
            return {clean(str(key)): tidy(one, depth - 1) for key, one in value.items()}
        return [tidy(one, depth - 1) for one in value]
    return value


def _kept(letter: str) -> str:
    if letter in _KEPT:
        return letter
    return "" if unicodedata.category(letter) in ("Cc", "Cs") else letter
