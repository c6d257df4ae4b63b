"""The settings of a school."""

from odoo import fields, models

from odoo.addons.lesson_register.rules.risk import Limits


class ResCompany(models.Model):
    _inherit = "res.company"

    classroom_weeks_ahead = fields.Integer("Weeks of lessons made ahead", required=True, default=8)

    small_school_risk_percent = fields.Float(
        "At risk below (%)", required=True, default=75.0, digits=(16, 1)
    )
    small_school_risk_row = fields.Integer(
        "At risk from absences in a row", required=True, default=3
    )
    small_school_risk_days = fields.Integer("Days that are looked at", required=True, default=90)

    small_school_excuse_days = fields.Integer(
        "Excuses are kept (days)",
        required=True,
        default=365,
        help="Reason, document and answer of older ones are deleted; that somebody was excused "
        "stays. 0: they are kept.",
    )

    _sql_constraints = [
        (
            "small_school_excuse_days",
            "check (small_school_excuse_days >= 0)",
            "Excuses are kept for a number of days, or with 0 for ever.",
        ),
        (
            "classroom_weeks_ahead",
            "check (classroom_weeks_ahead between 1 and 60)",
            "Lessons are made 1 to 60 weeks ahead.",
        ),
        (
            "small_school_risk_percent",
            "check (small_school_risk_percent between 0 and 100)",
            "An attendance rate is between 0 and 100 %.",
        ),
        (
            "small_school_risk_row",
            "check (small_school_risk_row >= 0 and small_school_risk_days between 1 and 400)",
            "Absences in a row are not negative, and 1 to 400 days are looked at.",
        ),
    ]

    def _small_school_risk_limits(self):
        """Return the `rules.risk.Limits` of the school."""
        return Limits(self.small_school_risk_percent, self.small_school_risk_row)

    def _classroom_take_turn(self):
        """Have transactions that create classrooms, or import people, follow one another in each
        school: the second one waits for this lock, fails, is repeated by Odoo, and then sees the
        changes of the first."""
        self.env.cr.execute(
            "UPDATE res_company SET classroom_weeks_ahead = classroom_weeks_ahead WHERE id IN"
            " (SELECT id FROM res_company WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE)",
            [self.ids],
            log_exceptions=False,
        )

    def write(self, vals):
        result = super().write(vals)
        if "classroom_weeks_ahead" in vals:
            own = [("company_id", "in", self.ids)]
            self.env["small_school.classroom"].sudo().search(own)._generate()
        return result
