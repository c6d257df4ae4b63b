from odoo import api, models

from ...services.attendance.sheet import LessonSheet


class TelegramRetention(models.AbstractModel):
    _inherit = "telegram.retention"

    @api.model
    def _needed_calls(self, calls):
        needed = super()._needed_calls(calls)
        for model in self.env["telegram.lesson.mixin"]._telegram_models():
            needed |= LessonSheet(model).needing(calls)
        return needed

    @api.model
    def _forget_presence(self, before):
        """Also prune the answers about channels, once the presence that they are about is
        pruned."""
        yield from super()._forget_presence(before)
        yield from self._delete(
            "telegram_channel_answer",
            """
            t.said_at < %(before)s AND NOT EXISTS (
                SELECT 1 FROM telegram_presence p
                WHERE p.tg_channel_id = t.tg_channel_id AND p.at < t.said_at)
            """,
            before,
        )
