import logging

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

_logger = logging.getLogger(__name__)


class ResPartner(models.Model):
    _inherit = "res.partner"

    student_number = fields.Char("Student number", copy=False, index=True)
    student_blocked = fields.Boolean(
        "Blocked everywhere", help="Blocked in every classroom until this is taken back."
    )
    enrolment_ids = fields.One2many("classroom.enrolment", "partner_id", "Enrolments")
    assignment_ids = fields.One2many("classroom.assignment", "partner_id", "Classrooms")
    attendance_ids = fields.One2many("classroom.attendance", "partner_id", "Attendance")

    def init(self):
        # A constraint over both columns would let people without a company share a number. Two
        # imports at the same time must not both win, so the database has the last word.
        self.env.cr.execute(
            "SELECT student_number FROM res_partner WHERE student_number IS NOT NULL"
            " GROUP BY student_number, COALESCE(company_id, 0) HAVING count(*) > 1"
        )
        twice = [row[0] for row in self.env.cr.fetchall()]
        if twice:
            # from before the rule: they are sorted out by a person, then an upgrade makes the index
            _logger.error("Student numbers that several people have: %s", ", ".join(twice))
            return
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS res_partner_student_number_one"
            " ON res_partner (student_number, COALESCE(company_id, 0))"
            " WHERE student_number IS NOT NULL"
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_student_number(vals.get("student_number"), vals.get("company_id"))
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("student_number"):
            company_id = vals.get("company_id", self[:1].company_id.id)
            self._check_student_number(vals["student_number"], company_id)
        return super().write(vals)

    def _check_student_number(self, number, company_id):
        """Refuse a number that others have in a sentence, before the index does."""
        if not number:
            return
        found = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("student_number", "=", number),
                    ("company_id", "=", company_id or False),
                    ("id", "not in", self.ids),
                ],
                limit=1,
            )
        )
        if found or len(self) > 1:
            raise ValidationError(_("This student number belongs to somebody else."))
