"""Substitutions: somebody takes a teacher's lessons for some days."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...rules import timetable as rules


class ClassroomSubstitution(models.Model):
    """A person who takes a teacher's lessons in a classroom from a day to a day: planned lessons,
    and later ones."""

    _name = "small_school.substitution"
    _description = "Substitution"
    _inherit = "small_school.record.mixin"
    _order = "date_from desc, id desc"
    _rec_name = "substitute_id"

    classroom_id = fields.Many2one(
        "small_school.classroom", "Classroom", required=True, index=True, ondelete="cascade"
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
        for substitution in self:
            if substitution.date_to < substitution.date_from:
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
        self._own_lessons().write({"substitution_id": False, "substitute_id": False})
        return super().unlink()

    def _lessons(self, domain):
        """Return the lessons that match the domain and are not over; sheets of past lessons stay as
        they are."""
        lessons = self.env["small_school.lesson"].sudo().with_context(classroom_generating=True)
        return lessons.search([("stop", ">", fields.Datetime.now())] + domain)

    def _own_lessons(self):
        """Return the lessons whose substitute comes from these substitutions."""
        return self._lessons([("substitution_id", "in", self.ids)])

    def _covers(self, day, teacher):
        """Return whether the substitution is for the teacher's lesson on that local day."""
        self.ensure_one()
        return self.date_from <= day <= self.date_to and self.teacher_id in (
            teacher.browse(),
            teacher,
        )

    def _apply(self):
        """Give the lessons of the period their substitute, unless a person chose another one."""
        for substitution in self:
            lessons = substitution._lessons([("classroom_id", "=", substitution.classroom_id.id)])
            covered = lessons.filtered(substitution._may_cover)
            not_covered = substitution._own_lessons() - covered
            not_covered.write({"substitution_id": False, "substitute_id": False})
            covered.write(
                {
                    "substitution_id": substitution.id,
                    "substitute_id": substitution.substitute_id.id,
                }
            )

    def _may_cover(self, lesson):
        """Return whether the substitution is for this lesson, and no other one and no person has
        named a substitute for it."""
        day = rules.local_day(lesson.start, lesson.classroom_id.tz)
        is_by_person = lesson.substitute_id and not lesson.substitution_id
        is_free = lesson.substitution_id in (self.browse(), self) and not is_by_person
        return is_free and self._covers(day, lesson.teacher_id)
