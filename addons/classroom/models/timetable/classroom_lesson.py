import pytz

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import format_date

from ...rules import timetable as rules

from ...rules.register import STATUSES, count


class ClassroomLesson(models.Model):
    """A lesson of a classroom, and the holder of its attendance sheet. Times are UTC."""

    _name = "classroom.lesson"
    _description = "Lesson"
    _inherit = ["mail.thread", "classroom.days.mixin"]
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
    is_imported = fields.Boolean(
        "Imported", readonly=True, copy=False, help="The sheet was taken over from another system."
    )
    import_key = fields.Char(readonly=True, copy=False, index=True)
    line_ids = fields.One2many("classroom.attendance", "lesson_id", "Attendance")
    sheet_counts = fields.Char("Students", compute="_compute_sheet_counts")
    company_id = fields.Many2one(related="classroom_id.company_id", string="School")
    join_url = fields.Char("Way into the call", compute="_compute_join_url")
    local_time = fields.Char("Local time", compute="_compute_local_time")

    _sql_constraints = [
        ("order", "check (stop > start)", "The lesson must end after it begins."),
        (
            "import_once",
            "unique (classroom_id, import_key)",
            "This lesson was imported already.",
        ),
    ]

    @api.depends("start", "stop", "classroom_id.tz")
    @api.depends_context("lang")
    def _compute_local_time(self):
        for lesson in self:
            # a substitute sees the lesson, but not the classroom
            zone = lesson.sudo().classroom_id.tz
            if not (lesson.start and lesson.stop and zone):
                lesson.local_time = False
                continue
            day, begins, ends = rules.shown(lesson.start, lesson.stop, zone)
            date = format_date(self.env, day)
            lesson.local_time = "%s %s–%s (%s)" % (date, begins, ends, zone)

    def _local_start(self):
        """The start by the classroom's clock, naive."""
        zone = pytz.timezone(self.sudo().classroom_id.tz or "UTC")
        return pytz.utc.localize(self.start).astimezone(zone).replace(tzinfo=None)

    @api.depends("line_ids.role", "line_ids.status")
    @api.depends_context("lang")
    def _compute_sheet_counts(self):
        words = dict(
            self.env["classroom.attendance"]._fields["status"]._description_selection(self.env)
        )
        for lesson in self:
            students = lesson.line_ids.filtered(lambda line: line.role == "student")
            counts = count(students.mapped("status"))
            parts = [_("%s: %s") % (words[one], counts[one]) for one in STATUSES if one in counts]
            lesson.sheet_counts = " · ".join([str(len(students))] + parts) if students else False

    # -- while it runs ----------------------------------------------------------------------------

    @api.depends("state", "start", "stop")
    @api.depends_context("uid")
    def _compute_join_url(self):
        for lesson in self:
            lesson.join_url = lesson._origin.id and lesson._join_url_for(self.env.user.partner_id)

    def _join_url_for(self, partner):
        """Where this person gets into the lesson's call, from its opening until the lesson's end;
        empty at other times, for others, and where lessons have no call."""
        return ""

    def action_join(self):
        """Button: into the call."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        url = self._join_url_for(self.env.user.partner_id)
        if not url:
            raise UserError(_("The call of this lesson is not open, or you are not in its group."))
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def _observe_now(self):
        """Somebody looks at these lessons: their sheets are to say what was seen so far."""

    def _sheet_guests(self):
        """Who was there and does not belong to the class, as far as the reader may know: a list of
        dict(name, times ((came, went), "HH:MM" by the classroom's clock), minutes)."""
        return []

    def _sheet_notes(self):
        """What is to be known of the sheet as a whole, as sentences in the reader's language."""
        return []

    def _sheet_channels(self):
        """Who was there as a channel instead of as themselves: a list of dict(name, times ((came,
        went), "HH:MM" by the classroom's clock), minutes, who (a sentence))."""
        return []

    # -- reports --------------------------------------------------------------------------------

    def _report_action(self, form):
        self.ensure_one()
        url = "/classroom/report/lesson?id=%s&format=%s" % (self.id, form)
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def action_sheet_pdf(self):
        return self._report_action("pdf")

    def action_sheet_xlsx(self):
        return self._report_action("xlsx")

    def action_sheet_csv(self):
        return self._report_action("csv")

    def unlink(self):
        if self.filtered(lambda lesson: lesson.state in ("open", "held")):
            raise UserError(_("A lesson that was held is kept: it is part of the record."))
        return super().unlink()

    # -- the sheet ------------------------------------------------------------------------------

    def write(self, vals):
        """Unlocking is a supervisor's right, by whatever way, and is logged."""
        locked = self.browse()
        if "sheet_state" in vals and vals["sheet_state"] != "confirmed":
            locked = self.filtered(lambda lesson: lesson.sheet_state == "confirmed")
        if locked:
            self._check_may_unlock()
        result = super().write(vals)
        for lesson in locked:
            # a log needs no e-mail address of who writes it
            lesson._message_log(body=_("The sheet was unlocked."))
        return result

    def _check_may_unlock(self):
        if not (self.env.su or self.env.user.has_group("classroom.group_supervisor")):
            raise AccessError(_("Only a supervisor may unlock a confirmed sheet."))

    def _sheet_partners(self):
        """[(partner, role)] who has a line: enrolled at some time of the lesson, or assigned on its
        day."""
        self.ensure_one()
        day = self._local_start().date()
        classroom = self.sudo().classroom_id.with_context(active_test=False)
        found = {}
        for one in classroom.enrolment_ids:
            if one._belongs(self.start, self.stop):
                found[one.partner_id] = "student"
        for one in classroom.assignment_ids:
            if one._is_current(day):
                found[one.partner_id] = one.role
        if self.substitute_id:
            found[self.substitute_id] = "teacher"
        return sorted(found.items(), key=lambda item: (item[1], item[0].name or "", item[0].id))

    def _has_own_sheet(self):
        """Whether somebody has filled the sheet in, or a call was observed."""
        return not self.is_imported and any(
            line.status not in (False, "unknown") or line.corrected for line in self.line_ids
        )

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

    def action_confirm_sheet(self):
        """Confirm the sheet: from now on it is locked."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for lesson in self:
            if not lesson.line_ids:
                raise UserError(_("The sheet is empty: fill it in before you confirm it."))
            if lesson.state == "cancelled" or lesson.start > fields.Datetime.now():
                raise UserError(_("Only the sheet of a lesson that was held can be confirmed."))
        self.write({"sheet_state": "confirmed"})
        return True

    def action_unlock_sheet(self):
        """Unlock a confirmed sheet: a supervisor's right, and it is logged."""
        self._check_may_unlock()
        self.write({"sheet_state": "final"})
        self._sheet_changed()
        return True

    def _sheet_changed(self):
        """Something that these sheets, which are not locked, depend on has changed. Whoever computes
        sheets does it again."""
        self.sudo().mapped("line_ids")._excuse()

    def _accepted_excuses(self):
        """{student: the accepted excuse that covers the lesson}."""
        self.ensure_one()
        return self.env["classroom.excuse"].sudo()._covering(self)

    @api.constrains("start", "stop")
    def _check_length(self):
        for lesson in self:
            if (lesson.stop - lesson.start).total_seconds() > 24 * 3600:
                raise ValidationError(_("A lesson lasts a day at most: mend its times."))
