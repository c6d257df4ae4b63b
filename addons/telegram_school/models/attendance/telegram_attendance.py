from odoo import api, fields, models

from odoo.addons.telegram_base.models.membership.telegram_roster import ROLES

from ...services.attendance.sheet import LessonSheet
from ...services.membership import rights
from ...services.messages.lesson_texts import LessonTexts
from .. import telegram_choices


class TelegramAttendance(models.Model):
    """One person's line of a lesson as the product computed it, beside the school's own sheet.

    `written` holds the values last written into the school's sheet: the base of a three-way merge,
    see `services/attendance/school_sheet.py`.
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
    status = fields.Selection(telegram_choices.statuses, "Status", readonly=True)
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
                line.evidence_text = ", ".join(words[code] for code in codes if code in words)

    @api.depends_context("uid")
    def _compute_may_see(self):
        mine = self.sudo().search([("id", "in", self.ids), ("may_see", "=", True)])
        for line in self:
            line.may_see = line.id in mine.ids

    @api.model
    def _search_may_see(self, operator, value):
        return rights.leaf(rights.lines_seen(self.env.user), operator, value)
