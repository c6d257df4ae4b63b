"""A classroom's register of a period: students × lessons."""

from datetime import datetime, time, timedelta

import pytz

from odoo import _
from odoo.exceptions import UserError

from odoo.addons.lesson_register.rules.register import (
    STATUSES,
    Lesson,
    Register,
    Student,
    rate,
    sort_key,
)
from odoo.addons.lesson_register.rules.tables import Table

from .report_words import TONES, ReportWords

#: A register with more lessons is refused: nobody reads it, and it would hold up the server.
LESSONS_MAX = 1000
_THERE = ("present", "late", "left_early", "partial")


class ClassroomRegister:
    """The register of one classroom from `first` to `last` (days by the classroom's clock, both
    included). It is read from the database in a handful of queries, however large it is.

    Raises AccessError for a user who may not read it, UserError for a period that is refused.
    """

    def __init__(self, classroom, first, last):
        classroom.ensure_one()
        self.classroom, self.env = classroom, classroom.env
        self.first, self.last = first, last
        self.words = ReportWords(classroom.env)

    def read(self):
        """The `rules.register.Register` of the lessons that were held."""
        self.words.check_may_read(self.classroom)
        self.words.check_period(self.first, self.last)
        lessons = self._lessons()
        marks = self._marks([lesson.id for lesson in lessons])
        student_ids = {student_id for student_id, _lesson_id in marks} | set(self._enrolled())
        return Register(lessons, self._students(student_ids), marks)

    def table(self):
        """The register as a `rules.tables.Table`."""
        register = self.read()
        codes, labels = self.words.codes(), self.words.labels()
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
        lines = [self.words.period(self.first, self.last), " · ".join(legend)]
        return Table(
            _("Register: %s") % self.classroom.name,
            header,
            rows,
            lines + [self.words.rate_rule()],
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
            there = sum(counts.get(status, 0) for status in _THERE)
            cells.append("%s/%s" % (there, sum(counts.values())))
        return cells + [None] * (len(STATUSES) + 1)

    # -- reading --------------------------------------------------------------------------------

    def _lessons(self):
        """The `rules.register.Lesson`s that were held, in order. Raises UserError for too many."""
        zone = pytz.timezone(self.classroom.tz or "UTC")
        self.env["small_school.lesson"].flush()
        start, stop = (
            zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc)
            for day in (self.first, self.last + timedelta(days=1))
        )
        self.env.cr.execute(
            """
            SELECT id, start, name FROM small_school_lesson
            WHERE classroom_id = %s AND start >= %s AND start < %s AND state IN ('open', 'held')
            ORDER BY start, id
            """,
            [self.classroom.id, start.replace(tzinfo=None), stop.replace(tzinfo=None)],
        )
        rows = self.env.cr.fetchall()
        if len(rows) > LESSONS_MAX:
            raise UserError(
                _("This period has %s lessons, and a register at most %s: choose a shorter one.")
                % (len(rows), LESSONS_MAX)
            )
        return [
            Lesson(lesson_id, pytz.utc.localize(at).astimezone(zone).replace(tzinfo=None), name)
            for lesson_id, at, name in rows
        ]

    def _marks(self, lesson_ids):
        """Return {(id of the student, id of the lesson): status}."""
        self.env["small_school.attendance"].flush()
        self.env.cr.execute(
            """
            SELECT partner_id, lesson_id, coalesce(status, 'unknown') FROM small_school_attendance
            WHERE classroom_id = %s AND lesson_id = ANY(%s) AND role = 'student'
            """,
            [self.classroom.id, lesson_ids],
        )
        return {(student, lesson): status for student, lesson, status in self.env.cr.fetchall()}

    def _enrolled(self):
        """Return ids of the students who were enrolled in the period."""
        self.env["small_school.enrolment"].flush()
        self.env.cr.execute(
            """
            SELECT partner_id FROM small_school_enrolment
            WHERE classroom_id = %s AND state <> 'blocked' AND date_from <= %s
                AND coalesce(date_to, CASE WHEN state = 'ended' THEN ended_at::date END,
                             %s) >= %s
            """,
            [self.classroom.id, self.last, self.last, self.first],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _students(self, partner_ids):
        """The `rules.register.Student`s, by name."""
        self.env["res.partner"].flush()
        self.env.cr.execute(
            "SELECT id, coalesce(name, ''), coalesce(student_number, '') FROM res_partner"
            " WHERE id = ANY(%s)",
            [list(partner_ids)],
        )
        students = [Student(*row) for row in self.env.cr.fetchall()]
        return sorted(students, key=lambda student: (sort_key(student.name), student.id))
