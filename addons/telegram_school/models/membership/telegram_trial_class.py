from odoo import api, fields, models


class TelegramTrialClass(models.Model):
    """A class of one person, its teacher, who tries Telegram out: see `services/calls/trial.py`. It
    is no class of the school's, and needs none of the school's models."""

    _name = "telegram.trial.class"
    _inherit = "telegram.classroom.mixin"
    _description = "Telegram: class for trying it out"

    _telegram_watched = ("name", "active", "lang", "tz", "teacher_id")

    name = fields.Char("Name", required=True)
    active = fields.Boolean("Active", default=True)
    teacher_id = fields.Many2one(
        "res.partner", "Teacher", required=True, index=True, ondelete="cascade"
    )
    lang = fields.Char("Language")
    tz = fields.Char("Time zone")
    company_id = fields.Many2one("res.company", "School")

    def _telegram_title(self):
        return self.name

    def _telegram_people(self, partners=None):
        return [{"person": self.teacher_id, "role": "teacher"}]

    @api.model
    def _telegram_listed(self):
        """It counts nowhere among the school's classes."""
        return [(0, "=", 1)]
