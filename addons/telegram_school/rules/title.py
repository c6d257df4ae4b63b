"""The title of a group, made from a record's name."""

import unicodedata

#: The most characters (code points, as Telegram counts them) that a title has.
TITLE_MAX = 128

_ELLIPSIS = "\u2026"
_JOINER = "\u200d"
# two of these are one flag
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))


def cut_title(text: str, most: int = TITLE_MAX) -> str:
    """Return `text` with single spaces and none at its ends; a text longer than `most` code points
    is cut with an ellipsis, and never within an accented letter or a composed emoji. Empty for
    blanks."""
    title = " ".join(text.split())
    if len(title) <= most:
        return title
    end = most - len(_ELLIPSIS)
    while end > 0 and belong_together(title, end):
        end -= 1
    # a text of nothing but combining marks is cut anywhere
    return title[: end or most - len(_ELLIPSIS)].rstrip() + _ELLIPSIS


def belong_together(title: str, end: int) -> bool:
    """Return whether the code point at `end` belongs to the one before, so that the title must not
    be cut there."""
    before, after = title[end - 1], title[end]
    is_modifier = "\U0001f3fb" <= after <= "\U0001f3ff"  # of a skin
    is_mark = unicodedata.category(after) in ("Mn", "Me", "Mc")  # variation selectors too
    letters = end - len(title[:end].rstrip(_FLAG_LETTERS))  # of flags, just before
    is_half_flag = after in _FLAG_LETTERS and letters % 2 == 1
    return is_mark or is_modifier or is_half_flag or _JOINER in (before, after)
