"""The three-way merge of a line: the values written last, the present ones, the ones to be written.

Values are plain (text, numbers, booleans), so that they compare after a round trip by JSON.
"""

from typing import Any, Dict, NamedTuple, Optional

Values = Dict[str, Any]


class Merge(NamedTuple):
    """The outcome for one line.

    write: fields of the school's line that change. base: the values remembered as written by us; a
    field that a person has changed keeps its former base, so that it continues to differ.
    """

    write: Values
    base: Values


def merge(wanted: Values, current: Values, base: Optional[Values], is_untouched: bool) -> Merge:
    """Return the merge of our values into a line of the school's sheet.

    wanted: field → value; current: the present values of the same fields; base: the values that we
    wrote last, None if we never did; is_untouched: nobody has answered in this line since it was
    generated. A field that a person has changed stays as they left it.
    """
    write: Values = {}
    remembered: Values = dict(base or {})
    for name, value in wanted.items():
        if name in remembered:
            is_ours = current[name] == remembered[name]
        else:
            is_ours = is_untouched or current[name] in (None, False, "", 0)
        if not is_ours:
            continue
        if current[name] != value:
            write[name] = value
        remembered[name] = value
    return Merge(write, remembered)
