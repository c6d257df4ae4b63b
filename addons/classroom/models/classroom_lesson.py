import pytz

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class ClassroomLesson(models.Model):
    """A lesson of a classroom, and the holder of its attendance sheet. Times are UTC."""

    _name = "classroom.lesson"
    _description = "Lesson"
    _inherit = ["mail.thread"]
    _order = "start desc, id desc"

    classroom_id = fields.Many2one(
        "classroom.classroom", "Classroom", required=True, index=True, ondelete="restrict"
    )
    name = fields.Char("Subject", required=True)
    start = fields.Datetime("Start", required=True, index=True)
    stop = fields.Datetime("End", required=True)
    teacher_id = fields.Many2one("res.partner", "Teacher", ondelete="restrict")
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("open", "Open"),
            ("held", "Held"),
            ("cancelled", "Cancelled"),
        ],
        "State",
        required=True,
        default="planned",
    )
    sheet_state = fields.Selection(
        [("draft", "Draft"), ("final", "Final"), ("confirmed", "Confirmed")],
        "Sheet",
        required=True,
        default="draft",
        tracking=True,
    )
    line_ids = fields.One2many("classroom.attendance", "lesson_id", "Attendance")
    company_id = fields.Many2one(related="classroom_id.company_id", string="School")
    local_time = fields.Char("Local time", compute="_compute_local_time")

    _sql_constraints = [
        ("order", "check (stop > start)", "The lesson must end after it begins."),
    ]

    @api.depends("start", "stop", "classroom_id.tz")
    def _compute_local_time(self):
        for lesson in self:
            if not (lesson.start and lesson.stop and lesson.classroom_id.tz):
                lesson.local_time = False
                continue
            tz = pytz.timezone(lesson.classroom_id.tz)
            start, stop = (
                pytz.utc.localize(one).astimezone(tz) for one in (lesson.start, lesson.stop)
            )
            lesson.local_time = "%s %s–%s (%s)" % (
                start.strftime("%Y-%m-%d"),
                start.strftime("%H:%M"),
                stop.strftime("%H:%M"),
                tz.zone,
            )

    def unlink(self):
        if self.filtered(lambda lesson: lesson.state in ("open", "held")):
            raise UserError(_("A lesson that was held is kept: it is part of the record."))
        return super().unlink()

    # -- the sheet ------------------------------------------------------------------------------

    def _sheet_partners(self):
        """[(partner, role)] who has a line: enrolled or assigned on the lesson's day."""
        self.ensure_one()
        tz = pytz.timezone(self.classroom_id.tz)
        day = pytz.utc.localize(self.start).astimezone(tz).date()
        classroom = self.sudo().classroom_id.with_context(active_test=False)
        found = {}
        for one in classroom.enrolment_ids:
            # who was unenrolled that day, before the lesson, is not expected at it
            has_left = one.state == "ended" and one.ended_at and one.ended_at <= self.start
            if one._is_current(day) and not has_left:
                found[one.partner_id] = "student"
        for one in classroom.assignment_ids:
            if one._is_current(day):
                found[one.partner_id] = one.role
        return sorted(found.items(), key=lambda item: (item[1], item[0].name or "", item[0].id))

    def _check_sheet_open(self):
        if self.filtered(lambda lesson: lesson.sheet_state == "confirmed"):
            raise UserError(_("The sheet is confirmed: have a supervisor unlock it first."))

    def action_prepare_sheet(self):
        """Give everybody who belongs a line, for filling in by hand."""
        self._check_sheet_open()
        for lesson in self:
            known = lesson.line_ids.mapped("partner_id")
            self.env["classroom.attendance"].create(
                [
                    {"lesson_id": lesson.id, "partner_id": partner.id, "role": role}
                    for partner, role in lesson._sheet_partners()
                    if partner not in known
                ]
            )
        return True

    def action_all_present(self):
        """A lesson held without calls: everybody was there, then the exceptions are set."""
        self.action_prepare_sheet()
        for lesson in self:
            lines = lesson.line_ids.filtered(lambda line: not line.corrected)
            lines.filtered(lambda line: line.status in (False, "unknown")).write(
                {"status": "present"}
            )
            if lesson.state == "planned":
                lesson.state = "held"
        return True

    def action_confirm_sheet(self):
        """Confirm the sheet: from now on it is locked."""
        for lesson in self:
            if not lesson.line_ids:
                raise UserError(_("The sheet is empty: fill it in before you confirm it."))
        self.write({"sheet_state": "confirmed"})
        return True

    def action_unlock_sheet(self):
        """Unlock a confirmed sheet: a supervisor's right, and it is logged."""
        if not self.env.user.has_group("classroom.group_supervisor"):
            raise AccessError(_("Only a supervisor may unlock a confirmed sheet."))
        self.write({"sheet_state": "final"})
        for lesson in self:
            # a log needs no e-mail address of who writes it
            lesson._message_log(body=_("The sheet was unlocked."))
        return True

    def action_cancel(self):
        """Cancel lessons that have not been held."""
        if self.filtered(lambda lesson: lesson.state == "held"):
            raise UserError(_("A lesson that was held cannot be cancelled."))
        self.write({"state": "cancelled"})
        return True

    def action_plan_again(self):
        """Take a cancellation back."""
        self.filtered(lambda lesson: lesson.state == "cancelled").write({"state": "planned"})
        return True

    @api.constrains("start", "stop")
    def _check_length(self):
        for lesson in self:
            if (lesson.stop - lesson.start).total_seconds() > 24 * 3600:
                raise ValidationError(_("A lesson lasts a day at most: mend its times."))
