"""The register as the rows of an HTML table: sixty thousand cells take a fraction of the time that
a template engine needs."""

from dataclasses import dataclass
from html import escape
from typing import Dict, List, Mapping, Optional

from .register import STATUSES, Page, Register, count, pages, rate


@dataclass(frozen=True)
class Words:
    """Words in the reader's language. codes, labels: {status: a letter or two, the whole word}.
    day, hour: formats of strftime for a column's head. point: between a number and its decimals."""

    codes: Mapping[str, str]
    labels: Mapping[str, str]
    student: str = "Student"
    rate: str = "Rate"
    total: str = "Present"
    day: str = "%d/%m"
    hour: str = "%H:%M"
    point: str = "."


def percent(value: Optional[float], point: str) -> str:
    return "" if value is None else ("%.1f" % value).replace(".", point)


def page_html(register: Register, page: Page, words: Words) -> str:
    """Return `<thead>`, `<tbody>` and `<tfoot>` of one page. Cells have the class `s-<status>`."""
    parts = ["<thead>", _head(page, words), "</thead><tbody>"]
    parts += _rows(register, page, words)
    parts.append("</tbody>")
    if page.has_foot and register.students:
        parts += ["<tfoot>", _foot(register, page, words), "</tfoot>"]
    return "".join(parts)


def screen_html(register: Register, words: Words, rows: int) -> str:
    """Return the whole register as one table, its students in a `<tbody>` for each `rows` of them,
    so that a browser lays out only those that it shows. Each has its number of rows in `--rows`."""
    columns = max(len(register.lessons), 1)
    parts = []  # type: List[str]
    for page in pages(register, columns, rows):
        if not parts:
            parts += ["<thead>", _head(page, words), "</thead>"]
        parts.append('<tbody style="--rows:%d">' % len(page.students))
        parts += _rows(register, page, words)
        parts.append("</tbody>")
        if page.has_foot and register.students:
            parts += ["<tfoot>", _foot(register, page, words), "</tfoot>"]
    return "".join(parts)


def _rows(register: Register, page: Page, words: Words) -> List[str]:
    """Return the rows of the students, with their totals on the last page."""
    cells = {
        status: '<td class="s-%s">%s</td>' % (status, escape(words.codes[status]))
        for status in STATUSES
    }
    cells[""] = "<td></td>"
    parts = []  # type: List[str]
    ids = [lesson.id for lesson in page.lessons]
    marks = register.marks
    for student in page.students:
        name = escape(student.name)
        parts.append('<tr><th scope="row" dir="auto" title="%s">%s' % (name, name))
        if student.number:
            parts.append(" <small>%s</small>" % escape(student.number))
        parts.append("</th>")
        own = [marks.get((student.id, lesson_id), "") for lesson_id in ids]
        parts += [cells[status] for status in own]
        if page.has_totals:
            # of the whole period, not of this page alone
            whole = count(own) if len(ids) == len(register.lessons) else None
            parts.append(_totals(whole or register.of_student(student), words))
        parts.append("</tr>")
    return parts


def _head(page: Page, words: Words) -> str:
    """Return the row with the lessons' heads, and those of the totals."""
    parts = ['<tr><th class="name" scope="col">%s</th>' % escape(words.student)]
    for lesson in page.lessons:
        parts.append(
            '<th scope="col" title="%s">%s<br/><small>%s</small></th>'
            % (
                escape(lesson.name),
                escape(lesson.start.strftime(words.day)),
                escape(lesson.start.strftime(words.hour)),
            )
        )
    if page.has_totals:
        for status in STATUSES:
            parts.append(
                '<th class="total" scope="col" title="%s">%s</th>'
                % (escape(words.labels[status]), escape(words.codes[status]))
            )
        parts.append('<th class="total" scope="col">%s</th>' % escape(words.rate))
    return "".join(parts) + "</tr>"


def _totals(counts: Dict[str, int], words: Words) -> str:
    parts = ['<td class="total">%s</td>' % (counts.get(status) or "") for status in STATUSES]
    parts.append('<td class="total rate">%s</td>' % percent(rate(counts), words.point))
    return "".join(parts)


def _foot(register: Register, page: Page, words: Words) -> str:
    """Return the row with the number of students who came to each lesson, of those expected; and
    the total."""
    by_lesson = {lesson.id: {} for lesson in register.lessons}  # type: Dict[int, Dict[str, int]]
    whole = {}  # type: Dict[str, int]
    for (_student_id, lesson_id), status in register.marks.items():
        own = by_lesson.get(lesson_id)
        if own is not None:
            own[status] = own.get(status, 0) + 1
            whole[status] = whole.get(status, 0) + 1
    parts = ['<tr><th scope="row">%s</th>' % escape(words.total)]
    for lesson in page.lessons:
        own = by_lesson[lesson.id]
        came = sum(number for status, number in own.items() if status in CAME)
        parts.append("<td>%d/%d</td>" % (came, sum(own.values())))
    if page.has_totals:
        parts.append(_totals(whole, words))
    return "".join(parts) + "</tr>"


#: Statuses of students who came.
CAME = ("present", "late", "left_early", "partial")
