"""This school's sheets, registers and records, for the papers of `lesson_register`."""

from odoo import _
from odoo.exceptions import AccessError

from odoo.addons.lesson_register.rules.lines import Other, RecordLine, Sheet, SheetLine
from odoo.addons.lesson_register.services.source import Source

from ..timetable.lesson_times import local_start


class SchoolSource(Source):
    """The lines of the school's own sheets, with corrections and excuses. Readers are the school's
    staff."""

    lesson_model, class_model = "small_school.lesson", "small_school.classroom"
    address = "/classroom/report"

    def labels(self):
        field = self.env["small_school.attendance"]._fields["status"]
        return dict(field._description_selection(self.env))

    def check(self, kind, record):
        if not self.env.user.has_group("small_school.group_teacher") and not self.env.su:
            raise AccessError(_("Only the school's staff may see its registers."))
        record.check_access_rights("read")
        record.check_access_rule("read")

    def refresh(self, lesson):
        lesson._refresh_sheets()

    # -- the sheet ------------------------------------------------------------------------------

    def sheet(self, lesson, has_remarks):
        extras = lesson._sheet_extras()
        fields = self.env["small_school.attendance"]._fields
        roles = dict(fields["role"]._description_selection(self.env))
        known = lesson.sudo()  # a substitute may not read the classroom
        return Sheet(
            known.classroom_id.name,
            lesson.name or "",
            local_start(lesson).date(),
            lesson.local_time or "",
            known.company_id.name or "",
            known.teacher_id.name or "",
            [
                SheetLine(
                    *self._cells(line),
                    line.partner_id.name or "",
                    line.sudo().partner_id.student_number or "",
                    line.role == "student",
                    roles.get(line.role, ""),
                    line.minutes_low,
                    line.minutes_high,
                    line.corrected,
                )
                for line in lesson.line_ids.sorted(lambda one: (one.role != "student", one.role))
            ],
            [Other(**guest) for guest in extras["guests"]],
            [Other(**channel) for channel in extras["channels"]],
            extras["notes"],
        )

    def _cells(self, line):
        """Return the values of a `rules.lines.Line`."""
        return (
            line.status or "",
            line.arrived_text or "",
            line.departed_text or "",
            line.minutes,
            line.percentage,
            line.excuse_reason or line.correction_reason or line.evidence or "",
        )

    # -- the register ---------------------------------------------------------------------------

    def zone(self, classroom):
        return classroom.tz or "UTC"

    def lessons(self, classroom, start, stop):
        self.env["small_school.lesson"].flush()
        self.env.cr.execute(
            """
            SELECT id, start, name FROM small_school_lesson
            WHERE classroom_id = %s AND start >= %s AND start < %s AND state IN ('open', 'held')
            ORDER BY start, id
            """,
            [classroom.id, start, stop],
        )
        return self.env.cr.fetchall()

    def marks(self, classroom, lesson_ids):
        self.env["small_school.attendance"].flush()
        self.env.cr.execute(
            """
            SELECT partner_id, lesson_id, coalesce(status, 'unknown') FROM small_school_attendance
            WHERE classroom_id = %s AND lesson_id = ANY(%s) AND role = 'student'
            """,
            [classroom.id, lesson_ids],
        )
        return {(student, lesson): status for student, lesson, status in self.env.cr.fetchall()}

    def enrolled(self, classroom, first, last):
        self.env["small_school.enrolment"].flush()
        self.env.cr.execute(
            """
            SELECT partner_id FROM small_school_enrolment
            WHERE classroom_id = %s AND state <> 'blocked' AND date_from <= %s
                AND coalesce(date_to, CASE WHEN state = 'ended' THEN ended_at::date END,
                             %s) >= %s
            """,
            [classroom.id, last, last, first],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def numbers(self, partner_ids):
        self.env.cr.execute(
            "SELECT id, student_number FROM res_partner"
            " WHERE id = ANY(%s) AND student_number IS NOT NULL",
            [list(partner_ids)],
        )
        return dict(self.env.cr.fetchall())

    # -- the record -----------------------------------------------------------------------------

    def lines(self, partner, first, last):
        lines = self.env["small_school.attendance"].search(
            [
                ("partner_id", "=", partner.id),
                ("role", "=", "student"),
                ("lesson_id.state", "in", ("open", "held")),
            ],
            order="start, id",
        )
        return [
            RecordLine(
                *self._cells(line),
                local_start(line.lesson_id),
                line.sudo().classroom_id.name,
                line.sudo().classroom_id.id,
                line.lesson_id.name or "",
            )
            for line in lines
            if first <= local_start(line.lesson_id).date() <= last
        ]
