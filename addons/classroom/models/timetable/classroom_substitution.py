from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...rules import timetable as rules


class ClassroomSubstitution(models.Model):
    """Somebody takes a teacher's lessons in a classroom from a day to a day: those that are
    planned, and those that are made later."""

    _name = "classroom.substitution"
    _description = "Substitution"
    _inherit = "classroom.days.mixin"
    _order = "date_from desc, id desc"
    _rec_name = "substitute_id"

    classroom_id = fields.Many2one(
        "classroom.classroom", "Classroom", required=True, index=True, ondelete="cascade"
    )
    teacher_id = fields.Many2one(
        "res.partner",
        "Instead of",
        ondelete="restrict",
        help="Empty: in all lessons of the classroom.",
    )
    substitute_id = fields.Many2one(
        "res.partner", "Substitute", required=True, index=True, ondelete="restrict"
    )
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    date_to = fields.Date("Until", required=True)
    reason = fields.Char("Reason")
    company_id = fields.Many2one(related="classroom_id.company_id", string="School")

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for one in self:
            if one.date_to < one.date_from:
                raise ValidationError(_("The substitution ends before it begins: mend the dates."))

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._apply()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._apply()
        return result

    def unlink(self):
        self._mine().write({"substitution_id": False, "substitute_id": False})
        return super().unlink()

    def _lessons(self, domain):
        """Lessons that are not over; the sheets of the others stay as they are."""
        lessons = self.env["classroom.lesson"].sudo().with_context(classroom_generating=True)
        return lessons.search([("stop", ">", fields.Datetime.now())] + domain)

    def _mine(self):
        return self._lessons([("substitution_id", "in", self.ids)])

    def _holds(self, day, teacher):
        """Whether the teacher's lesson of that local day is a substitute's."""
        self.ensure_one()
        return self.date_from <= day <= self.date_to and self.teacher_id in (
            teacher.browse(),
            teacher,
        )

    def _apply(self):
        """Give the lessons of the period their substitute, unless a person chose another one."""
        for one in self:
            lessons = one._lessons([("classroom_id", "=", one.classroom_id.id)])
            held = lessons.filtered(
                lambda lesson, one=one: (
                    one._holds(
                        rules.local_day(lesson.start, lesson.classroom_id.tz), lesson.teacher_id
                    )
                    and lesson.substitution_id in (one.browse(), one)
                    and not (lesson.substitute_id and not lesson.substitution_id)
                )
            )
            (one._mine() - held).write({"substitution_id": False, "substitute_id": False})
            held.write({"substitution_id": one.id, "substitute_id": one.substitute_id.id})
