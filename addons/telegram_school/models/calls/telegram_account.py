from odoo import api, fields, models

from ...rules.bounds import AHEAD
from ...services.calls.by_hand import OpenByHand
from ...services.calls.written import Written


class TelegramAccount(models.Model):
    _inherit = "telegram.account"

    @api.model
    def _on_standing(self, pool):
        """Also ask teachers to open calls by hand, or withdraw that, as the pool's accounts can
        call or not."""
        super()._on_standing(pool)
        now = fields.Datetime.now()
        for model in self.env["telegram.lesson.mixin"]._telegram_models():
            start, stop = model._telegram_start_field, now + AHEAD
            # a lesson lasts a day at most; see `telegram_lesson_sheet`
            lessons = model.sudo().search([(start, ">", now - AHEAD), (start, "<=", stop)])
            written = Written(lessons)
            for lesson in lessons:
                if lesson._telegram_classroom().sudo().telegram_chat_id.pool_name == pool:
                    OpenByHand(lesson).write(written)
            written.write()
