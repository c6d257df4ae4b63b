from datetime import datetime
from xml.etree import ElementTree

import pytest
from lesson_register_rules.register import STATUSES, Lesson, Register, Student, pages
from lesson_register_rules.register_html import Words, page_html, screen_html

WORDS = Words({one: one[:2] for one in STATUSES}, {one: one for one in STATUSES}, point=",")
LESSONS = [Lesson(n, datetime(2026, 9, n + 1, 10), 'L"%d' % n) for n in range(3)]
STUDENTS = [Student(1, "<Amina> Zérouki", "M1"), Student(2, "محمد")]
MARKS = {(1, 0): "present", (1, 1): "partial", (1, 2): "absent", (2, 0): "late"}


def table(columns, rows):
    register = Register(LESSONS, STUDENTS, MARKS)
    return [
        ElementTree.fromstring("<table>%s</table>" % page_html(register, page, WORDS))
        for page in pages(register, columns, rows)
    ]


def row(root, path):
    return ["".join(cell.itertext()) for cell in root.find(path)]


def test_page__marks_totals_and_foot():
    [root] = table(10, 10)
    amina = row(root, "tbody/tr[1]")
    assert amina == ["<Amina> Zérouki M1", "pr", "pa", "ab", "1", "", "", "1", "1", "", "", "50,0"]
    assert row(root, "tbody/tr[2]")[1:4] == ["la", "", ""]
    assert row(root, "tfoot/tr")[1:4] == ["2/2", "1/1", "0/1"]
    assert row(root, "thead/tr")[1] == "01/0910:00"


def test_pages__totals_are_of_the_whole_period():
    first, last = table(2, 10)
    assert len(row(first, "tbody/tr[1]")) == 3
    assert row(last, "tbody/tr[1]")[2:] == ["1", "", "", "1", "1", "", "", "50,0"]


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_screen__is_the_one_page_in_groups_of_rows(rows):
    """One head, one foot, and the rows as they are printed."""
    register = Register(LESSONS, STUDENTS, MARKS)
    shown = ElementTree.fromstring("<table>%s</table>" % screen_html(register, WORDS, rows))
    [printed] = table(10, 10)
    groups = shown.findall("tbody")
    counts = [len(group) for group in groups]
    assert sum(counts) == len(STUDENTS) and max(counts) <= rows
    assert [group.get("style") for group in groups] == ["--rows:%d" % one for one in counts]
    for part in ("thead", "tbody", "tfoot"):
        assert _texts(shown, part) == _texts(printed, part)


def _texts(root, part):
    return [["".join(cell.itertext()) for cell in row] for one in root.findall(part) for row in one]


def test_screen__names_cannot_end_the_text_in_which_they_travel():
    """The page carries the rows within a `<script>` that is no program."""
    register = Register([Lesson(1, datetime(2026, 9, 1), "</script>")], [Student(1, "</script>")])
    assert "</script" not in screen_html(register, WORDS, 5).lower()


def test_empty_register__is_a_table():
    register = Register([], [])
    [page] = pages(register, 5, 5)
    root = ElementTree.fromstring("<table>%s</table>" % page_html(register, page, WORDS))
    assert root.find("tfoot") is None
