"""A group's title has at most 128 characters as Telegram counts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.title import TITLE_MAX, cut_title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Maths", "Maths"),
        ("  Maths \n 3e\u00a0A ", "Maths 3e A"),
        (" \n ", ""),
        ("x" * 128, "x" * 128),
        ("x" * 129, "x" * 127 + "…"),
        ("x" * 126 + " yz", "x" * 126 + "…"),
        # an emoji outside the basic plane is one character
        ("📚" * 128, "📚" * 128),
        ("📚" * 129, "📚" * 127 + "…"),
        # neither an accent nor half a family is left behind
        ("x" * 126 + "e\u0301yz", "x" * 126 + "…"),
        ("x" * 124 + "👩\u200d🏫yz", "x" * 124 + "👩\u200d🏫…"),
        ("x" * 125 + "👩\u200d🏫yz", "x" * 125 + "…"),
        ("x" * 126 + "👍🏽yz", "x" * 126 + "…"),
        # nor half a flag
        ("x" * 126 + "🇫🇷yz", "x" * 126 + "…"),
        ("x" * 123 + "🇫🇷🇮🇹yz", "x" * 123 + "🇫🇷🇮🇹…"),
        ("\u0301" * 200, "\u0301" * 127 + "…"),
    ],
)
def test_cut_title(name, title):
    assert cut_title(name) == title


@given(st.text(max_size=400), st.integers(1, TITLE_MAX))
def test_title__fits_and_is_stable(name, most):
    title = cut_title(name, most)
    assert len(title) <= most
    assert cut_title(title, most) == title
    assert title.strip() == title
    assert bool(title) == bool(name.strip())
