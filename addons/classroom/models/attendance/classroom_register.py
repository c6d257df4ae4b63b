from datetime import datetime, time, timedelta

import pytz

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from ...rules.register import STATUSES, Lesson, Register, Student, rate, sort_key
from ...rules.register_html import Words
from ...rules.tables import Table

#: Colours of cells by status, in files and on screens alike.
TONES = {"absent": "red", "late": "amber", "left_early": "amber", "partial": "amber"}
#: A register longer than this is refused: nobody reads it, and it would hold up the server.
LESSONS_MAX = 1000


class ClassroomRegister(models.AbstractModel):
    """A classroom's register: read from the database in a handful of queries, however many students
    and lessons it has."""

    _name = "classroom.register"
    _description = "Register of a classroom"

    @api.model
    def _check(self, record):
        """Only who teaches or supervises gets a report, and only of what they may see."""
        if not self.env.user.has_group("classroom.group_teacher"):
            raise AccessError(_("Only the school's staff may see its registers."))
        record.check_access_rights("read")
        record.check_access_rule("read")

    # -- reading --------------------------------------------------------------------------------

    @api.model
    def _of(self, classroom, first, last):
        """The `rules.register.Register` of the classroom's lessons that were held between two days
        (by the classroom's clock, both included)."""
        self._check(classroom)
        if last < first:
            raise UserError(_("The period ends before it begins: mend the dates."))
        zone = pytz.timezone(classroom.tz or "UTC")
        lessons = self._lessons(classroom, zone, first, last)
        marks = self._marks(classroom, [lesson.id for lesson in lessons])
        people = {student_id for student_id, _lesson_id in marks}
        people.update(self._enrolled(classroom, first, last))
        return Register(lessons, self._students(people), marks)

    def _lessons(self, classroom, zone, first, last):
        self.env["classroom.lesson"].flush()
        start, stop = (
            zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc)
            for day in (first, last + timedelta(days=1))
        )
        self.env.cr.execute(
            """
            SELECT id, start, name FROM classroom_lesson
            WHERE classroom_id = %s AND start >= %s AND start < %s AND state IN ('open', 'held')
            ORDER BY start, id
            """,
            [classroom.id, start.replace(tzinfo=None), stop.replace(tzinfo=None)],
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

    def _marks(self, classroom, lesson_ids):
        self.env["classroom.attendance"].flush()
        self.env.cr.execute(
            """
            SELECT partner_id, lesson_id, coalesce(status, 'unknown') FROM classroom_attendance
            WHERE classroom_id = %s AND lesson_id = ANY(%s) AND role = 'student'
            """,
            [classroom.id, lesson_ids],
        )
        return {(person, lesson): status for person, lesson, status in self.env.cr.fetchall()}

    def _enrolled(self, classroom, first, last):
        self.env["classroom.enrolment"].flush()
        self.env.cr.execute(
            """
            SELECT partner_id FROM classroom_enrolment
            WHERE classroom_id = %s AND state <> 'blocked' AND date_from <= %s
                AND coalesce(date_to, CASE WHEN state = 'ended' THEN ended_at::date END,
                             %s) >= %s
            """,
            [classroom.id, last, last, first],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _students(self, partner_ids):
        self.env["res.partner"].flush()
        self.env.cr.execute(
            "SELECT id, coalesce(name, ''), coalesce(student_number, '') FROM res_partner"
            " WHERE id = ANY(%s)",
            [list(partner_ids)],
        )
        found = [Student(*row) for row in self.env.cr.fetchall()]
        return sorted(found, key=lambda one: (sort_key(one.name), one.id))

    # -- words ----------------------------------------------------------------------------------

    @api.model
    def _lang(self):
        """The reader's res.lang."""
        langs = self.env["res.lang"]
        code = self.env.context.get("lang") or self.env.user.lang or "en_US"
        # of a language that is not installed there is nothing
        return langs._lang_get(code) or langs.search([], limit=1)

    @api.model
    def _codes(self):
        """{status: what stands in a cell}."""
        # Odoo translates no single letters
        said = {
            "present": _("P = present"),
            "late": _("L = late"),
            "left_early": _("D = departed early"),
            "absent": _("A = absent"),
            "excused": _("E = excused"),
        }
        codes = {status: text.split(" ")[0] for status, text in said.items()}
        return dict(codes, partial="½", unknown="?")

    @api.model
    def _labels(self):
        field = self.env["classroom.attendance"]._fields["status"]
        return dict(field._description_selection(self.env))

    @api.model
    def _words(self):
        lang = self._lang()
        is_month_first = lang.date_format.startswith("%m")
        return Words(
            self._codes(),
            self._labels(),
            _("Student"),
            _("Rate"),
            _("There / expected"),
            "%m/%d" if is_month_first else "%d/%m",
            "%H:%M",
            lang.decimal_point,
        )

    @api.model
    def _legend(self):
        codes, labels = self._codes(), self._labels()
        return [(one, codes[one], labels[one]) for one in STATUSES]

    @api.model
    def _rate_rule(self):
        return _(
            "Rate: present, late and left early count whole, partly present half, absent nothing; "
            "excused and unknown do not count."
        )

    @api.model
    def _period(self, first, last):
        form = self._lang().date_format
        return _("From %s to %s") % (first.strftime(form), last.strftime(form))

    # -- as a table -----------------------------------------------------------------------------

    @api.model
    def _register_table(self, classroom, first, last):
        """The register as a `rules.tables.Table`."""
        register = self._of(classroom, first, last)
        codes, labels = self._codes(), self._labels()
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
            rows.append(cells + self._totals(counts))
        came = [_("There / expected"), None]
        for lesson in register.lessons:
            counts = register.of_lesson(lesson)
            there = sum(counts.get(one, 0) for one in ("present", "late", "left_early", "partial"))
            came.append("%s/%s" % (there, sum(counts.values())))
        return Table(
            _("Register: %s") % classroom.name,
            header,
            rows,
            [
                self._period(first, last),
                " · ".join("%s: %s" % (code, label) for _one, code, label in self._legend()),
                self._rate_rule(),
            ],
            [came + [None] * (len(STATUSES) + 1)] if register.lessons else [],
            2,
            frozenset(range(2, len(header) - 1)),
            tones,
            self._lang().date_format,
        )

    @api.model
    def _totals(self, counts):
        return [counts.get(status, 0) for status in STATUSES] + [rate(counts)]
