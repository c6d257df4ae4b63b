"""Texts from Telegram, made acceptable to a database and a screen."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.text import LONGEST_LINE, LONGEST_TEXT, clean, line, tidy

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.text())
def test_clean_and_line__can_be_kept(text: str) -> None:
    for cleaned in (clean(text), line(text)):
        assert "\0" not in cleaned
        cleaned.encode()
    assert clean(clean(text)) == clean(text)
    assert line(line(text)) == line(text)
    assert len(line(text)) <= LONGEST_LINE


@given(_JSON)
def test_tidy__json_that_postgresql_reads(value: object) -> None:
    assert "\\u0000" not in json.dumps(tidy(value))
    json.dumps(tidy(value), ensure_ascii=False).encode()
    assert tidy(tidy(value)) == tidy(value)


def test_what_people_write_stays() -> None:
    for name in ("Zoé d’Été", "أمينة", "王小明", "👩‍👩‍👧‍👦", "Classe\u00a0: 3e  A", "I\u200dx"):
        assert line(name) == clean(name) == name
    assert clean("a\nb\tc") == "a\nb\tc"


def test_what_is_no_text_goes() -> None:
    assert line("\0Ali\x07ce\n Durand\u2028\x1b") == "Alice  Durand"
    assert clean("a\0b\x9f\ud800c") == "abc"
    assert line(None) == clean(None) == ""
    assert len(clean("x" * 10_000)) == LONGEST_TEXT


def test_nested_without_end__is_refused() -> None:
    value: object = "x"
    for _ in range(30):
        value = [value]
    with pytest.raises(ValueError, match="deeply"):
        tidy(value)
