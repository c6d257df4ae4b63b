from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals:
            self.sudo().with_context(active_test=False).mapped("partner_id")._telegram_follow()
        return result
