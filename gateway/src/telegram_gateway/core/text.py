"""Cleans texts that people write on Telegram, so that a database and a screen can take them.
Pure."""

from __future__ import annotations

import unicodedata
from typing import Any

#: Telegram's own limits (a name has two parts of 64, a title 128 letters, a message 4,096), and
#: room.
LONGEST_LINE = 255
LONGEST_TEXT = 4096
#: How deeply stored JSON may be nested; our own is three deep.
_DEEPEST = 20
_KEPT = frozenset("\n\t")
_BREAKS = frozenset("\n\t\r\v\f\x85\u2028\u2029")


def clean(text: str | None, longest: int = LONGEST_TEXT) -> str:
    """Return the text without control characters (except line breaks and tabs) and lone surrogates,
    of at most `longest` code points; empty for None. PostgreSQL accepts neither NUL, not even
    escaped in JSON, nor lone surrogates."""
    return "".join(map(_kept, text or ""))[:longest]


def line(text: str | None, longest: int = LONGEST_LINE) -> str:
    """Give a name or a title clean, in one line, without blanks around it; empty for None."""
    cleaned = "".join(" " if letter in _BREAKS else _kept(letter) for letter in text or "")
    return cleaned.strip()[:longest].strip()


def tidy(value: Any, depth: int = _DEEPEST) -> Any:
    """Return the value (as from `json.loads`) with all its texts clean. Raises ValueError if it is
    nested too deeply to be stored."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict | list | tuple):
        if not depth:
            raise ValueError("nested too deeply")
        if isinstance(value, dict):
            return {clean(str(key)): tidy(inner, depth - 1) for key, inner in value.items()}
        return [tidy(inner, depth - 1) for inner in value]
    return value


def _kept(letter: str) -> str:
    if letter in _KEPT:
        return letter
    return "" if unicodedata.category(letter) in ("Cc", "Cs") else letter
