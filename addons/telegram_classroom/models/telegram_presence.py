from odoo import api, models


class TelegramPresence(models.Model):
    """What was seen in the call of a lesson is shown to whoever looks at that lesson."""

    _inherit = "telegram.presence"

    @api.model
    def _append(self, rows):
        super()._append(rows)
        chats = self.env["telegram.chat"].browse(sorted({row["chat_id"] for row in rows}))
        self.env["telegram.lesson.mixin"]._telegram_hint_in(chats)
