"""The sheet of one lesson: the people with a line on it, and its lock."""

from odoo import _, fields
from odoo.exceptions import AccessError, UserError

from ..timetable.lesson_times import local_start
from .report_source import SchoolSource


class Sheet:
    """The sheet of one lesson. Rights and language are those of the lesson's environment."""

    def __init__(self, lesson):
        lesson.ensure_one()
        self.lesson, self.env = lesson, lesson.env

    def people(self):
        """Return [(partner, role)] of everybody who gets a line, by role and name: students who are
        enrolled at some time of the lesson, teachers and supervisors of its day, and the
        substitute."""
        lesson = self.lesson
        day = local_start(lesson).date()
        classroom = lesson.sudo().classroom_id.with_context(active_test=False)
        roles = {}
        enrolments = classroom.env["small_school.enrolment"]
        for enrolment in enrolments._during(classroom, lesson.start, lesson.stop):
            if enrolment._held_part(lesson.start, lesson.stop):
                roles[enrolment.partner_id] = "student"
        for assignment in classroom.assignment_ids:
            if assignment._is_current(day):
                roles[assignment.partner_id] = assignment.role
        if lesson.substitute_id:
            roles[lesson.substitute_id] = "teacher"
        return sorted(roles.items(), key=lambda item: (item[1], item[0].name or "", item[0].id))

    def counts_text(self):
        """Return the number of students with each status, in the reader's language; False without
        students."""
        students = self.lesson.line_ids.filtered(lambda line: line.role == "student")
        return SchoolSource(self.env).words.students(students.mapped("status")) or False

    def prepare(self):
        """Give a line to everybody who has none, for filling in by hand."""
        self.check_unlocked()
        have_lines = self.lesson.line_ids.mapped("partner_id")
        self.env["small_school.attendance"].create(
            [
                {"lesson_id": self.lesson.id, "partner_id": partner.id, "role": role}
                for partner, role in self.people()
                if partner not in have_lines
            ]
        )

    def check_unlocked(self):
        """Raise UserError if the sheet is confirmed."""
        if self.lesson.sheet_state == "confirmed":
            raise UserError(_("The sheet is confirmed: have a supervisor unlock it first."))

    def check_may_unlock(self):
        """Raise AccessError unless the user may unlock confirmed sheets."""
        if not (self.env.su or self.env.user.has_group("small_school.group_supervisor")):
            raise AccessError(_("Only a supervisor may unlock a confirmed sheet."))

    def check_confirmable(self):
        """Raise UserError if the sheet cannot be confirmed."""
        lesson = self.lesson
        if not lesson.line_ids:
            raise UserError(_("The sheet is empty: fill it in before you confirm it."))
        if lesson.state == "cancelled" or lesson.start > fields.Datetime.now():
            raise UserError(_("Only the sheet of a lesson that was held can be confirmed."))

    def log_unlocked(self):
        # a log needs no e-mail address of its author
        self.lesson._message_log(body=_("The sheet was unlocked."))
