"""Titles of calls and of recordings: at most 64 characters, whichever way they are counted."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.titles import CALL_TITLE_MAX, cut_call_title

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HAND = "\U0001f44b\U0001f3fd"
FRANCE, ITALY = "\U0001f1eb\U0001f1f7", "\U0001f1ee\U0001f1f9"
ACCENT = "e\u0301"


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_short__stays_but_for_blanks():
    assert cut_call_title("  Maths,\n 3e A ") == "Maths, 3e A"
    assert cut_call_title("x" * CALL_TITLE_MAX) == "x" * CALL_TITLE_MAX
    assert cut_call_title(" \n") == ""


def test_long__ends_with_an_ellipsis():
    assert cut_call_title("x" * 65) == "x" * 63 + "…"
    assert cut_call_title("y" * 62 + " zzz") == "y" * 62 + "…"


def test_cut__never_within_what_belongs_together():
    for together in (FAMILY, HAND, FRANCE, ACCENT, "\u2764\ufe0f", "1\ufe0f\u20e3"):
        for before in range(50, 66):
            cut = cut_call_title("x" * before + together + "x" * 40)
            kept = cut.removesuffix("…").strip("x")
            assert kept in ("", together), (before, together)
    # of two flags side by side, the first may stay
    for before in range(50, 66):
        cut = cut_call_title("x" * before + FRANCE + ITALY + "x" * 40)
        assert cut.removesuffix("…").strip("x") in ("", FRANCE, FRANCE + ITALY)


@given(st.text(max_size=200))
def test_cut__is_short_enough_however_it_is_counted_and_stable(text):
    cut = cut_call_title(text)
    assert units(cut) <= CALL_TITLE_MAX
    assert cut == cut_call_title(cut)
    assert cut.removesuffix("…") == "" or " ".join(text.split()).startswith(cut.removesuffix("…"))


@given(st.integers(1, 100))
def test_cut__of_nothing_but_marks_is_cut_anywhere(count):
    assert all(unicodedata.combining(one) or one == "…" for one in cut_call_title("\u0301" * count))
