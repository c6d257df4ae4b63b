"""The three-way merge of a line of the school's sheet."""

from hypothesis import given
from hypothesis import strategies as st
from rules.sheet_merge import merge

STATUS = st.sampled_from(["present", "absent", "late", None])
LINE = st.fixed_dictionaries({"status": STATUS, "minutes": st.integers(0, 3)})


def test_new_words__replace_what_we_wrote() -> None:
    found = merge({"status": "absent"}, {"status": "late"}, {"status": "late"}, False)
    assert found == ({"status": "absent"}, {"status": "absent"})


def test_changed_by_a_person__stays() -> None:
    found = merge({"status": "absent"}, {"status": "present"}, {"status": "late"}, False)
    assert found == ({}, {"status": "late"})


def test_changed_by_a_person__other_fields_go_on() -> None:
    base = {"status": "late", "minutes": 1}
    found = merge(
        {"status": "absent", "minutes": 2}, {"status": "present", "minutes": 1}, base, False
    )
    assert found == ({"minutes": 2}, {"status": "late", "minutes": 2})


def test_changed_back_by_a_person__is_ours_again() -> None:
    found = merge({"status": "absent"}, {"status": "late"}, {"status": "late"}, False)
    assert found.write == {"status": "absent"}


def test_first_contact__an_answer_stays() -> None:
    found = merge({"status": "absent"}, {"status": "present"}, None, False)
    assert found == ({}, {})


def test_first_contact__a_generated_line_is_no_answer() -> None:
    found = merge({"status": "absent"}, {"status": "present"}, None, True)
    assert found == ({"status": "absent"}, {"status": "absent"})


def test_first_contact__an_empty_field_is_no_answer() -> None:
    found = merge({"status": "absent"}, {"status": None}, None, False)
    assert found.write == {"status": "absent"}


@given(st.lists(LINE, min_size=1, max_size=6), LINE, st.booleans())
def test_law__what_we_write_follows_us_until_a_person_writes(
    wanted: list, generated: dict, is_untouched: bool
) -> None:
    current, base = dict(generated), None
    for line in wanted:
        merged = merge(line, current, base, is_untouched)
        current, base = {**current, **merged.write}, merged.base
    for name, value in wanted[-1].items():
        is_answer = not is_untouched and generated[name] not in (None, False, "", 0)
        assert current[name] == (generated[name] if is_answer else value)


@given(LINE, LINE, st.lists(LINE, min_size=1, max_size=6))
def test_law__a_persons_change_outlives_all_that_we_compute(
    first: dict, by_hand: dict, later: list
) -> None:
    written = merge(first, {"status": None, "minutes": 0}, None, False)
    current, base = dict(by_hand), written.base
    for line in later:
        merged = merge(line, current, base, False)
        current, base = {**current, **merged.write}, merged.base
    for name in by_hand:
        if by_hand[name] != first[name]:
            assert current[name] == by_hand[name]
