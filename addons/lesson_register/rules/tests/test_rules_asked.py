import pytest
from hypothesis import given
from hypothesis import strategies as st
from lesson_register_rules import asked


@pytest.mark.parametrize("text", ["²", "٣", "１", "", "-1", "1.0", "1e3", "2147483648", "9" * 5000])
def test_number__none(text):
    assert asked.number(text) is None
    assert asked.number(None) is None


def test_number__in_plain_digits():
    assert [asked.number(text) for text in ("0", " 7", "007", "2147483647")] == [0, 7, 7, 2**31 - 1]
    assert asked.number("53", 52) is None


@pytest.mark.parametrize(
    "text", ["9999-12-31", "0001-01-01", "2026-02-30", "2026-3-1", "²026-01-01"]
)
def test_day__none(text):
    assert asked.day(text) is None


@given(st.text())
def test_clean__can_be_kept(text):
    cleaned = asked.clean(text)
    assert "\0" not in cleaned
    cleaned.encode()
    assert asked.clean(cleaned) == cleaned


def test_clean__what_people_write_stays():
    said = "Élève, 学生 👩‍👩‍👧 \u202bعلي\u202c\r\n\tligne\u00a0: 2"
    assert asked.clean(said) == said
    assert asked.clean("a\0b\x1b[1m\x7f\ud800c") == "ab[1mc"
    assert asked.clean(None) == asked.clean(["x"]) == ""


@given(st.dates())
def test_day__only_days_that_are_meant(one):
    assert asked.day(one.isoformat()) == (one if 1900 <= one.year <= 2200 else None)
