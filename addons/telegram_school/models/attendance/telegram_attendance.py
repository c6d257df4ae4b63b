from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.telegram_base.models.membership.telegram_roster import ROLES

from ...services.attendance.sheet import LessonSheet
from ...services.membership import rights
from ...services.messages.lesson_texts import LessonTexts
from .. import telegram_choices

#: Who works at the school: families read their own line, and not who has corrected it, and why.
_STAFF = "base.group_user"

#: The columns that a person writes.
CORRECTED = frozenset({"status", "correction_reason"})


class TelegramAttendance(models.Model):
    """One person's line of a lesson as the product computed it, beside the school's own sheet.

    `written` holds the values last written into the school's sheet: the base of a three-way merge,
    see `services/attendance/school_sheet.py`. Where the school has no sheet of its own, this is
    the sheet: its status is corrected here, with a reason, and stays until that is taken back.
    """

    _name = "telegram.attendance"
    _description = "Telegram: attendance of a person at a lesson"
    _order = "lesson_id desc, role, person_name, id"
    _rec_name = "person_name"

    lesson_id = fields.Many2one(
        "telegram.lesson", "Lesson", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, readonly=True, index=True, ondelete="cascade"
    )
    person_name = fields.Char("Name", readonly=True, help="As it was when the line was computed.")
    role = fields.Selection(ROLES, "Role", required=True, readonly=True, default="student")
    status = fields.Selection(
        telegram_choices.statuses, "Status", help="By the rules, or as a person has corrected it."
    )
    computed_status = fields.Selection(
        telegram_choices.statuses, "By the rules", readonly=True, groups=_STAFF
    )
    is_corrected = fields.Boolean("Corrected", readonly=True, groups=_STAFF)
    correction_reason = fields.Char("Reason", groups=_STAFF)
    corrected_by_id = fields.Many2one(
        "res.users", "Corrected by", readonly=True, ondelete="set null", groups=_STAFF
    )
    corrected_at = fields.Datetime("Corrected on", readonly=True, groups=_STAFF)
    correction_text = fields.Char("Correction", compute="_compute_correction_text", groups=_STAFF)
    arrived_at = fields.Datetime("Arrival", readonly=True)
    departed_at = fields.Datetime("Departure", readonly=True)
    minutes = fields.Float("Minutes", digits=(16, 2), readonly=True)
    minutes_low = fields.Float("At least", digits=(16, 2), readonly=True)
    minutes_high = fields.Float("At most", digits=(16, 2), readonly=True)
    percentage = fields.Float("Percentage", digits=(16, 1), readonly=True)
    evidence = fields.Char("Evidence", readonly=True, help="Codes of the rules, by commas.")
    written = fields.Text(
        "Written into the school's sheet",
        readonly=True,
        help="Field → value, as JSON; empty: nothing yet.",
    )

    arrived_text = fields.Char(
        "Arrived at", compute="_compute_texts", help="By the clock of the class."
    )
    departed_text = fields.Char(
        "Left at", compute="_compute_texts", help="By the clock of the class."
    )
    evidence_text = fields.Char("Why", compute="_compute_texts")

    company_id = fields.Many2one(related="lesson_id.company_id", string="School")
    may_see = fields.Boolean(compute="_compute_may_see", search="_search_may_see")
    may_correct = fields.Boolean(
        compute="_compute_may_correct",
        search="_search_may_correct",
        help="The school has no sheet of its own, and the user gives the lesson, teaches or "
        "supervises its class at this moment, or manages the school.",
    )

    _sql_constraints = [
        ("once", "UNIQUE (lesson_id, partner_id)", "This person has a line already."),
    ]

    @api.depends("arrived_at", "departed_at", "evidence")
    @api.depends_context("lang")
    def _compute_texts(self):
        self.update({"arrived_text": False, "departed_text": False, "evidence_text": False})
        for row in self.mapped("lesson_id").sudo():
            lesson = row._lesson()
            words, hour = LessonSheet(lesson).evidence_words(), LessonTexts(lesson).hour
            for line in self.filtered(lambda one, row=row: one.lesson_id == row):
                if lesson:
                    line.arrived_text = line.arrived_at and hour(line.arrived_at)
                    line.departed_text = line.departed_at and hour(line.departed_at)
                codes = (line.evidence or "").split(",")
                known = [words[code] for code in codes if code in words]
                line.evidence_text = ", ".join(known) or False

    @api.depends_context("uid")
    def _compute_may_see(self):
        mine = self.sudo().search([("id", "in", self.ids), ("may_see", "=", True)])
        for line in self:
            line.may_see = line.id in mine.ids

    @api.model
    def _search_may_see(self, operator, value):
        return rights.leaf(rights.lines_seen(self.env.user), operator, value)

    @api.depends_context("uid")
    def _compute_may_correct(self):
        mine = self.sudo().search([("id", "in", self.ids), ("may_correct", "=", True)])
        for line in self:
            line.may_correct = line.id in mine.ids

    @api.model
    def _search_may_correct(self, operator, value):
        return rights.leaf(rights.lines_corrected(self.env.user), operator, value)

    @api.depends("status", "computed_status", "correction_reason", "corrected_by_id")
    @api.depends_context("lang")
    def _compute_correction_text(self):
        words = dict(telegram_choices.statuses(self))
        for line in self:
            line.correction_text = line.is_corrected and _("%s instead of %s: %s (%s)") % (
                words.get(line.status, ""),
                words.get(line.computed_status, _("nothing")),
                line.correction_reason or "",
                line.corrected_by_id.sudo().name or "–",
            )

    # -- corrections ----------------------------------------------------------------------------

    def write(self, vals):
        """Correct the status of these lines, with a reason; nobody writes anything else. The status
        of the rules, without a reason, takes the correction back."""
        if self.env.su:
            return super().write(vals)
        if set(vals) - CORRECTED:
            raise AccessError(_("Of a line only the status and the reason can be changed."))
        self._check_may_correct()
        for line in self.sudo():
            super(TelegramAttendance, line).write(line._correction(vals))
        return True

    def _correction(self, vals):
        """Return what is written for a person's `vals`. Raises UserError without a reason."""
        status = vals.get("status", self.status)
        reason = vals.get("correction_reason", self.correction_reason)
        reason = (reason or "").strip()
        if status == self.computed_status and not reason:
            return self._taken_back()
        if not reason:
            raise UserError(_("Give a reason: why is it not as it was observed?"))
        return {
            "status": status,
            "is_corrected": True,
            "correction_reason": reason,
            "corrected_by_id": self.env.uid,
            "corrected_at": fields.Datetime.now(),
        }

    def _taken_back(self):
        """Return what is written when a correction is taken back."""
        nobody = dict.fromkeys(("correction_reason", "corrected_by_id", "corrected_at"), False)
        return dict(nobody, status=self.computed_status, is_corrected=False)

    def _check_may_correct(self):
        """Raise AccessError, or UserError for a sheet that is confirmed, unless the user may
        correct these lines now."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for row in self.sudo().mapped("lesson_id"):
            lesson = row._lesson()
            if lesson and lesson._telegram_sheet_is_locked():
                raise UserError(_("The sheet is confirmed, so it does not change any more."))

    def action_correct(self):
        """Button: ask for the status and the reason."""
        self.ensure_one()
        self._check_may_correct()
        view = self.env.ref("telegram_school.telegram_attendance_form")
        return {
            "type": "ir.actions.act_window",
            "name": _("Correct: %s") % self.person_name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(view.id, "form")],
            "target": "new",
        }

    def action_take_back(self):
        """Button: let the rules decide again."""
        self._check_may_correct()
        for line in self.sudo():
            line.write(line._taken_back())
        return True
