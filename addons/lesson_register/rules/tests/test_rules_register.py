import csv
import io
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lesson_register_rules.register import Lesson, Register, Student, pages, rate, sort_key
from lesson_register_rules.tables import (
    NARROW,
    WIDEST,
    Table,
    file_name,
    harmless,
    lines_of,
    spreadsheet_day,
    to_csv,
    widths,
)

LESSONS = [Lesson(n, datetime(2026, 9, 1) + timedelta(days=n), "Algèbre") for n in range(5)]
STUDENTS = [Student(n, "Élève %s" % n) for n in range(3)]


def test_rate__partly_present_counts_half_and_excused_not_at_all():
    assert rate({"present": 1, "late": 1, "partial": 1, "absent": 1}) == 62.5
    assert rate({"present": 2, "excused": 5, "unknown": 1}) == 100
    assert rate({"excused": 3}) is None
    assert rate({}) is None


def test_totals():
    register = Register(LESSONS, STUDENTS, {(0, 0): "present", (0, 1): "late", (1, 0): "absent"})
    assert register.of_student(STUDENTS[0]) == {"present": 1, "late": 1}
    assert register.of_lesson(LESSONS[0]) == {"present": 1, "absent": 1}
    assert register.of_student(STUDENTS[2]) == {}


def test_pages__totals_stand_on_the_last():
    found = pages(Register(LESSONS, STUDENTS), 2, 2)
    shape = [(len(p.lessons), len(p.students), p.has_totals, p.has_foot) for p in found]
    assert shape[0] == (2, 2, False, False)
    assert shape[-1] == (1, 1, True, True)
    assert len(shape) == 6
    assert len(pages(Register([], []), 2, 2)) == 1


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 12), st.integers(1, 12))
def test_pages__show_every_mark_once(lessons, students, columns, rows):
    register = Register(
        [Lesson(n, datetime(2026, 9, 1), "") for n in range(lessons)],
        [Student(n, "") for n in range(students)],
    )
    seen = [
        (student.id, lesson.id)
        for page in pages(register, columns, rows)
        for student in page.students
        for lesson in page.lessons
    ]
    assert sorted(seen) == [(s, n) for s in range(students) for n in range(lessons)]


def test_order__accents_do_not_matter():
    names = ["Zoé", "Łukasz", "Émile", "elodie", "Ébène", "محمد", "Œuvre", "Odile"]
    expected = ["Ébène", "elodie", "Émile", "Łukasz", "Odile", "Œuvre", "Zoé", "محمد"]
    assert sorted(names, key=sort_key) == expected


def test_csv__french_spreadsheets_read_it():
    table = Table("T", ["Nom", "Taux"], [["Zérouki; Amina", 62.5], ["محمد", None]], foot=[["", 3]])
    data = to_csv(table, ";", ",")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    assert rows == [["Nom", "Taux"], ["Zérouki; Amina", "62,5"], ["محمد", ""], ["", "3"]]


def test_csv__days_and_hours_as_the_reader_writes_them():
    cells = [date(2026, 3, 4), time(9, 5), datetime(2026, 3, 4, 9, 5), 7, 0.5]
    [_head, row] = csv.reader(
        io.StringIO(to_csv(Table("T", ["x"] * 5, [cells], day="%d/%m/%Y"), ";", ",").decode()),
        delimiter=";",
    )
    assert row == ["04/03/2026", "09:05", "04/03/2026 09:05", "7", "0,5"]


@pytest.mark.parametrize(
    ("day", "form"),
    [
        ("%d/%m/%Y", "dd/mm/yyyy"),
        ("%m/%d/%Y", "mm/dd/yyyy"),
        ("%-d. %B %y", "d. mmmm yy"),
        ("%Y-%j", "yyyy-mm-dd"),
    ],
)
def test_spreadsheet_day(day, form):
    assert spreadsheet_day(day) == form


def test_widths__of_the_longest_line_and_never_too_wide():
    table = Table(
        "T", ["Nom", "x", "Remarque"], [["Zérouki Amina", "P", "é" * 99]], upright=frozenset([1])
    )
    columns = widths(table)
    assert columns == [16.0, NARROW, WIDEST]
    assert lines_of(table.rows[0], columns, table.upright) == 3
    assert lines_of(["a\nb", "P", None], columns, table.upright) == 2


def test_csv__no_name_is_a_formula():
    for evil in ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\uff1d1", "\n=1"):
        assert harmless(evil) == "'" + evil
    assert harmless("O'Neil = ami") == "O'Neil = ami"
    assert b"'=cmd" in to_csv(Table("T", ["=cmd"], [[-3]]))
    assert b"\r\n-3\r\n" in to_csv(Table("T", ["a"], [[-3]]))


_LETTERS = st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])


@given(st.lists(st.text(_LETTERS), min_size=1, max_size=4))
def test_csv__loses_nothing(cells):
    text = to_csv(Table("T", cells, [])).decode("utf-8-sig")
    [row] = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
    assert row == [harmless(one) for one in cells]


def test_file_name__keeps_accents_and_nothing_that_a_system_refuses():
    assert file_name(["Algèbre 2/B", None, "2026-09"], "csv") == "Algèbre_2_B_2026-09.csv"
