from odoo import api, models


class TelegramContact(models.Model):
    """A link that is made or ended also holds for the past, so the sheets are computed again."""

    _inherit = "telegram.contact"

    @api.model
    def _confirm(self, partner, tg_user_id, values=None):
        contact = super()._confirm(partner, tg_user_id, values)
        self.env["telegram.sheet.due"]._mark_seen([tg_user_id])
        return contact

    def _revoke(self):
        accounts = self.filtered(lambda one: one.state == "confirmed").mapped("tg_user_id")
        result = super()._revoke()
        self.env["telegram.sheet.due"]._mark_seen(accounts)
        return result
