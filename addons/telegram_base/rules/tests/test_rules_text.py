"""Texts of the gateway's facts, as the database can take them."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from telegram_base_rules.text import clean, number, tidy

HOSTILE = Path(__file__).resolve().parents[2] / "tests" / "hostile.json"


@given(st.text())
def test_clean__can_be_kept(text):
    cleaned = clean(text)
    assert "\0" not in cleaned
    cleaned.encode()
    assert clean(cleaned) == cleaned


def test_clean__what_people_write_stays():
    said = "Élève, 学生 👩‍👩‍👧\r\n\tligne : 2"
    assert clean(said) == said
    assert clean("a\0b\x1b\ud800c") == "abc"


def test_tidy__each_text_in_it():
    assert tidy({"a\0": ["b\0", 1, None, {"c": "\ud800"}]}) == {"a": ["b", 1, None, {"c": ""}]}


def test_corpus__can_be_kept():
    texts = [
        one if isinstance(one, str) else one[0] * one[1] for one in json.loads(HOSTILE.read_text())
    ]
    assert len(set(texts)) > 200
    for text in texts:
        json.dumps(tidy({"x": text}), ensure_ascii=False).encode()


def test_number__whole_and_small_enough():
    assert [number(one, 99) for one in (0, "0", 99, "99", "007")] == [0, 0, 99, 99, 7]
    for wrong in (100, "100", -1, "-1", "²", "٣", "9" * 21, "", None, True, 1.5, [], {}, "x"):
        assert number(wrong, 99) is None
