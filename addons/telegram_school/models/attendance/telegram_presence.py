from odoo import api, models

from ...services.attendance.timeline import Timeline


class TelegramPresence(models.Model):
    """The presence seen in the call of a lesson is shown to every user who may see that lesson."""

    _inherit = "telegram.presence"

    @api.model
    def _append(self, rows):
        super()._append(rows)
        chats = self.env["telegram.chat"].browse(sorted({row["chat_id"] for row in rows}))
        Timeline(self.env["telegram.lesson.mixin"]).hint_in(chats)
