"""Titles of calls and recordings, cut to the length that Telegram takes. Pure."""

from __future__ import annotations

import unicodedata

#: TDLib documents "1-64 characters" for titles of calls, "0-64" for those of recordings, and counts
#: code points. Whether the server does is not known: at most so many UTF-16 units fit either way.
CALL_TITLE_MAX = 64

_ELLIPSIS = "\u2026"
_JOINER = "\u200d"
# two of these are one flag
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))


def cut_call_title(text: str) -> str:
    """Give `text` with single spaces and none at its ends, cut to CALL_TITLE_MAX UTF-16 units: with
    an ellipsis, and never within an accented letter or a composed emoji. Empty for blanks."""
    title = " ".join(text.split())
    if _units(title) <= CALL_TITLE_MAX:
        return title
    most = CALL_TITLE_MAX - _units(_ELLIPSIS)
    fits = len(title)
    used = _units(title)
    while used > most:
        fits -= 1
        used -= _units(title[fits])
    end = fits
    while end > 0 and _belong_together(title, end):
        end -= 1
    # a text of nothing but combining marks is cut anywhere
    return title[: end or fits].rstrip() + _ELLIPSIS


def _belong_together(title: str, end: int) -> bool:
    """Return whether nothing may be cut before the code point at `end`."""
    before, after = title[end - 1], title[end]
    is_modifier = "\U0001f3fb" <= after <= "\U0001f3ff"  # of a skin
    is_mark = unicodedata.category(after) in ("Mn", "Me", "Mc")  # variation selectors too
    letters = end - len(title[:end].rstrip(_FLAG_LETTERS))  # of flags, just before
    is_half_flag = after in _FLAG_LETTERS and letters % 2 == 1
    return is_mark or is_modifier or is_half_flag or _JOINER in (before, after)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
