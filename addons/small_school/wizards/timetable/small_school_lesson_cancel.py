"""The question for the reason when lessons are cancelled."""

from odoo import fields, models

from ..own_rights import OwnRights


class ClassroomLessonCancel(OwnRights, models.TransientModel):
    """Cancels lessons, with the reason that the students and teachers read."""

    _name = "small_school.lesson.cancel"
    _description = "Cancel a lesson"

    lesson_ids = fields.Many2many(
        "small_school.lesson",
        string="Lessons",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Char("Reason")

    def action_cancel_lessons(self):
        """Button: cancel them."""
        self.ensure_one()
        self.lesson_ids.action_cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
