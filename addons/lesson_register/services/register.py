"""A class's register of a period: students × lessons."""

from datetime import timedelta

from odoo import _
from odoo.exceptions import UserError

from ..rules.register import STATUSES, Lesson, Register, pages, rate
from ..rules.register_html import CAME, page_html, screen_html
from ..rules.tables import Table
from .source import bounds, local
from .words import TONES

#: A register with more lessons is refused: nobody reads it, and it would hold up the server.
LESSONS_MAX = 1000
#: The lessons and students that fit on a sheet of A4. The browser that prints repeats no heads of
#: tables, so each page is a table of its own.
COLUMNS, ROWS = 20, 32
#: Students in a group of rows of the page, and how wide its columns are (pixels, as its style
#: says).
BLOCK = 10
NAME, LESSON, TOTALS = 220, 40, 7 * 40 + 52


class RegisterPaper:
    """The register of one class from `first` to `last` (days by the class's clock, both included).
    It is read from the database in a handful of queries, however large it is.

    Raises AccessError for a user who may not read it, UserError for a period that is refused.
    """

    kind = "register"

    def __init__(self, source, classroom, first, last):
        classroom.ensure_one()
        source.check("register", classroom)
        self.source, self.env, self.words = source, source.env, source.words
        self.classroom, self.first, self.last = classroom, first, last
        self.words.check_period(first, last)

    def name_parts(self):
        """Return the parts of a file's name."""
        name = self.source.class_name(self.classroom)
        return [_("Register"), name, str(self.first), str(self.last)]

    def read(self):
        """The `rules.register.Register` of the lessons that were held."""
        lessons = self._lessons()
        marks = self.source.marks(self.classroom, [lesson.id for lesson in lessons])
        student_ids = {student_id for student_id, _lesson_id in marks}
        student_ids |= set(self.source.enrolled(self.classroom, self.first, self.last))
        return Register(lessons, self.source.students(student_ids), marks)

    def _lessons(self):
        """The `rules.register.Lesson`s, in order. Raises UserError for too many."""
        zone = self.source.zone(self.classroom)
        rows = self.source.lessons(self.classroom, *bounds(self.first, self.last, zone))
        if len(rows) > LESSONS_MAX:
            raise UserError(
                _("This period has %s lessons, and a register at most %s: choose a shorter one.")
                % (len(rows), LESSONS_MAX)
            )
        return [Lesson(lesson_id, local(at, zone), name) for lesson_id, at, name in rows]

    def rules(self):
        """Return the sentences below a register."""
        return [line for line in (self.words.rate_rule(), self.source.footnote()) if line]

    # -- as a table -----------------------------------------------------------------------------

    def table(self):
        """The register as a `rules.tables.Table`."""
        register = self.read()
        codes, labels = self.words.codes(), self.words.labels
        header = [_("Student"), _("Number")]
        header += [lesson.start for lesson in register.lessons]
        header += [labels[status] for status in STATUSES] + [_("Rate (%)")]
        rows, tones = [], {}
        for student in register.students:
            cells = [student.name, student.number]
            for lesson in register.lessons:
                status = register.marks.get((student.id, lesson.id))
                if status in TONES:
                    tones[len(rows), len(cells)] = TONES[status]
                cells.append(codes[status] if status else None)
            counts = register.of_student(student)
            totals = [counts.get(status, 0) for status in STATUSES] + [rate(counts)]
            rows.append(cells + totals)
        legend = ["%s: %s" % (code, label) for _status, code, label in self.words.legend()]
        return Table(
            _("Register: %s") % self.source.class_name(self.classroom),
            header,
            rows,
            [self.words.period(self.first, self.last), " · ".join(legend)] + self.rules(),
            [self._foot(register)] if register.lessons else [],
            2,
            frozenset(range(2, len(header) - 1)),
            tones,
            self.words.lang().date_format,
        )

    def _foot(self, register):
        """Return the cells below the lessons: the number of students who were there, of those
        expected."""
        cells = [_("There / expected"), None]
        for lesson in register.lessons:
            counts = register.of_lesson(lesson)
            there = sum(counts.get(status, 0) for status in CAME)
            cells.append("%s/%s" % (there, sum(counts.values())))
        return cells + [None] * (len(STATUSES) + 1)

    # -- for the printer, and as a page ---------------------------------------------------------

    def printed(self):
        """Return the values of the template of the printed register."""
        register, words = self.read(), self.words.of_html()
        parts = pages(register, COLUMNS, ROWS)
        return {
            "title": self.source.class_name(self.classroom),
            "school": self.source.school(self.classroom),
            "period": self.words.period(self.first, self.last),
            "pages": [
                (_("Page %s of %s") % (number, len(parts)), page_html(register, page, words))
                for number, page in enumerate(parts, 1)
            ],
            "is_empty": not register.lessons,
            "legend": self.words.legend(),
            "rules": self.rules(),
        }

    def page(self):
        """Return the values of the template of the register as a page."""
        register, month = self.read(), self.first.replace(day=1)
        own = (self.source.address, self.classroom.id)
        address = "%s/register?id=%s" % own
        period = "&first=%s&last=%s&format=" % (self.first, self.last)
        return {
            "title": self.source.class_name(self.classroom),
            "address": "%s/register" % self.source.address,
            "number": self.classroom.id,
            "first": self.first,
            "last": self.last,
            "period": self.words.period(self.first, self.last),
            "rows": screen_html(register, self.words.of_html(), BLOCK),
            "width": NAME + LESSON * len(register.lessons) + TOTALS,
            "is_empty": not register.lessons,
            "lessons": len(register.lessons),
            "students": len(register.students),
            "legend": self.words.legend(),
            "rules": self.rules(),
            "files": [(one.upper(), address + period + one) for one in ("pdf", "xlsx", "csv")],
            "before": month_of(month - timedelta(days=1)),
            "after": month_of(month + timedelta(days=32)),
            "is_rtl": self.words.lang().direction == "rtl",
        }


def month_of(day):
    """Return the (first, last) day of the month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
