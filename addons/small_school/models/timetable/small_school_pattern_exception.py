"""Days on which weekly lessons are not held."""

from odoo import api, fields, models


class ClassroomPatternException(models.Model):
    """A day on which a weekly lesson is not held. When somebody deletes a lesson, its day
    becomes one, so that the lesson is not made again."""

    _name = "small_school.pattern.exception"
    _description = "Exception of a weekly lesson"
    _inherit = "small_school.record.mixin"
    _order = "date"
    _rec_name = "date"

    pattern_id = fields.Many2one(
        "small_school.pattern", "Weekly lesson", required=True, index=True, ondelete="cascade"
    )
    date = fields.Date("Day", required=True)
    reason = fields.Char("Reason")

    _sql_constraints = [
        ("once", "unique (pattern_id, date)", "This day is an exception already."),
    ]

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        exceptions.mapped("pattern_id")._generate()
        return exceptions

    def write(self, vals):
        patterns = self.mapped("pattern_id")
        result = super().write(vals)
        (patterns | self.mapped("pattern_id"))._generate()
        return result

    def unlink(self):
        patterns = self.mapped("pattern_id")
        result = super().unlink()
        patterns._generate()
        return result
