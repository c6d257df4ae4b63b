from odoo import fields, models


class TelegramTrialLesson(models.Model):
    """A lesson with oneself alone. Its sheet is ours; nobody else sees it."""

    _name = "telegram.trial.lesson"
    _inherit = "telegram.lesson.mixin"
    _description = "Telegram: lesson for trying it out"
    _order = "start desc, id desc"

    _telegram_classroom_field = "class_id"
    _telegram_sheet_field = False
    # the first page shows it, and no page of the portal
    _telegram_has_portal = True
    _telegram_watched = ("is_cancelled",)

    class_id = fields.Many2one(
        "telegram.trial.class", "Class", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char("Name", required=True)
    start = fields.Datetime("Start", required=True, index=True)
    stop = fields.Datetime("End", required=True)
    is_cancelled = fields.Boolean("Cancelled")

    def _telegram_is_planned(self):
        return not self.is_cancelled

    def _telegram_teacher(self):
        return self.class_id.teacher_id
