from classroom_rules.sheet_changes import sheet_changes
from hypothesis import given
from hypothesis import strategies as st

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "status", "late", "was", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_JSON)
def test_sheet_changes__of_any_form_are_no_error(value):
    found = sheet_changes(value)
    assert found is None or all(set(one) == {"id", "status", "late", "was", "all"} for one in found)


def test_sheet_changes__as_the_page_sends_them():
    one = {"id": 7, "status": "late", "late": 5, "was": "present", "all": False}
    assert sheet_changes([{**one, "all": True}]) == [{**one, "all": True}]
    assert sheet_changes([one, dict(one, late=None)]) == [one, dict(one, late=0)]
    assert sheet_changes([dict(one, id=2**40)]) is None
    assert sheet_changes({"id": 7}) is None
