"""A text or JSON without a person."""

import json

from hypothesis import given
from hypothesis import strategies as st

from telegram_base_rules.erasure import Traces, likely, united

AMINA = Traces(
    "Erased 4",
    ["Amina", "amina@example.com", "+33 6 00 00 00 01", "@amina_b"],
    [7000000001],
    ["Amina Diallo", "Bilal"],
)


def test_text__names_addresses_and_numbers_go():
    text = "Amina (@amina_b, amina@example.com, +33 6 00 00 00 01, 7000000001) left."
    assert AMINA.text(text) == "Erased 4 (Erased 4, Erased 4, Erased 4, Erased 4) left."


def test_text__longer_names_of_others_and_parts_of_words_stay():
    text = "Amina Diallo, Aminata and 70000000012 stay; amina goes."
    assert AMINA.text(text) == "Amina Diallo, Aminata and 70000000012 stay; Erased 4 goes."


def test_text__of_two_people_with_one_name_the_name_goes():
    assert Traces("…", ["Amina"], (), ["Amina"]).text("Amina left") == "… left"


def test_text__as_markup_and_isolated():
    traces = Traces("…", ["Mère d'Amina <b>"])
    assert traces.text("<b>\u2068Mère d&#39;Amina &lt;b&gt;\u2069</b>") == "<b>\u2068…\u2069</b>"
    assert traces.text("Mère d&#x27;Amina &lt;b&gt; left") == "… left"


def test_json__own_dict_lists_and_who_did_it():
    fact = {"tg_user_id": 7000000001, "name": "A.", "text": "/start", "message_id": 5, "by": None}
    assert AMINA.json(fact) == {"message_id": 5, "by": None}
    assert AMINA.json({"tg_user_id": 8, "name": "Omar", "by": 7000000001}) == {
        "tg_user_id": 8,
        "name": "Omar",
        "by": None,
    }
    assert AMINA.json({"allow_removals": [8, 7000000001]}) == {"allow_removals": [8]}
    assert AMINA.json({"lines": [{"who": "x", "tg_user_id": 7000000001, "what": "remove"}]}) == {
        "lines": [{"what": "remove"}]
    }
    assert AMINA.json({"moves": {"4": ["in", "out"]}, "silent": True}) == {
        "moves": {"4": ["in", "out"]},
        "silent": True,
    }


def test_json_text__untouched_where_nothing_is_said_and_readable_where_it_is_no_json():
    text = '{"b": 1,   "a": "Bilal"}'
    assert AMINA.json_text(text) is text
    assert AMINA.json_text("no JSON of Amina") == "no JSON of Erased 4"
    assert AMINA.json_text(None) is None


NAMES = st.text("abcxyzABCXYZéÉàçñßøıİ019", min_size=3, max_size=12)
WORDS = st.lists(NAMES, min_size=1, max_size=4)
NUMBERS = st.lists(st.integers(10**9, 10**13), max_size=3)


@given(WORDS, NUMBERS, WORDS)
def test_nothing_is_left_and_once_is_enough(words, numbers, around):
    traces = Traces("[]", words, numbers)
    parts = [*around, *words, *map(str, numbers)]
    text = ", ".join(parts)
    cleaned = traces.text(text)
    left = [part.casefold() for part in cleaned.split(", ")]
    assert not {word.casefold() for word in words} & set(left)
    assert not {str(number) for number in numbers} & set(left)
    assert traces.text(cleaned) == cleaned
    assert len(left) == len(parts)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=4), one, max_size=3),
)


@given(VALUES, NAMES)
def test_what_says_nothing_of_the_person_is_left_as_it_is(value, name):
    traces = Traces("[]", ["ωωω" + name + "ωωω"], [10**15])
    if "[]" not in json.dumps(value):
        assert traces.json(value) == value


@given(st.lists(st.text(min_size=1, max_size=8), max_size=3), NUMBERS)
def test_likely__finds_what_is_to_be_cleaned(words, numbers):
    patterns = likely(words, numbers)
    assert all(one.startswith("%") and one.endswith("%") for one in patterns)
    for word in words:
        assert any(_like(pattern, "x" + json.dumps([word]) + "y") for pattern in patterns)


def _like(pattern, text):
    """Return whether SQL's LIKE holds, for a pattern with open ends only."""
    inner, plain, is_escaped = pattern[1:-1], [], False
    for char in inner:
        if char == "\\" and not is_escaped:
            is_escaped = True
            continue
        plain.append(char)
        is_escaped = False
    return "".join(plain) in text


def test_united__who_is_named_in_a_note_of_odoo():
    note = "Merged with the following partners: Lina Q <l@x.y> (ID 12), Bob (ID 3), <a@b> (ID 4)"
    assert united(note) == [("Lina Q", "l@x.y"), ("Bob", ""), ("", "a@b")]
    assert united("A (ID 12)") == [("A", "")]
    for note in ("", "(ID 1)", "x: (ID 1)", "C (x) (ID 9)", "(ID ²)", " " * 100_000, "<" * 100_000):
        assert united(note) == []
