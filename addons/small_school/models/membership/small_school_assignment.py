"""Teachers and supervisors of classrooms, with the days of their assignments."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class ClassroomAssignment(models.Model):
    """A teacher or supervisor of a classroom, perhaps for a while. Somebody who comes back gets
    another row, so that the first time stays."""

    _name = "small_school.assignment"
    _description = "Teacher or supervisor of a classroom"
    _inherit = "small_school.record.mixin"
    _order = "classroom_id, role desc, partner_id"
    _rec_name = "partner_id"

    classroom_id = fields.Many2one(
        "small_school.classroom", "Classroom", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, index=True, ondelete="restrict"
    )
    role = fields.Selection(
        [("teacher", "Teacher"), ("supervisor", "Supervisor")],
        "Role",
        required=True,
        default="teacher",
    )
    date_from = fields.Date("From", default=fields.Date.context_today)
    date_to = fields.Date("Until")
    company_id = fields.Many2one(related="classroom_id.company_id", string="School")

    _sql_constraints = [
        (
            "once",
            # of ranges, since PostgreSQL compares plain numbers so with an extension only
            "EXCLUDE USING gist ("
            "int4range(classroom_id, classroom_id, '[]') WITH =,"
            " int4range(partner_id, partner_id, '[]') WITH =,"
            " (CASE role WHEN 'teacher' THEN int4range(1, 1, '[]') ELSE int4range(2, 2, '[]') END)"
            " WITH =,"
            # dates in the wrong order have a sentence of their own
            " (CASE WHEN date_to < date_from THEN 'empty'::daterange"
            " ELSE daterange(date_from, date_to, '[]') END) WITH &&)",
            "This person has this role in this classroom already at that time.",
        )
    ]

    @api.model_create_multi
    def create(self, vals_list):
        classrooms = self.env["small_school.classroom"]
        return super().create(classrooms._with_first_day(vals_list))

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for assignment in self:
            first, last = assignment.date_from, assignment.date_to
            if first and last and last < first:
                raise ValidationError(_("The assignment ends before it begins: mend the dates."))

    def _is_current(self, on_date):
        """Return whether the person has the role on that day (both dates included)."""
        self.ensure_one()
        has_begun = not self.date_from or self.date_from <= on_date
        return has_begun and (not self.date_to or self.date_to >= on_date)

    def _overlaps(self, other):
        """Return whether there is a day on which both hold."""
        self.ensure_one()
        first, last = fields.Date.to_date("0001-01-01"), fields.Date.to_date("9999-12-31")
        return (self.date_from or first) <= (other.date_to or last) and (
            other.date_from or first
        ) <= (self.date_to or last)
