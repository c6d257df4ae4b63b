from odoo import api, models


class TelegramRetention(models.AbstractModel):
    _inherit = "telegram.retention"

    @api.model
    def _needed_calls(self, calls):
        needed = super()._needed_calls(calls)
        for model in self.env["telegram.lesson.mixin"]._telegram_models():
            needed |= model._telegram_needing(calls)
        return needed
