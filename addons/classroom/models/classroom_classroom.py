import pytz

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

#: What Telegram and other rooms of a classroom can show of a name.
LONGEST_NAME = 128


class ClassroomClassroom(models.Model):
    """A class that learns together: its people and its lessons."""

    _name = "classroom.classroom"
    _description = "Classroom"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char("Name", required=True, tracking=True, size=LONGEST_NAME)
    code = fields.Char("Code")
    company_id = fields.Many2one(
        "res.company", "School", required=True, default=lambda self: self.env.company
    )
    tz = fields.Selection(
        "_tz_selection", "Time zone", required=True, default=lambda self: self._default_tz()
    )
    lang = fields.Selection(
        "_lang_selection", "Language", required=True, default=lambda self: self._default_lang()
    )
    active = fields.Boolean("Active", default=True, tracking=True)
    enrolment_ids = fields.One2many("classroom.enrolment", "classroom_id", "Students")
    assignment_ids = fields.One2many(
        "classroom.assignment", "classroom_id", "Teachers and supervisors"
    )
    lesson_ids = fields.One2many("classroom.lesson", "classroom_id", "Lessons")

    @api.model
    def _tz_selection(self):
        return [(name, name) for name in pytz.common_timezones]

    @api.model
    def _lang_selection(self):
        return self.env["res.lang"].get_installed()

    @api.model
    def _default_tz(self):
        return self.env.user.tz or "Europe/Paris"

    @api.model
    def _default_lang(self):
        installed = [code for code, _name in self._lang_selection()]
        return "fr_FR" if "fr_FR" in installed else self.env.user.lang

    @api.constrains("name")
    def _check_name(self):
        for classroom in self:
            if not classroom.name.strip():
                raise ValidationError(_("Give the classroom a name."))

    def unlink(self):
        """History is kept: a classroom that has lessons is archived, not deleted."""
        if self.mapped("lesson_ids"):
            raise ValidationError(
                _("This classroom has lessons: archive it, so that its history is kept.")
            )
        return super().unlink()
